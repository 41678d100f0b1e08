"""cbor.json, keys.json, signatures.json."""

import hashlib

import ed25519 as ed
from cborlite import Bad, dec, enc, head
from lic_objects import AUDIT, DELEGATED, ISSUING, LIST, ROOT, ROOT2, thumbprint


def cbor():
    out = []

    def v(valid, clause, name, data):
        data = bytes.fromhex(data.replace(" ", "")) if isinstance(data, str) else data
        try:
            dec(data)
            seen = True
        except Bad:
            seen = False
        assert seen == valid, name
        out.append({"name": name, "clause": clause, "hex": data.hex(), "valid": valid})

    def good(*a):
        v(True, *a)

    def bad(*a):
        v(False, *a)

    for n, h in [
        (0, "00"),
        (1, "01"),
        (10, "0a"),
        (23, "17"),
        (24, "1818"),
        (25, "1819"),
        (100, "1864"),
        (255, "18ff"),
        (256, "190100"),
        (1000, "1903e8"),
        (65535, "19ffff"),
        (65536, "1a00010000"),
        (1000000, "1a000f4240"),
        (2**32 - 1, "1affffffff"),
        (2**32, "1b0000000100000000"),
        (1000000000000, "1b000000e8d4a51000"),
        (2**53 - 1, "1b001fffffffffffff"),
        (-1, "20"),
        (-10, "29"),
        (-24, "37"),
        (-25, "3818"),
        (-100, "3863"),
        (-256, "38ff"),
        (-257, "390100"),
        (-1000, "3903e7"),
        (-65537, "3a00010000"),
        (-(2**32), "3affffffff"),
        (-(2**32) - 1, "3b0000000100000000"),
        (-(2**53 - 1), "3b001ffffffffffffe"),
    ]:
        assert enc(n).hex() == h
        good("2.2", f"integer {n}", h)
    for name, h in [
        ("false", "f4"),
        ("true", "f5"),
        ("null", "f6"),
        ("empty bytes", "40"),
        ("bytes", "4401020304"),
        ("empty text", "60"),
        ("text a", "6161"),
        ("text IETF", "6449455446"),
        ("text quote and backslash", "62225c"),
        ("text u umlaut", "62c3bc"),
        ("text of three byte symbol", "63e6b0b4"),
        ("text of four byte symbol", "64f0908591"),
        ("text with U+FEFF not at the start", "6461efbbbf"),
        ("text with U+0000", "6100"),
        ("text U+D7FF", "63ed9fbf"),
        ("text U+E000", "63ee8080"),
        ("text U+10FFFF", "64f48fbfbf"),
        ("empty array", "80"),
        ("array", "83010203"),
        ("nested arrays", "8301820203820405"),
        ("empty map", "a0"),
        ("map of integers", "a201020304"),
        ("map with text keys", "a26161016162820203"),
        ("array with a map", "826161a161626163"),
        ("map of five", "a56161614161626142616361436164614461656145"),
        ("keys 10, 100, -1 in bytewise order", "a30a01186401 2001"),
        ("keys 1, -1, text", "a3 01 01 20 02 6161 03"),
        ("keys 23, 24", "a2 17 00 1818 00"),
        ("keys -1, -2, -65537", "a3 20 00 21 00 3a00010000 00"),
        ("keys b, aa: the shorter encoding first", "a2 6162 00 626161 00"),
        ("empty text as key", "a1 60 00"),
        ("tag 18 in front of a signed object", "d2 84 40 a0 40 40"),
    ]:
        good("2.1" if h[0] in "89a" else "2.2", name, h)
    good("2.1", "array of 25", "98190102030405060708090a0b0c0d0e0f101112131415161718181819")
    good("2.1", "bytes of length 24", "5818" + "00" * 24)
    good("2.1", "bytes of length 256", "590100" + "00" * 256)
    good("2.1", "text of length 24", "7818" + "61" * 24)
    good("2.2", "depth 10, arrays", "81" * 9 + "80")
    good("2.2", "depth 10, an integer inside", "81" * 10 + "00")
    good("2.2", "depth 10, maps", "a100" * 9 + "a0")
    good("2.3", "4096 bytes", head(2, 4093) + bytes(4093))

    for name, h in [
        ("0 in one byte more", "1800"),
        ("23 in one byte more", "1817"),
        ("24 in two bytes", "190018"),
        ("255 in two bytes", "1900ff"),
        ("256 in four bytes", "1a00000100"),
        ("65535 in four bytes", "1a0000ffff"),
        ("65536 in eight bytes", "1b0000000000010000"),
        ("2^32 - 1 in eight bytes", "1b00000000ffffffff"),
        ("-1 in one byte more", "3800"),
        ("-24 in one byte more", "3817"),
        ("-25 in two bytes", "390018"),
        ("-257 in four bytes", "3a00000100"),
        ("-65537 in eight bytes", "3b0000000000010000"),
        ("bytes, length 1 in one byte more", "580100"),
        ("bytes, length 1 in two", "59000100"),
        ("bytes, length 1 in four", "5a0000000100"),
        ("bytes, length 1 in eight", "5b000000000000000100"),
        ("text, length 1 in one byte more", "780161"),
        ("text, length 1 in two", "79000161"),
        ("text, length 1 in four", "7a0000000161"),
        ("text, length 1 in eight", "7b000000000000000161"),
        ("array, length 1 in one byte more", "980100"),
        ("array, length 1 in two", "99000100"),
        ("array, length 1 in four", "9a0000000100"),
        ("array, length 1 in eight", "9b000000000000000100"),
        ("map, length 1 in one byte more", "b8010000"),
        ("map, length 1 in two", "b900010000"),
        ("map, length 1 in four", "ba000000010000"),
        ("map, length 1 in eight", "bb00000000000000010000"),
        ("tag 18 in one byte more", "d812 84 40 a0 40 40"),
        ("empty array, length in one byte more", "9800"),
        ("empty map, length in one byte more", "b800"),
        ("empty bytes, length in one byte more", "5800"),
        ("key not shortest", "a1180100"),
        ("value in a map not shortest", "a1001801"),
        ("element not shortest", "811801"),
    ]:
        bad("2.1", "not shortest: " + name, h)
    for name, h in [
        ("array, empty", "9fff"),
        ("array", "9f0102ff"),
        ("map, empty", "bfff"),
        ("map", "bf0001ff"),
        ("text, empty", "7fff"),
        ("text", "7f61616162ff"),
        ("bytes, empty", "5fff"),
        ("bytes", "5f41014102ff"),
        ("array in an array", "819f01ff"),
        ("bytes in a map", "a1005f4101ff"),
        ("break alone", "ff"),
        ("break in an array", "81ff"),
        ("break as key", "a1ff00"),
        ("integer with information 31", "1f"),
        ("negative integer with information 31", "3f"),
        ("tag with information 31", "df00"),
        ("array without break", "9f01"),
    ]:
        bad("2.1", "indefinite: " + name, h)
    for major in range(8):
        for info in (28, 29, 30):
            bad("2.1", f"reserved information {info} of major type {major}", bytes([major << 5 | info]) + bytes(16))
    for name, h in [
        ("half 0.0", "f90000"),
        ("half -0.0", "f98000"),
        ("half 1.0", "f93c00"),
        ("half 1.5", "f93e00"),
        ("half infinity", "f97c00"),
        ("half -infinity", "f9fc00"),
        ("half NaN", "f97e00"),
        ("half NaN with payload", "f97e01"),
        ("single 100000.0", "fa47c35000"),
        ("single NaN", "fa7fc00000"),
        ("single infinity", "fa7f800000"),
        ("double 1.1", "fb3ff199999999999a"),
        ("double NaN", "fb7ff8000000000000"),
        ("double infinity", "fb7ff0000000000000"),
        ("double 1.0", "fb3ff0000000000000"),
        ("half in an array", "81f93c00"),
        ("double as value in a map", "a100fb3ff199999999999a"),
        ("double as key", "a1fb3ff199999999999a00"),
    ]:
        bad("2.2", "float: " + name, h)
    for n in list(range(0, 20)):
        bad("2.2", f"simple value {n}", bytes([0xE0 | n]))
    for name, h in [
        ("undefined", "f7"),
        ("undefined in an array", "81f7"),
        ("undefined as value", "a100f7"),
        ("simple 32", "f820"),
        ("simple 255", "f8ff"),
        ("false in two bytes", "f814"),
        ("true in two bytes", "f815"),
        ("null in two bytes", "f816"),
        ("simple 24 in two bytes", "f818"),
        ("simple 31 in two bytes", "f81f"),
    ]:
        bad("2.2", name, h)
    for name, h in [
        ("0, date text", "c074323031332d30332d32315432303a30343a30305a"),
        ("1, time", "c11a514b67b0"),
        ("2, bignum", "c249010000000000000000"),
        ("2, bignum of one byte", "c24101"),
        ("3, negative bignum", "c349010000000000000000"),
        ("4, decimal fraction", "c48221196ab3"),
        ("16, encrypted", "d083 40 a0 40"),
        ("17, MAC", "d184 40 a0 40 40"),
        ("18 in an array", "81 d2 84 40 a0 40 40"),
        ("18 as value in a map", "a100 d2 84 40 a0 40 40"),
        ("18 twice", "d2 d2 84 40 a0 40 40"),
        ("18 in the array of 18", "d284 40 a0 40 d240"),
        ("19", "d3 84 40 a0 40 40"),
        ("24, embedded CBOR", "d8184100"),
        ("27, object", "d81b82 66526567457870 6161"),
        ("28, shared", "d81c80"),
        ("29, reference", "d81d00"),
        ("28 with a cycle", "d81c81d81d00"),
        ("32, URI", "d82076687474703a2f2f7777772e6578616d706c652e636f6d"),
        ("37, UUID", "d82550" + "00" * 16),
        ("61, CWT", "d83dd284 40 a0 40 40"),
        ("64, typed array", "d8404100"),
        ("69", "d8454100"),
        ("98, COSE_Sign", "d86284 40 a0 40 80"),
        ("105, record", "d869 81 00"),
        ("258, set", "d9010280"),
        ("259, map", "d90103a0"),
        ("0xdfff, record", "d9dfff 81 00"),
        ("55799, self-described", "d9d9f700"),
        ("2^32 - 1", "daffffffff00"),
        ("2^64 - 1", "dbffffffffffffffff00"),
        ("1 as key", "a1 c100 00"),
        ("18 without an item", "d2"),
    ]:
        bad("2.2", "tag " + name, h)
    for name, h in [
        ("duplicate 1", "a201000100"),
        ("duplicate text", "a2616100616101"),
        ("duplicate -1", "a220002001"),
        ("duplicate in a nested map", "a100a201000101"),
        ("duplicate, not adjacent", "a3010002000100"),
        ("2 before 1", "a202000100"),
        ("-1 before 1", "a220000100"),
        ("text before 1", "a26161000100"),
        ("b before a", "a2616200616100"),
        ("aa before b", "a262616100616200"),
        ("-1 before 100, the order of RFC 7049", "a2 20 00 1864 00"),
        ("24 before 23", "a2 1818 00 17 00"),
        ("-65537 before -1", "a2 3a00010000 00 20 00"),
        ("256 before 255", "a2 190100 00 18ff 00"),
        ("unsorted in a nested map", "81a202000100"),
    ]:
        bad("2.1", "keys: " + name, h)
    for name, h in [
        ("bytes", "a1410000"),
        ("empty bytes", "a14000"),
        ("array", "a18000"),
        ("map", "a1a000"),
        ("false", "a1f400"),
        ("true", "a1f500"),
        ("null", "a1f600"),
        ("undefined", "a1f700"),
        ("half", "a1f93c0000"),
        ("simple", "a1e000"),
    ]:
        bad("2.2", "key of type " + name, h)
    for name, h in [
        ("lone continuation", "6180"),
        ("two byte form cut", "61c3"),
        ("three byte form cut", "62e6b0"),
        ("four byte form cut", "63f09085"),
        ("overlong /", "62c0af"),
        ("overlong U+0000", "62c080"),
        ("overlong in three bytes", "63e080af"),
        ("overlong in four", "64f08080af"),
        ("surrogate U+D800", "63eda080"),
        ("surrogate U+DFFF", "63edbfbf"),
        ("surrogate pair, CESU-8", "66eda081edb080"),
        ("U+110000", "64f4908080"),
        ("byte f5", "64f5808080"),
        ("byte ff", "61ff"),
        ("byte fe", "61fe"),
        ("Latin-1", "61fc"),
        ("in a key", "a161ff00"),
        ("bad after good", "6461626380"),
        ("continuation missing in the middle", "63c36162"),
    ]:
        bad("2.2", "UTF-8: " + name, h)
    for name, h in [
        ("U+FEFF alone", "63efbbbf"),
        ("U+FEFF at the start", "64efbbbf61"),
        ("U+FEFF at the start of a key", "a164efbbbf6100"),
    ]:
        bad("2.2", name, h)
    for name, h in [
        ("integer after an integer", "0000"),
        ("break", "00ff"),
        ("line feed", "000a"),
        ("second map", "a0a0"),
        ("after an array", "8000"),
        ("after a signed object", "d28440a04040" + "00"),
        ("byte after text", "616161"),
    ]:
        bad("2.2", "trailing: " + name, h)
    whole = enc({1: -8, 4: b"12345678", "text": [1000, 100000, {300: "ab"}, True]})
    good("2.1", "whole object for the truncations below", whole)
    for i in range(len(whole)):
        bad("2.2", f"truncated to {i} bytes", whole[:i])
    for w in (1, 2, 4, 8):
        for major, name in ((0, "integer"), (1, "negative integer"), (2, "bytes"), (3, "text"), (4, "array"), (5, "map")):
            bad("2.2", f"{name}: head of {w} more bytes cut", (head(major, 1 << (8 * w - 1), w))[:-1])
    for name, h in [
        ("array of 2^32 - 1", "9affffffff"),
        ("array of 2^64 - 1", "9bffffffffffffffff"),
        ("map of 2^32 - 1", "baffffffff"),
        ("map of 2^63", "bb8000000000000000"),
        ("bytes of 2^32 - 1", "5affffffff00"),
        ("text of 2^32 - 1", "7affffffff61"),
        ("bytes of 2^64 - 1", "5bffffffffffffffff"),
        ("text of 2^63 - 1", "7b7fffffffffffffff"),
        ("array of 2^53 + 1", "9b0020000000000001"),
        ("map of 2^32", "bb00000001000000000000"),
        ("array of 65535 with one", "99ffff00"),
        ("map of 100 with one", "b8640000"),
        ("bytes of 2, one there", "4200"),
        ("array of 2, one there", "8200"),
        ("map of 1 with half an entry", "a100"),
        ("arrays of 2^32 - 1 in each other", "9affffffff" * 9),
    ]:
        bad("2.2", "announced: " + name, h)
    for name, h in [
        ("2^53", "1b0020000000000000"),
        ("2^53 + 1", "1b0020000000000001"),
        ("2^63", "1b8000000000000000"),
        ("2^64 - 1", "1bffffffffffffffff"),
        ("-2^53", "3b001fffffffffffff"),
        ("-2^53 - 1", "3b0020000000000000"),
        ("-2^64", "3bffffffffffffffff"),
        ("2^53 as key", "a11b002000000000000000"),
        ("2^53 in an array", "811b0020000000000000"),
    ]:
        bad("2.2", "integer " + name, h)
    for name, h in [
        ("arrays", "81" * 10 + "80"),
        ("maps", "a100" * 10 + "a0"),
        ("mixed", "81a100" * 5 + "80"),
        ("arrays, 1000 deep", "81" * 1000 + "00"),
        ("maps, 1000 deep", "a100" * 1000 + "00"),
        ("an empty map at 11", "81" * 10 + "a0"),
    ]:
        bad("2.2", "depth 11: " + name if "1000" not in name else "depth: " + name, h)
    bad("2.3", "4097 bytes", head(2, 4094) + bytes(4094))
    bad("2.2", "no bytes at all", b"")
    return "One item each, against clauses 2.1 to 2.3 alone (no object is meant). Size limit 4096.", out


