// Package lic verifies a license for one product by rules.txt. Needs filippo.io/edwards25519. gofmt makes 120 lines of it.
package lic
import ("crypto/ed25519"; "crypto/sha256"; _ "embed"; "encoding/base64"; "fmt"; "net/url"; "regexp"; "strings"; "filippo.io/edwards25519")
//go:embed rules.txt
var table string
var rows = regexp.MustCompile(`(?m)^(\w+) +(\S+)(.*)`).FindAllStringSubmatch(table, -1)
var words, forms, marks = map[string]string{}, map[string]*regexp.Regexp{}, strings.NewReplacer("(", "(?:", "<", "(", ">", ")", "[^", "[^\n")
var capitals, terms = regexp.MustCompile("[A-Z]{2,}"), regexp.MustCompile(`(-?\d+)[*](\w+)/?(\d*)`)
var pems = regexp.MustCompile(`PUBLIC KEY-----\s+MCowBQYDK2VwAyEA([0-9A-Za-z+/]{43}=)\s+-----END`)
func init() { for _, row := range rows {
	words[row[1]] += capitals.ReplaceAllStringFunc(row[2], known) + "|"
	forms[row[1]] = form(known(row[1]))
} }
func known(word string) string { return "(" + strings.TrimSuffix(words[word], "|") + ")" }
func form(text string) *regexp.Regexp { return regexp.MustCompile("(?m)^" + marks.Replace(text) + "$") } // of whole lines
func first(text, s string) string { return append(form(s).FindStringSubmatch(text), "", "")[1] }
func need(holds bool, code ...string) { if !holds { panic(fmt.Errorf("%s", append(code, "LICENSE_INVALID")[0])) } }
func raw(digits string) (data []byte) { fmt.Sscanf(digits, "%x", &data); return }
func number(digits string) (n int64) { fmt.Sscan(digits, &n); return }
func kidOf(key string) string { // of a key that is canonical and of prime order (4.1): L - 1 times it is its negative
	point, err := new(edwards25519.Point).SetBytes([]byte(key))
	one, _ := new(edwards25519.Scalar).SetCanonicalBytes(append([]byte{1}, make([]byte, 31)...))
	need(err == nil && string(point.Bytes()) == key && point.Equal(edwards25519.NewIdentityPoint()) == 0)
	need(new(edwards25519.Point).ScalarMult(one.Negate(one), point).Equal(new(edwards25519.Point).Negate(point)) == 1)
	return fmt.Sprintf("%x", sha256.Sum256([]byte("\xa3\x01\x01\x20\x06\x21\x58\x20"+key)))[:16]
}
// Verify gives the leaves of the product's line, as "1" for its tier, with "state" active or grace; or a refusal's code.
func Verify(file []byte, roots, product string, now int64, allowTest bool) (line map[string]string, err error) {
	defer func() { if code := recover(); code != nil { line, err = nil, fmt.Errorf("%v", code) } }()
	keys, seen, own, leaves, code := map[string]string{}, map[string]bool{}, map[string]string{}, []string{}, ""
	for _, pem := range pems.FindAllStringSubmatch(roots, -1) { k, _ := base64.StdEncoding.DecodeString(pem[1]); keys[kidOf(string(k))] = string(k) }
	need(len(file) > 0 && len(file) <= 4096 && file[0] == 0xd2 && item(string(file[1:]), &leaves, "E") == "")
	text := fmt.Sprintf("now=%d\nallow=%t\n%s", now, allowTest, strings.Join(leaves, "\n"))
	part := func(level int, s string) string { return first(text, "E"+strings.Repeat("/#1/13", level)+s) }
	kid := func(level rune) string { return part(int(level-'0'), "/#0='.*<.{16}>'") }
	top := strings.IndexFunc("01234", func(l rune) bool { seen[kid(l)] = true; return l == '4' || keys[kid(l)] != "" })
	ours := form("0/-65537/2/" + first(text, `0/-65537/2/<\d+>/0="`+regexp.QuoteMeta(product)+`"`) + "/<.*>=<.*>")
	told := ours.ReplaceAllString(regexp.MustCompile("\n["+"1234x"[top:]+"].*").ReplaceAllString(text, ""), "$0\nP/$1=$2")
	for i := 0; code == ""; i++ { sum := int64(0)
		for _, term := range terms.FindAllStringSubmatch(rows[i][3], -1) { values, most := map[string]bool{}, term[3]
			for _, found := range forms[term[2]].FindAllStringSubmatch(told, -1) { values[found[len(found)-1]] = true }
			for value := range values { if !values[most] || number(value) > number(most) { most = value } }
			if term[3] == "" { most = fmt.Sprint(len(values)) }
			sum += number(term[1]) * number(most)
		}
		if sum < 0 && forms[rows[i][2]].MatchString(told) { code = rows[i][1] }
	}
	need(code != "LICENSE_INVALID" && (top == 4 || len(seen) > top))
	for level, key := top, keys[kid('0'+rune(top))]; level >= 0; level-- {
		need(level < 4 && kidOf(key) == kid('0'+rune(level)), "UNKNOWN_KEY")
		message := raw("846a5369676e617475726531"+part(level, "/#0='<.*>'")+"40"+part(level, "/#2='<.*>'"))
		need(ed25519.Verify([]byte(key), message, raw(part(level, "/#3='5840<.*>'"))), "BAD_SIGNATURE")
		key = string(raw(first(text, fmt.Sprint(level, "/8/1/-2='5820<.*>'"))))
	}
	need(code == strings.ToLower(code), code)
	for _, leaf := range ours.FindAllStringSubmatch(text, -1) { own[leaf[1]] = leaf[2] }
	own["state"] = code
	return own, nil
}
func item(data string, leaves *[]string, path string) (rest string) { // notes the leaves of the first item, and gives what follows
	major, n, width, place, last := (data + "\xff")[0]>>5, uint64((data + "\xff")[0]&31), 1<<((data + "\xff")[0]&31)>>24, uint64(0), ""
	need((major < 6 && n < 28 || major == 7 && n-20 < 3) && len(data) > width)
	fmt.Sscanf(fmt.Sprintf("%x", data[1:1+width]), "%x", &n)
	need(width == 0 || n > 23 && n>>(4*width) > 0 && n < 1<<53-uint64(major%2))
	need(major < 2 || major == 7 || n <= uint64(len(data)-1-width) && (major < 4 || strings.Count(path, "/") < 10))
	text := data[1+width:][:map[byte]uint64{2: n, 3: n}[major]]
	need(major != 3 || strings.ToValidUTF8(text, "") == text && !strings.HasPrefix(text, "\ufeff"))
	quoted, simple := strings.ReplaceAll(url.QueryEscape(text), "+", "%20"), []string{"false", "true", "null"}[n%20%3]
	said := []string{fmt.Sprint(n), fmt.Sprint(^int64(n)), fmt.Sprintf("'%x'", data[:1+width+len(text)]), `"` + quoted + `"`, "[]", "{}", "", simple}
	if n == 0 || major/2 != 2 { *leaves = append(*leaves, path+"="+said[major]) }
	for rest = data[1+width+len(text):]; major/2 == 2 && place < n; place++ {
		key, name := rest, []string{fmt.Sprint("//////////=#", place)}
		if major == 5 { rest = item(key, &name, "//////////") } // there is no item within a key
		need(major == 4 || key[:len(key)-len(rest)] > last && (key[0] < 0x40 || key[0]>>5 == 3))
		last = key[:len(key)-len(rest)]
		rest = item(rest, leaves, path+"/"+name[len(name)-1][11:])
	}
	need(strings.ReplaceAll(path, "/#1/13", "") != "E/#2" || item(text, leaves, fmt.Sprint(len(path)/6)) == "")
	return rest
}
