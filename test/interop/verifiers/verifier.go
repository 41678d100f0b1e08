package lic

// Verifies a license for one product (FORMAT 18; clauses in brackets): encoding, forms, chain, signatures, rights,
// times; then product, test mark, clock, nbf, exp, grace, fresh (18.2). Refused, though FORMAT has it: delegated keys
// (6.8), certificates that are not in the license (6.1), activation, versions, maintenance (8.4), a term from
// activation (8.2). Left to the product: lists (11), bundles (7.2), restrictions (8.7), emergencies (14). Not looked
// at: what changes no right (3.6, 6.2, 8.2 to 8.6, 14.2: defaults, order, counts).

import (
	"fmt"
	"strings"
)

const f, never, invalid, rights = "/-65537", int64(1) << 40, "LICENSE_INVALID", "RIGHTS_EXCEEDED"

// Verify gives the leaves of the product's line, as "1" for its tier, with "state" active or grace; or a refusal's code.
// file is that of a .lic, roots the text of a root.pub, now in seconds since 1970.
func Verify(file []byte, roots, product string, now int64, allowTest bool) (line Leaves, err error) {
	defer func() {
		if code := recover(); code != nil {
			line, err = nil, fmt.Errorf("%v", code)
		}
	}()
	need(len(file) > 0 && len(file) <= 4096 && file[0] == 0xd2, invalid)
	says, signer := open(read(file[1:]), "", "", rootsOf(roots))
	need(says[f+"/0"] == "1", invalid)
	need(signer[f+"/0"] == "2" && !signer.any(forms["WIDER"]) && signer.allows(f+"/1", "1"), rights)
	start, stop := signer.number("/5", 0), signer.number("/4", 0)
	iat, nbf, exp := says.number("/6", 0), says.number("/5", 0), says.number("/4", never)
	need(exp > iat && exp > nbf && stop > start && len(says.below(f+"/2/")) > 0, invalid)
	need(exp < never && exp-iat <= 3600*signer.number(f+"/4", never) || exp == never && signer[f+"/6"] != "", rights)
	grace := says.number(f+"/5", 48)
	need(grace <= signer.number(f+"/5", never) && (says[f+"/8"] == "" || signer[f+"/7"] != "2"), rights)
	need(start <= iat && iat <= stop, rights)
	lines := map[string]Leaves{}
	for number := 0; number < 16; number++ {
		if own := says.below(fmt.Sprintf("%s/2/%d/", f, number)); len(own) > 0 {
			need(own["17"] == "", rights)
			need(own["0"] != "" && own["1"] != "" && lines[own["0"]] == nil && own.number("15", 0) < exp, invalid)
			need(signer.allows(f+"/2", own["0"]) && signer.allows(f+"/3", own["1"]), rights)
			for _, lower := range own.below("2/") {
				need(signer.allows(f+"/3", lower), rights)
			}
			lines[own["0"]] = own
		}
	}
	line = lines[`"`+product+`"`]
	need(line != nil, "WRONG_PRODUCT")
	need(allowTest || says[f+"/8"] == "" && signer[f+"/7"] != "1", "TEST_LICENSE")
	need(now >= iat-3600 || !says.any(forms["TIMED"]), "CLOCK_ROLLED_BACK")
	if now < iat {
		now = iat
	}
	end := line.number("15", exp)
	need(now >= nbf, "LICENSE_NOT_YET_VALID")
	need(now < end+3600*grace, "LICENSE_EXPIRED")
	need(now <= iat+86400*says.number(f+"/6", never), "REVOCATION_CHECK_OVERDUE")
	need(!line.any(forms["VERSIONED"]), "VERSION_NOT_COVERED")
	need(line["8"] == "" && says[f+"/7"] == "", "ACTIVATION_REQUIRED")
	line["state"] = map[bool]string{true: "active", false: "grace"}[now < end]
	return line, nil
}

// open gives what an object says and the certificate of its key; those above are verified first (6.1, 7.1, 5.3).
func open(envelope Leaves, at, kids string, roots map[string][]byte) (says, certificate Leaves) {
	need(envelope[at+"/#0"] != "" && envelope[at+"/#2"] != "" && envelope[at+"/#3"] != "", invalid)
	kid, payload := envelope[at+"/#0"][11:27], envelope.bytes(at+"/#2")
	says = read(payload)
	key, above := roots[kid], Leaves(nil)
	if key == nil {
		need(envelope[at+"/#1"] == "", "UNKNOWN_KEY")
		certificate, above = open(envelope, at+"/#1/13", kids+" "+kid, roots)
		key = certificate.bytes("/8/1/-2")
		need(kidOf(key) == kid, "UNKNOWN_KEY")
		need(above == nil || above[f+"/0"] == "8", rights)
	}
	need(!strings.Contains(kids, kid), invalid)
	need(signedBy(key, toBeSigned(envelope.bytes(at+"/#0"), payload), envelope.bytes(at+"/#3")), "BAD_SIGNATURE")
	return says, certificate
}
