package lic;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;

/** The stages decode and type (FORMAT 18.1): an object as leaves by path, each in a form that fields.txt allows. */
final class Leaves extends HashMap<String, String> {
  private static final Map<String, String> WORDS = new HashMap<>();
  private static final Map<String, Pattern> FORMS = new HashMap<>();

  static {
    try (var table = Leaves.class.getResourceAsStream("fields.txt")) {
      for (String line : new String(table.readAllBytes(), UTF_8).split("\n")) {
        if (line.isEmpty() || line.startsWith("#")) continue;
        String[] pair = line.split(" +");
        for (var word : WORDS.entrySet()) pair[1] = pair[1].replace(word.getKey(), "(" + word.getValue() + ")");
        WORDS.merge(pair[0], pair[1], (before, more) -> before + "|" + more);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    WORDS.forEach((word, rule) -> FORMS.put(word, Pattern.compile(rule)));
  }

  /** The leaves of one whole object, whose field 0 says which forms they must have, and which must be there. */
  static Leaves read(byte[] data) {
    var leaves = new Leaves();
    Cbor.read(data, leaves);
    String kind = leaves.getOrDefault("/-65537/0", "");
    Refused.unless(FORMS.containsKey("type" + kind));
    Pattern form = FORMS.get("type" + kind);
    leaves.forEach((path, value) -> Refused.unless(form.matcher(path + "=" + value).matches()));
    Refused.unless(leaves.keySet().containsAll(Arrays.asList(WORDS.get("needs" + kind).split("[|]"))));
    return leaves;
  }

  /** Whether there is a leaf of the form of a word. */
  boolean any(String word) {
    Pattern form = FORMS.get(word);
    return entrySet().stream().anyMatch(leaf -> form.matcher(leaf.getKey() + "=" + leaf.getValue()).matches());
  }

  /** All leaves under a path, by what is behind it. */
  Leaves below(String path) {
    var found = new Leaves();
    forEach((whole, value) -> { if (whole.startsWith(path)) found.put(whole.substring(path.length()), value); });
    return found;
  }

  /** Whether a list of a certificate is not there, or has the value. */
  boolean allows(String list, String value) {
    var items = below(list + "/#");
    return items.isEmpty() || items.containsValue(value);
  }

  long number(String path, long otherwise) {
    return containsKey(path) ? Long.parseLong(get(path).replace("n", "")) : otherwise;
  }

  byte[] bytes(String path) {
    String text = getOrDefault(path, "''");
    return HexFormat.of().parseHex(text.substring(1, text.length() - 1));
  }
}
