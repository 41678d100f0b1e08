package lic;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.HexFormat;

/** Answers the questions of vectors.mjs, a line each. */
final class Vectors {
  public static void main(String[] args) throws Exception {
    var questions = new BufferedReader(new InputStreamReader(System.in));
    for (String line = questions.readLine(); line != null; line = questions.readLine()) {
      try {
        System.out.println(answer(line.split("\t", -1)));
      } catch (Refused code) {
        System.out.println(code.getMessage());
      }
    }
  }

  private static String answer(String[] question) throws Exception {
    byte[] first = HexFormat.of().parseHex(question[1]);
    switch (question[0]) {
      case "item":
        Cbor.read(first, new Leaves());
        return "ok";
      case "key":
        return "ok " + Keys.kidOf(first);
      case "signature":
        Keys.kidOf(first);
        byte[] message = HexFormat.of().parseHex(question[2]), signature = HexFormat.of().parseHex(question[3]);
        Refused.unless(Keys.signedBy(first, message, signature), "BAD_SIGNATURE");
        return "ok";
      default:
        String roots = question[2].replace("|", "\n");
        boolean allowTest = question[5].equals("true");
        var license = Verifier.verify(first, roots, question[3], Long.parseLong(question[4]), allowTest);
        return String.join(" ", "ok", license.get("state"), license.get("0"), license.get("1"));
    }
  }
}
