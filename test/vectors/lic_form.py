"""Licenses: envelope, headers, payload bytes, claims, fields, object types."""

from cborlite import Raw, Tag, enc, head
from lic_objects import *
from vec_licenses import lic

FULL_LINE = {
    0: "editor",
    1: "pro",
    2: ["try", "std"],
    3: "Professional",
    4: 2,
    5: 2,
    6: 25,
    7: 30,
    8: 1,
    9: 7,
    10: T0 + 100 * DAY,
    11: {0: "2.0", 1: "3"},
    12: ["export", "import"],
    18: {"api.calls": {0: 10000, 1: 2}, "storage": {0: 5 * 10**12, 2: 1}, "beta": {3: T0 + 50 * DAY}, "projects": 0},
    13: {"users": 250, "bandwidth": {0: 10**6, 1: 5, 2: 3}},
    14: {0: {0: ["CH", "DE"]}, 1: {0: ["example.org"], 1: ["test.example.org"]}, 2: {0: ["10.0.0.0/8", "2001:db8::/32"]}},
    15: T0 + 300 * DAY,
    16: 77,
}
FULL_FIELDS = {
    3: 7,
    4: {0: "Example AG", 1: "C-1001", 2: "example.org"},
    5: 72,
    6: 400,
    7: 8000,
    10: {"order": "2026-17", "count": 12, "partner": True},
}
FULL_WANT = {"seats": 25, "devices": 30, "revision": 7, "grace": 72}


def full(**kw):
    f = dict(FULL_FIELDS)
    f.update(kw.pop("fields", {}))
    c = {1: "Example Authority", 2: "customer-1", 5: T0 - DAY}
    c.update(kw.pop("claims", {}))
    line = dict(FULL_LINE)
    line.update(kw.pop("line", {}))
    return payload(f, c, line=line, **kw)


FULL_FACTS = dict(activation="unchecked", version="2.4.1", buildDate=T0 + 10 * DAY)


def parts(obj=None):
    """protected, unprotected, payload, signature of the minimal license."""
    return list((lic() if obj is None else obj).value)


def map_raw(*pairs):
    return Raw(head(5, len(pairs)) + b"".join(enc(x) for p in pairs for x in p))


