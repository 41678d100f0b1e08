package lic;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Ed25519 as FORMAT 4 and 5.3 want it. Java checks signatures by that rule (S < L, no cofactor, R canonical), but
 * overlooks what stands behind the 64th byte; and it does not check the key: small order, mixed order.
 */
final class Keys {
  private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
  private static final BigInteger L = BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
  private static final BigInteger A24 = BigInteger.valueOf(121665);
  private static final byte[] SPKI = HexFormat.of().parseHex("302a300506032b6570032100");

  /** The kid (4.2) of a canonical key of prime order (4.1): L times it, by the ladder of RFC 7748, is nothing. */
  static String kidOf(byte[] key) {
    Refused.unless(key.length == 32);
    BigInteger y = BigInteger.ZERO;
    for (int i = 31; i >= 0; i--) y = y.shiftLeft(8).or(BigInteger.valueOf(key[i] & 255));
    y = y.clearBit(255);
    Refused.unless(y.compareTo(BigInteger.ONE) > 0 && y.compareTo(P.subtract(BigInteger.ONE)) < 0);
    BigInteger u = BigInteger.ONE.add(y).multiply(BigInteger.ONE.subtract(y).modInverse(P)).mod(P);
    BigInteger x = BigInteger.ONE, z = BigInteger.ZERO, v = u, w = BigInteger.ONE; // n times it x : z, n + 1 times v : w
    for (int bit = L.bitLength() - 1; bit >= 0; bit--) {
      BigInteger m = x.subtract(z).multiply(v.add(w)), n = x.add(z).multiply(v.subtract(w));
      BigInteger a = L.testBit(bit) ? v : x, b = L.testBit(bit) ? w : z;
      BigInteger s = a.add(b).pow(2), e = a.multiply(b).shiftLeft(2);
      BigInteger bothX = m.add(n).pow(2).mod(P), bothZ = m.subtract(n).pow(2).multiply(u).mod(P);
      BigInteger twiceX = s.multiply(s.subtract(e)).mod(P), twiceZ = e.multiply(s.add(e.multiply(A24))).mod(P);
      x = L.testBit(bit) ? bothX : twiceX;
      z = L.testBit(bit) ? bothZ : twiceZ;
      v = L.testBit(bit) ? twiceX : bothX;
      w = L.testBit(bit) ? twiceZ : bothZ;
    }
    Refused.unless(z.signum() == 0);
    byte[] coseKey = ByteBuffer.allocate(40).put(HexFormat.of().parseHex("a301012006215820")).put(key).array();
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(coseKey), 0, 8);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // every Java has SHA-256
    }
  }

  /** The keys in the text of a root.pub (4.3), by kid. */
  static Map<String, byte[]> rootsOf(String pem) {
    var roots = new HashMap<String, byte[]>();
    var blocks = Pattern.compile("BEGIN PUBLIC KEY-----([^-]*)").matcher(pem);
    while (blocks.find()) {
      byte[] spki = Base64.getMimeDecoder().decode(blocks.group(1));
      Refused.unless(spki.length == 44 && Arrays.equals(SPKI, Arrays.copyOf(spki, 12)));
      byte[] key = Arrays.copyOfRange(spki, 12, 44);
      roots.put(kidOf(key), key);
    }
    return roots;
  }

  static boolean signedBy(byte[] key, byte[] message, byte[] signature) {
    try {
      var spki = new X509EncodedKeySpec(ByteBuffer.allocate(44).put(SPKI).put(key).array());
      var verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(KeyFactory.getInstance("Ed25519").generatePublic(spki));
      verifier.update(message);
      return signature.length == 64 && verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
