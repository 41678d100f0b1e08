package lic

// Ed25519 as FORMAT 4 and 5.3 want it. Go checks signatures by exactly that rule (S < L, R compared as bytes); what
// it does not check is the key: small order, mixed order and other spellings of a point are refused here.

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/pem"
	"fmt"

	"filippo.io/edwards25519"
)

// kidOf gives the kid (4.2) of a key that is canonical and of prime order (4.1): L - 1 times it is its negative.
func kidOf(key []byte) string {
	point, err := new(edwards25519.Point).SetBytes(key)
	need(err == nil && string(point.Bytes()) == string(key), "LICENSE_INVALID")
	one, _ := new(edwards25519.Scalar).SetCanonicalBytes(append([]byte{1}, make([]byte, 31)...))
	sum, nothing := new(edwards25519.Point).ScalarMult(one.Negate(one), point), edwards25519.NewIdentityPoint()
	need(point.Equal(nothing) == 0 && sum.Add(sum, point).Equal(nothing) == 1, "LICENSE_INVALID")
	thumbprint := sha256.Sum256(append([]byte("\xa3\x01\x01\x20\x06\x21\x58\x20"), key...))
	return fmt.Sprintf("%x", thumbprint[:8])
}

// rootsOf gives the keys in a root.pub (4.3), by kid.
func rootsOf(file string) map[string][]byte {
	roots := map[string][]byte{}
	for block, rest := pem.Decode([]byte(file)); block != nil; block, rest = pem.Decode(rest) {
		spki := string(block.Bytes)
		need(len(spki) == 44 && spki[:12] == "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", "LICENSE_INVALID")
		roots[kidOf(block.Bytes[12:])] = block.Bytes[12:]
	}
	return roots
}

func signedBy(key, message, signature []byte) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, message, signature)
}
