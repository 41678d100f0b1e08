"""objects.json: every other object, its fields in clear and its bytes."""

import base64

import codes as c
import ed25519
from cborlite import Raw, Tag, enc
from lic_objects import *


def plain(v):
    """Fields for JSON: bytes in hexadecimal, keys as text."""
    if isinstance(v, (bytes, bytearray)):
        return bytes(v).hex()
    if isinstance(v, dict):
        return {str(k): plain(x) for k, x in v.items()}
    if isinstance(v, (list, tuple)):
        return [plain(x) for x in v]
    return v


def leaf(data):
    return hashlib.sha256(b"\0" + data).digest()


def tree(leaves):
    """RFC 6962, 2.1"""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaf(leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + tree(leaves[:k]) + tree(leaves[k:])).digest()


def path(m, leaves):
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return path(m, leaves[:k]) + [tree(leaves[k:])]
    return path(m - k, leaves[k:]) + [tree(leaves[:k])]


def consistency(m, leaves, whole=True):
    n = len(leaves)
    if m == n:
        return [] if whole else [tree(leaves)]
    k = 1
    while k * 2 < n:
        k *= 2
    if m <= k:
        return consistency(m, leaves[:k], whole) + [tree(leaves[k:])]
    return consistency(m - k, leaves[k:], False) + [tree(leaves[:k])]


def note(size, root, key=AUDIT, name=None, body=None):
    name = name or "lic/" + kid(key).hex()
    body = body or f"{name}\n{size}\n{base64.b64encode(root).decode()}\n"
    pub = ed25519.public(key)
    key_hash = hashlib.sha256(name.encode() + b"\n\x01" + pub).digest()[:4]
    return body + f"\n\u2014 {name} {base64.b64encode(key_hash + ed25519.sign(key, body.encode())).decode()}\n"