def keys():
    out = []

    def v(valid, name, pub):
        assert ed.key_ok(pub) == valid, name
        e = {"name": name, "hex": pub.hex(), "valid": valid}
        if valid:
            e["kid"] = thumbprint(pub)[:8].hex()
            e["thumbprint"] = thumbprint(pub).hex()
        out.append(e)

    for name, seed in (
        ("root", ROOT),
        ("issuing", ISSUING),
        ("list", LIST),
        ("delegated", DELEGATED),
        ("audit", AUDIT),
        ("next root", ROOT2),
    ):
        v(True, f"{name} key of the vectors, seed {seed[:1].hex()} x 32", ed.public(seed))
    for name, h in RFC8032[:4]:
        v(True, "RFC 8032, " + name, ed.public(bytes.fromhex(h)))
    for n in (1, 2, 3, ed.L - 1):
        v(True, f"the base point times {n if n < 9 else 'L - 1'}", ed.compress(ed.mul(n, ed.B)))
    order = [1, 8, 4, 8, 2, 8, 4, 8]
    for i, t in enumerate(ed.T):
        v(False, f"small order {order[i]}, {i} times the point of order 8", ed.compress(t))
    # The ones of small order with another spelling: y = p or p + 1, or the sign bit with x = 0.
    for name, y, sign in (
        ("y = 1, sign bit with x = 0 (order 1)", 1, 1),
        ("y = p - 1, sign bit with x = 0 (order 2)", ed.P - 1, 1),
        ("y = p for 0 (order 4)", ed.P, 0),
        ("y = p for 0, sign bit (order 4)", ed.P, 1),
        ("y = p + 1 for 1 (order 1)", ed.P + 1, 0),
        ("y = p + 1 for 1, sign bit with x = 0 (order 1)", ed.P + 1, 1),
    ):
        v(False, "small order, not canonical: " + name, (y | sign << 255).to_bytes(32, "little"))
    good = ed.decompress(ed.public(ROOT))
    for i in range(1, 8):
        v(False, f"mixed order: the root key plus the point of order {order[i]} ({i} times)", ed.compress(ed.add(good, ed.T[i])))
    for k in range(2, 19):
        for sign in (0, 1):
            on = ed.recover_x(k, sign) is not None
            v(False, f"y = p + {k}, sign {sign}, {'on' if on else 'not on'} the curve", ((ed.P + k) | sign << 255).to_bytes(32, "little"))
    n = 0
    for y in range(2, 60):
        if ed.recover_x(y, 0) is None and n < 4:
            n += 1
            v(False, f"not on the curve: y = {y}", y.to_bytes(32, "little"))
        elif n < 4:
            pt = y.to_bytes(32, "little")
            if not ed.key_ok(pt):
                v(False, f"on the curve, not in the subgroup: y = {y}", pt)
    flipped = bytearray(ed.public(ROOT))
    while ed.decompress(bytes(flipped)) is not None:
        flipped[0] = (flipped[0] + 1) & 255
    v(False, "the root key with bits changed, not on the curve", bytes(flipped))
    pub = ed.public(ROOT)
    for name, data in (
        ("31 bytes", pub[:31]),
        ("33 bytes, zero behind", pub + b"\0"),
        ("no bytes", b""),
        ("64 bytes", pub * 2),
        ("SPKI in front", bytes.fromhex("302a300506032b6570032100") + pub),
        ("33 bytes, 40 in front", b"\x40" + pub),
    ):
        v(False, "length: " + name, data)
    v(False, "all ff", b"\xff" * 32)
    return "Public keys against clause 4.1, the kid of the good ones by 4.2.", out


