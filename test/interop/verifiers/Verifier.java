package lic;

import java.util.*;

/**
 * Verifies a license for one product (FORMAT 18; clauses in brackets): encoding, forms, chain, signatures, rights,
 * times; then product, test mark, clock, nbf, exp, grace, fresh (18.2). Refused, though FORMAT has it: delegated keys
 * (6.8), certificates that are not in the license (6.1), activation, versions, maintenance (8.4), a term from
 * activation (8.2). Left to the product: lists (11), bundles (7.2), restrictions (8.7), emergencies (14). Not looked
 * at: what changes no right (3.6, 6.2, 8.2 to 8.6, 14.2: defaults, order, counts).
 */
public final class Verifier {
  private static final String F = "/-65537", RIGHTS = "RIGHTS_EXCEEDED";
  private static final long NEVER = 1L << 40;
  private record Opened(Leaves says, Leaves signer) {}

  /**
   * The leaves of the product's line, as "1" for its tier, with "state" active or grace; or throws Refused. The file is
   * that of a .lic, roots the text of a root.pub, now in seconds since 1970.
   */
  public static Map<String, String> verify(byte[] file, String roots, String product, long now, boolean allowTest) {
    Refused.unless(file.length > 0 && file.length <= 4096 && file[0] == (byte) 0xd2);
    var opened = open(Leaves.read(Arrays.copyOfRange(file, 1, file.length)), "", "", Keys.rootsOf(roots));
    Leaves says = opened.says, signer = opened.signer;
    Refused.unless("1".equals(says.get(F + "/0")));
    Refused.unless(signer != null && "2".equals(signer.get(F + "/0")) && !signer.any("WIDER"), RIGHTS);
    Refused.unless(signer.allows(F + "/1", "1"), RIGHTS);
    long start = signer.number("/5", 0), stop = signer.number("/4", 0), grace = says.number(F + "/5", 48);
    long iat = says.number("/6", 0), nbf = says.number("/5", 0), exp = says.number("/4", NEVER);
    boolean test = says.containsKey(F + "/8");
    Refused.unless(exp > iat && exp > nbf && stop > start && !says.below(F + "/2/").isEmpty());
    long most = exp < NEVER ? 3600 * signer.number(F + "/4", NEVER) : signer.containsKey(F + "/6") ? NEVER : 0;
    Refused.unless(exp - iat <= most, RIGHTS);
    Refused.unless(grace <= signer.number(F + "/5", NEVER) && !(test && "2".equals(signer.get(F + "/7"))), RIGHTS);
    Refused.unless(start <= iat && iat <= stop, RIGHTS);
    var lines = new HashMap<String, Leaves>();
    for (int number = 0; number < 16; number++) {
      Leaves own = says.below(F + "/2/" + number + "/");
      if (own.isEmpty()) continue;
      Refused.unless(!own.containsKey("17"), RIGHTS);
      Refused.unless(own.containsKey("0") && own.containsKey("1") && own.number("15", 0) < exp);
      Refused.unless(lines.put(own.get("0"), own) == null);
      Refused.unless(signer.allows(F + "/2", own.get("0")) && signer.allows(F + "/3", own.get("1")), RIGHTS);
      for (String lower : own.below("2/").values()) Refused.unless(signer.allows(F + "/3", lower), RIGHTS);
    }
    Leaves line = lines.get('"' + product + '"');
    Refused.unless(line != null, "WRONG_PRODUCT");
    Refused.unless(allowTest || !test && !"1".equals(signer.get(F + "/7")), "TEST_LICENSE");
    Refused.unless(now >= iat - 3600 || !says.any("TIMED"), "CLOCK_ROLLED_BACK");
    long time = Math.max(now, iat), end = line.number("15", exp);
    Refused.unless(time >= nbf, "LICENSE_NOT_YET_VALID");
    Refused.unless(time < end + 3600 * grace, "LICENSE_EXPIRED");
    Refused.unless(time <= iat + 86400 * says.number(F + "/6", NEVER), "REVOCATION_CHECK_OVERDUE");
    Refused.unless(!line.any("VERSIONED"), "VERSION_NOT_COVERED");
    Refused.unless(!line.containsKey("8") && !says.containsKey(F + "/7"), "ACTIVATION_REQUIRED");
    line.put("state", time < end ? "active" : "grace");
    return line;
  }

  /** What an object says and the certificate of its key; all above it are verified first, then it (6.1, 7.1, 5.3). */
  private static Opened open(Leaves envelope, String at, String kids, Map<String, byte[]> roots) {
    for (String part : new String[] {"/#0", "/#2", "/#3"}) Refused.unless(envelope.containsKey(at + part));
    byte[] payload = envelope.bytes(at + "/#2");
    String kid = envelope.get(at + "/#0").substring(11, 27);
    Leaves says = Leaves.read(payload), signer = null;
    byte[] key = roots.get(kid);
    if (key == null) {
      Refused.unless(!envelope.containsKey(at + "/#1"), "UNKNOWN_KEY");
      Opened above = open(envelope, at + "/#1/13", kids + " " + kid, roots);
      signer = above.says;
      key = signer.bytes("/8/1/-2");
      Refused.unless(Keys.kidOf(key).equals(kid), "UNKNOWN_KEY");
      Refused.unless(above.signer == null || "8".equals(above.signer.get(F + "/0")), RIGHTS);
    }
    Refused.unless(!kids.contains(kid));
    byte[] message = Cbor.toBeSigned(envelope.bytes(at + "/#0"), payload);
    Refused.unless(Keys.signedBy(key, message, envelope.bytes(at + "/#3")), "BAD_SIGNATURE");
    return new Opened(says, signer);
  }
}