def form(s):
    bad = "LICENSE_INVALID"
    whole = enc(lic())
    pr, un, pl, sg = parts()

    s.ok("minimal license", "8", lic())
    s.ok("license with every field", "8", lic(full()), want=FULL_WANT, **FULL_FACTS)
    s.ok("alg -19", "3.2", lic(alg=-19))
    s.ok("compact form, certificate supplied", "6.1", lic(chain=None), certificates=[issuing_cert()])

    def env(name, clause, obj, stage="decode", **kw):
        s.throws("envelope: " + name, clause, obj, bad, stage, **kw)

    def four(*items, h=b"\xd2\x84"):
        return h + b"".join(enc(x) for x in items)

    env("no tag", "3.1", whole[1:])
    for n in (0, 1, 16, 17, 19, 61, 64, 98, 105, 0xDFFF, 55799):
        env(f"tag {n}", "3.1", head(6, n) + whole[1:])
    env("tag 18 twice", "3.1", b"\xd2" + whole)
    env("tag 61 before tag 18", "3.1", b"\xd8\x3d" + whole)
    env("tag 18 behind tag 61", "3.1", b"\xd2\xd8\x3d" + whole[1:])
    env("tag 18 not shortest", "2.1", b"\xd8\x12" + whole[1:])
    env("array of three, no signature", "3.1", four(pr, un, pl, h=b"\xd2\x83"))
    env("array of five", "3.1", four(pr, un, pl, sg, b"", h=b"\xd2\x85"))
    env("empty array", "3.1", b"\xd2\x80")
    env("a map", "3.1", Tag(18, {1: pr, 2: un, 3: pl, 4: sg}))
    env("an integer", "3.1", b"\xd2\x00")
    env("a byte string with the object in it", "3.1", enc(whole))
    env("array length not shortest", "2.1", four(pr, un, pl, sg, h=b"\xd2\x98\x04"))
    env("array of indefinite length", "2.1", four(pr, un, pl, sg, Raw(b"\xff"), h=b"\xd2\x9f"))
    env("array length 2^32 - 1", "2.2", four(pr, un, pl, sg, h=b"\xd2\x9a\xff\xff\xff\xff"))
    env("protected header as a map, not bytes", "3.1", four({1: -8, 4: kid(ISSUING)}, un, pl, sg))
    env("protected header as text", "3.1", four(Raw(head(3, len(pr)) + b"a" * len(pr)), un, pl, sg))
    env("protected header empty bytes", "3.2", four(b"", un, pl, sg))
    env("payload null, detached", "3.1", four(pr, un, None, sg))
    env("payload as a map, not bytes", "3.1", four(pr, un, Raw(pl), sg))
    env("payload as text", "3.1", four(pr, un, "a" * len(pl), sg))
    env("payload empty", "2.5", lic(Raw(b"")))
    env("signature as text", "3.1", four(pr, un, pl, "a" * 64))
    env("signature null", "3.1", four(pr, un, pl, None))
    for n in (0, 32, 63, 65, 128):
        env(f"signature of {n} bytes", "5.2", four(pr, un, pl, (sg + sg)[:n]))
    env("length of the payload not shortest", "2.1", four(pr, un, Raw(head(2, len(pl), 2) + pl), sg))
    env("payload of indefinite length", "2.1", four(pr, un, Raw(b"\x5f" + enc(pl) + b"\xff"), sg))
    env("byte behind", "2.2", whole + b"\0")
    env("break behind", "2.2", whole + b"\xff")
    env("line feed behind", "2.2", whole + b"\n")
    env("byte in front", "2.2", b"\0" + whole)
    env("no bytes", "2.2", b"")
    for i in (1, 2, 3, 10, len(whole) // 2, len(whole) - 64, len(whole) - 1):
        env(f"cut to {i} of {len(whole)} bytes", "2.2", whole[:i])
    env("as hexadecimal text", "9.5", whole.hex().encode())
    env("as code text", "9.5", b"LIC1-TA24V8G14W24G0APA5V60749BJG")

    # Unprotected header and the type of header 13
    def unp(name, u, clause="3.3", stage="decode", **kw):
        s.throws("unprotected header: " + name, clause, four(pr, u, pl, sg), bad, stage, **kw)

    c = issuing_cert()
    unp("an array", [])
    unp("null", None)
    unp("bytes", b"\xa0")
    unp("kid beside the chain", {4: kid(ISSUING), 13: c})
    unp("kid alone", {4: kid(ISSUING)})
    unp("alg alone", {1: -8})
    unp("x5chain (33)", {33: b"1"})
    unp("unknown key 64", {64: 1})
    unp("unknown key 1000 beside the chain", {13: c, 1000: 1})
    unp("text key", {"a": 1})
    unp("text key 13", {"13": c})
    unp("key 13 twice", map_raw((13, c), (13, c)), "2.1")
    unp("of indefinite length", Raw(b"\xbf\x0d" + enc(c) + b"\xff"), "2.1")
    unp("length not shortest", Raw(b"\xb8\x01\x0d" + enc(c)), "2.1")
    unp("header 13 tagged", {13: Tag(18, c)}, "2.2")
    for name, v in (
        ("an integer", 1),
        ("text", "x"),
        ("null", None),
        ("true", True),
        ("a map", {}),
        ("bytes of the certificate", enc(c)),
        ("bytes of the tagged certificate", enc(Tag(18, c))),
        ("an array with the certificate", [c]),
        ("an array of two certificates", [c, c]),
        ("an empty array", []),
        ("array of three", c[:3]),
        ("array of five", c + [b""]),
        ("the certificate's payload alone", c[2]),
        ("a thumbprint", kid(ISSUING)),
    ):
        unp("header 13 is " + name, {13: v}, "6.1", None, reading="code; the page leaves open whether decode or chain")

    # Protected header
    k = kid(ISSUING)

    def prot(name, clause, p, stage="decode", code=bad, **kw):
        s.throws("protected header: " + name, clause, lic(protected=p), code, stage, **kw)

    for name, alg in (
        ("-7 (ES256)", -7),
        ("-50", -50),
        ("-53 (Ed448)", -53),
        ("5 (HMAC)", 5),
        ("0", 0),
        ("8", 8),
        ("-9", -9),
        ("-20", -20),
        ("as text EdDSA", "EdDSA"),
        ("null", None),
        ("true", True),
        ("a list", [-8]),
    ):
        prot("alg " + name, "3.2", {1: alg, 4: k})
    prot("alg as bytes", "3.2", {1: b"\x27", 4: k})
    prot("alg missing", "3.2", {4: k})
    prot("kid missing", "3.2", {1: -8})
    prot("an empty map", "3.2", {})
    for name, v in (
        ("7 bytes", k[:7]),
        ("9 bytes", k + b"\0"),
        ("empty", b""),
        ("32 bytes, the whole thumbprint", thumbprint(ed25519.public(ISSUING))),
        ("text", k.hex()),
        ("an integer", 5),
        ("null", None),
        ("a list of kids", [k]),
    ):
        prot("kid " + name, "3.2", {1: -8, 4: v})
    for name, key, v in (
        ("content type (3)", 3, 61),
        ("crit (2)", 2, [4]),
        ("IV (5)", 5, b"1"),
        ("CWT claims (15)", 15, {1: "x"}),
        ("type (16), as in a list", 16, "application/statuslist+cwt"),
        ("type (16), another", 16, "application/cwt"),
        ("the chain (13)", 13, issuing_cert()),
        ("key 0", 0, 0),
        ("key 64", 64, 1),
        ("key -1", -1, 1),
        ("text key", "a", 1),
        ("text key alg", "alg", -8),
    ):
        prot("extra " + name, "3.2", {1: -8, 4: k, key: v})
    for name, data in (
        ("kid length not shortest", b"\xa2\x01\x27\x04\x58\x08" + k),
        ("alg not shortest", b"\xa2\x01\x38\x07\x04\x48" + k),
        ("key not shortest", b"\xa2\x18\x01\x27\x04\x48" + k),
        ("map length not shortest", b"\xb8\x02\x01\x27\x04\x48" + k),
        ("of indefinite length", b"\xbf\x01\x27\x04\x48" + k + b"\xff"),
        ("kid of indefinite length", b"\xa2\x01\x27\x04\x5f\x48" + k + b"\xff"),
        ("unsorted", b"\xa2\x04\x48" + k + b"\x01\x27"),
        ("alg twice", b"\xa3\x01\x27\x01\x27\x04\x48" + k),
        ("kid twice", b"\xa3\x01\x27\x04\x48" + k + b"\x04\x48" + k),
        ("alg as half -8.0", b"\xa2\x01\xf9\xc8\x00\x04\x48" + k),
        ("alg as double -8.0", b"\xa2\x01\xfb\xc0\x20" + bytes(6) + b"\x04\x48" + k),
        ("alg as a bignum", b"\xa2\x01\xc3\x41\x07\x04\x48" + k),
        ("kid tagged", b"\xa2\x01\x27\x04\xd8\x40\x48" + k),
        ("alg undefined", b"\xa2\x01\xf7\x04\x48" + k),
        ("tag 18 in front", b"\xd2\xa2\x01\x27\x04\x48" + k),
        ("byte behind", b"\xa2\x01\x27\x04\x48" + k + b"\0"),
        ("last byte missing", b"\xa2\x01\x27\x04\x48" + k[:7]),
        ("a byte string key", b"\xa2\x01\x27\x41\x04\x48" + k),
        ("an array", b"\x84\x01\x27\x04\x48" + k),
        ("bytes in bytes", b"\x4d\xa2\x01\x27\x04\x48" + k),
        ("map of three announced", b"\xa3\x01\x27\x04\x48" + k),
    ):
        prot(name, "2.5", Raw(data))

    # Payload bytes: the item stands where it would be ignored (key 64), so that only the encoding deviates
    def val(name, clause, h):
        data = bytes.fromhex(h.replace(" ", ""))
        s.throws("payload: " + name, clause, lic(payload({64: Raw(data)})), bad, "decode")

    s.ok("payload: ignorable key 64 with a list", "3.5", lic(payload({64: [1, "a", {1: b""}]})))
    for name, h in (
        ("integer 1 in one byte more", "1801"),
        ("in two bytes", "190001"),
        ("in four", "1a00000001"),
        ("in eight", "1b0000000000000001"),
        ("-1 in one byte more", "3800"),
        ("bytes, length not shortest", "580100"),
        ("text, length not shortest", "780161"),
        ("array, length not shortest", "980100"),
        ("map, length not shortest", "b8010000"),
        ("indefinite array", "9f00ff"),
        ("indefinite map", "bf0000ff"),
        ("indefinite text", "7f6161ff"),
        ("indefinite bytes", "5f4100ff"),
    ):
        val(name, "2.1", h)
    for name, h in (
        ("half", "f93c00"),
        ("single", "fa3f800000"),
        ("double", "fb3ff199999999999a"),
        ("half NaN", "f97e00"),
        ("double NaN", "fb7ff8000000000000"),
        ("infinity", "f97c00"),
        ("undefined", "f7"),
        ("simple 0", "e0"),
        ("simple 19", "f3"),
        ("simple 32", "f820"),
        ("simple 255", "f8ff"),
        ("false in two bytes", "f814"),
        ("tag 0", "c06131"),
        ("tag 1", "c100"),
        ("tag 2", "c24101"),
        ("tag 3", "c34101"),
        ("tag 18", "d28440a04040"),
        ("tag 27", "d81b8100"),
        ("tag 28", "d81c80"),
        ("tag 29", "d81d00"),
        ("tag 61", "d83d00"),
        ("tag 64", "d8404100"),
        ("tag 105", "d8698100"),
        ("tag 0xdfff", "d9dfff8100"),
        ("tag 55799", "d9d9f700"),
        ("key of bytes", "a1410000"),
        ("key of an array", "a18000"),
        ("key of a map", "a1a000"),
        ("key true", "a1f500"),
        ("key null", "a1f600"),
        ("key half", "a1f93c0000"),
        ("bad UTF-8", "61ff"),
        ("overlong UTF-8", "62c080"),
        ("surrogate", "63eda080"),
        ("surrogate pair", "66eda081edb080"),
        ("U+FEFF at the start of a text", "64efbbbf61"),
        ("2^53", "1b0020000000000000"),
        ("2^64 - 1", "1bffffffffffffffff"),
        ("-2^53", "3b001fffffffffffff"),
        ("bytes beyond the end", "5affffffff"),
        ("array of 2^32 - 1", "9affffffff"),
        ("map of 2^32 - 1", "baffffffff"),
        ("text of 2^64 - 1", "7bffffffffffffffff"),
        ("reserved 1c", "1c"),
        ("break", "ff"),
    ):
        val(name, "2.2", h)
    for name, h in (
        ("duplicate key", "a200000000"),
        ("unsorted keys", "a201000000"),
        ("keys in the order of RFC 7049", "a22000186400"),
        ("duplicate text key", "a2616100616100"),
    ):
        val(name, "2.1", h)
    s.ok(
        "payload: depth 10",
        "2.2",
        lic(payload({64: Raw(b"\x81" * 7 + b"\x80")})),
        reading="the payload is an item of its own and its depth is counted from its own map",
    )
    val("depth 11", "2.2", "81" * 8 + "80")
    p = enc(payload())
    for name, clause, data in (
        ("byte behind", "2.2", p + b"\0"),
        ("last byte missing", "2.2", p[:-1]),
        ("half of it", "2.2", p[: len(p) // 2]),
        ("its map length not shortest", "2.1", b"\xb8\x04" + p[1:]),
        ("itself an indefinite map", "2.1", b"\xbf" + p[1:] + b"\xff"),
        ("an array", "3.1", enc([payload()])),
        ("an integer", "3.1", b"\x00"),
        ("bytes", "3.1", enc(p)),
        ("text", "3.1", enc("license")),
        ("null", "3.1", b"\xf6"),
        ("tagged 18", "2.2", b"\xd2" + p),
        ("tagged 61", "2.2", b"\xd8\x3d" + p),
    ):
        s.throws(
            "payload: as " + name if clause == "3.1" else "payload: " + name,
            clause,
            lic(Raw(data)),
            bad,
            "decode" if clause != "3.1" else None,
        )
    q = payload()
    pairs = [(k_, q[k_]) for k_ in (4, 6, 7, -65537)]
    s.throws("payload: claims unsorted", "2.1", lic(map_raw(pairs[1], pairs[0], pairs[2], pairs[3])), bad, "decode")
    s.throws("payload: fields before the claims", "2.1", lic(map_raw(pairs[3], *pairs[:3])), bad, "decode")
    s.throws("payload: exp twice", "2.1", lic(map_raw(pairs[0], (4, EXP + YEAR), *pairs[1:])), bad, "decode")
    f = q[PLAIN_FIELDS]
    s.throws("payload: fields unsorted", "2.1", lic(payload(claims={PLAIN_FIELDS: map_raw((1, f[1]), (0, 1), (2, f[2]))})), bad, "decode")
    s.throws(
        "payload: field 2 twice",
        "2.1",
        lic(payload(claims={PLAIN_FIELDS: map_raw((0, 1), (1, f[1]), (2, f[2]), (2, f[2]))})),
        bad,
        "decode",
    )
    s.throws("payload: product twice in a line", "2.1", lic(payload(line=map_raw((0, "viewer"), (0, "editor"), (1, "pro")))), bad, "decode")
    s.throws("payload: feature twice", "2.1", lic(payload(line={**LINE, 18: map_raw(("a", 1), ("a", 0))})), bad, "decode")

    base = len(enc(lic(payload({64: bytes(2000)}))))
    s.ok("size: 4096 bytes", "2.3", lic(payload({64: bytes(2000 + 4096 - base)})))
    s.throws("size: 4097 bytes", "2.3", lic(payload({64: bytes(2000 + 4097 - base)})), bad, "decode")


def claims(s):
    bad, unknown = "LICENSE_INVALID", "UNSUPPORTED_CLAIM"

    def no(name, p, code=bad, clause="8.1", **kw):
        s.throws("claims: " + name, clause, lic(p), code, "type", **kw)

    s.ok("claims: iss, sub and nbf", "8.1", lic(payload(claims={1: "A", 2: "B", 5: T0})))
    for k, name in ((6, "iat"), (7, "cti")):
        no(name + " missing", payload(drop=[k]))
    no("fields missing", payload(drop=[PLAIN_FIELDS]))
    no("fields empty", payload(claims={PLAIN_FIELDS: {}}))
    for v, name in (([], "an array"), (1, "an integer"), ("x", "text"), (None, "null"), (b"\xa1\x00\x01", "bytes")):
        no(f"fields are {name}", payload(claims={PLAIN_FIELDS: v}))
    for k, name in ((4, "exp"), (5, "nbf"), (6, "iat")):
        for v, what in (
            (str(T0), "text"),
            (-1, "negative"),
            (2**32, "2^32"),
            (2**53 - 1, "2^53 - 1"),
            (None, "null"),
            (True, "true"),
            (b"\x6a\xb1\x3b\x80", "bytes"),
            ([T0], "a list"),
        ):
            no(f"{name} {what}", payload(claims={k: v}), clause="2.7")
        s.throws(f"claims: {name} a double", "2.2", lic(payload(claims={k: Raw(bytes.fromhex("fb41daac4ee0000000"))})), bad, "decode")
        s.throws(f"claims: {name} with tag 1", "2.2", lic(payload(claims={k: Raw(b"\xc1" + enc(T0))})), bad, "decode")
    s.ok("claims: exp 2^32 - 1", "2.7", lic(payload(claims={4: 2**32 - 1}), chain=issuing_cert(drop=[4])), want={"exp": 2**32 - 1})
    for v, what in (
        (CTI[:9], "of 9 bytes"),
        (CTI + b"\0", "of 11 bytes"),
        (b"", "empty"),
        ("0123456789", "text"),
        (1, "an integer"),
        (None, "null"),
        (bytes(16), "of 16 bytes"),
    ):
        no("cti " + what, payload(claims={7: v}))
    for k, name in ((1, "iss"), (2, "sub")):
        for v, what in (
            ("", "empty"),
            ("x" * 129, "of 129 bytes"),
            ("\u00e9" * 65, "of 130 bytes in 65 letters"),
            (1, "an integer"),
            (b"x", "bytes"),
            (None, "null"),
            (["x"], "a list"),
        ):
            no(f"{name} {what}", payload(claims={k: v}), clause="3.8" if isinstance(v, str) else "8.1")
        s.ok(f"claims: {name} of 128 bytes", "3.8", lic(payload(claims={k: "\u00e9" * 64})))
    for k, v, name in (
        (3, "x", "aud (3)"),
        (8, {1: cose_key(ed25519.public(ISSUING))}, "cnf (8)"),
        (9, "x", "scope (9)"),
        (0, 0, "0"),
        (10, b"x", "nonce (10)"),
        (64, 1, "64"),
        (1000, 1, "1000"),
        (65533, {"bits": 2, "lst": b""}, "status list (65533)"),
        (65535, {}, "status (65535)"),
        (-1, 1, "-1"),
        (-65536, 1, "-65536"),
        (-65538, {}, "-65538"),
        ("exp", EXP, "text exp"),
        ("x", 1, "text x"),
    ):
        no("extra " + name, payload(claims={k: v}), unknown, "3.4")
    no("exp = iat", payload(claims={4: T0}))
    no("exp before iat", payload(claims={4: T0 - 1}))
    s.ok("claims: exp a second after iat", "8.1", lic(payload(claims={4: T0 + 1})), now=T0, want={"exp": T0 + 1})
    no("exp = nbf", payload(claims={5: EXP}))
    no("exp before nbf", payload(claims={5: EXP + 1}))
    s.ok("claims: exp a second after nbf", "8.1", lic(payload(claims={5: EXP - 1})), now=EXP - 1)
    s.ok("claims: nbf before iat", "8.1", lic(payload(claims={5: T0 - YEAR})))
    s.ok("claims: no exp, perpetual certificate", "8.1", lic(payload(drop=[4])), want={"exp": None})


def fields(s):
    bad, unknown = "LICENSE_INVALID", "UNSUPPORTED_CLAIM"

    def no(name, p, code=bad, clause="8.2", stage="type", chain=None, **kw):
        s.throws("field: " + name, clause, lic(p, **({"chain": chain} if chain else {})), code, stage, **kw)

    def f(name, k, v, code=bad, clause="8.2", **kw):
        no(name, payload({k: v}), code, clause, **kw)

    def line(name, changes, code=bad, clause="8.4", **kw):
        no("line: " + name, payload(line={**LINE, **changes}), code, clause, **kw)

    def okf(name, fields_, clause="8.2", want=None, **kw):
        s.ok("field: " + name, clause, lic(payload(fields_)), want=want, **kw)

    def okline(name, changes, clause="8.4", want=None, **kw):
        s.ok("field: line: " + name, clause, lic(payload(line={**LINE, **changes})), want=want, **kw)

    wrong_types = ((b"x", "bytes"), (None, "null"), ([], "a list"), ({}, "a map"))
    # the license itself
    no("prefix missing", payload(drop_fields=[1]))
    for v, what in (
        ("E", "one letter"),
        ("ABCDEFGHI", "nine letters"),
        ("edit", "lower case"),
        ("1EDIT", "digit first"),
        ("ED-T", "hyphen"),
        ("", "empty"),
        ("\u00c9DIT", "letter beyond ASCII"),
        ("EDIT\n", "line feed behind"),
        (1, "an integer"),
        *wrong_types,
    ):
        f("prefix: " + what, 1, v)
    okf("prefix of two", {1: "A1"})
    okf("prefix of eight", {1: "ABCDEFG8"})
    no("lines missing", payload(drop_fields=[2]))
    no("lines empty", payload(lines={}))
    for v, what in (([LINE], "a list"), (1, "an integer"), ("x", "text"), (None, "null")):
        f("lines: " + what, 2, v)
    no(
        "lines: number 16",
        payload(lines={0: LINE, 16: {0: "viewer", 1: "pro"}}),
        reading="the map of lines has numbers, not field keys: 16 is out of range, not an unknown field",
    )
    no(
        "lines: number 64",
        payload(lines={0: LINE, 64: {0: "viewer", 1: "pro"}}),
        reading="3.5 lets nobody ignore a line 64: these keys are numbers of lines",
    )
    no("lines: number -1", payload(lines={0: LINE, -1: {0: "viewer", 1: "pro"}}))
    no("lines: number as text", payload(lines={0: LINE, "1": {0: "viewer", 1: "pro"}}))
    no("lines: a line is a list", payload(lines={0: ["editor", "pro"]}))
    no("lines: a line is empty", payload(lines={0: {}}))
    no("lines: a product in two lines", payload(lines={0: LINE, 1: {0: "editor", 1: "std"}}), clause="8.3")
    s.ok("field: lines: number 15 alone", "8.2", lic(payload(lines={15: LINE})), line=15)
    s.ok("field: lines: sixteen", "8.2", lic(payload(lines={i: {0: "editor" if i == 9 else f"p{i}", 1: "pro"} for i in range(16)})), line=9)
    for k, v, what in (
        (3, 1, "revision: the default 1 written"),
        (5, 48, "grace: the default 48 written"),
        (8, False, "test mark: false written"),
    ):
        f(what, k, v, clause="3.6")
    for k, name in ((3, "revision"), (5, "grace"), (6, "fresh"), (7, "term from activation")):
        for v, what in ((-1, "negative"), ("2", "text"), (True, "true"), *wrong_types):
            f(f"{name}: {what}", k, v)
    for k, name in ((5, "grace"), (6, "fresh"), (7, "term from activation")):
        f(f"{name}: 2^32", k, 2**32, clause="3.8")
    f("revision: 0", 3, 0)
    f("revision: 2^32", 3, 2**32)
    okf("revision 2", {3: 2}, want={"revision": 2})
    okf("revision 2^32 - 1", {3: 2**32 - 1}, want={"revision": 2**32 - 1})
    okf("grace 0", {5: 0}, want={"grace": 0})
    okf("grace 49", {5: 49}, want={"grace": 49})
    okf("fresh 30", {6: 30})
    okf("term from activation", {7: 720})
    for v, what in ((1, "1"), (0, "0"), ("true", "text"), *wrong_types):
        f("test mark: " + what, 8, v, clause="3.6")
    # licensee
    for v, what in (
        ({}, "empty"),
        ({1: "id"}, "name missing"),
        ({0: ""}, "name empty"),
        ({0: "x" * 129}, "name of 129 bytes"),
        ({0: 1}, "name an integer"),
        ({0: "A", 1: ""}, "id empty"),
        ({0: "A", 1: 5}, "id an integer"),
        ({0: "A", 1: "x" * 129}, "id of 129 bytes"),
        ({0: "A", 2: ""}, "domain empty"),
        ({0: "A", 2: "x" * 256}, "domain of 256 bytes"),
        ({0: "A", 2: b"x"}, "domain bytes"),
        ({0: "A", "x": 1}, "text key"),
        ({0: "A", -1: 1}, "negative key"),
        ("A", "text"),
        (["A"], "a list"),
        (None, "null"),
    ):
        f("licensee: " + what, 4, v)
    f("licensee: unknown key 3", 4, {0: "A", 3: 1}, unknown, "3.5")
    f("licensee: unknown key 63", 4, {0: "A", 63: 1}, unknown, "3.5")
    okf("licensee: unknown key 64", {4: {0: "A", 64: 1}}, "3.5")
    okf("licensee: name of 128 bytes, domain of 255", {4: {0: "x" * 128, 2: "a." * 126 + "org"}})
    # metadata
    for v, what in (
        ({}, "empty"),
        ({f"k{i}": i for i in range(17)}, "17 entries"),
        ({"A": 1}, "name in capitals"),
        ({"": 1}, "empty name"),
        ({"-a": 1}, "name begins with a hyphen"),
        ({"x" * 65: 1}, "name of 65"),
        ({1: "x"}, "integer key"),
        ({64: "x"}, "integer key 64"),
        ({"a": -1}, "negative value"),
        ({"a": b"x"}, "bytes as value"),
        ({"a": None}, "null as value"),
        ({"a": ["x"]}, "a list as value"),
        ({"a": {}}, "a map as value"),
        ({"a": ""}, "empty text"),
        ({"a": "x" * 256}, "text of 256 bytes"),
        ([], "a list"),
        ("x", "text"),
        ({"a b": 1}, "blank in a name"),
    ):
        f("metadata: " + what, 10, v)
    okf("metadata of 16, all kinds", {10: {**{f"k{i}": i for i in range(13)}, "t": "x" * 255, "y": True, "n": False}})
    okf("metadata name of 64", {10: {"x" * 64: 0}})
    # emergency anchor
    good = emergency_anchor(CTI, 1, T0, 9504)
    base, n = good[1], good[2]
    assert base + n == EXP // HOUR + 743
    top = [1, base, EXP // HOUR + 744 - base, good[3]]
    okf("anchor", {9: good}, "14.2")
    okf("anchor: ends 744 hours after exp", {9: top}, "14.2")
    okf("anchor: n = 1", {9: [1, base, 1, bytes(12)]}, "14.2")
    okf("anchor: epoch 0", {9: [0, base, 1, bytes(12)]}, "14.2")
    s.ok("field: anchor: n = 32767 without exp", "14.2", lic(payload({9: [1, base, 32767, bytes(12)]}, drop=[4])), want={"exp": None})
    for v, what in (
        ([1, base, top[2] + 1, good[3]], "ends 745 hours after exp"),
        ([1, base + 1, 100, good[3]], "base hour the hour of iat"),
        ([1, base - 1, 100, good[3]], "base hour two hours before iat"),
        ([1, 0, 100, good[3]], "base hour 0"),
        ([1, base, 0, good[3]], "n = 0"),
        ([1, base, 100, b"\x80" + bytes(11)], "top bit of x_0"),
        ([1, base, 100, bytes(11)], "x_0 of 11 bytes"),
        ([1, base, 100, bytes(13)], "x_0 of 13 bytes"),
        ([1, base, 100, "x" * 12], "x_0 text"),
        ([1, base, 100], "three members"),
        ([1, base, 100, good[3], 0], "five members"),
        ([-1, base, 100, good[3]], "epoch negative"),
        (["1", base, 100, good[3]], "epoch text"),
        ([1, base, -100, good[3]], "n negative"),
        ({0: 1, 1: base, 2: 100, 3: good[3]}, "a map"),
        ([], "empty"),
        (good[3], "x_0 alone"),
        (None, "null"),
    ):
        f("anchor: " + what, 9, v, clause="14.2")
    no("anchor: n = 32768 without exp", payload({9: [1, base, 32768, bytes(12)]}, drop=[4]), clause="14.2")
    # must-understand
    for k in (11, 12, 33, 63):
        f(f"unknown key {k}", k, 1, unknown, "3.5")
    for k in (64, 65, 1000, 2**53 - 1):
        okf(f"unknown key {k}", {k: "x"}, "3.5")
    f("negative key", -1, 1, clause="3.5")
    f("text key", "x", 1, clause="3.5")

    # the line
    no("line: product missing", payload(line={1: "pro"}), clause="8.4")
    no("line: tier missing", payload(line={0: "editor"}), clause="8.4")
    for k, name in ((0, "product"), (1, "tier")):
        for v, what in (
            ("", "empty"),
            ("Editor", "capital"),
            ("-editor", "begins with a hyphen"),
            ("_editor", "begins with an underscore"),
            ("edi tor", "blank"),
            ("edi.tor", "dot"),
            ("x" * 33, "33 letters"),
            ("\u00e9ditor", "letter beyond ASCII"),
            ("editor\n", "line feed behind"),
            (1, "an integer"),
            *wrong_types,
        ):
            line(f"{name}: {what}", {k: v}, clause="3.8")
    okline("tier of 32", {1: "x" * 32}, "3.8", want={"tier": "x" * 32})
    okline("tier 0_-", {1: "0_-"}, "3.8", want={"tier": "0_-"})
    for v, what in (
        ([], "empty"),
        (["try", "try"], "a code twice"),
        (["try", "pro"], "its own tier"),
        ([f"t{i}" for i in range(17)], "17 codes"),
        (["Try"], "a bad code"),
        ([1], "an integer in it"),
        ("try", "text"),
        ({"try": 1}, "a map"),
        (None, "null"),
        (["try", ""], "an empty code"),
    ):
        line("ladder: " + what, {2: v}, clause="3.6" if v == [] else "8.4")
    okline("ladder of 16", {2: [f"t{i}" for i in range(16)]})
    okline("ladder not in alphabetical order", {2: ["try", "abc", "std"]})
    for v, what in (("", "empty"), ("x" * 129, "129 bytes"), (1, "an integer"), *wrong_types):
        line("title: " + what, {3: v}, clause="3.8")
    okline("title", {3: "Pro \u2013 f\u00fcr alle"})
    line("title: the default Pro written", {3: "Pro"}, clause="3.6")
    okline("title like the code", {3: "pro"})
    okline("title in capitals", {3: "PRO"})
    for k, name, top_ in ((4, "kind", 5), (5, "metric", 5)):
        line(f"{name}: the default 0 written", {k: 0}, clause="3.6")
        line(f"{name}: unknown {top_ + 1}", {k: top_ + 1}, unknown, "3.5")
        line(f"{name}: unknown 1000", {k: 1000}, unknown, "3.5")
        for v, what in ((-1, "negative"), ("1", "text"), (True, "true"), *wrong_types):
            line(f"{name}: {what}", {k: v})
        for v in range(1, top_ + 1):
            okline(f"{name} {v}", {k: v})
    line("seats: the default 1 written", {6: 1}, clause="3.6")
    for k, name in ((6, "seats"), (7, "devices")):
        for v, what in ((-1, "negative"), ("2", "text"), (True, "true"), *wrong_types):
            line(f"{name}: {what}", {k: v})
    okline("seats 0, unlimited", {6: 0}, want={"seats": 0, "devices": 0})
    okline("seats 5", {6: 5}, want={"seats": 5, "devices": 5})
    okline("seats 5 with metric device", {5: 1, 6: 5}, want={"seats": 5, "devices": 5})
    okline("seats 5 with metric cpu", {5: 2, 6: 5}, want={"seats": 5, "devices": 1})
    okline("seats 5, devices 1", {6: 5, 7: 1}, want={"seats": 5, "devices": 1})
    okline("seats 5, devices 0", {6: 5, 7: 0}, want={"seats": 5, "devices": 0})
    okline("seats 5 with metric site, devices 5", {5: 4, 6: 5, 7: 5}, want={"seats": 5, "devices": 5})
    for ch, what in (
        ({7: 1}, "1 for one seat"),
        ({6: 5, 7: 5}, "5 for 5 seats"),
        ({6: 0, 7: 0}, "0 for seats 0"),
        ({5: 1, 6: 5, 7: 5}, "5 for 5 seats, metric device"),
        ({5: 2, 7: 1}, "1 with metric cpu"),
        ({5: 5, 6: 9, 7: 1}, "1 with metric enterprise"),
    ):
        line("devices: the default written, " + what, ch, clause="3.6")
    line("activation: 2", {8: 2}, unknown, "3.5", reading="activation is an enumeration with one value")
    for v, what in (("1", "text"), (True, "true"), (-1, "negative"), *wrong_types):
        line("activation: " + what, {8: v})
    line("device rule: the default 15 written", {9: 15}, clause="3.6")
    for v, what in ((0, "0"), (-1, "negative"), ("1", "text"), (True, "true"), *wrong_types):
        line("device rule: " + what, {9: v})
    line("device rule: 32", {9: 32}, reading="a sum of bits with a range, not an enumeration")
    okline("device rule 1", {9: 1})
    okline("device rule 31", {9: 31})
    for k, name in ((10, "maintenance"), (15, "expiry")):
        for v, what in ((-1, "negative"), (2**32, "2^32"), ("2027", "text"), (True, "true"), *wrong_types):
            line(f"{name}: {what}", {k: v}, clause="2.7")
    okline("maintenance after exp", {10: EXP + YEAR}, buildDate=T0)
    line("expiry: later than exp", {15: EXP + 1}, clause="8.6")
    line("expiry: the default exp written", {15: EXP}, clause="3.6")
    okline("expiry a second before exp", {15: EXP - 1}, "8.6")
    s.ok("field: line: expiry without exp", "8.6", lic(payload(line={**LINE, 15: T0 + YEAR}, drop=[4])), want={"exp": None})
    for v, what in (
        ({}, "empty"),
        ({0: ""}, "empty text"),
        ({0: "1.2.3.4.5"}, "five parts"),
        ({0: "1..2"}, "empty part"),
        ({0: "1."}, "dot at the end"),
        ({0: ".1"}, "dot at the start"),
        ({0: "v1"}, "a letter"),
        ({0: "1.x"}, "a letter for a part"),
        ({0: "1.0-beta"}, "a suffix"),
        ({0: " 1"}, "a blank"),
        ({0: "-1"}, "a sign"),
        ({0: 1}, "an integer"),
        ({1: None}, "null"),
        ({"from": "1"}, "text key"),
        ("1.0", "text"),
        (["1", "2"], "a list"),
        (None, "null alone"),
    ):
        line("versions: " + what, {11: v})
    for v, what in (("01.2", "a leading zero"), ("1234567890", "ten digits")):
        line("versions: " + what, {11: {0: v}}, clause="8.7")
    for v in ("v2.1", "latest", "", "2x", "1.2.3.4.5"):
        s.no(f"policy: version {v!r} of the product cannot be read", "8.7", lic(payload(line={**LINE, 11: {0: "1"}})), "VERSION_NOT_COVERED", version=v)
    okline("versions: a suffix of the product's version", {11: {0: "1", 1: "3"}}, "8.7", version="2.9-beta.1")
    line("versions: unknown key 2", {11: {0: "1", 2: "3"}}, unknown, "3.5")
    okline("versions: unknown key 64", {11: {0: "1", 64: "3"}}, "3.5", version="1.5")
    okline("versions: four parts", {11: {0: "1.2.3.4", 1: "10.20.30.40"}}, version="2.0")
    # features and limits
    for v, what in (
        ([], "empty"),
        ({}, "an empty map"),
        ({"export": True}, "a map"),
        ("export", "text"),
        (1, "an integer"),
        (True, "true"),
        (None, "null"),
        ([1], "an integer in it"),
        ([b"a"], "bytes in it"),
        ([["a"]], "a list in it"),
        ([""], "an empty name"),
        (["Export"], "capital in a name"),
        (["a b"], "blank in a name"),
        (["-a"], "name begins with a hyphen"),
        (["x" * 65], "name of 65"),
        (["\u00e9"], "name beyond ASCII"),
        (["b", "a"], "descending"),
        (["a", "a"], "a name twice"),
    ):
        line(
            f"features: {what}",
            {12: v},
            clause="3.6" if v == [] else "3.8" if isinstance(v, list) and isinstance(v[0], str) and v[0] not in "ab" else "8.4",
        )
    okline("features: one", {12: ["export"]})
    okline("features: three", {12: ["a", "b", "c"]})
    okline("features: name of 64", {12: ["x" * 64]}, "3.8")
    okline("features: dots, digits, hyphens, underscores", {12: ["0.a-b_c"]}, "3.8")
    order = "ascending by the bytes of the text, not of its encoding (a shorter name would come first there)"
    okline("features: names of other lengths, ascending", {12: ["aa", "b"]}, reading=order)
    line("features: names of other lengths, in the order of their encodings", {12: ["b", "aa"]}, reading=order)
    line("features: a name with a value too", {12: ["a", "b"], 18: {"b": 5}})
    okline("features: other names with values", {12: ["a", "b"], 18: {"c": 5}})
    okline("features: a limit of the same name", {12: ["a"], 13: {"a": 5}})
    okline("features: a value and a limit of the same name", {13: {"a": 5}, 18: {"a": 5}})
    for k, name in ((18, "feature values"), (13, "limits")):
        for v, what in (
            ({}, "empty"),
            ([], "a list"),
            (["a"], "a list of names"),
            ("x", "text"),
            (1, "an integer"),
            (None, "null"),
            ({1: 5}, "integer key"),
            ({64: 5}, "integer key 64"),
            ({"": 5}, "empty name"),
            ({"Export": 5}, "capital in a name"),
            ({"a b": 5}, "blank in a name"),
            ({"-a": 5}, "name begins with a hyphen"),
            ({"x" * 65: 5}, "name of 65"),
            ({"\u00e9": 5}, "name beyond ASCII"),
        ):
            line(f"{name}: {what}", {k: v}, clause="3.6" if v == {} else "3.8" if isinstance(v, dict) else "8.4")
        one = name[:-1]
        for v, what in (
            (True, "true"),
            (False, "false"),
            (-1, "negative"),
            ("5", "text"),
            (b"5", "bytes"),
            (None, "null"),
            ([5], "a list"),
            ({}, "an empty map"),
            ({0: 5}, "a map with the value alone"),
            ({0: -5, 1: 1}, "value negative"),
            ({0: "5", 1: 1}, "value text"),
            ({0: True, 1: 1}, "value true"),
            ({0: 5, 1: "1"}, "period text"),
            ({0: 5, 1: -1}, "period negative"),
            ({0: 5, 2: "1"}, "type text"),
            ({0: 5, 3: "x"}, "expiry text"),
            ({0: 5, 3: 2**32}, "expiry 2^32"),
            ({0: 5, 3: -1}, "expiry negative"),
            ({0: 5, "x": 1}, "text key"),
        ):
            line(f"{one}: {what}", {k: {"a": v}}, clause="8.5")
        line(f"{one}: period 6", {k: {"a": {0: 5, 1: 6}}}, unknown, "3.5")
        line(f"{one}: type 4", {k: {"a": {0: 5, 2: 4}}}, unknown, "3.5")
        line(f"{one}: unknown key 4", {k: {"a": {0: 5, 1: 1, 4: 1}}}, unknown, "3.5")
        okline(f"{one}: unknown key 64", {k: {"a": {0: 5, 1: 1, 64: 1}}}, "3.5")
        line(f"{one}: expiry later than exp", {k: {"a": {0: 5, 3: EXP + 1}}}, clause="8.6")
        line(f"{one}: expiry later than that of its line", {15: T0 + DAY * 10, k: {"a": {0: 5, 3: T0 + DAY * 10 + 1}}}, clause="8.6")
        okline(f"{one}: expiry before that of its line", {15: T0 + DAY * 10, k: {"a": {0: 5, 3: T0 + DAY * 10 - 1}}}, "8.6")
        for p in range(1, 6):
            okline(f"{one}: period {p}", {k: {"a": {0: 5, 1: p}}}, "3.9")
        for t in range(1, 4):
            okline(f"{one}: type {t}", {k: {"a": {0: 5, 2: t}}}, "3.9")
        okline(f"{one}: 0, unlimited", {k: {"a": 0}}, "8.5")
        okline(f"{one}: 2^53 - 1", {k: {"a": 2**53 - 1}}, "8.5")
    for k, name in ((18, "feature values"), (13, "limits")):
        okline(f"{name}: 255", {k: {f"n{i}": 1 for i in range(255)}}, "3.8")
        line(f"{name}: 256", {k: {f"n{i}": 1 for i in range(256)}}, clause="3.8")
    line("limit: a map without value", {13: {"a": {3: T0 + DAY}}}, clause="8.4")
    okline("feature value: none, on until a time", {18: {"a": {3: T0 + 5 * DAY}}}, "8.5")
    line(
        "feature value: none, a period alone",
        {18: {"a": {1: 1}}},
        clause="8.5",
        reading="a feature without value is on until its expiry, so it has one",
    )
    # restrictions
    for v, what in (
        ({}, "empty"),
        ({0: {}}, "countries empty"),
        ({0: {0: []}}, "allow empty"),
        ({0: {1: []}}, "deny empty"),
        ({0: ["DE"]}, "countries a list"),
        ({0: {0: "DE"}}, "allow text"),
        ({0: {0: ["de"]}}, "country in lower case"),
        ({0: {0: ["DEU"]}}, "country of three letters"),
        ({0: {0: ["D"]}}, "country of one letter"),
        ({0: {0: [49]}}, "country an integer"),
        ({0: {0: [""]}}, "country empty"),
        ({1: {0: [""]}}, "domain empty"),
        ({1: {0: ["x" * 256]}}, "domain of 256 bytes"),
        ({1: {0: [1]}}, "domain an integer"),
        ({1: {0: ["Example.org"]}}, "domain in capitals"),
        ({1: {0: ["a b.org"]}}, "domain with a blank"),
        ({1: {0: ["m\u00fcller.example"]}}, "domain beyond ASCII"),
        ({1: {0: ["a..b"]}}, "domain with an empty label"),
        ({1: {0: ["*.example.org"]}}, "domain with an asterisk"),
        ({1: {1: [".example.org"]}}, "domain with a dot in front"),
        ({1: {1: ["example.org/"]}}, "domain with a slash"),
        ({1: {1: ["example.org:80"]}}, "domain with a port"),
        ({2: {0: ["2001:DB8::/32"]}}, "range in capitals"),
        ({2: {1: ["::1/200"]}}, "range /200"),
        ({2: {0: ["10.0.0.0/33"]}}, "range /33"),
        ({2: {0: ["10.0.0/8"]}}, "range of three numbers"),
        ({2: {0: ["10.0.0.256/32"]}}, "range with 256"),
        ({2: {0: ["2001:db8::/129"]}}, "range /129"),
        ({2: {0: ["any"]}}, "range of a word"),
        ({2: {0: ["10.0.0.0/-1"]}}, "range /-1"),
        ({2: {0: ["10.0.0.0/"]}}, "range without length"),
        ({2: {0: [""]}}, "range empty"),
        ({0: {"allow": ["DE"]}}, "text key"),
        ({"countries": {0: ["DE"]}}, "text key above"),
        ([], "a list"),
        ("DE", "text"),
        (None, "null"),
    ):
        line(
            "restrictions: " + what,
            {14: v},
            clause=(
                "3.6"
                if "empty" in what and isinstance(v, dict) and what.split()[0] in ("allow", "deny")
                else "8.7" if what.split()[0] in ("range", "country", "domain") else "8.4"
            ),
        )
    line("restrictions: unknown key 3", {14: {0: {0: ["DE"]}, 3: {0: ["x"]}}}, unknown, "3.5")
    line("restrictions: unknown key 2 in a rule", {14: {0: {0: ["DE"], 2: ["x"]}}}, unknown, "3.5")
    okline(
        "restrictions: domains and ranges",
        {
            14: {
                1: {0: ["example.org", "xn--mller-kva.example", "a-1.b2"]},
                2: {0: ["192.0.2.0/24", "0.0.0.0/0", "::/0", "2001:db8::/32", "192.0.2.7/32", "::1/128"], 1: ["198.51.100.0/25"]},
            }
        },
        "8.7",
    )
    okline("restrictions: unknown keys 64", {14: {0: {0: ["DE"], 64: 1}, 64: 1}}, "3.5")
    for v, what in ((-1, "negative"), (2**32, "2^32"), ("1", "text"), (True, "true"), *wrong_types):
        line("status index: " + what, {16: v})
    okline("status index 0", {16: 0})
    okline("status index 2^32 - 1", {16: 2**32 - 1})
    for v, what in ((-1, "negative"), (256, "256"), ("1", "text"), (True, "true"), *wrong_types):
        line("grant number: " + what, {17: v})
    for k in (19, 20, 40, 63):
        line(f"unknown key {k}", {k: 1}, unknown, "3.5")
    okline("unknown key 64", {64: 1}, "3.5")
    okline("unknown key 70000", {70000: {"a": 1}}, "3.5")
    line("negative key", {-1: 1}, clause="3.5")
    line("text key", {"seats": 5}, clause="3.5")


def types(s):
    bad = "LICENSE_INVALID"

    def no(name, obj, stage="type", clause="3.4", **kw):
        s.throws("object: " + name, clause, obj, bad, stage, **kw)

    no("field 0 missing", lic(payload(drop_fields=[0])))
    for n in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11):
        no(f"field 0 is {n}", lic(payload({0: n})))
    for n in (0, 12, 63, 64, 1000):
        no(
            f"field 0 is {n}",
            lic(payload({0: n})),
            reading="an unknown type is not this type (LICENSE_INVALID), not an unknown value of an enumeration",
        )
    for v, what in ((-1, "negative"), ("1", "text"), (True, "true"), (None, "null"), ([1], "a list")):
        no("field 0 is " + what, lic(payload({0: v})))
    no("the certificate as license", Tag(18, issuing_cert()))
    no("a delegated certificate as license", Tag(18, delegated_cert()))
    no(
        "a certificate signed by the issuing key, its chain with it, as license",
        Tag(18, cert(ISSUING, DELEGATED, {0: 2, 1: [1]}, chain=issuing_cert())),
    )
    no("an activation as license", lic({4: EXP, 6: T0, PLAIN_FIELDS: {0: 3, 1: CTI, 2: device(CTI), 3: release_anchor(), 4: 0}}))
    no("an extension as license", lic({4: EXP, 6: T0, PLAIN_FIELDS: {0: 10, 1: CTI, 2: 1}}))
    no(
        "a device anchor as license",
        lic(
            {4: EXP, 6: T0, PLAIN_FIELDS: {0: 7, 1: CTI, 2: 1, 3: release_anchor(), 4: emergency_anchor(CTI, 1, T0, 100, release_anchor())}}
        ),
    )
    no("a trust bundle as license", sign1(ROOT, {6: T0, PLAIN_FIELDS: {0: 5, 1: 1}}))
    no("a root link as license", Tag(18, root_link(ROOT, ROOT2)))
    no("a revocation list as license", status_list(), None, reading="decode (header 16) or type: open")
    no("a usage report as license", enc([6, {0: CTI, 1: 0, 2: T0, 3: T0 + DAY, 4: {"a": 1}}]), "decode", "3.1")
    no("request details as license", enc([9, license_request(), {}]), "decode", "3.1")
    no("a request as license", enc(license_request()), "decode", "3.1")
    no("a COSE_Key as license", enc(cose_key(ed25519.public(ISSUING))), "decode", "3.1")

    def chain(name, c, code=bad, **kw):
        s.throws("object: in the chain, " + name, "6.1", lic(chain=c), code, "chain", **kw)

    p = {4: EXP, 6: T0, PLAIN_FIELDS: {0: 3, 1: CTI, 2: device(CTI), 3: release_anchor(), 4: 0}}
    chain("a license for the certificate", sign1(ROOT, payload(), tagged=False))
    chain("an activation for the certificate", sign1(ROOT, p, tagged=False))
    chain("a trust bundle for the certificate", sign1(ROOT, {6: T0, PLAIN_FIELDS: {0: 5, 1: 1}}, tagged=False))
    chain("a certificate with field 0 = 1", issuing_cert({0: 1}))
    chain("a certificate with field 0 = 4", issuing_cert({0: 4}))
    chain("a certificate without field 0", issuing_cert(drop=[0]))
    chain("a revocation list for the certificate", list(status_list(signer=ROOT, chain=None).value))
    s.throws(
        "object: signed by the next root, with the root link",
        "6.8",
        sign1(ROOT2, payload(), root_link(ROOT, ROOT2)),
        "RIGHTS_EXCEEDED",
        "rights",
    )
    s.throws("object: signed by the root itself, no chain", "6.8", sign1(ROOT, payload()), "RIGHTS_EXCEEDED", "rights")
    s.throws("object: signed by an unknown root, no chain", "6.1", sign1(OTHER, payload()), "UNKNOWN_KEY", "chain")
    flipped = list(sign1(ROOT, payload()).value)
    flipped[3] = flipped[3][:63] + bytes([flipped[3][63] ^ 1])
    s.throws("object: kid of the root itself, bad signature", "18.1", Tag(18, flipped), "BAD_SIGNATURE", "signature")
