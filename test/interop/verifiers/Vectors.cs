using System;
using System.Collections.Generic;

/// <summary>Answers the questions of vectors.mjs, a line each.</summary>
static class Vectors {
  static void Main() {
    string question;
    while ((question = Console.ReadLine()) != null) Console.WriteLine(Answer(question.Split('\t')));
  }

  static string Answer(string[] question) {
    var first = Lic.Bytes(question[1]);
    try {
      switch (question[0]) {
        case "item":
          Lic.Need(Lic.Item(question[1], new List<string>(), "") == "");
          return "ok";
        case "key":
          return "ok " + Lic.KidOf(first);
        case "signature":
          Lic.KidOf(first);
          Lic.Need(Lic.SignedBy(first, Lic.Bytes(question[2]), Lic.Bytes(question[3])), "BAD_SIGNATURE");
          return "ok";
        default:
          var roots = question[2].Replace('|', '\n');
          var line = Lic.Verify(first, roots, question[3], long.Parse(question[4]), question[5] == "true");
          return $"ok {line["state"]} {line["0"]} {line["1"]}";
      }
    } catch (Lic.Refused code) {
      return code.Message;
    }
  }
}
