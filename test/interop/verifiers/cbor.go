package lic

// Deterministic CBOR and nothing else (FORMAT 2.1, 2.2).

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// need panics with the code of a check that failed; Verify returns it as an error.
func need(holds bool, code string) {
	if !holds {
		panic(code)
	}
}

// Leaves of an object, as fields.txt writes them: "/-65537/2/0/1" is `"pro"`.
type Leaves map[string]string

func (leaves Leaves) bytes(path string) (data []byte) {
	fmt.Sscanf(leaves[path], "'%x'", &data)
	return data
}

// item notes the leaves of the first item in data, and returns what follows it (2.1, 2.2).
func (leaves Leaves) item(data []byte, path string) []byte {
	need(len(data) > 0 && (data[0] < 0xc0 && data[0]&31 < 28 || data[0]-0xf4 < 3), "LICENSE_INVALID")
	major, n, width := data[0]>>5, uint64(data[0]&31), 0
	if major < 6 && n > 23 {
		width, n = 1<<(n-24), 0
		need(len(data) > width, "LICENSE_INVALID")
		for _, digit := range data[1 : 1+width] {
			n = n<<8 | uint64(digit)
		}
		need(n > 23 && n>>(4*width) > 0 && n < 1<<53-uint64(major%2), "LICENSE_INVALID")
	}
	data = data[1+width:]
	need(major < 2 || major == 7 || n <= uint64(len(data)), "LICENSE_INVALID")
	switch major {
	case 0, 1:
		leaves[path] = fmt.Sprint([]int64{int64(n), -1 - int64(n)}[major]) + map[int]string{8: "n"}[width]
	case 2:
		leaves[path], data = fmt.Sprintf("'%x'", data[:n]), data[n:]
	case 3:
		need(utf8.Valid(data[:n]) && !strings.HasPrefix(string(data[:n]), "\ufeff"), "LICENSE_INVALID")
		leaves[path], data = `"`+url.QueryEscape(string(data[:n]))+`"`, data[n:]
	case 7:
		leaves[path] = []string{"false", "true", "null"}[n-20]
	default:
		need(strings.Count(path, "/") < 10, "LICENSE_INVALID")
		if n == 0 {
			leaves[path] = []string{"[]", "{}"}[major-4]
		}
		for i, last := uint64(0), ""; i < n; i++ {
			key, rest := Leaves{"": fmt.Sprint("#", i)}, data
			if major == 5 {
				rest = key.item(data, "")
				raw := string(data[:len(data)-len(rest)])
				need(raw > last && (raw[0] < 0x40 || raw[0]>>5 == 3), "LICENSE_INVALID")
				last = raw
			}
			data = leaves.item(rest, path+"/"+key[""])
		}
	}
	return data
}

// toBeSigned gives the bytes that a signature covers (3.1).
func toBeSigned(protected, payload []byte) []byte {
	size := []byte{0x58, byte(len(payload))}
	if len(payload) > 255 {
		size = []byte{0x59, byte(len(payload) >> 8), byte(len(payload))}
	}
	return []byte(fmt.Sprintf("\x84\x6aSignature1\x4d%s\x40%s%s", protected, size, payload))
}
