using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
/// <summary>Verifies a license for one product by rules.txt, a resource, and libsodium, which refuses an R that 5.3 allows.</summary>
public static class Lic {
  [DllImport("sodium")] static extern int crypto_core_ed25519_is_valid_point(byte[] point);
  [DllImport("sodium")] static extern int crypto_sign_verify_detached(byte[] signature, byte[] message, ulong size, byte[] key);
  static readonly string[][] Table = new System.IO.StreamReader(typeof(Lic).Assembly.GetManifestResourceStream("rules.txt"))
    .ReadToEnd().Replace("(", "(?:").Replace("<", "(").Replace(">", ")").Split('\n').Where(line => !line.StartsWith("#"))
    .Select(line => Regex.Split(line, " +")).ToArray();
  static readonly Dictionary<string, Regex> Forms = Table.Where(line => line.Length == 2).GroupBy(line => line[0], line => line[1])
    .Aggregate(new Dictionary<string, Regex>(), (forms, word) => new Dictionary<string, Regex>(forms) { [word.Key] = Whole(
      Regex.Replace(string.Join("|", word), "[A-Z]{2,}", known => $"{forms[known.Value]}".Trim('^', '$'))) });
  public sealed class Refused : Exception { internal Refused(string code) : base(code) {} }
  internal static void Need(bool holds, string code = "LICENSE_INVALID") { if (!holds) throw new Refused(code); }
  /// <summary>The leaves of the product's line, as "1" for its tier, with "state" active or grace; or throws Refused.</summary>
  public static Dictionary<string, string> Verify(byte[] file, string roots, string product, long now, bool allowTest = false) {
    var keys = Regex.Matches(roots, "PUBLIC KEY-----\\s+MCowBQYDK2VwAyEA([0-9A-Za-z+/]{43}=)\\s+-----END").Cast<Match>()
      .Select(pem => Convert.FromBase64String(pem.Groups[1].Value)).ToLookup(KidOf);
    var leaves = new List<string> { $"now={now}", $"allow={allowTest}" };
    Need(Regex.IsMatch(Hex(file), "^d2.{0,8190}$") && Item(Hex(file).Substring(2), leaves, "E") == "");
    var kids = Found(leaves, Whole("E(?:/#1/13)*/#0='.*(.{16})'")).ToList();
    int top = kids.TakeWhile(kid => !keys.Contains(kid)).Count();
    leaves.RemoveAll(leaf => "1234".IndexOf(leaf[0]) >= top); // what is above a root is not looked at
    var own = Found(leaves, Whole($"(0/-65537/2/[0-9]+/)0=\"{Regex.Escape(product)}\"")).FirstOrDefault() ?? "?";
    var line = leaves.Where(leaf => leaf.StartsWith(own)).Select(leaf => "P/" + leaf.Substring(own.Length)).ToList();
    var code = Judged(leaves.Concat(line).ToList());
    Need(top < kids.Count || code == "LICENSE_INVALID", "UNKNOWN_KEY");
    Need(code != "LICENSE_INVALID" && kids.Take(top + 1).Distinct().Count() > top);
    for (; top >= 0; top--) {
      Func<string, string> part = at => Found(leaves, Whole(at.Replace("@", $"E(?:/#1/13){{{top}}}/#") + "='(.*)'")).First();
      var key = keys[kids[top]].FirstOrDefault() ?? Bytes(part($"{top + 1}/8/1/-2").Substring(4));
      Need(KidOf(key) == kids[top], "UNKNOWN_KEY");
      var message = Bytes("846a5369676e617475726531" + part("@0") + "40" + part("@2"));
      Need(SignedBy(key, message, Bytes(part("@3").Substring(4))), "BAD_SIGNATURE");
    }
    Need(code == code.ToLowerInvariant(), code);
    return line.Append($"P/state={code}").Select(leaf => leaf.Substring(2).Split('=')).ToDictionary(leaf => leaf[0], leaf => leaf[1]);
  }
  static Regex Whole(string form) => new Regex($"^(?:{form})$");
  static IEnumerable<string> Found(List<string> leaves, Regex form) => // what counts of the leaves that have it
    leaves.Select(leaf => form.Match(leaf)).Where(leaf => leaf.Success).Select(leaf => leaf.Groups[leaf.Groups.Count - 1].Value);
  static string Judged(List<string> leaves) { // the code of the first rule that does not hold
    var found = Forms.ToDictionary(form => form.Key, form => Found(leaves, form.Value).Distinct().ToList());
    return Table.First(line => line.Length > 2 && found[line[1]].Any() && line.Skip(2).Select(term => term.Split('*', '/')).Sum(term =>
      long.Parse(term[0]) * (term.Length < 3 ? found[term[1]].Count : found[term[1]].DefaultIfEmpty(term[2]).Max(long.Parse))) < 0)[0];
  }
  static string Hex(byte[] bytes) => BitConverter.ToString(bytes).Replace("-", "").ToLowerInvariant();
  internal static byte[] Bytes(string hex) => Regex.Matches(hex, "..").Cast<Match>().Select(each => Convert.ToByte(each.Value, 16)).ToArray();
  internal static string KidOf(byte[] key) {
    Need(key.Length == 32 && crypto_core_ed25519_is_valid_point(key) == 1); // canonical, of prime order (4.1)
    using (var sha256 = SHA256.Create()) return Hex(sha256.ComputeHash(Bytes("a301012006215820" + Hex(key)))).Substring(0, 16);
  }
  internal static bool SignedBy(byte[] key, byte[] message, byte[] signature) =>
    signature.Length == 64 && crypto_sign_verify_detached(signature, message, (ulong) message.Length, key) == 0;
  internal static string Item(string data, List<string> leaves, string path) { // notes the leaves of the first item, returns the rest
    Need(Regex.IsMatch(data, "^([02468a].|[13579b]([0-7]|8(?!0|1[0-7])..|9(?!00).{4}|a(?!0{4}).{8}|b(?!0{8}).{16})|f[456])"));
    int first = Convert.ToInt32(data.Substring(0, 2), 16), major = first / 32, start = first % 32 < 24 ? 2 : 2 + (2 << first % 4), place = 0;
    long n = start == 2 ? first % 32 : Convert.ToInt64(data.Substring(2, start - 2), 16), end = start + (major / 2 == 1 ? 2 * n : 0);
    Need(n >= 0 && n < (1L << 53) - major % 2 && end <= data.Length && (major / 2 != 2 || path != "?" && path.Split('/').Length < 11));
    string content = data.Substring(start, (int) end - start), rest = data.Substring((int) end);
    string text = Encoding.UTF8.GetString(Bytes(content)), simple = new[] { "false", "true", "null" }[n % 20 % 3];
    Need(major != 3 || Hex(Encoding.UTF8.GetBytes(text)) == content && text.IndexOf('\ufeff') != 0);
    for (string key = "", last = ""; major / 2 == 2 && place < n; place++, last = key) {
      var name = new List<string> { $"?=#{place}" };
      var value = major == 4 ? rest : Item(rest, name, "?");
      key = rest.Substring(0, rest.Length - value.Length);
      Need(major == 4 || string.CompareOrdinal(key, last) > 0 && "012367".IndexOf(key[0]) >= 0);
      rest = Item(value, leaves, path + "/" + name.Last().Substring(2));
    }
    var said = new[] { $"{n}", $"{~n}", $"'{data.Substring(0, (int) end)}'", $"\"{Uri.EscapeDataString(text)}\"", "[]", "{}", "", simple };
    if (major / 2 != 2 || n == 0) leaves.Add($"{path}={said[major]}");
    if (Regex.IsMatch(path, "^E(/#1/13)*/#2$")) Need(major == 2 && Item(content, leaves, $"{path.Length / 6}") == "");
    return rest;
  }
}
