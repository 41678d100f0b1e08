"""revocations.json"""

import ed25519
from cborlite import Raw, Tag, enc, head
from lic_objects import *

N = T0 + DAY


def deflate_zeros(n):
    """A zlib stream of n zero bytes by fixed codes: one literal, then matches of 258 at distance 1."""
    bits = []

    def put(value, width, msb=False):
        for i in (range(width - 1, -1, -1) if msb else range(width)):
            bits.append(value >> i & 1)

    put(1, 1)
    put(1, 2)
    put(0b00110000, 8, True)
    full, rest = divmod(n - 1, 258)
    for _ in range(full):
        put(0b11000101, 8, True)
        put(0, 5, True)
    for _ in range(rest):
        put(0b00110000, 8, True)
    put(0, 7, True)
    bits += [0] * (-len(bits) % 8)
    data = bytes(sum(bits[i + j] << j for j in range(8)) for i in range(0, len(bits), 8))
    a, b = 1, n % 65521
    return b"\x78\x01" + data + (b << 16 | a).to_bytes(4, "big")


def revocations():
    out = []
    bad, unknown, R = "LICENSE_INVALID", "UNSUPPORTED_CLAIM", "RIGHTS_EXCEEDED"

    def put(name, clause, obj, expect, now=N + HOUR, roots=(ROOT,), certificates=(), reading=None):
        e = {"name": name, "clause": clause}
        if reading:
            e["reading"] = reading
        e.update(
            {
                "input": (obj if isinstance(obj, bytes) else enc(obj)).hex(),
                "trust": {"roots": [ed25519.public(r).hex() for r in roots], "certificates": [enc(c).hex() for c in certificates]},
                "now": now,
                "expect": expect,
            }
        )
        out.append(e)

    def ok(name, clause, obj, statuses=(), sub=0, iat=N, number=N, want=None, **kw):
        put(
            name,
            clause,
            obj,
            {
                "ok": True,
                "sub": f"lic:list:{sub}",
                "number": number,
                "iat": iat,
                **(want or {}),
                "statuses": [[(sub << 20) + i, v] for i, v in statuses],
            },
            **kw,
        )

    def no(name, clause, obj, code=bad, stage="type", **kw):
        put(name, clause, obj, {"throws": code, **({"stage": stage} if stage else {})}, **kw)

    ok("nothing revoked", "11", status_list(), [(0, 0), (63, 0), (64, 0), (2**20 - 1, 0)])
    marks = {0: 1, 1: 2, 2: 0, 3: 1, 4: 2, 7: 1, 62: 2, 63: 1}
    ok(
        "statuses in every place of a byte",
        "11.2",
        status_list(statuses=marks),
        [(i, marks.get(i, 0)) for i in (0, 1, 2, 3, 4, 5, 6, 7, 8, 61, 62, 63, 64)],
    )
    ok("list 4095", "11.2", status_list(statuses={9: 1}, sub="lic:list:4095"), [(8, 0), (9, 1), (10, 0)], sub=4095)
    ok("list 17", "11.1", status_list(sub="lic:list:17"), [(0, 0)], sub=17)
    ok("empty bit string", "11.2", status_list(lst=zlib_stored(b"")), [(0, 0), (1000, 0)])
    ok("a stream with fixed codes", "11.2", status_list(lst=deflate_zeros(1000)), [(3999, 0), (4000, 0)])
    ok("inflates to 262144 bytes", "11.2", status_list(lst=deflate_zeros(262144)), [(2**20 - 1, 0)])
    ok("exp and ttl passed", "11.6", status_list(claims={4: N + 60, 65534: 60}), [(0, 0)], now=N + 90 * DAY)
    ok("exp and ttl", "11.1", status_list(claims={4: N + 30 * DAY, 65534: 86400}), [(0, 0)])
    ok("number below iat", "11.3", status_list(number=N - DAY, iat=N), [(0, 0)], number=N - DAY)
    kids = sorted([kid(ISSUING), kid(DELEGATED), kid(OTHER)])
    comp = [[k, T0, 5 + i, H("root", i)] for i, k in enumerate(kids)]
    anchors = sorted(release_anchor(CTI, bytes([i]) * 13) for i in range(3))
    pre = sorted(bytes([i]) * 5 for i in (1, 7, 200))
    ok(
        "all fields",
        "11.3",
        status_list(fields={2: comp, 3: anchors, 4: [0, 1, 300], 5: pre, 6: [bytes(5)]}),
        [(0, 0)],
        want={
            "compromised": [[a.hex(), b, c, d.hex()] for a, b, c, d in comp],
            "released": [a.hex() for a in anchors],
            "deadEpochs": [0, 1, 300],
            "revoked": [a.hex() for a in pre],
            "suspended": [bytes(5).hex()],
        },
    )
    ok("unknown field 64", "3.5", status_list(fields={64: "x"}), [(0, 0)])
    ok("alg -19", "3.2", status_list(protected={1: -19, 4: kid(LIST), 16: "application/statuslist+cwt"}), [(0, 0)])
    ok("compact form, certificate supplied", "6.1", status_list(chain=None), [(0, 0)], certificates=[list_cert()])
    ok("signed by an issuing key that has type 4 too", "3.4", status_list(signer=ISSUING, chain=issuing_cert({1: [1, 4]})), [(0, 0)])
    ok("certificate under a linked root", "7.1", status_list(chain=list_cert(signer=ROOT2, chain=root_link(ROOT, ROOT2))), [(0, 0)])
    ok("86400 s ahead of the clock", "11.5", status_list(), [(0, 0)], now=N - 86400)
    ahead = {"throws": "CLOCK_ROLLED_BACK"}
    put("86401 s ahead of the clock", "11.5", status_list(), ahead, now=N - 86401)
    put("iat 86401 s ahead of the clock, number before it", "11.5", status_list(number=N - 10 * DAY, iat=N), ahead, now=N - 86401)
    st3 = status_list(statuses={4: 3, 5: 1})
    ok("status 3 when met", "11.2", st3, [(3, 0), (4, "refused"), (5, 1)])

    # signature, chain, rights
    good = list(status_list().value)

    def tagged(i, v):
        return Tag(18, [v if j == i else x for j, x in enumerate(good)])

    for bit in (0, 255, 256, 511):
        sg = bytearray(good[3])
        sg[bit // 8] ^= 1 << bit % 8
        no(f"bit {bit} of the signature flipped", "5.3", tagged(3, bytes(sg)), "BAD_SIGNATURE", "signature")
    no(
        "a revocation taken out",
        "5.3",
        Tag(18, [good[0], good[1], good[2], list(status_list(statuses={5: 1}).value)[3]]),
        "BAD_SIGNATURE",
        "signature",
    )
    no("unknown root", "6.1", status_list(), "UNKNOWN_KEY", "chain", roots=[OTHER])
    no("no certificate", "6.1", status_list(chain=None), "UNKNOWN_KEY", "chain")
    no(
        "certificate forged",
        "5.3",
        status_list(chain=[x if i != 3 else bytes(64) for i, x in enumerate(list_cert())]),
        "BAD_SIGNATURE",
        "chain",
    )
    no(
        "signed by an issuing key without type 4",
        "3.4",
        status_list(signer=ISSUING, chain=issuing_cert()),
        R,
        "rights",
        reading="the type of an object is a right: stage rights",
    )
    no(
        "signed by an audit key",
        "3.4",
        status_list(signer=AUDIT, chain=cert(ROOT, AUDIT, {0: 2, 1: [11]})),
        R,
        "rights",
        reading="the type of an object is a right: stage rights",
    )
    no(
        "signed by a delegated key",
        "3.4",
        status_list(signer=DELEGATED, chain=delegated_cert()),
        R,
        "rights",
        reading="the type of an object is a right: stage rights",
    )
    no(
        "signed by the root",
        "3.4",
        status_list(signer=ROOT, chain=None),
        R,
        "rights",
    )
    no("iat before nbf of the certificate", "6.6", status_list(number=CERT_NBF - 1), R, "time", now=CERT_NBF)
    no("iat after exp of the certificate", "6.6", status_list(number=CERT_EXP + 1), R, "time", now=CERT_EXP + 2)

    # headers
    for name, p in (
        ("without type (16)", {1: -8, 4: kid(LIST)}),
        ("type of JWT", {1: -8, 4: kid(LIST), 16: "application/statuslist+jwt"}),
        ("short type", {1: -8, 4: kid(LIST), 16: "statuslist+cwt"}),
        ("type an integer", {1: -8, 4: kid(LIST), 16: 61}),
        ("type in bytes", {1: -8, 4: kid(LIST), 16: b"application/statuslist+cwt"}),
        ("type empty", {1: -8, 4: kid(LIST), 16: ""}),
        ("content type (3) for it", {1: -8, 3: "application/statuslist+cwt", 4: kid(LIST)}),
        ("crit", {1: -8, 2: [16], 4: kid(LIST), 16: "application/statuslist+cwt"}),
        ("alg -7", {1: -7, 4: kid(LIST), 16: "application/statuslist+cwt"}),
        ("kid of 7 bytes", {1: -8, 4: kid(LIST)[:7], 16: "application/statuslist+cwt"}),
        ("kid missing", {1: -8, 16: "application/statuslist+cwt"}),
    ):
        no(
            "protected header: " + name,
            "3.2",
            status_list(protected=p),
            stage="decode",
            **({"reading": "that a list has header 16 can be seen only with field 0 or with what was asked for"} if "16)" in name else {}),
        )
    no(
        "type (16) in the unprotected header",
        "3.3",
        status_list(protected={1: -8, 4: kid(LIST)}, unprotected={13: list_cert(), 16: "application/statuslist+cwt"}),
        stage="decode",
    )
    whole = enc(status_list())
    no("no tag", "3.1", whole[1:], stage="decode")
    no("byte behind", "2.2", whole + b"\0", stage="decode")
    no("cut in the middle", "2.2", whole[: len(whole) // 2], stage="decode")
    no("payload with a float", "2.2", status_list(fields={64: Raw(b"\xf9\x3c\x00")}), stage="decode")
    no(
        "payload unsorted",
        "2.1",
        sign1(LIST, Raw(b"\xa2\x06\x00\x02\x00"), list_cert(), {1: -8, 4: kid(LIST), 16: "application/statuslist+cwt"}),
        stage="decode",
    )

    # type and claims
    no("a license as list", "3.4", sign1(ISSUING, payload(), issuing_cert()), stage=None)
    no(
        "a license with the header of a list",
        "3.4",
        sign1(ISSUING, payload(), issuing_cert(), {1: -8, 4: kid(ISSUING), 16: "application/statuslist+cwt"}),
    )
    for v in (1, 2, 3, 5, 40):
        no(f"field 0 is {v}", "3.4", status_list(fields={0: v}))
    no("field 0 missing", "3.4", status_list(drop_fields=[0]))
    for k, name in ((2, "sub"), (6, "iat"), (65533, "status list"), (PLAIN_FIELDS, "fields")):
        no(f"{name} missing", "11.1", status_list(drop=[k]))
    for k, v, name in (
        (1, "x", "iss"),
        (5, T0, "nbf"),
        (7, CTI, "cti"),
        (65535, {}, "status (65535)"),
        (64, 1, "64"),
        ("x", 1, "text x"),
        (-1, 1, "-1"),
    ):
        no("extra claim " + name, "3.4", status_list(claims={k: v}), unknown)
    for sub in (
        "lic:list:4096",
        "lic:list:-1",
        "lic:list:",
        "lic:list:00",
        "lic:list:007",
        "lic:list:+1",
        "lic:list:1 ",
        " lic:list:1",
        "lic:list:1\n",
        "LIC:list:1",
        "lic:list:0x1",
        "lic:list:1.0",
        "list:1",
        "lic:lists:1",
        "1",
        "",
        "lic:list:99999999999999999999",
        "lic:list:\u0661",
    ):
        no(f"sub {sub!r}".encode("unicode_escape").decode(), "11.1", status_list(sub=sub))
    no("sub an integer", "11.1", status_list(sub=1))
    no("sub bytes", "11.1", status_list(sub=b"lic:list:1"))
    for k, v, name in (
        (6, "x", "iat text"),
        (6, -1, "iat negative"),
        (6, 2**32, "iat 2^32"),
        (4, "x", "exp text"),
        (4, 2**32, "exp 2^32"),
        (65534, -1, "ttl negative"),
        (65534, "x", "ttl text"),
    ):
        no(name, "11.1", status_list(claims={k: v}))
    z = lst_bytes({})
    for v, name in (
        ({"lst": z, "bits": 1}, "bits 1"),
        ({"lst": z, "bits": 4}, "bits 4"),
        ({"lst": z, "bits": 8}, "bits 8"),
        ({"lst": z, "bits": 0}, "bits 0"),
        ({"lst": z, "bits": "2"}, "bits text"),
        ({"lst": z, "bits": True}, "bits true"),
        ({"lst": z}, "bits missing"),
        ({"bits": 2}, "lst missing"),
        ({"lst": "x", "bits": 2}, "lst text"),
        ({"lst": [0], "bits": 2}, "lst a list"),
        ({"lst": z, "bits": 2, "aggregation_uri": "https://example.org"}, "aggregation_uri"),
        ({"lst": z, "bits": 2, 1: 1}, "integer member"),
        ({1: z, 2: 2}, "integer members alone"),
        ({}, "empty"),
        ([z, 2], "a list"),
        (z, "the stream alone"),
    ):
        no("status list: " + name, "11.1", status_list(claims={65533: v}))
    # zlib; a list that cannot be inflated is refused as a whole
    zr = "refused when the list is read, not only when a place is met"
    full = lst_bytes({5: 1})
    for v, name in (
        (deflate_zeros(262145), "inflates to 262145 bytes"),
        (deflate_zeros(1 << 23), "inflates to 8 MiB"),
        (full[:-1], "last byte missing"),
        (full[:-4], "checksum missing"),
        (full[:10], "cut in the block"),
        (b"", "no bytes"),
        (full[:2], "header alone"),
        (full[:-1] + bytes([full[-1] ^ 1]), "wrong checksum"),
        (full + b"\0", "byte behind"),
        (full + full, "two streams"),
        (full[2:-4], "raw deflate"),
        (b"\x1f\x8b\x08" + bytes(7) + full[2:-4] + bytes(8), "gzip"),
        (b"\x78\x02" + full[2:], "wrong header check"),
        (b"\x77\x01" + full[2:], "another method"),
        (b"\x78\x20" + bytes(4) + full[2:], "dictionary asked for"),
        (lst_raw({5: 1}), "not compressed"),
        (b"\x78\x01\x07" + bytes(8), "reserved block type"),
    ):
        no("zlib: " + name, "11.2" if "inflates" not in name else "11.6", status_list(lst=v), stage=None, reading=zr)
    # fields
    for k, name in ((1, "number"), (2, "compromised keys"), (3, "released anchors"), (4, "dead epochs")):
        no(f"{name} missing", "11.3", status_list(drop_fields=[k]))
    no("number a second above iat", "11.3", status_list(number=N + 1, iat=N))
    e = comp[0]
    for k, v, name in (
        (1, "5", "number text"),
        (1, -1, "number negative"),
        (2, {}, "compromised a map"),
        (2, [comp[1], comp[0], comp[2]], "compromised unsorted"),
        (2, [e, e], "compromised with a kid twice"),
        (2, [e, [e[0], T0 + 1, 9, e[3]]], "compromised with a kid twice, other cut-off"),
        (2, [e[:3]], "compromised: entry of three"),
        (2, [e + [0]], "compromised: entry of five"),
        (2, [[e[0][:7], *e[1:]]], "compromised: kid of 7 bytes"),
        (2, [[e[0], "x", *e[2:]]], "compromised: cut-off text"),
        (2, [[e[0], -1, *e[2:]]], "compromised: cut-off negative"),
        (2, [[e[0], 2**32, *e[2:]]], "compromised: cut-off 2^32"),
        (2, [[e[0], T0, -1, e[3]]], "compromised: tree size negative"),
        (2, [[e[0], T0, 5, e[3][:31]]], "compromised: root hash of 31 bytes"),
        (2, [[e[0], T0, 5, e[3].hex()]], "compromised: root hash text"),
        (2, [e[0]], "compromised: bare kid"),
        (3, anchors[::-1], "anchors unsorted"),
        (3, [anchors[0]] * 2, "anchor twice"),
        (3, [anchors[0][:9]], "anchor of 9 bytes"),
        (3, [anchors[0] + b"\0"], "anchor of 11 bytes"),
        (3, ["x" * 10], "anchor text"),
        (3, {}, "anchors a map"),
        (3, anchors[0], "anchors bytes"),
        (4, [2, 1], "epochs unsorted"),
        (4, [1, 1], "epoch twice"),
        (4, [-1], "epoch negative"),
        (4, ["1"], "epoch text"),
        (4, 1, "epochs an integer"),
        (5, [], "revoked prefixes empty"),
        (5, pre[::-1], "revoked prefixes unsorted"),
        (5, [pre[0]] * 2, "revoked prefix twice"),
        (5, [CTI[:4]], "revoked prefix of 4 bytes"),
        (5, [CTI], "revoked prefix of 10 bytes"),
        (5, CTI[:5], "revoked prefixes bytes"),
        (6, [], "suspended prefixes empty"),
        (6, pre[::-1], "suspended prefixes unsorted"),
        (6, [CTI[:6]], "suspended prefix of 6 bytes"),
        (6, {0: CTI[:5]}, "suspended prefixes a map"),
        ("x", 1, "text key"),
        (-1, 1, "negative key"),
    ):
        no("field: " + name, "11.3" if v != [] else "3.6", status_list(fields={k: v}))
    for k in (7, 8, 63):
        no(f"field: unknown key {k}", "3.5", status_list(fields={k: 1}), unknown)
    return (
        'Revocation lists, clause 11. expect: ok with what was read; statuses are [index, status], index = list number * 2^20 + place, "refused" where the place holds 3. '
        "throws and stage as in licenses.json.",
        out,
    )
