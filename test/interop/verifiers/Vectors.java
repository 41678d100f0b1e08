package lic;

import java.io.*;
import java.util.*;

/** Answers the questions of vectors.mjs, a line each. */
final class Vectors {
  public static void main(String[] args) throws IOException {
    var questions = new BufferedReader(new InputStreamReader(System.in));
    for (String line = questions.readLine(); line != null; line = questions.readLine()) {
      try {
        System.out.println(answer(line.split("\t", -1)));
      } catch (Verifier.Refused code) {
        System.out.println(code.getMessage());
      }
    }
  }

  private static String answer(String[] question) {
    switch (question[0]) {
      case "item":
        Verifier.need(Verifier.item(question[1], new ArrayDeque<>(), "0").isEmpty());
        return "ok";
      case "key":
        return "ok " + Verifier.kidOf(bytes(question[1]));
      case "signature":
        byte[] key = bytes(question[1]), message = bytes(question[2]), signature = bytes(question[3]);
        Verifier.kidOf(key);
        Verifier.need(Verifier.signedBy(key, message, signature), "BAD_SIGNATURE");
        return "ok";
      default:
        String roots = question[2].replace("|", "\n");
        boolean allowTest = question[5].equals("true");
        var line = Verifier.verify(bytes(question[1]), roots, question[3], Long.parseLong(question[4]), allowTest);
        return String.join(" ", "ok", line.get("state"), line.get("0"), line.get("1"));
    }
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