def objects():
    out = []
    roots = [ed25519.public(ROOT).hex()]

    def ok(kind, name, data, fields, **more):
        out.append(
            {
                "name": f"{kind}: {name}",
                "kind": kind,
                "valid": True,
                "fields": plain(fields),
                "hex": (data if isinstance(data, bytes) else enc(data)).hex(),
                **more,
            }
        )

    def no(kind, name, data, throws=None, **more):
        out.append(
            {
                "name": f"{kind}: {name}",
                "kind": kind,
                "valid": False,
                **({"throws": throws} if throws else {}),
                "hex": (data if isinstance(data, bytes) else enc(data)).hex(),
                **more,
            }
        )

    bad, unknown, R = "LICENSE_INVALID", "UNSUPPORTED_CLAIM", "RIGHTS_EXCEEDED"
    issuing = issuing_cert()
    trusted = {"roots": roots}

    # devices, 12.1, 12.2
    dev = device(CTI)
    names = ["machine id", "serial of the root disk", "MAC", "board", "CPU"]
    ok(
        "device",
        "machine, all slots",
        dev,
        {"cti": CTI, "kind": 0, "values": DEVICE_VALUES, "slots": [dev[1 + 2 * i : 3 + 2 * i] for i in range(5)]},
    )
    for missing in ([0], [1, 3], [2, 3, 4], [0, 1, 2, 3, 4]):
        values = [None if i in missing else v for i, v in enumerate(DEVICE_VALUES)]
        ok(
            "device",
            "machine without " + ", ".join(names[i] for i in missing),
            device(CTI, values),
            {"cti": CTI, "kind": 0, "values": values},
        )
    ok("device", "machine, another license", device(bytes(10)), {"cti": bytes(10), "kind": 0, "values": DEVICE_VALUES})
    for k, name, value in (
        (1, "host name", "build-01.example.org"),
        (2, "URL", "https://app.example.org/tenant/7"),
        (3, "id", "plant 4, press 2"),
    ):
        ok("device", name, device_named(CTI, k, value), {"cti": CTI, "kind": k, "value": value})
    for raw, norm in (
        ("  S3Z9NX0K512345\n", "s3z9nx0k512345"),
        ("\tBuild-01.Example.ORG ", "build-01.example.org"),
        ("\u00c4RGER", "\u00c4rger"),
        ("Intel(R)  Core(TM)", "intel(r)  core(tm)"),
    ):
        out.append(
            {
                "name": f"device value: {raw!r}".encode("unicode_escape").decode(),
                "kind": "device value",
                "valid": True,
                "fields": {"read": raw, "value": norm},
            }
        )
    for name, d in (
        ("slot 4 absent but not zero", bytes([0xF0]) + b"\x11" * 10),
        ("host name with presence bits", bytes([0x81]) + b"\x11" * 10),
        ("10 bytes", dev[:10]),
        ("12 bytes", dev + b"\0"),
    ):
        no("device", name, d)
    no("device", "kind 4", bytes([4]) + b"\x11" * 10, unknown, reading="a kind is an enumeration")

    def match(name, signed, live, result, exact=False, leased=False):
        out.append(
            {
                "name": "match: " + name,
                "kind": "match",
                "valid": True,
                "fields": {"signed": signed.hex(), "live": live.hex(), "exact": exact, "leased": leased, "match": result},
            }
        )

    V = DEVICE_VALUES

    def dv(*change, base=V):
        return device(CTI, [("other" if i in change else v) for i, v in enumerate(base)])

    def without(*gone, base=V):
        return [None if i in gone else v for i, v in enumerate(base)]

    match("five of five", dev, dev, True)
    for i in range(5):
        match(f"{names[i]} differs", dev, dv(i), True)
        match(f"{names[i]} differs, exact", dev, dv(i), False, True)
        match(f"{names[i]} absent now", dev, device(CTI, without(i)), True)
        match(f"{names[i]} absent now, exact", dev, device(CTI, without(i)), False, True)
    match("two differ", dev, dv(3, 4), False)
    match("exact, all equal", dev, dev, True, True)
    four = without(4)
    match("four at signing, all equal, a fifth now", device(CTI, four), dev, True)
    match("four at signing, a fifth now, exact", device(CTI, four), dev, True, True)
    match("four at signing, one differs", device(CTI, four), dv(3), True)
    match("four at signing, two differ", device(CTI, four), dv(2, 3), False)
    three = without(3, 4)
    match("three at signing, all equal", device(CTI, three), dev, True)
    match("three at signing, one differs", device(CTI, three), dv(0), False)
    match("three at signing, one of them among 0, 1, 2", device(CTI, without(1, 2)), device(CTI, without(1, 2)), False)
    match("four at signing, two of them among 0, 1, 2, one of these differs", device(CTI, without(2)), dv(0), False)
    match("four at signing, two of them among 0, 1, 2, another differs", device(CTI, without(2)), dv(3), True)
    match("two at signing, equal, among 0, 1, 2", device(CTI, without(2, 3, 4)), dev, True)
    match("one at signing", device(CTI, without(1, 2, 3, 4)), dev, False)
    match("none at signing", device(CTI, [None] * 5), device(CTI, [None] * 5), False)
    match("absent on both sides does not count as equal", device(CTI, without(0, 1)), device(CTI, without(0, 1)), False)
    # Weak devices: fewer than two of the slots 0, 1, 2 at signing.
    match("two differ, with exp", dev, dv(3, 4), False, leased=True)
    match("four at signing, two of them among 0, 1, 2, one of these differs, with exp", device(CTI, without(2)), dv(0), False, leased=True)
    match("none at signing, with exp", device(CTI, [None] * 5), device(CTI, [None] * 5), False, leased=True)
    match("none at signing, all now, with exp", device(CTI, [None] * 5), dev, False, leased=True)
    for name, gone in (
        ("CPU alone", (0, 1, 2, 3)),
        ("machine id alone", (1, 2, 3, 4)),
        ("machine id, board and CPU", (1, 2)),
        ("board and CPU", (0, 1, 2)),
    ):
        weak = device(CTI, without(*gone))
        kept = [i for i in range(5) if i not in gone]
        match(f"weak, {name}: equal, no exp", weak, weak, False)
        match(f"weak, {name}: equal, with exp", weak, weak, True, leased=True)
        match(f"weak, {name}: equal, with exp, exact", weak, weak, True, exact=True, leased=True)
        match(f"weak, {name}: all slots now, with exp", weak, dev, True, leased=True)
        match(f"weak, {name}: {names[kept[-1]]} differs, with exp", weak, dv(kept[-1]), False, leased=True)
        match(f"weak, {name}: {names[kept[0]]} absent now, with exp", weak, device(CTI, without(*gone, kept[0])), False, leased=True)
    match("weak now, strong at signing, with exp", dev, device(CTI, without(1, 2)), False, leased=True)
    match("weak, for a host name, with exp", device(CTI, without(0, 1, 2, 3)), device_named(CTI, 1, V[4]), False, leased=True)
    host = device_named(CTI, 1, "build-01.example.org")
    match("host name equal", host, host, True)
    match("host name differs", host, device_named(CTI, 1, "build-02.example.org"), False)
    match("host name for a URL of the same text", host, device_named(CTI, 2, "build-01.example.org"), False)

    # release, request
    ra = release_anchor()
    ok(
        "release",
        "r, anchor, code, activation id",
        ra,
        {"cti": CTI, "r": RELEASE, "code": "-".join(c.groups("release", RELEASE)), "anchor": ra, "activationId": c.base32(ra)[:8]},
    )
    ok(
        "release",
        "r = 0",
        release_anchor(CTI, bytes(13)),
        {
            "cti": CTI,
            "r": bytes(13),
            "code": "-".join(c.groups("release", bytes(13))),
            "anchor": release_anchor(CTI, bytes(13)),
            "activationId": c.base32(release_anchor(CTI, bytes(13)))[:8],
        },
    )
    for name, kw in (
        ("plain", {}),
        ("line 3", {"line": 3}),
        ("line 15, clock flag", {"line": 15, "clock": True}),
        ("host name", {"dev": host}),
    ):
        q = license_request(**kw)
        ok(
            "request",
            name,
            q,
            {
                "version": 1,
                "clock": kw.get("clock", False),
                "line": kw.get("line", 0),
                "ctiPrefix": CTI[:5],
                "device": kw.get("dev", dev),
                "releaseAnchor": ra,
                "check": q[27:],
            },
            lines=c.groups("request", q),
            code="LIC1-" + c.base32(enc(q)),
        )
    q = license_request()
    for name, d in (
        ("version 0", license_request(version=0)),
        ("version 2", license_request(version=2)),
        ("version 7", license_request(version=7)),
        ("check wrong", q[:29] + bytes([q[29] ^ 1])),
        ("line changed, check as it was", bytes([q[0] ^ 1]) + q[1:]),
        ("29 bytes", q[:29]),
        ("31 bytes", q + b"\0"),
        ("empty", b""),
    ):
        no("request", name, d)
    det = {0: "Press hall", 1: "press-02", 2: "Debian 12", 3: "2.4.1", 5: T0}
    ok("request details", "a machine", [9, q, det], det, request=q.hex())
    qh = license_request(dev=host)
    ok("request details", "a host name", [9, qh, {4: "build-01.example.org"}], {4: "build-01.example.org"}, request=qh.hex())
    ok("request details", "nothing told", [9, q, {}], {}, request=q.hex())
    ok("request details", "unknown key 64", [9, q, {0: "a", 64: 1}], {0: "a"}, request=q.hex())
    for name, v, code in (
        ("type 6", [6, q, {}], bad),
        ("request of 29 bytes", [9, q[:29], {}], bad),
        ("two members", [9, q], bad),
        ("four members", [9, q, {}, 0], bad),
        ("unknown key 6", [9, q, {6: 1}], unknown),
        ("label empty", [9, q, {0: ""}], bad),
        ("label of 129 bytes", [9, q, {0: "x" * 129}], bad),
        ("time text", [9, q, {5: "x"}], bad),
        ("time 2^32", [9, q, {5: 2**32}], bad),
        ("tagged 18", Tag(18, [9, q, {}]), bad),
        ("details a list", [9, q, []], bad),
    ):
        no("request details", name, v, code)

    # activation, extension
    def signed(kind, name, p, key=ISSUING, chain=issuing, **more):
        o = sign1(key, p, chain)
        ok(
            kind,
            name,
            o,
            {**{"exp": p.get(4), "iat": p[6]}, "fields": p[PLAIN_FIELDS]},
            protected=o.value[0].hex(),
            payload=o.value[2].hex(),
            objectHash=H("lic-object-1", o.value[0], o.value[2], o.value[3]).hex(),
            trust=trusted,
            **more,
        )
        return o

    def typed(form, iat, term, o, place=0):
        return (form << 30 | place << 20 | term).to_bytes(4, "big") + iat.to_bytes(4, "big") + kid(ISSUING)[:3] + o.value[3]

    act = {6: T0, PLAIN_FIELDS: {0: 3, 1: CTI, 2: dev, 3: ra, 4: 0}}
    lic_min = sign1(ISSUING, payload(line={**LINE, 8: 1}), issuing)
    term = 24 * 90
    LONGEST = (2**32 - 1 - T0) // HOUR
    cases = [
        ("without exp", act, 1, 0, {}),
        ("lease of 90 days", {4: T0 + term * HOUR, **act}, 1, term, {}),
        ("clock mark", {4: T0 + term * HOUR, 6: T0, PLAIN_FIELDS: {**act[PLAIN_FIELDS], 5: True}}, 2, term, {"clock": True}),
        (
            "line 3, without exp, clock mark",
            {6: T0, PLAIN_FIELDS: {0: 3, 1: CTI, 2: dev, 3: ra, 4: 3, 5: True}},
            2,
            0,
            {"line": 3, "clock": True},
        ),
        ("lease of one hour", {4: T0 + HOUR, **act}, 1, 1, {}),
        ("place 3, lease of 90 days", {4: T0 + term * HOUR, 6: T0, PLAIN_FIELDS: {**act[PLAIN_FIELDS], 64: 3}}, 1, term, {}),
        ("place 1023, clock mark", {6: T0, PLAIN_FIELDS: {**act[PLAIN_FIELDS], 5: True, 64: 1023}}, 2, 0, {"clock": True}),
        ("place 1, the longest term", {4: T0 + LONGEST * HOUR, 6: T0, PLAIN_FIELDS: {**act[PLAIN_FIELDS], 64: 1}}, 1, LONGEST, {}),
    ]
    for name, p, form, t, kw in cases:
        o = signed("activation", name, p, license=enc(lic_min).hex())
        place = p[PLAIN_FIELDS].get(64, 0)
        d = typed(form, T0, t, o, place)
        ok(
            "typed response",
            name,
            d,
            {"form": form, "place": place, "iat": T0, "term": t, "kidPrefix": kid(ISSUING)[:3], "signature": o.value[3]},
            lines=c.groups("response", d),
            request=license_request(**kw).hex(),
            cti=CTI.hex(),
            certificate=enc(issuing).hex(),
            rebuilt={"protected": o.value[0].hex(), "payload": o.value[2].hex(), "object": enc(sign1(ISSUING, p)).hex()},
        )
    ext = {4: EXP + YEAR, 6: T0 + 300 * DAY, PLAIN_FIELDS: {0: 10, 1: CTI, 2: 1}}
    o = signed("extension", "another year", ext, license=enc(lic_min).hex())
    t = (EXP + YEAR - ext[6]) // HOUR
    assert ext[6] + t * HOUR == EXP + YEAR
    d = typed(3, ext[6], t, o)
    ok(
        "typed response",
        "extension",
        d,
        {"form": 3, "place": 0, "iat": ext[6], "term": t, "kidPrefix": kid(ISSUING)[:3], "signature": o.value[3]},
        lines=c.groups("response", d),
        cti=CTI.hex(),
        revision=1,
        certificate=enc(issuing).hex(),
        rebuilt={"protected": o.value[0].hex(), "payload": o.value[2].hex(), "object": enc(sign1(ISSUING, ext)).hex()},
    )
    signed("extension", "of revision 7", {4: EXP + YEAR, 6: T0 + DAY, PLAIN_FIELDS: {0: 10, 1: CTI, 2: 7}})
    ok(
        "sequence",
        "activation with chain, then a revocation list",
        enc(sign1(ISSUING, act, issuing)) + enc(status_list()),
        {"objects": [enc(sign1(ISSUING, act, issuing)).hex(), enc(status_list()).hex()]},
    )
    good = typed(1, T0, 0, sign1(ISSUING, act))
    ctx = {"request": q.hex(), "cti": CTI.hex(), "revision": 1, "certificate": enc(issuing).hex(), **{"trust": trusted}}
    for name, dd, code in (
        ("form 0", b"\0" + good[1:], None),
        ("74 bytes", good[:74], None),
        ("76 bytes", good + b"\0", None),
        ("extension with term 0", b"\xc0" + good[1:], None),
        ("extension with a place", b"\xc0\x10\0\1" + good[4:], None),
        ("term changed", good[:3] + b"\1" + good[4:], "BAD_SIGNATURE"),
        ("place changed", good[:1] + b"\x10" + good[2:], "BAD_SIGNATURE"),
        ("iat changed", good[:7] + bytes([good[7] ^ 1]) + good[8:], "BAD_SIGNATURE"),
        ("form 2, signed as form 1", b"\x80" + good[1:], "BAD_SIGNATURE"),
        ("kid of no certificate", good[:8] + b"\xff\xff\xff" + good[11:], "UNKNOWN_KEY"),
        ("a bit of the signature", good[:74] + bytes([good[74] ^ 1]), "BAD_SIGNATURE"),
    ):
        no("typed response", name, dd, code, **ctx)
    no("typed response", "for another request", good, "BAD_SIGNATURE", **{**ctx, "request": license_request(anchor=bytes(10)).hex()})

    # Field 64 tells and decides nothing (3.5).
    for name, value in (("0", 0), ("1024", 1024), ("text", "3"), ("a map", {1: 2})):
        signed("activation", f"place that counts as absent: {name}", {6: T0, PLAIN_FIELDS: {**act[PLAIN_FIELDS], 64: value}})
    signed("activation", "unknown field 65", {6: T0, PLAIN_FIELDS: {**act[PLAIN_FIELDS], 65: 1}})

    def act_with(fields=None, claims=None, drop=(), drop_fields=()):
        p = {4: T0 + HOUR, 6: T0, PLAIN_FIELDS: {**act[PLAIN_FIELDS], **(fields or {})}, **(claims or {})}
        for k in drop:
            del p[k]
        for k in drop_fields:
            del p[PLAIN_FIELDS][k]
        return p

    rejects = [
        ("field 0 is 1", {0: 1}, bad),
        ("cti of 9 bytes", {1: CTI[:9]}, bad),
        ("device of 10 bytes", {2: dev[:10]}, bad),
        ("device: absent slot not zero", {2: bytes([0xF0]) + b"\x11" * 10}, bad),
        ("release anchor of 11 bytes", {3: ra + b"\0"}, bad),
        ("line 16", {4: 16}, bad),
        ("line negative", {4: -1}, bad),
        ("clock mark false", {5: False}, bad),
        ("clock mark 1", {5: 1}, bad),
        ("unknown field 6", {6: 1}, unknown),
        ("text key", {"x": 1}, bad),
    ]
    for name, f, code in rejects:
        no("activation", name, sign1(ISSUING, act_with(f), issuing), code, trust=trusted)
    for k in (1, 2, 3, 4):
        no("activation", f"field {k} missing", sign1(ISSUING, act_with(drop_fields=[k]), issuing), bad, trust=trusted)
    no("activation", "iat missing", sign1(ISSUING, act_with(drop=[6]), issuing), bad, trust=trusted)
    no(
        "activation",
        "exp = iat",
        sign1(ISSUING, act_with(claims={4: T0}), issuing),
        bad,
        trust=trusted,
        reading="8.1 says it of licenses only",
    )
    for k in (1, 2, 5, 7):
        no(
            "activation",
            f"extra claim {k}",
            sign1(ISSUING, act_with(claims={k: {1: "x", 2: "x", 5: T0, 7: CTI}[k]}), issuing),
            unknown,
            trust=trusted,
        )
    no("activation", "a license for it", lic_min, bad, trust=trusted)
    no("activation", "unknown root", sign1(ISSUING, act, issuing_cert(signer=OTHER)), "UNKNOWN_KEY", trust=trusted)
    no("activation", "signed by the list key", sign1(LIST, act, list_cert()), R, trust=trusted)
    no("activation", "signed by a key without type 3", sign1(ISSUING, act, issuing_cert({1: [1]})), R, trust=trusted)
    no("activation", "signed by a delegated key", sign1(DELEGATED, act, delegated_cert()), R, trust=trusted)
    no("activation", "iat before nbf of the certificate", sign1(ISSUING, {**act, 6: CERT_NBF - 1}, issuing), R, trust=trusted)
    no(
        "activation",
        "a bit of the signature",
        Tag(18, [*sign1(ISSUING, act, issuing).value[:3], bytes(63) + b"\1"]),
        "BAD_SIGNATURE",
        trust=trusted,
    )
    lt = {"license": enc(lic_min).hex(), "trust": trusted}
    no("activation", "signer without the product of the license", sign1(ISSUING, act, issuing_cert({2: ["viewer"]})), R, **lt)
    no("activation", "signer without the tier of the license", sign1(ISSUING, act, issuing_cert({3: ["std"]})), R, **lt)
    lic_test = sign1(ISSUING, payload({8: True}, line={**LINE, 8: 1}), issuing)
    no(
        "activation",
        "signer for live only, test license",
        sign1(ISSUING, act, issuing_cert({7: 2})),
        R,
        license=enc(lic_test).hex(),
        trust=trusted,
    )
    for name, f, cl, code in (
        ("revision missing", None, None, bad),
        ("revision 0", {2: 0}, None, bad),
        ("revision text", {2: "1"}, None, bad),
        ("cti of 9 bytes", {1: CTI[:9]}, None, bad),
        ("unknown field 3", {3: 1}, None, unknown),
        ("exp missing", None, 4, bad),
        ("extra claim nbf", None, 5, unknown),
    ):
        p = {**ext, PLAIN_FIELDS: {**ext[PLAIN_FIELDS], **(f or {})}}
        if name == "revision missing":
            del p[PLAIN_FIELDS][2]
        if cl == 4:
            del p[4]
        if cl == 5:
            p[5] = T0
        no(
            "extension",
            name,
            sign1(ISSUING, p, issuing),
            code,
            trust=trusted,
            **({"reading": "revisions count from 1"} if name == "revision 0" else {}),
        )
    no("extension", "signed by a delegated key", sign1(DELEGATED, ext, delegated_cert()), R, **lt)
    no("extension", "signed by a key without type 10", sign1(ISSUING, ext, issuing_cert({1: [1, 3]})), R, **lt)
    no(
        "extension",
        "term above the maximum of the signer",
        sign1(ISSUING, ext, issuing_cert({4: (EXP + YEAR - ext[6]) // HOUR - 1})),
        R,
        **lt,
        reading="6.7 d with the new exp and the iat of the extension",
    )
    no(
        "extension",
        "of a test license, signer for live only",
        sign1(ISSUING, ext, issuing_cert({7: 2})),
        R,
        license=enc(lic_test).hex(),
        trust=trusted,
    )

    # device anchor
    anchor = emergency_anchor(CTI, 1, T0, 2000, ra)
    da = {4: T0 + term * HOUR, 6: T0, PLAIN_FIELDS: {0: 7, 1: CTI, 2: 1, 3: ra, 4: anchor}}
    signed("device anchor", "with exp", da)
    da2 = {6: T0, PLAIN_FIELDS: {0: 7, 1: CTI, 2: 5, 3: ra, 4: emergency_anchor(CTI, 5, T0, 32767, ra)}}
    signed("device anchor", "without exp, n = 32767", da2)
    base = T0 // HOUR - 1
    for name, a, code in (
        ("ends 745 hours after exp", [1, base, (T0 + term * HOUR) // HOUR + 745 - base, anchor[3]], bad),
        ("base hour wrong", [1, base + 1, 100, anchor[3]], bad),
        ("n = 0", [1, base, 0, anchor[3]], bad),
        ("top bit of x_0", [1, base, 100, b"\xff" * 12], bad),
        ("x_0 of 13 bytes", [1, base, 100, bytes(13)], bad),
    ):
        no("device anchor", name, sign1(ISSUING, {**da, PLAIN_FIELDS: {**da[PLAIN_FIELDS], 4: a}}, issuing), code, trust=trusted)
    no(
        "device anchor",
        "release anchor missing",
        sign1(ISSUING, {6: T0, PLAIN_FIELDS: {0: 7, 1: CTI, 2: 1, 4: anchor}}, issuing),
        bad,
        trust=trusted,
    )
    no(
        "device anchor",
        "unknown field 5",
        sign1(ISSUING, {**da, PLAIN_FIELDS: {**da[PLAIN_FIELDS], 5: 1}}, issuing),
        unknown,
        trust=trusted,
    )
    no("device anchor", "signed by a delegated key", sign1(DELEGATED, da, delegated_cert()), R, trust=trusted)
    no("device anchor", "signed by a key without type 7", sign1(ISSUING, da, issuing_cert({1: [1, 3]})), R, trust=trusted)

    # certificate, root link, trust bundle
    for name, cc in (
        ("issuing", issuing),
        ("list", list_cert()),
        ("audit", cert(ROOT, AUDIT, {0: 2, 1: [11]})),
        ("issuing with every cap", issuing_cert({2: ["editor", "viewer"], 3: ["pro", "std", "try"], 4: 8760, 5: 72, 7: 2, 10: 1000})),
        ("delegated", delegated_cert()),
    ):
        from cborlite import dec

        p = dec(cc[2])
        ok(
            "certificate",
            name,
            cc,
            {"exp": p[4], "nbf": p[5], "key": p[8][1][-2], "kid": thumbprint(p[8][1][-2])[:8], "fields": p[PLAIN_FIELDS]},
            trust=trusted,
            tagged=enc(Tag(18, cc)).hex(),
        )
    link = root_link(ROOT, ROOT2)
    ok(
        "root link",
        "root to next root",
        link,
        {"iat": T0 - 60 * DAY, "key": ed25519.public(ROOT2), "kid": kid(ROOT2)},
        trust=trusted,
        tagged=enc(Tag(18, link)).hex(),
    )
    no("root link", "signed by the issuing key", root_link(ISSUING, ROOT2, chain=issuing), R, trust=trusted)
    no("root link", "signed by the new root", root_link(ROOT2, ROOT2), "UNKNOWN_KEY", trust=trusted)
    no(
        "root link",
        "signed by the new root, kid of the old",
        root_link(ROOT2, ROOT2, protected={1: -8, 4: kid(ROOT)}),
        "BAD_SIGNATURE",
        trust=trusted,
    )
    no("root link", "a certificate for it", issuing, bad, trust=trusted)
    kids = sorted([kid(ISSUING), kid(DELEGATED)])
    by_kid = sorted(
        [(kid(ISSUING), issuing), (kid(LIST), list_cert()), (kid(AUDIT), cert(ROOT, AUDIT, {0: 2, 1: [11]}))], key=lambda x: x[0]
    )
    lists_by = "certificates ascend by the kid of the key they certify, root links by that of the new root"
    tb = {6: T0 + DAY, PLAIN_FIELDS: {0: 5, 1: 3, 2: [x for _, x in by_kid], 3: [link], 4: [kids[0]], 5: [[kids[1], T0 + 10]]}}

    def bundle(name, p, key=ROOT, chain=None, **more):
        o = sign1(key, p, chain)
        f = p[PLAIN_FIELDS]
        ok(
            "trust bundle",
            name,
            o,
            {
                "iat": p[6],
                "version": f[1],
                "certificates": [enc(x) for x in f.get(2, [])],
                "links": [enc(x) for x in f.get(3, [])],
                "lifted": f.get(4, []),
                "ended": f.get(5, []),
            },
            trust=trusted,
            **more,
        )

    bundle("with everything", tb, reading=lists_by)
    bundle("version alone", {6: T0, PLAIN_FIELDS: {0: 5, 1: 1}})
    bundle("two ended kids", {6: T0, PLAIN_FIELDS: {0: 5, 1: 2, 5: [[k, T0] for k in kids]}})

    def tb_with(**kw):
        f = {0: 5, 1: 3}
        f.update({int(k[1:]): v for k, v in kw.items()})
        return {6: T0, PLAIN_FIELDS: f}

    for name, p, code in (
        ("version missing", {6: T0, PLAIN_FIELDS: {0: 5}}, bad),
        ("version text", tb_with(f1="3"), bad),
        ("certificates empty", tb_with(f2=[]), bad),
        ("links empty", tb_with(f3=[]), bad),
        ("lifted empty", tb_with(f4=[]), bad),
        ("ended empty", tb_with(f5=[]), bad),
        ("lifted unsorted", tb_with(f4=kids[::-1]), bad),
        ("lifted twice", tb_with(f4=[kids[0]] * 2), bad),
        ("ended unsorted", tb_with(f5=[[kids[1], 0], [kids[0], 0]]), bad),
        ("ended without time", tb_with(f5=[[kids[0]]]), bad),
        ("ended kid bare", tb_with(f5=[kids[0]]), bad),
        ("lifted kid of 7 bytes", tb_with(f4=[kids[0][:7]]), bad),
        ("a certificate in bytes", tb_with(f2=[enc(issuing)]), bad),
        ("a tagged certificate", tb_with(f2=[Tag(18, issuing)]), bad),
        ("unknown field 6", tb_with(f6=1), unknown),
        ("iat missing", {PLAIN_FIELDS: {0: 5, 1: 1}}, bad),
        ("exp", {4: EXP, **tb_with()}, unknown),
    ):
        no("trust bundle", name, sign1(ROOT, p), code, trust=trusted)
    no("trust bundle", "certificates unsorted", sign1(ROOT, tb_with(f2=[x for _, x in by_kid[::-1]])), bad, trust=trusted, reading=lists_by)
    no(
        "trust bundle",
        "signed by the issuing key",
        sign1(ISSUING, tb_with(), issuing),
        None,
        trust=trusted,
        reading="code open: no root has the kid (UNKNOWN_KEY), or the type exceeds the key's rights (RIGHTS_EXCEEDED)",
    )
    no("trust bundle", "of an unknown root", sign1(OTHER, tb_with()), "UNKNOWN_KEY", trust=trusted)
    no(
        "trust bundle",
        "forged",
        Tag(18, [*sign1(ROOT, tb_with(f1=4)).value[:3], sign1(ROOT, tb_with()).value[3]]),
        "BAD_SIGNATURE",
        trust=trusted,
    )

    # usage report
    day = T0 // DAY
    u = {
        0: CTI,
        1: 0,
        2: T0,
        3: T0 + 7 * DAY,
        4: {"export": 12, "api.calls": 90210},
        5: {"users": 17},
        6: ra,
        7: {"export": [day, [1, 0, 4, 7]]},
        8: 3,
    }
    ok("usage report", "everything", [6, u], u)
    ok("usage report", "least", [6, {0: CTI, 1: 15, 2: T0, 3: T0, 4: {}}], {0: CTI, 1: 15, 2: T0, 3: T0, 4: {}})
    for name, v, code in (
        ("type 9", [9, u], bad),
        ("a tagged one", Tag(18, [6, u]), bad),
        ("totals missing", [6, {k: x for k, x in u.items() if k != 4}], bad),
        ("cti missing", [6, {k: x for k, x in u.items() if k != 0}], bad),
        ("line 16", [6, {**u, 1: 16}], bad),
        ("total negative", [6, {**u, 4: {"export": -1}}], bad),
        ("bad name", [6, {**u, 4: {"Export": 1}}], bad),
        ("unknown key 9", [6, {**u, 9: 1}], unknown),
        ("text key", [6, {**u, "x": 1}], bad),
        ("day counts without first day", [6, {**u, 7: {"export": [1, 0]}}], bad),
        ("three members", [6, u, 0], bad),
    ):
        no("usage report", name, v, code)

    # hashes, log
    ok(
        "hash",
        "object hash of the minimal license",
        H("lic-object-1", *[sign1(ISSUING, payload()).value[i] for i in (0, 2, 3)]),
        {"tag": "lic-object-1", "object": enc(sign1(ISSUING, payload()))},
    )
    for alg in (-8, -19):
        o = sign1(ISSUING, payload(), issuing, alg=alg)
        ok(
            "hash",
            f"object hash does not hang on the chain, alg {alg}",
            H("lic-object-1", o.value[0], o.value[2], o.value[3]),
            {"tag": "lic-object-1", "object": enc(o)},
        )
    for name, key, asked in (
        ("least", "build-1", {"product": "editor", "tier": "trial"}),
        ("another key", "build-2", {"product": "editor", "tier": "trial"}),
        ("everything", "build-1", {"product": "editor", "tier": "trial", "days": 14, "seats": 5, "devices": 3, "email": "bo@example.com", "customer": "globex", "licensee": "M\u00fcller", "test": True}),
    ):
        ok(
            "trial id",
            name,
            H("lic-trial-1", SECRET, key, asked)[:10],
            {"s": SECRET, "key": key, "asked": [[k, v] for k, v in asked.items()], "input": enc(["lic-trial-1", SECRET, key, asked])},
        )
    for s_, text in ((bytes(16), ""), (bytes(range(16)), "Example AG"), (b"\xff" * 16, "M\u00fcller, Z\u00fcrich")):
        ok(
            "commitment",
            f"{text!r}".encode("unicode_escape").decode(),
            H("lic-commit-1", s_, text),
            {"salt": s_, "text": text, "input": enc(["lic-commit-1", s_, text])},
        )
    ok(
        "hash",
        "thumbprint of the issuing key",
        thumbprint(ed25519.public(ISSUING)),
        {"key": ed25519.public(ISSUING), "input": enc(cose_key(ed25519.public(ISSUING)))},
    )
    leaves = [f"event {i}".encode() for i in range(8)]
    ok("leaf hash", "event 0", leaf(leaves[0]), {"bytes": leaves[0]})
    ok("leaf hash", "no bytes", leaf(b""), {"bytes": b""})
    for n in range(0, 9):
        ok("tree", f"root of {n} leaves", tree(leaves[:n]), {"leaves": leaves[:n]})
    for n in (1, 2, 3, 5, 7, 8):
        for m in range(n):
            ok(
                "inclusion",
                f"leaf {m} of {n}",
                b"".join(path(m, leaves[:n])),
                {"index": m, "size": n, "leaf": leaves[m], "root": tree(leaves[:n]), "proof": path(m, leaves[:n])},
            )
    pr = path(2, leaves[:7])
    root7 = tree(leaves[:7])

    def bad_proof(name, **f):
        base_ = {"index": 2, "size": 7, "leaf": leaves[2], "root": root7, "proof": pr}
        base_.update(f)
        out.append({"name": "inclusion: " + name, "kind": "inclusion", "valid": False, "fields": plain(base_)})

    bad_proof("another leaf", leaf=leaves[3])
    bad_proof("another index", index=3)
    bad_proof("index behind the end", index=7)
    bad_proof("another size", size=4)
    bad_proof("another root", root=tree(leaves[:6]))
    bad_proof("proof too short", proof=pr[:-1])
    bad_proof("proof too long", proof=pr + [bytes(32)])
    bad_proof("proof in another order", proof=pr[::-1])
    bad_proof("a hash of 31 bytes", proof=[pr[0][:31], *pr[1:]])
    bad_proof("empty tree", size=0, index=0, proof=[])
    for m, n in ((1, 2), (1, 7), (2, 7), (3, 7), (4, 7), (6, 7), (7, 7), (4, 8)):
        ok(
            "consistency",
            f"{m} to {n} leaves",
            b"".join(consistency(m, leaves[:n])),
            {"from": m, "to": n, "fromRoot": tree(leaves[:m]), "toRoot": tree(leaves[:n]), "proof": consistency(m, leaves[:n])},
        )
    audit = ed25519.public(AUDIT)

    def checkpoint(name, text, valid, **more):
        out.append(
            {
                "name": "checkpoint: " + name,
                "kind": "checkpoint",
                "valid": valid,
                "key": audit.hex(),
                "certificate": enc(cert(ROOT, AUDIT, {0: 2, 1: [11]})).hex(),
                "text": text,
                **more,
            }
        )

    name_ = "lic/" + kid(AUDIT).hex()
    kh = hashlib.sha256(name_.encode() + b"\n\x01" + audit).digest()[:4].hex()
    for n in (1, 7, 8):
        checkpoint(
            f"size {n}", note(n, tree(leaves[:n])), True, fields={"origin": name_, "size": n, "root": tree(leaves[:n]).hex(), "keyHash": kh}
        )
    good_note = note(7, root7)
    sig_line = good_note.split("\n")[4]
    checkpoint("size 0", note(0, tree([])), True, fields={"origin": name_, "size": 0, "root": tree([]).hex(), "keyHash": kh})
    for name, text in (
        ("size changed", good_note.replace("\n7\n", "\n8\n")),
        ("another key signed", note(7, root7, OTHER, name=name_)),
        ("origin of another key", note(7, root7, name="lic/" + kid(OTHER).hex())),
        ("no blank line", good_note.replace("\n\n", "\n")),
        ("no signature", good_note.split("\n\n")[0] + "\n"),
        ("hyphen for the dash", good_note.replace("\u2014", "-")),
        ("line feed at the end missing", good_note[:-1]),
        ("leading zero in the size", note(7, root7, body=f"{name_}\n07\n{base64.b64encode(root7).decode()}\n")),
        ("root of 31 bytes", note(7, root7[:31])),
        ("size negative", note(-1, root7)),
        ("CRLF", good_note.replace("\n", "\r\n")),
        (
            "key hash changed",
            good_note.replace(
                sig_line, f"\u2014 {name_} " + base64.b64encode(b"\0\0\0\0" + base64.b64decode(sig_line.split(" ")[2])[4:]).decode()
            ),
        ),
    ):
        assert text != good_note, name
        checkpoint(name, text, False)
    return (
        "Objects beside license and list, and hashes: kind, fields in clear (bytes in hexadecimal; the keys of maps as text) and hex, the bytes. Signed ones: long form with chain; objectHash by 3.3. "
        "valid false: must be refused, with throws where the page gives the code. match: clause 12.2. trust, license, request, certificate: what the verifier has.",
        out,
    )