RFC8032 = [
    ("test 1", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
    ("test 2", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
    ("test 3", "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"),
    ("test SHA(abc)", "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42"),
]
RFC8032_SIGS = [
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
]


def signatures():
    out = []

    def v(valid, clause, name, pub, msg, sig, cofactored=None):
        assert ed.verify(pub, msg, sig) == valid, name
        if cofactored is not None:
            assert len(sig) == 64 and ed.cofactored(pub, msg, sig) == cofactored, name
        out.append({"name": name, "clause": clause, "public": pub.hex(), "message": msg.hex(), "signature": sig.hex(), "valid": valid})

    msgs = [b"", b"\x72", b"\xaf\x82", hashlib.sha512(b"abc").digest()]
    for (name, seed), m in zip(RFC8032, msgs):
        seed = bytes.fromhex(seed)
        v(True, "5.3", "RFC 8032, " + name, ed.public(seed), m, ed.sign(seed, m), True)
    assert out[0]["signature"] == RFC8032_SIGS[0]
    msg = b"lic conformance"
    pub, a = ed.public(ROOT), ed.secret(ROOT)[0]
    A = ed.decompress(pub)
    sig = ed.sign(ROOT, msg)
    for n in (0, 1, 250, 1000):
        m = bytes(i & 255 for i in range(n))
        v(True, "5.3", f"message of {n} bytes", pub, m, ed.sign(ROOT, m))
    v(True, "5.3", "the good signature for what follows", pub, msg, sig)
    s = int.from_bytes(sig[32:], "little")

    def with_s(n):
        return sig[:32] + n.to_bytes(32, "little")

    v(False, "5.3", "S + L", pub, msg, with_s(s + ed.L), False)
    for k in (2, 4, 8, 14):
        v(False, "5.3", f"S + {k} L", pub, msg, with_s(s + k * ed.L))
    v(False, "5.3", "S = L", pub, msg, with_s(ed.L))
    v(False, "5.3", "S = 2^256 - 1", pub, msg, with_s(2**256 - 1))
    v(False, "5.3", "S negated", pub, msg, with_s(ed.L - s))
    v(False, "5.3", "S = 0", pub, msg, with_s(0))
    for bit in (252, 253, 254, 255):
        v(False, "5.3", f"bit {bit} of S set", pub, msg, with_s(s | 1 << bit))

    # A part of small order in R: 8 S B = 8 R + 8 k A holds, S B = R + k A does not.
    r = ed.sha512(b"nonce", msg) % ed.L
    rp = ed.mul(r, ed.B)
    v(True, "5.3", "crafted like the next ones, R of prime order", pub, msg, ed.craft(a, pub, ed.compress(rp), r, msg), True)
    for i in range(1, 8):
        rb = ed.compress(ed.add(rp, ed.T[i]))
        v(False, "5.3", f"R with torsion component {i}: valid with cofactor only", pub, msg, ed.craft(a, pub, rb, r, msg), True)
    for i in range(1, 8):
        v(
            False,
            "5.3",
            f"R of small order, {i} times the point of order 8: valid with cofactor only",
            pub,
            msg,
            ed.craft(a, pub, ed.compress(ed.T[i]), 0, msg),
            True,
        )
    v(True, "5.3", "R the identity, canonical: the equation of 5.3 holds", pub, msg, ed.craft(a, pub, ed.compress(ed.IDENT), 0, msg), True)
    for name, h in (("y = p + 1", ed.P + 1), ("y = 1 with sign bit", 1 | 1 << 255), ("y = p + 1 with sign bit", (ed.P + 1) | 1 << 255)):
        v(False, "5.3", "R the identity, not canonical: " + name, pub, msg, ed.craft(a, pub, h.to_bytes(32, "little"), 0, msg), True)
    v(
        False,
        "5.3",
        "R the point of order 2, sign bit set",
        pub,
        msg,
        ed.craft(a, pub, ((ed.P - 1) | 1 << 255).to_bytes(32, "little"), 0, msg),
        True,
    )
    # k over the canonical R, but the other spelling sent
    can = ed.craft(a, pub, ed.compress(ed.IDENT), 0, msg)
    v(False, "5.3", "R the identity, not canonical, k over the canonical one", pub, msg, (ed.P + 1).to_bytes(32, "little") + can[32:])
    v(False, "5.3", "R not on the curve", pub, msg, (2).to_bytes(32, "little") + sig[32:])
    v(False, "5.3", "R negated", pub, msg, sig[:31] + bytes([sig[31] ^ 0x80]) + sig[32:])
    v(False, "5.3", "R all zero, S zero", pub, msg, bytes(64))
    v(False, "5.3", "R the identity, S zero, a good key", pub, msg, b"\x01" + bytes(63))

    # Bad keys with signatures that some rule or other lets through.
    spell = [ed.compress(t) for t in ed.T] + [
        n.to_bytes(32, "little") for n in (1 | 1 << 255, (ed.P - 1) | 1 << 255, ed.P, ed.P | 1 << 255, ed.P + 1, (ed.P + 1) | 1 << 255)
    ]
    for i, ab in enumerate(spell):
        v(False, "4.1", f"A of small order, spelling {i}: R the identity, S = 0", ab, msg, b"\x01" + bytes(63), True)
        m = 0
        while not ed.verify(ab, m.to_bytes(2, "big"), b"\x01" + bytes(63), check_key=False):
            m += 1
        v(
            False,
            "4.1",
            f"A of small order, spelling {i}: R the identity, S = 0, a message for which the equation of 5.3 holds",
            ab,
            m.to_bytes(2, "big"),
            b"\x01" + bytes(63),
            True,
        )
    small = ed.compress(ed.T[1])
    v(
        False,
        "4.1",
        "A of small order, R of prime order, valid with cofactor",
        small,
        msg,
        ed.craft(0, small, ed.compress(rp), r, msg),
        True,
    )
    m = 0
    while True:  # speccheck 1: A small, R mixed, the equation holds
        mm = b"case" + m.to_bytes(2, "big")
        found = None
        for i in range(1, 8):
            c = ed.craft(0, small, ed.compress(ed.add(rp, ed.T[i])), r, mm)
            if ed.verify(small, mm, c, check_key=False):
                found = c
        if found:
            break
        m += 1
    v(False, "4.1", "A of small order, R of mixed order, the equation of 5.3 holds", small, mm, found, True)
    mixed = ed.compress(ed.add(A, ed.T[1]))

    def search(want, rbs, rr):
        n = 0
        while True:
            mm = b"mix" + n.to_bytes(2, "big")
            for rb in rbs:
                c = ed.craft(a, mixed, rb, rr, mm)
                if ed.verify(mixed, mm, c, check_key=False) == want:
                    return mm, c
            n += 1

    mm, c = search(True, [ed.compress(rp)], r)
    v(False, "4.1", "A of mixed order, R of prime order, the equation of 5.3 holds", mixed, mm, c, True)
    mm, c = search(False, [ed.compress(rp)], r)
    v(False, "4.1", "A of mixed order, R of prime order, valid with cofactor only", mixed, mm, c, True)
    rbs = [ed.compress(ed.add(rp, ed.T[i])) for i in range(1, 8)]
    mm, c = search(True, rbs, r)
    v(False, "4.1", "A and R of mixed order, the equation of 5.3 holds", mixed, mm, c, True)
    mm, c = search(False, rbs, r)
    v(False, "4.1", "A and R of mixed order, valid with cofactor only", mixed, mm, c, True)
    smalls = [ed.compress(t) for t in ed.T[1:]]
    mm, c = search(True, smalls, 0)
    v(False, "4.1", "A of mixed order, R of small order, the equation of 5.3 holds", mixed, mm, c, True)
    v(False, "4.1", "A of mixed order, S made for the key without torsion", mixed, msg, sig)
    # speccheck 10, 11: A not canonical and of small order, k over the spelling sent or over the canonical one
    nc = ((ed.P + 1) | 1 << 255).to_bytes(32, "little")
    v(False, "4.1", "A not canonical, k over its bytes", nc, msg, ed.craft(0, nc, ed.compress(rp), r, msg), True)
    k_canonical = ed.compress(rp) + r.to_bytes(32, "little")
    v(False, "4.1", "A not canonical, S = r", nc, msg, k_canonical, True)
    v(False, "4.1", "A with y = p + 3", (ed.P + 3).to_bytes(32, "little"), msg, sig)

    for bit in (0, 7, 100, 254, 255, 256, 263, 300, 500, 511):
        flipped = bytearray(sig)
        flipped[bit // 8] ^= 1 << bit % 8
        v(False, "5.3", f"bit {bit} of the signature flipped", pub, msg, bytes(flipped))
    for bit in (0, 60, 119):
        flipped = bytearray(msg)
        flipped[bit // 8] ^= 1 << bit % 8
        v(False, "5.3", f"bit {bit} of the message flipped", pub, bytes(flipped), sig)
    v(False, "5.3", "message cut", pub, msg[:-1], sig)
    v(False, "5.3", "message longer", pub, msg + b"\0", sig)
    v(False, "5.3", "another good key", ed.public(ISSUING), msg, sig)
    v(False, "5.3", "key negated", ed.compress(ed.neg(A)), msg, sig)
    for name, bad in (("63 bytes", sig[:63]), ("65 bytes", sig + b"\0"), ("R alone", sig[:32]), ("no bytes", b""), ("twice", sig * 2)):
        v(False, "5.2", "length: " + name, pub, msg, bad)
    # The same with Ed25519ctx and Ed25519ph: 5.1
    dom = b"SigEd25519 no Ed25519 collisions" + bytes([0, 3]) + b"lic"
    _, prefix = ed.secret(ROOT)
    rr = ed.sha512(dom, prefix, msg) % ed.L
    rb = ed.compress(ed.mul(rr, ed.B))
    v(False, "5.1", "Ed25519ctx with context lic", pub, msg, rb + ((rr + ed.sha512(dom, rb, pub, msg) * a) % ed.L).to_bytes(32, "little"))
    dom, ph = b"SigEd25519 no Ed25519 collisions" + bytes([1, 0]), hashlib.sha512(msg).digest()
    rr = ed.sha512(dom, prefix, ph) % ed.L
    rb = ed.compress(ed.mul(rr, ed.B))
    v(False, "5.1", "Ed25519ph", pub, msg, rb + ((rr + ed.sha512(dom, rb, pub, ph) * a) % ed.L).to_bytes(32, "little"))
    return (
        "Clauses 4.1 and 5.3 together: valid means that key and signature are accepted. Clause 4.1: the key alone is refused already.",
        out,
    )
