package lic;
import static java.nio.charset.StandardCharsets.UTF_8;
import java.util.*;
import java.util.regex.*;
import java.util.stream.*;
import org.bouncycastle.jcajce.provider.digest.SHA256;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
/** Verifies a license for one product: decodes it, asks rules.txt, which says what a license may be, and checks signatures
 * up to a root. Needs Java 17 with BouncyCastle (Debian: libbcprov-java), and rules.txt beside the class. */
public final class Verifier {
  private static final HexFormat HEX = HexFormat.of();
  private static final List<String[]> TABLE = new Scanner(Verifier.class.getResourceAsStream("rules.txt"), UTF_8)
      .findAll("(?m)^[A-Za-z].*").map(line -> line.group().replace("(", "(?:").replace("<", "(").replace(">", ")")
      .replace(")*", "){0,126}").split(" +")).toList(); // without a bound Java recurses as often as a license wants
  private static final Map<String, Pattern> FORMS = TABLE.stream().filter(line -> line.length == 2).collect(HashMap::new,
      (forms, line) -> forms.merge(line[0], Pattern.compile(Pattern.compile("[A-Z]{2,}").matcher(line[1]).replaceAll(word ->
      "(?:" + forms.get(word.group()) + ")")), (form, more) -> Pattern.compile(form + "|" + more)), Map::putAll);
  public static final class Refused extends RuntimeException { Refused(String code) { super(code); } }
  static void need(boolean ok, String... or) { if (!ok) throw new Refused(or.length > 0 ? or[0] : "LICENSE_INVALID"); }
  /** The leaves of the product's line, as "1" for its tier, with "state" active or grace; or throws Refused with a code. */
  public static Map<String, String> verify(byte[] file, String roots, String product, long now, boolean allowTest) {
    var keys = new Scanner(roots).findAll("PUBLIC KEY-----\\s+MCowBQYDK2VwAyEA([0-9A-Za-z+/]{43}=)\\s+-----END").map(pem ->
        Base64.getDecoder().decode(pem.group(1))).collect(Collectors.toMap(Verifier::kidOf, key -> key, (key, too) -> key));
    var leaves = new ArrayDeque<>(List.of("now=" + now, "allow=" + allowTest));
    need(HEX.formatHex(file).matches("d2.{0,8190}") && item(HEX.formatHex(file).substring(2), leaves, "E").isEmpty());
    var kids = found(leaves, Pattern.compile("E(/#1/13)*/#0='.*(.{16})'")); // from the license up
    int top = (int) kids.stream().takeWhile(kid -> !keys.containsKey(kid)).count();
    leaves.removeIf(leaf -> "1234".indexOf(leaf.charAt(0)) >= top); // what is above a root is not looked at
    String number = leaf(leaves, "0/-65537/2/([0-9]+)/0=\"" + Pattern.quote(product) + '"');
    var line = found(leaves, Pattern.compile("0/-65537/2/" + number + "/(.*)"));
    line.forEach(leaf -> leaves.add("P/" + leaf));
    String code = TABLE.stream().filter(rule -> rule.length > 2 && worth(leaves, "1", rule[1]) > 0).filter(rule ->
        Stream.of(rule).skip(2).mapToLong(term -> worth(leaves, term.split("[*/]"))).sum() < 0).findFirst().get()[0];
    need(top < kids.size() || code.equals("LICENSE_INVALID"), "UNKNOWN_KEY");
    need(!code.equals("LICENSE_INVALID") && kids.stream().limit(top + 1).distinct().count() > top);
    for (int level = top; level >= 0; level--) {
      byte[] key = keys.getOrDefault(kids.get(level), HEX.parseHex(leaf(leaves, level + 1 + "/8/1/-2='5820(.*)'")));
      need(kidOf(key).equals(kids.get(level)), "UNKNOWN_KEY");
      String at = "E(/#1/13){" + level + "}/#";
      String message = "846a5369676e617475726531" + leaf(leaves, at + "0='(.*)'") + "40" + leaf(leaves, at + "2='(.*)'");
      need(signedBy(key, HEX.parseHex(message), HEX.parseHex(leaf(leaves, at + "3='5840(.*)'"))), "BAD_SIGNATURE");
    }
    need(code.matches("[a-z]+"), code);
    return Stream.concat(line.stream(), Stream.of("state=" + code)).map(leaf -> leaf.split("="))
        .collect(Collectors.toMap(leaf -> leaf[0], leaf -> leaf[1]));
  }
  static List<String> found(Deque<String> leaves, Pattern form) { // what counts of those that have the form
    return leaves.stream().map(form::matcher).filter(Matcher::matches).map(leaf -> leaf.group(leaf.groupCount())).toList();
  }
  static String leaf(Deque<String> leaves, String form) { return String.join("", found(leaves, Pattern.compile(form))); }
  static long worth(Deque<String> leaves, String... term) { // what a term adds, N*WORD or N*WORD/M
    return Long.valueOf(term[0]) * (term.length < 3 ? Set.copyOf(found(leaves, FORMS.get(term[1]))).size()
        : found(leaves, FORMS.get(term[1])).stream().mapToLong(Long::valueOf).max().orElse(Long.valueOf(term[2])));
  }
  static String kidOf(byte[] key) {
    need(key.length == 32 && Ed25519.validatePublicKeyFull(key, 0)); // canonical, of prime order (4.1)
    return HEX.formatHex(new SHA256.Digest().digest(HEX.parseHex("a301012006215820" + HEX.formatHex(key))), 0, 8);
  }
  static boolean signedBy(byte[] key, byte[] message, byte[] signature) { // without the cofactor, R as bytes (5.3)
    return signature.length == 64 && Ed25519.verify(signature, 0, key, 0, message, 0, message.length);
  }
  static String item(String hex, Deque<String> into, String path) { // notes the leaves of the first item, returns the rest
    need(hex.matches("([02468a].|[1-9b]([0-7]|8(?!0|1[0-7])..|9(?!00).{4}|a(?!0{4}).{8}|b(?!0{8})00[01].{13})|f[456]).*"));
    int first = Integer.parseInt(hex, 0, 2, 16), major = first / 32, start = first % 32 < 24 ? 2 : 2 + (2 << first % 4);
    long n = start == 2 ? first % 32 : Long.parseLong(hex, 2, start, 16), end = start + (major / 2 == 1 ? 2 * n : 0);
    need(n < (1L << 53) - major % 2 && end <= hex.length() && (major / 2 != 2 || path.matches("[^/]+(/[^/]*){0,9}")));
    String content = hex.substring(start, (int) end), text = new String(HEX.parseHex(content), UTF_8), last = "", key = "";
    String rest = hex.substring((int) end), quoted = java.net.URLEncoder.encode(text, UTF_8).replace("+", "%20");
    need(major != 3 || HEX.formatHex(text.getBytes(UTF_8)).equals(content) && !text.startsWith("\ufeff"));
    if (n == 0 || major / 2 != 2) into.add(path + "=" + List.of(n, ~n, "'" + hex.substring(0, (int) end) + "'",
        '"' + quoted + '"', "[]", "{}", "", "false", "true", "null").get(major < 7 ? major : (int) n - 13));
    for (int i = 0; major / 2 == 2 && i < n; i++, last = key) {
      key = major == 4 ? "" : rest.substring(0, rest.length() - item(rest, into, "").length()); // no list, no map
      need(major == 4 || key.compareTo(last) > 0 && key.matches("[0-367].*"));
      rest = item(rest.substring(key.length()), into, path + "/" + (major == 4 ? "#" + i : into.removeLast().substring(1)));
    }
    if (path.matches("E(/#1/13)*/#2")) need(item(content, into, "" + path.length() / 6).isEmpty()); // what is signed
    return rest;
  }
}
