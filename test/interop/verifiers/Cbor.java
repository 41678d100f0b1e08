package lic;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/** Deterministic CBOR and nothing else (FORMAT 2.1, 2.2). */
final class Cbor {
  /** Notes the leaves of one whole item. */
  static void read(byte[] data, Leaves leaves) {
    var input = ByteBuffer.wrap(data);
    item(input, "", leaves);
    Refused.unless(!input.hasRemaining());
  }

  /** The bytes that a signature covers (3.1). */
  static byte[] toBeSigned(byte[] header, byte[] payload) {
    var bytes = ByteBuffer.allocate(32 + payload.length).put(HexFormat.of().parseHex("846a5369676e6174757265314d"));
    bytes.put(header).put((byte) 0x40);
    if (payload.length < 256) bytes.put((byte) 0x58).put((byte) payload.length);
    else bytes.put((byte) 0x59).putShort((short) payload.length);
    return Arrays.copyOf(bytes.put(payload).array(), bytes.position());
  }

  private static void item(ByteBuffer input, String path, Leaves leaves) {
    Refused.unless(input.hasRemaining());
    int first = input.get() & 255, major = first >> 5, info = first & 31;
    Refused.unless(first < 0xc0 && info < 28 || first >= 0xf4 && first <= 0xf6);
    int width = major < 6 && info > 23 ? 1 << info - 24 : 0;
    Refused.unless(width <= input.remaining());
    long n = width == 0 ? info : 0;
    for (int i = 0; i < width; i++) n = n << 8 | input.get() & 255;
    Refused.unless(width == 0 || n > 23 && n >> 4 * width > 0 && n < (1L << 53) - major % 2);
    Refused.unless(major < 2 || major == 7 || n <= input.remaining());
    if (major < 2) {
      leaves.put(path, (major == 0 ? n : -1 - n) + (width == 8 ? "n" : ""));
    } else if (major < 4) {
      byte[] bytes = new byte[(int) n];
      input.get(bytes);
      String text = new String(bytes, UTF_8);
      Refused.unless(major == 2 || Arrays.equals(text.getBytes(UTF_8), bytes) && !text.startsWith("\ufeff"));
      String spelled = major == 2 ? "'" + HexFormat.of().formatHex(bytes) + "'" : '"' + URLEncoder.encode(text, UTF_8) + '"';
      leaves.put(path, spelled);
    } else if (major == 7) {
      leaves.put(path, new String[] {"false", "true", "null"}[(int) n - 20]);
    } else {
      Refused.unless(path.chars().filter(c -> c == '/').count() < 10);
      if (n == 0) leaves.put(path, major == 4 ? "[]" : "{}");
      byte[] last = {};
      for (int place = 0; place < n; place++) {
        var key = new Leaves();
        key.put("", "#" + place);
        if (major == 5) {
          int from = input.position();
          item(input, "", key);
          byte[] raw = Arrays.copyOfRange(input.array(), from, input.position());
          Refused.unless(Arrays.compareUnsigned(raw, last) > 0 && (raw[0] >> 6 == 0 || raw[0] >> 5 == 3));
          last = raw;
        }
        item(input, path + "/" + key.get(""), leaves);
      }
    }
  }
}
