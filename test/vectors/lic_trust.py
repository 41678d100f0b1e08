"""Licenses: signature, chain, rights, grants."""

from cborlite import Raw, Tag, enc
from lic_objects import *
from vec_licenses import lic


def change(parts, i, v):
    out = list(parts)
    out[i] = v
    return out


def signature(s):
    def no(name, obj, clause="5.3", code="BAD_SIGNATURE", stage="signature", **kw):
        s.throws("signature: " + name, clause, obj, code, stage, **kw)

    p = payload({4: {0: "Example AG"}, 5: 72, 10: {"order": 17}}, {2: "customer-1"}, line={**LINE, 3: "Professional", 6: 5, 12: ["export"]})
    good = lic(p)
    parts = list(good.value)
    s.ok("signature: the good license of the flips below", "5.3", good, want={"seats": 5, "devices": 5, "grace": 72})
    for bit in (0, 5, 100, 255, 256, 263, 400, 500, 507, 511):
        sg = bytearray(parts[3])
        sg[bit // 8] ^= 1 << bit % 8
        no(f"bit {bit} flipped", Tag(18, change(parts, 3, bytes(sg))))
    no("all zero", Tag(18, change(parts, 3, bytes(64))))
    no("R the identity, S zero", Tag(18, change(parts, 3, b"\x01" + bytes(63))))
    no("R and S exchanged", Tag(18, change(parts, 3, parts[3][32:] + parts[3][:32])))
    pl = parts[2]
    for name, old, new in (
        ("cti", CTI, CTI[:9] + bytes([CTI[9] ^ 1])),
        ("product", b"editor", b"editos"),
        ("tier", b"\x63pro", b"\x63prn"),
        ("licensee", b"Example AG", b"Example BG"),
        ("sub", b"customer-1", b"customer-3"),
        ("exp", enc(EXP), enc(EXP + 1)),
        ("iat", enc(T0), enc(T0 + 1)),
        ("key prefix", b"EDIT", b"EDIU"),
        ("title", b"Professional", b"Qrofessional"),
        ("feature", b"export", b"expoxt"),
        ("seats", b"\x06\x05\x0c", b"\x06\x04\x0c"),
        ("grace", b"\x05\x18\x48", b"\x05\x18\x49"),
        ("metadata", b"order\x11", b"order\x10"),
    ):
        assert pl.count(old) == 1, name
        no("payload changed: " + name, Tag(18, change(parts, 2, pl.replace(old, new))))
    more = payload(
        {4: {0: "Example AG"}, 5: 72, 8: True, 10: {"order": 17}}, {2: "customer-1"}, line={**LINE, 3: "Professional", 6: 5, 12: ["export"]}
    )
    no("payload of another license", Tag(18, change(parts, 2, enc(more))))
    no("alg -8 made -19 afterwards", Tag(18, change(parts, 0, enc({1: -19, 4: kid(ISSUING)}))))
    n = int.from_bytes(parts[3][32:], "little")
    no("S + L", Tag(18, change(parts, 3, parts[3][:32] + (n + ed25519.L).to_bytes(32, "little"))))
    tbs = enc(["Signature1", parts[0], b"", pl])
    a, _ = ed25519.secret(ISSUING)
    pub = ed25519.public(ISSUING)
    r = ed25519.sha512(b"nonce", tbs) % ed25519.L
    for i in (1, 2, 4):
        rb = ed25519.compress(ed25519.add(ed25519.mul(r, ed25519.B), ed25519.T[i]))
        sg = ed25519.craft(a, pub, rb, r, tbs)
        assert ed25519.cofactored(pub, tbs, sg) and not ed25519.verify(pub, tbs, sg)
        no(f"torsion component in R ({i}), valid with cofactor only", Tag(18, change(parts, 3, sg)))
    nc = (ed25519.P + 1).to_bytes(32, "little")
    no("R not canonical, valid with cofactor only", Tag(18, change(parts, 3, ed25519.craft(a, pub, nc, 0, tbs))))

    def over(what):
        return Tag(18, change(parts, 3, ed25519.sign(ISSUING, what)))

    no("over the payload alone", over(pl), "3.1")
    no("over the context Signature", over(enc(["Signature", parts[0], b"", b"", pl])), "3.1")
    no("over the context CounterSignature", over(enc(["CounterSignature", parts[0], b"", pl])), "3.1")
    no("with external data", over(enc(["Signature1", parts[0], b"lic", pl])), "3.1")
    no("over an empty protected header", over(enc(["Signature1", b"", b"", pl])), "3.1")
    no("over null for the external data", over(enc(["Signature1", parts[0], None, pl])), "3.1")
    no("over SHA-512 of the signed bytes", over(hashlib.sha512(tbs).digest()), "5.1")
    no("of another key, kid of this one", sign1(OTHER, p, issuing_cert(), {1: -8, 4: kid(ISSUING)}))
    no("of the root, kid of the issuing key", sign1(ROOT, p, issuing_cert(), {1: -8, 4: kid(ISSUING)}))
    # order of the stages
    no(
        "bad, and rights exceeded too",
        Tag(18, change(list(lic(chain=issuing_cert({1: [3]})).value), 3, parts[3])),
        "18.1",
        comment="signature comes before rights",
    )
    s.throws(
        "signature: bad, and an unknown field too",
        "18.1",
        Tag(18, change(list(lic(payload({33: 1})).value), 3, parts[3])),
        "UNSUPPORTED_CLAIM",
        "type",
        comment="type comes before signature",
    )
    s.throws(
        "signature: bad, and no trusted root",
        "18.1",
        Tag(18, change(parts, 3, bytes(64))),
        "UNKNOWN_KEY",
        "chain",
        roots=[OTHER],
        comment="chain comes before signature",
    )


CAPPED = {1: [1, 2, 3, 7, 10], 2: ["editor", "viewer"], 3: ["pro", "std", "try"], 4: 8760, 5: 72, 6: True, 7: 2, 10: 100}
WIDE = {
    "types": {1: [1, 2, 3, 4, 7, 10]},
    "products": {2: ["editor", "viewes"]},
    "tiers": {3: ["pro", "std", "ultra"]},
    "maximum term": {4: 8761},
    "maximum grace": {5: 73},
    "live only to test only": {7: 1},
    "maximum count": {10: 101},
}


FULL_LINE = {
    **{0: "editor", 1: "pro", 2: ["try", "std"], 3: "Professional for CI", 4: 2, 5: 1, 6: 5, 7: 8, 8: 1, 9: 1},
    **{10: T0 + DAY, 11: {0: "1", 1: "3"}, 12: ["export"], 13: {"rate": {0: 5, 1: 1}, "users": 5}, 14: {0: {0: ["DE"]}}},
    18: {"import": 5},
}
FULL_GRANT = {0: FULL_LINE, 1: 720, 2: 24, 3: 30, 4: True}


def widened_delegation(s, no, dp):
    """A delegated certificate with everything in it, and every field of it made wider after it was signed."""
    full = {0: 2, 1: [1], 8: {0: FULL_GRANT}, 9: "Example Reseller", 10: 100}
    good = delegated_cert(grants={0: FULL_GRANT}, changes={10: 100})
    s.ok(
        "chain: delegated certificate with everything in it",
        "6.4",
        sign1(DELEGATED, dp, good),
        want={"exp": T0 + 720 * HOUR, "seats": 5, "devices": 8, "grace": 24, "test": True},
        **{"allowTest": True, "activation": "unchecked", "version": "2", "buildDate": T0},
    )

    def forged(name, changes=None, drop=(), nbf=T0 - DAY, exp=T0 - DAY + YEAR, key=DELEGATED):
        f = {**full, **(changes or {})}
        for k in drop:
            del f[k]
        cc = change(good, 2, enc(cert_payload(ed25519.public(key), f, nbf, exp)))
        no("delegated certificate forged: " + name, "5.3", sign1(key, dp, cc), "BAD_SIGNATURE")

    def grant(name, changes=None, drop=()):
        g = {**FULL_GRANT, **(changes or {})}
        forged("grant: " + name, {8: {0: {k: v for k, v in g.items() if k not in drop}}})

    def line(name, changes=None, drop=()):
        ln = {**FULL_LINE, **(changes or {})}
        grant("line: " + name, {0: {k: v for k, v in ln.items() if k not in drop}})

    forged("types", {1: [1, 2]})
    for k, v, name in (
        (2, ["editor"], "products put in"),
        (3, ["pro", "std", "try"], "tiers put in"),
        (4, 9000, "maximum term put in"),
        (5, 72, "maximum grace put in"),
        (6, True, "perpetual put in"),
        (7, 2, "live only put in"),
        (9, "Other", "reseller"),
        (10, 101, "maximum count"),
        (64, 1, "ignorable field put in"),
    ):
        forged(name, {k: v})
    forged("grants taken out", drop=[8])
    forged("reseller taken out", drop=[9])
    forged("maximum count taken out", drop=[10])
    forged("nbf earlier", nbf=T0 - DAY - 1)
    forged("exp later", exp=T0 - DAY + YEAR + 1)
    forged("the public key", key=OTHER)
    forged("a second grant put in", {8: {0: FULL_GRANT, 1: {0: {0: "viewer", 1: "pro"}, 1: 720}}})
    grant("term", {1: 721})
    grant("grace", {2: 25})
    grant("grace taken out, which makes it 48", drop=[2])
    grant("fresh", {3: 31})
    grant("fresh taken out", drop=[3])
    grant("test mark taken out", drop=[4])
    for k, v, name in (
        (0, "viewer", "product"),
        (1, "max", "tier"),
        (2, ["try", "std", "max"], "ladder"),
        (3, "Enterprise", "title"),
        (4, 1, "kind"),
        (5, 2, "metric"),
        (6, 6, "seats"),
        (6, 0, "seats unlimited"),
        (7, 9, "devices"),
        (7, 0, "devices unlimited"),
        (9, 3, "device rule"),
        (10, T0 + 2 * DAY, "maintenance"),
        (11, {0: "1", 1: "4"}, "versions"),
        (12, ["export", "sso"], "features"),
        (13, {"rate": {0: 6, 1: 1}, "users": 5}, "rate of a limit"),
        (13, {"rate": {0: 5, 1: 1}, "users": 6}, "limit"),
        (13, {"rate": {0: 5, 1: 1}, "users": 0}, "limit unlimited"),
        (13, {"rate": {0: 5, 1: 2}, "users": 5}, "period of a limit"),
        (13, {"rate": {0: 5, 1: 1}, "seats": 9, "users": 5}, "limit put in"),
        (14, {0: {0: ["DE", "FR"]}}, "restrictions"),
        (18, {"import": 6}, "value of a feature"),
        (18, {"import": 0}, "value of a feature unlimited"),
    ):
        line(name, {k: v})
    for k, name in (
        (2, "ladder"),
        (3, "title"),
        (4, "kind"),
        (5, "metric"),
        (6, "seats"),
        (7, "devices"),
        (8, "activation"),
        (9, "device rule"),
        (10, "maintenance"),
        (11, "versions"),
        (12, "features"),
        (13, "limits"),
        (14, "restrictions"),
        (18, "values of features"),
    ):
        line(name + " taken out", drop=[k])
    wide = {0: 2, 1: [1], 8: {0: {**FULL_GRANT, 1: 8760}}}
    for name, cc, code in (
        ("widened and signed by its own key, kid of the issuing key", {"signer": DELEGATED, "protected": {1: -8, 4: kid(ISSUING)}}, "BAD_SIGNATURE"),
        ("signed by its own key, the narrow one behind it", {"signer": DELEGATED, "chain": delegated_cert()}, "LICENSE_INVALID"),
    ):
        cc.setdefault("chain", issuing_cert())
        wider = cert(cc.pop("signer"), DELEGATED, wide, T0 - DAY, T0 + DAY, **cc)
        no("delegated certificate " + name, "6.1", sign1(DELEGATED, dp, wider), code)


def chain(s):
    def no(name, clause, obj, code, stage="chain", **kw):
        s.throws("chain: " + name, clause, obj, code, stage, **kw)

    # root
    s.ok("chain: two trusted roots", "6.1", lic(), roots=[OTHER, ROOT])
    no("unknown root", "6.1", lic(), "UNKNOWN_KEY", roots=[OTHER])
    no("no trusted root at all", "6.1", lic(), "UNKNOWN_KEY", roots=[])
    no("certificate of an unknown root", "6.1", lic(chain=issuing_cert(signer=OTHER)), "UNKNOWN_KEY")
    no(
        "certificate signed by another key, kid of the root",
        "5.3",
        lic(chain=issuing_cert(signer=OTHER, protected={1: -8, 4: kid(ROOT)})),
        "BAD_SIGNATURE",
    )
    no(
        "certificate signed by its own key, kid of the root",
        "5.3",
        lic(chain=issuing_cert(signer=ISSUING, protected={1: -8, 4: kid(ROOT)})),
        "BAD_SIGNATURE",
    )
    no(
        "certificate signed by its own key",
        "6.1",
        lic(chain=issuing_cert(signer=ISSUING)),
        "UNKNOWN_KEY",
        reading="the walk ends at a key that no certificate names; that the key stands twice is not met first",
    )
    no(
        "certificate of another key",
        "6.1",
        lic(chain=issuing_cert(subject=ISSUING2)),
        "UNKNOWN_KEY",
        reading="header 13 holds no certificate for the kid",
    )
    no(
        "certificate of another key, the right one supplied",
        "6.1",
        lic(chain=issuing_cert(subject=ISSUING2)),
        "UNKNOWN_KEY",
        certificates=[issuing_cert()],
        reading="supplied certificates are for objects without header 13 only",
    )
    no("kid of another key, the certificate's own key signed", "6.1", lic(protected={1: -8, 4: kid(OTHER)}), "UNKNOWN_KEY")
    no("kid with one bit flipped", "6.1", lic(protected={1: -8, 4: bytes([kid(ISSUING)[0] ^ 1]) + kid(ISSUING)[1:]}), "UNKNOWN_KEY")
    # compact form
    no("compact, no certificate", "6.1", lic(chain=None), "UNKNOWN_KEY")
    no(
        "compact, certificate of another key",
        "6.1",
        lic(chain=None),
        "UNKNOWN_KEY",
        certificates=[issuing_cert(subject=ISSUING2), list_cert()],
    )
    no("compact, certificate of an unknown root", "6.1", lic(chain=None), "UNKNOWN_KEY", certificates=[issuing_cert(signer=OTHER)])
    dl = {2: {0: {17: 0}}}
    dp = payload(dl, {4: T0 + 720 * HOUR})
    dwant = {"exp": T0 + 720 * HOUR, "seats": 5, "devices": 8}
    s.ok("chain: delegated, two certificates", "6.1", sign1(DELEGATED, dp, delegated_cert()), want=dwant)
    s.ok(
        "chain: delegated, compact, both supplied",
        "6.1",
        sign1(DELEGATED, dp),
        certificates=[delegated_cert(chain=None), issuing_cert()],
        want=dwant,
    )
    s.ok("chain: delegated, compact, supplied with its chain", "6.1", sign1(DELEGATED, dp), certificates=[delegated_cert()], want=dwant)
    s.ok(
        "chain: delegated, its certificate with it, that of the signer supplied",
        "6.1",
        sign1(DELEGATED, dp, delegated_cert(chain=None)),
        certificates=[issuing_cert()],
        want=dwant,
    )
    no("delegated, certificate of the signer missing", "6.1", sign1(DELEGATED, dp, delegated_cert(chain=None)), "UNKNOWN_KEY")
    no("delegated, compact, its own certificate missing", "6.1", sign1(DELEGATED, dp), "UNKNOWN_KEY", certificates=[issuing_cert()])
    # candidates of one kid
    honest = issuing_cert()
    wide = change(honest, 2, enc(cert_payload(ed25519.public(ISSUING), {0: 2, 1: [1], 6: True})))
    alien = issuing_cert(signer=OTHER)
    for name, cs in (
        ("the forged one first", [wide, honest]),
        ("the forged one last", [honest, wide]),
        ("one of an unknown root first", [alien, honest]),
        ("three, the good one in the middle", [wide, honest, alien]),
    ):
        s.ok("chain: candidates of one kid, " + name, "4.2", lic(chain=None), certificates=cs)
    no("candidates of one kid, only the forged one", "4.2", lic(chain=None), "BAD_SIGNATURE", certificates=[wide])
    circle = [cert(DELEGATED, ISSUING, {0: 2, 1: [1], 8: {0: {0: GRANT_LINE, 1: 720}}}, T0 - DAY, T0 + YEAR), delegated_cert(chain=None)]
    no(
        "supplied certificates in a circle",
        "6.1",
        sign1(DELEGATED, dp),
        "LICENSE_INVALID",
        certificates=circle,
        reading="a key twice, found on the way; UNKNOWN_KEY, as no candidate leads to a root, would fit as well",
    )
    s.ok(
        "chain: supplied certificates in a circle, a good one among them",
        "6.1",
        sign1(DELEGATED, dp),
        certificates=[*circle, issuing_cert()],
        want=dwant,
    )
    no(
        "supplied certificate that a key signed for itself",
        "6.1",
        lic(chain=None),
        "LICENSE_INVALID",
        certificates=[issuing_cert(signer=ISSUING)],
        reading="a key twice, as in a circle",
    )
    # forged and widened in every field
    capped = issuing_cert(CAPPED)
    s.ok("chain: certificate with all caps", "6.2", lic(chain=capped))
    base = {0: 2, 4: 43800, 6: True, **CAPPED}

    def widened(name, fields=None, nbf=CERT_NBF, exp=CERT_EXP, drop=(), pub=None):
        f = {**base, **(fields or {})}
        for k in drop:
            del f[k]
        no(
            "certificate forged: " + name,
            "5.3",
            lic(chain=change(capped, 2, enc(cert_payload(pub or ed25519.public(ISSUING), f, nbf, exp)))),
            "BAD_SIGNATURE",
        )

    for name, f in WIDE.items():
        widened(name, f)
    for k, name in (
        (2, "products taken out"),
        (3, "tiers taken out"),
        (4, "maximum term taken out"),
        (5, "maximum grace taken out"),
        (7, "live only taken out"),
        (10, "maximum count taken out"),
        (6, "perpetual taken out"),
    ):
        widened(name, drop=[k])
    widened("reseller put in", {9: "Other"})
    widened("nbf earlier", nbf=CERT_NBF - 1)
    widened("exp later", exp=CERT_EXP + 1)
    widened("ignorable field put in", {64: 1})
    no(
        "certificate forged: the public key",
        "5.3",
        sign1(OTHER, payload(), change(capped, 2, enc(cert_payload(ed25519.public(OTHER), base)))),
        "BAD_SIGNATURE",
    )
    no(
        "certificate forged: perpetual put in",
        "5.3",
        lic(payload(drop=[4]), chain=change(issuing_cert(drop=[6]), 2, issuing_cert()[2])),
        "BAD_SIGNATURE",
    )
    for bit in (3, 300, 510):
        sg = bytearray(honest[3])
        sg[bit // 8] ^= 1 << bit % 8
        no(f"certificate: bit {bit} of the signature flipped", "5.3", lic(chain=change(honest, 3, bytes(sg))), "BAD_SIGNATURE")
    n = int.from_bytes(honest[3][32:], "little")
    no("certificate: S + L", "5.3", lic(chain=change(honest, 3, honest[3][:32] + (n + ed25519.L).to_bytes(32, "little"))), "BAD_SIGNATURE")
    d = delegated_cert()
    dforged = change(
        d,
        2,
        enc(
            cert_payload(
                ed25519.public(DELEGATED), {0: 2, 1: [1], 8: {0: {0: GRANT_LINE, 1: 721}}, 9: "Example Reseller"}, T0 - DAY, T0 - DAY + YEAR
            )
        ),
    )
    no("delegated certificate forged: term of its grant", "5.3", sign1(DELEGATED, dp, dforged), "BAD_SIGNATURE")
    widened_delegation(s, no, dp)
    no(
        "delegated certificate signed by the root, kid of the issuing key",
        "5.3",
        sign1(DELEGATED, dp, delegated_cert(signer=ROOT, protected={1: -8, 4: kid(ISSUING)})),
        "BAD_SIGNATURE",
    )
    d2 = delegated_cert(chain=change(honest, 3, bytes(64)))
    no("certificate of the signer with a bad signature", "5.3", sign1(DELEGATED, dp, d2), "BAD_SIGNATURE")

    # the certificate as an object
    def c(name, cert_, code="LICENSE_INVALID", clause="6.2", **kw):
        no("certificate: " + name, clause, lic(chain=cert_), code, **kw)

    pub = ed25519.public(ISSUING)
    p0 = cert_payload(pub, {0: 2, 1: [1, 2, 3, 7, 10], 6: True})

    def with_payload(p):
        return sign1(ROOT, p, tagged=False)

    s.ok("chain: certificate: the plain one of those below", "6.2", lic(chain=with_payload(p0)))
    for k, name in ((4, "exp"), (5, "nbf"), (8, "cnf"), (PLAIN_FIELDS, "fields")):
        c(name + " missing", with_payload({x: y for x, y in p0.items() if x != k}))
    for k, v, name in (
        (4, "x", "exp text"),
        (4, 2**32, "exp 2^32"),
        (5, -1, "nbf negative"),
        (5, None, "nbf null"),
        (8, cose_key(pub), "cnf without 1"),
        (8, {}, "cnf empty"),
        (8, {1: pub}, "cnf with the bare key"),
        (8, {1: cose_key(pub), 2: 1}, "cnf with another member"),
        (8, [], "cnf a list"),
        (8, {1: {**cose_key(pub), 3: -8}}, "COSE_Key with alg"),
        (8, {1: {**cose_key(pub), 2: b"1"}}, "COSE_Key with kid"),
        (8, {1: {**cose_key(pub), -4: bytes(32)}}, "COSE_Key with a private part"),
        (8, {1: {1: 2, -1: 6, -2: pub}}, "COSE_Key of type 2"),
        (8, {1: {1: 1, -1: 7, -2: pub}}, "COSE_Key of curve 7"),
        (8, {1: {1: 1, -1: 6, -2: pub[:31]}}, "key of 31 bytes"),
        (8, {1: {1: 1, -1: 6, -2: pub + b"\0"}}, "key of 33 bytes"),
        (8, {1: {1: 1, -1: 6, -2: pub.hex()[:32]}}, "key as text"),
        (8, {1: {1: 1, -1: 6}}, "COSE_Key without key"),
    ):
        c(name, with_payload({**p0, k: v}))
    for k, v, name in (
        (6, T0, "iat (6)"),
        (1, "x", "iss (1)"),
        (2, "x", "sub (2)"),
        (7, CTI, "cti (7)"),
        (64, 1, "64"),
        ("x", 1, "text x"),
    ):
        c("extra claim " + name, with_payload({**p0, k: v}), "UNSUPPORTED_CLAIM", "3.4")
    c("exp = nbf", with_payload({**p0, 4: T0, 5: T0}))
    c("exp before nbf", with_payload({**p0, 4: CERT_NBF, 5: CERT_EXP}))
    for f, name, clause in (
        ({1: []}, "types empty", "3.6"),
        ({1: [2, 1]}, "types descending", "6.2"),
        ({1: [1, 1]}, "types with one twice", "6.2"),
        ({1: 1}, "types an integer", "6.2"),
        ({1: ["1"]}, "types of text", "6.2"),
        ({1: [-1, 1]}, "types negative", "6.2"),
        ({2: []}, "products empty", "3.6"),
        ({2: ["viewer", "editor"]}, "products descending", "6.2"),
        ({2: ["editor", "editor"]}, "products with one twice", "6.2"),
        ({2: ["Editor"]}, "products with a bad code", "3.8"),
        ({2: "editor"}, "products text", "6.2"),
        ({2: [1]}, "products of integers", "6.2"),
        ({3: []}, "tiers empty", "3.6"),
        ({3: ["std", "pro"]}, "tiers descending", "6.2"),
        ({3: ["pro", "pro"]}, "tiers with one twice", "6.2"),
        ({3: ["pro!"]}, "tiers with a bad code", "3.8"),
        ({4: -1}, "maximum term negative", "6.2"),
        ({4: "8760"}, "maximum term text", "6.2"),
        ({5: -1}, "maximum grace negative", "6.2"),
        ({5: True}, "maximum grace true", "6.2"),
        ({6: False}, "perpetual false", "3.6"),
        ({6: 1}, "perpetual 1", "3.6"),
        ({7: True}, "field 7 true", "6.2"),
        ({8: {}}, "grants empty", "3.6"),
        ({9: ""}, "reseller empty", "3.8"),
        ({9: "x" * 129}, "reseller of 129 bytes", "3.8"),
        ({9: 1}, "reseller an integer", "6.2"),
        ({10: -1}, "maximum count negative", "6.2"),
        ({10: "5"}, "maximum count text", "6.2"),
        ({"x": 1}, "text key", "3.5"),
        ({-1: 1}, "negative key", "3.5"),
    ):
        c(name, with_payload(cert_payload(pub, {**p0[PLAIN_FIELDS], **f})), clause=clause)
    c("types missing", with_payload(cert_payload(pub, {0: 2, 6: True})))
    for f, name in (({11: 1}, "unknown key 11"), ({63: 1}, "unknown key 63"), ({7: 3}, "field 7 = 3")):
        c(
            name,
            with_payload(cert_payload(pub, {**p0[PLAIN_FIELDS], **f})),
            "UNSUPPORTED_CLAIM",
            "3.5",
            reading="the table of 18.1 does not list UNSUPPORTED_CLAIM for chain, 3.5 demands it",
        )
    s.ok("chain: certificate: unknown key 64", "3.5", lic(chain=issuing_cert({64: "x"})))
    order = "ascending by the bytes of the text, not of its encoding (a shorter code would come first there)"
    s.ok(
        "chain: certificate: tiers of other lengths, ascending",
        "6.2",
        lic(chain=issuing_cert({3: ["basic", "free", "pro"]})),
        reading=order,
    )
    c("tiers of other lengths, in the order of their encodings", issuing_cert({3: ["pro", "free", "basic"]}), reading=order)
    # its key, clause 4.1
    bad_keys = [
        ("of small order", ed25519.compress(ed25519.T[1])),
        ("the identity", ed25519.compress(ed25519.IDENT)),
        ("of small order, not canonical", ed25519.P.to_bytes(32, "little")),
        ("of mixed order", ed25519.compress(ed25519.add(ed25519.decompress(pub), ed25519.T[4]))),
        ("y = p + 3", (ed25519.P + 3).to_bytes(32, "little")),
        ("not on the curve", (2).to_bytes(32, "little") if ed25519.recover_x(2, 0) is None else (7).to_bytes(32, "little")),
    ]
    for name, b in bad_keys:
        cc = with_payload(cert_payload(b, {0: 2, 1: [1], 6: True}))
        no(
            "certificate: key " + name,
            "4.1",
            sign1(ISSUING, payload(), cc, {1: -8, 4: thumbprint(b)[:8]}),
            "LICENSE_INVALID",
            reading="a bad key makes the certificate malformed",
        )
    # its bytes
    hp = honest[0]
    raw = enc(p0)
    for name, cc in (
        ("byte behind its payload", sign1(ROOT, Raw(raw + b"\0"), tagged=False)),
        ("payload map not shortest", sign1(ROOT, Raw(b"\xb8\x04" + raw[1:]), tagged=False)),
        ("payload with a float", with_payload({**p0, PLAIN_FIELDS: {**p0[PLAIN_FIELDS], 64: Raw(b"\xf9\x3c\x00")}})),
        ("payload with a tag", with_payload({**p0, PLAIN_FIELDS: {**p0[PLAIN_FIELDS], 64: Raw(b"\xc1\x00")}})),
        ("protected header with byte behind", sign1(ROOT, p0, tagged=False, protected=Raw(hp + b"\0"))),
        ("protected header unsorted", sign1(ROOT, p0, tagged=False, protected=Raw(b"\xa2\x04\x48" + kid(ROOT) + b"\x01\x27"))),
        ("alg -7", sign1(ROOT, p0, tagged=False, protected={1: -7, 4: kid(ROOT)})),
        ("header 16", sign1(ROOT, p0, tagged=False, protected={1: -8, 4: kid(ROOT), 16: "application/cwt"})),
        ("kid of 7 bytes", sign1(ROOT, p0, tagged=False, protected={1: -8, 4: kid(ROOT)[:7]})),
        ("kid missing", sign1(ROOT, p0, tagged=False, protected={1: -8})),
        ("unprotected header with kid", sign1(ROOT, p0, tagged=False, unprotected={4: kid(ROOT)})),
        ("unprotected header a list", sign1(ROOT, p0, tagged=False, unprotected=[])),
        ("signature of 63 bytes", change(with_payload(p0), 3, bytes(63))),
        ("payload null", change(with_payload(p0), 2, None)),
    ):
        no("certificate: " + name, "2.5", lic(chain=cc), "LICENSE_INVALID", None, reading="decode or chain: open")
    s.ok("chain: certificate with alg -19", "3.2", lic(chain=issuing_cert(alg=-19)))
    # who may sign what: 6.3 to 6.5
    R = "RIGHTS_EXCEEDED"
    for t in (5, 6, 8, 9):
        no(f"6.3: certificate of the root with type {t}", "6.3", lic(chain=issuing_cert({1: [1, t]})), R)
    s.ok("chain: 6.3: certificate of the root with all types", "6.3", lic(chain=issuing_cert({1: [1, 2, 3, 4, 7, 10, 11]})))
    no("6.3: certificate of the root with grants", "6.3", lic(chain=issuing_cert({8: {0: {0: GRANT_LINE, 1: 720}}})), R)

    def dno(name, clause, cert_, code=R, p=dp, **kw):
        no(name, clause, sign1(DELEGATED, p, cert_), code, **kw)

    dno("6.3: delegated without grants", "6.3", delegated_cert(drop=[8]), p=payload(claims={4: T0 + 720 * HOUR}))
    for t in ([2], [3], [1, 2], [1, 3], [1, 4], [1, 11]):
        dno(f"6.3: delegated with types {t}", "6.3", delegated_cert(changes={1: t}))
    for k, v, name in (
        (2, ["editor"], "products"),
        (3, ["pro", "std", "try"], "tiers"),
        (4, 720, "maximum term"),
        (5, 48, "maximum grace"),
        (6, True, "perpetual"),
        (7, 1, "test only"),
        (7, 2, "live only"),
    ):
        dno(f"6.3: delegated with {name}", "6.3", delegated_cert(changes={k: v}))
    s.ok("chain: 6.3: delegated with a maximum count", "6.3", sign1(DELEGATED, dp, delegated_cert(changes={10: 5})), want=dwant)
    dno("3.4: delegated by a key without type 2", "3.4", delegated_cert(chain=issuing_cert({1: [1, 3]})))
    nb, ex = CERT_NBF, CERT_EXP
    s.ok("chain: 6.5: window of the signer", "6.5", sign1(DELEGATED, dp, delegated_cert(nbf=nb, exp=ex)), want=dwant)
    dno("6.5: nbf a second before that of the signer", "6.5", delegated_cert(nbf=nb - 1, exp=ex))
    dno("6.5: exp a second after that of the signer", "6.5", delegated_cert(nbf=nb, exp=ex + 1))

    def within(name, caps, grant, good, want=None, p=dp, **kw):
        cert_ = delegated_cert(grants={0: grant}, chain=issuing_cert(caps))
        if good:
            s.ok("chain: 6.5: " + name, "6.5", sign1(DELEGATED, p, cert_), want={**dwant, **(want or {})}, **kw)
        else:
            dno("6.5: " + name, "6.5", cert_, p=p, **kw)

    g = {0: GRANT_LINE, 1: 720}
    within("product in products", {2: ["editor"]}, g, True)
    within("product not in products", {2: ["viewer"]}, g, False)
    within("tiers with ladder", {3: ["pro", "std", "try"]}, g, True)
    within("tier not in tiers", {3: ["max", "std", "try"]}, g, False)
    within("a ladder code not in tiers", {3: ["pro", "std"]}, g, False)
    within("term at the cap", {4: 720}, g, True)
    within("term an hour above the cap", {4: 719}, g, False)
    within("grace at the cap", {5: 12}, {**g, 2: 12}, True, {"grace": 12})
    within("grace an hour above the cap", {5: 11}, {**g, 2: 12}, False)
    within("default grace above the cap", {5: 47}, g, False)
    within("default grace at the cap", {5: 48}, g, True)
    within("test grant under live only", {7: 2}, {**g, 4: True}, False)
    within("live grant under live only", {7: 2}, g, True)
    within("test grant under test only", {7: 1}, {**g, 4: True}, True, {"test": True}, allowTest=True)
    within("a grant that the license does not name is wider", {2: ["editor"]}, g, True)
    dno(
        "6.5: a second grant, not named, is wider",
        "6.5",
        delegated_cert(grants={0: g, 1: {0: {0: "viewer", 1: "pro"}, 1: 720}}, chain=issuing_cert({2: ["editor"]})),
    )
    # grants as such, 6.4
    for name, gr, code in (
        ("line missing", {1: 720}, "LICENSE_INVALID"),
        ("term missing", {0: GRANT_LINE}, "LICENSE_INVALID"),
        ("term text", {**g, 1: "720"}, "LICENSE_INVALID"),
        ("term negative", {**g, 1: -1}, "LICENSE_INVALID"),
        ("grace: the default 48 written", {**g, 2: 48}, "LICENSE_INVALID"),
        ("grace negative", {**g, 2: -1}, "LICENSE_INVALID"),
        ("fresh text", {**g, 3: "5"}, "LICENSE_INVALID"),
        ("test mark false", {**g, 4: False}, "LICENSE_INVALID"),
        ("test mark 1", {**g, 4: 1}, "LICENSE_INVALID"),
        ("unknown key 5", {**g, 5: 1}, "UNSUPPORTED_CLAIM"),
        ("a list", [GRANT_LINE, 720], "LICENSE_INVALID"),
        ("line without product", {0: {1: "pro"}, 1: 720}, "LICENSE_INVALID"),
        ("line without tier", {0: {0: "editor"}, 1: 720}, "LICENSE_INVALID"),
        ("line with seats 1 written", {0: {**GRANT_LINE, 6: 1}, 1: 720}, "LICENSE_INVALID"),
        ("line with unknown key 19", {0: {**GRANT_LINE, 19: 1}, 1: 720}, "UNSUPPORTED_CLAIM"),
        ("line with unknown kind 6", {0: {**GRANT_LINE, 4: 6}, 1: 720}, "UNSUPPORTED_CLAIM"),
    ):
        dno(
            "6.4: grant: " + name,
            "6.4",
            delegated_cert(grants={0: gr}),
            code,
            reading="the table of 18.1 does not list UNSUPPORTED_CLAIM for chain, 3.5 demands it" if code[0] == "U" else None,
        )
    for name, ln in (
        ("expiry (15)", {15: T0 + DAY}),
        ("status index (16)", {16: 5}),
        ("a grant number (17)", {17: 0}),
        ("a feature with expiry", {18: {"import": {0: 5, 3: T0 + DAY}}}),
        ("a feature that is on until a time", {18: {"import": {3: T0 + DAY}}}),
    ):
        dno(
            "6.4: grant: line with " + name,
            "6.4",
            delegated_cert(grants={0: {0: {**GRANT_LINE, **ln}, 1: 720}}),
            "LICENSE_INVALID",
            reading="a grant that may not be written so is malformed (not RIGHTS_EXCEEDED)",
        )
    for num in (256, -1):
        dno(f"6.4: grant number {num}", "6.2", delegated_cert(grants={0: g, num: g}), "LICENSE_INVALID")
    s.ok(
        "chain: 6.4: grant number 255, unknown keys 64",
        "6.4",
        sign1(DELEGATED, payload({2: {0: {17: 255}}}, {4: T0 + 720 * HOUR}), delegated_cert(grants={255: {**g, 64: 1}})),
        want=dwant,
    )
    # length, order, links
    d3 = cert(DELEGATED, OTHER, {0: 2, 1: [1], 8: {0: g}}, T0 - DAY, T0 + DAY, chain=delegated_cert())
    no(
        "three certificates",
        "6.1",
        sign1(OTHER, dp, d3),
        "LICENSE_INVALID",
        reading="the length of the chain is looked at before who may delegate",
    )
    link12 = root_link(ROOT, ROOT2)
    link23 = root_link(ROOT2, ROOT3, chain=link12)
    s.ok("chain: one root link", "7.1", lic(chain=issuing_cert(signer=ROOT2, chain=link12)))
    s.ok("chain: two root links", "7.1", lic(chain=issuing_cert(signer=ROOT3, chain=link23)))
    s.ok(
        "chain: two certificates and two root links, depth 10",
        "6.1",
        sign1(DELEGATED, dp, delegated_cert(chain=issuing_cert(signer=ROOT3, chain=link23))),
        want=dwant,
    )
    s.ok("chain: root link with alg -19", "7.1", lic(chain=issuing_cert(signer=ROOT2, chain=root_link(ROOT, ROOT2, alg=-19))))
    link34 = root_link(ROOT3, OTHER, chain=link23)
    no("three root links", "6.1", lic(chain=issuing_cert(signer=OTHER, chain=link34)), "LICENSE_INVALID")
    no("root link missing", "7.1", lic(chain=issuing_cert(signer=ROOT2)), "UNKNOWN_KEY")
    no("second root link missing", "7.1", lic(chain=issuing_cert(signer=ROOT3, chain=root_link(ROOT2, ROOT3))), "UNKNOWN_KEY")
    no("root link from an unknown root", "7.1", lic(chain=issuing_cert(signer=ROOT2, chain=root_link(OTHER, ROOT2))), "UNKNOWN_KEY")
    no(
        "root link reversed: only the newer root is trusted",
        "7.1",
        lic(chain=issuing_cert(chain=link12)),
        "UNKNOWN_KEY",
        roots=[ROOT2],
        comment="root 1 linked root 2; trust in root 2 is none in root 1",
    )
    no(
        "root link reversed: signed by the new root",
        "7.1",
        lic(chain=issuing_cert(signer=ROOT2, chain=root_link(ROOT2, ROOT))),
        "UNKNOWN_KEY",
    )
    no(
        "root link signed by the new root, kid of the old",
        "7.1",
        lic(chain=issuing_cert(signer=ROOT2, chain=root_link(ROOT2, ROOT2, protected={1: -8, 4: kid(ROOT)}))),
        "BAD_SIGNATURE",
    )
    no("root link for another key", "7.1", lic(chain=issuing_cert(signer=ROOT2, chain=root_link(ROOT, ROOT3))), "UNKNOWN_KEY")
    no(
        "root link forged",
        "7.1",
        lic(chain=issuing_cert(signer=ROOT2, chain=change(root_link(ROOT, ROOT3), 2, link12[2]))),
        "BAD_SIGNATURE",
    )
    no(
        "root link signed by the issuing key",
        "3.4",
        lic(chain=issuing_cert(signer=ROOT2, subject=ISSUING, chain=root_link(ISSUING2, ROOT2, chain=issuing_cert(subject=ISSUING2)))),
        "RIGHTS_EXCEEDED",
    )
    lp = {6: T0 - 60 * DAY, 8: {1: cose_key(ed25519.public(ROOT2))}, PLAIN_FIELDS: {0: 8}}
    for name, p, code in (
        ("without iat", {k: v for k, v in lp.items() if k != 6}, "LICENSE_INVALID"),
        ("without key", {k: v for k, v in lp.items() if k != 8}, "LICENSE_INVALID"),
        ("with exp", {**lp, 4: EXP}, "UNSUPPORTED_CLAIM"),
        ("with nbf", {**lp, 5: T0}, "UNSUPPORTED_CLAIM"),
        ("with an unknown field 1", {**lp, PLAIN_FIELDS: {0: 8, 1: [1]}}, "UNSUPPORTED_CLAIM"),
        ("with a key of mixed order", {**lp, 8: {1: cose_key(bad_keys[3][1])}}, "LICENSE_INVALID"),
    ):
        cc = issuing_cert(
            signer=ROOT2,
            chain=sign1(ROOT, p, tagged=False),
            **({"protected": {1: -8, 4: thumbprint(bad_keys[3][1])[:8]}} if "mixed" in name else {}),
        )
        no(
            "root link " + name,
            "7.1",
            lic(chain=cc),
            code,
            reading=(
                "the table of 18.1 does not list UNSUPPORTED_CLAIM for chain, 3.5 demands it"
                if code[0] == "U"
                else "4.1 holds for root links too" if "mixed" in name else None
            ),
        )
    s.ok(
        "chain: root link with unknown field 64",
        "3.5",
        lic(chain=issuing_cert(signer=ROOT2, chain=sign1(ROOT, {**lp, PLAIN_FIELDS: {0: 8, 64: 1}}, tagged=False))),
    )
    for name, ln in (
        ("from an older root, unknown here", link12),
        ("forged", change(root_link(ROOT, ROOT3), 2, link12[2])),
        ("signed by a key that is no root", root_link(ISSUING2, ROOT2, chain=issuing_cert(subject=ISSUING2))),
    ):
        s.ok(
            "chain: root link to a root that is trusted itself, " + name,
            "7.1",
            lic(chain=issuing_cert(signer=ROOT2, chain=ln)),
            roots=[ROOT2],
        )
    s.ok(
        "chain: root link to a root that is trusted itself, like the older one",
        "7.1",
        lic(chain=issuing_cert(signer=ROOT2, chain=link12)),
        roots=[ROOT, ROOT2],
    )
    twice = cert(ISSUING, ISSUING, {0: 2, 1: [1], 8: {0: g}}, T0 - DAY, T0 + YEAR, chain=issuing_cert())
    no("a key twice: the issuing key delegates to itself", "6.1", sign1(ISSUING, dp, twice), "LICENSE_INVALID")
    no(
        "a key twice: the root certifies itself",
        "6.1",
        sign1(ROOT, payload(), cert(ROOT, ROOT, {0: 2, 1: [1], 6: True})),
        "LICENSE_INVALID",
        reading="the trusted root counts as a key of the chain",
    )
    no(
        "a key twice: a root links itself",
        "6.1",
        lic(chain=issuing_cert(signer=ROOT2, chain=root_link(ROOT2, ROOT2, chain=link12))),
        "LICENSE_INVALID",
    )
    # time in the chain, 6.6
    T = "time"

    def at(name, iat, good, cert_=None, key=ISSUING, p=None, want=None):
        pp = payload(dl if key == DELEGATED else None, {6: iat, 4: iat + 100 * HOUR})
        obj = sign1(key, pp, cert_ or issuing_cert())
        if good:
            s.ok("time: " + name, "6.6", obj, now=iat + HOUR, want={"exp": iat + 100 * HOUR, **(want or {})})
        else:
            s.throws("time: " + name, "6.6", obj, R, T, now=iat + HOUR)

    at("iat at nbf of the certificate", CERT_NBF, True)
    at("iat at exp of the certificate", CERT_EXP, True)
    at("iat a second before nbf of the certificate", CERT_NBF - 1, False)
    at("iat a second after exp of the certificate", CERT_EXP + 1, False)
    dw = {"seats": 5, "devices": 8}
    at("iat at nbf of the delegated certificate", T0 - DAY, True, delegated_cert(), DELEGATED, want=dw)
    at("iat at exp of the delegated certificate", T0 - DAY + YEAR, True, delegated_cert(), DELEGATED, want=dw)
    at("iat a second before nbf of the delegated certificate", T0 - DAY - 1, False, delegated_cert(), DELEGATED)
    at("iat a second after exp of the delegated certificate", T0 - DAY + YEAR + 1, False, delegated_cert(), DELEGATED)
    s.ok(
        "time: certificates are not compared with the present",
        "6.6",
        lic(payload(claims={4: T0 + 5 * YEAR})),
        now=CERT_EXP + 10 * DAY,
        want={"exp": T0 + 5 * YEAR},
    )


def rights(s):
    R = "RIGHTS_EXCEEDED"

    def no(name, p, caps=None, drop=(), clause="6.7", **kw):
        s.throws("rights: " + name, clause, lic(p, chain=issuing_cert(caps, drop)), R, "rights", **kw)

    def ok(name, p, caps=None, drop=(), clause="6.7", want=None, **kw):
        s.ok("rights: " + name, clause, lic(p, chain=issuing_cert(caps, drop)), want=want, **kw)

    for t in ([2, 3, 7, 10], [3], [4], [11]):
        no(f"a: types {t}", payload(), {1: t})
    s.throws("rights: a: the list key signs a license", "6.7", sign1(LIST, payload(), list_cert()), R, "rights")
    audit = cert(ROOT, AUDIT, {0: 2, 1: [11]})
    s.throws("rights: a: the audit key signs a license", "6.7", sign1(AUDIT, payload(), audit), R, "rights")
    ok("a: types [1]", payload(), {1: [1]})
    ok("b: product in products", payload(), {2: ["editor"]})
    no("b: product not in products", payload(), {2: ["viewer"]})
    no("b: product a part of one in products", payload(), {2: ["editor2"]})
    two = {0: LINE, 1: {0: "viewer", 1: "pro"}}
    ok("b: both products", payload(lines=two), {2: ["editor", "viewer"]})
    no("b: product of the other line not in products", payload(lines=two), {2: ["editor"]})
    ok("c: tier in tiers", payload(), {3: ["pro"]})
    no("c: tier not in tiers", payload(), {3: ["std"]})
    laddered = payload(line={**LINE, 2: ["try", "std"]})
    ok("c: ladder in tiers", laddered, {3: ["pro", "std", "try"]})
    no("c: one code of the ladder not in tiers", laddered, {3: ["pro", "std"]})
    no("c: tier of the other line not in tiers", payload(lines={0: LINE, 1: {0: "viewer", 1: "max"}}), {3: ["pro"]})
    no("c: ladder of the other line not in tiers", payload(lines={0: LINE, 1: {0: "viewer", 1: "pro", 2: ["max"]}}), {3: ["pro"]})
    ok("d: term at the maximum", payload(claims={4: T0 + 720 * HOUR}), {4: 720}, want={"exp": T0 + 720 * HOUR})
    no("d: term a second above the maximum", payload(claims={4: T0 + 720 * HOUR + 1}), {4: 720})
    no(
        "d: term above the maximum, the line expires in time",
        payload(claims={4: T0 + 721 * HOUR}, line={**LINE, 15: T0 + 700 * HOUR}),
        {4: 720},
    )
    ok("d: nbf does not move the term", payload(claims={4: T0 + 720 * HOUR, 5: T0 - YEAR}), {4: 720}, want={"exp": T0 + 720 * HOUR})
    ok(
        "d: exp after exp of the certificate",
        payload(claims={6: CERT_EXP, 4: CERT_EXP + 720 * HOUR}),
        {4: 720},
        now=CERT_EXP,
        want={"exp": CERT_EXP + 720 * HOUR},
    )
    ok("e: no exp, perpetual", payload(drop=[4]), want={"exp": None})
    ok("e: no exp, perpetual, a maximum term does not count", payload(drop=[4]), {4: 720}, want={"exp": None})
    no("e: no exp, no mark perpetual", payload(drop=[4]), drop=[6])
    no("e: no exp, no mark perpetual, the line has an expiry", payload(drop=[4], line={**LINE, 15: T0 + DAY}), drop=[6])
    ok("f: grace at the maximum", payload({5: 12}), {5: 12}, want={"grace": 12})
    no("f: grace an hour above the maximum", payload({5: 13}), {5: 12})
    no("f: the default grace above the maximum", payload(), {5: 47})
    ok("f: the default grace at the maximum", payload(), {5: 48})
    ok("f: grace 0 under maximum 0", payload({5: 0}), {5: 0}, want={"grace": 0})
    no("f: grace above the maximum without exp", payload({5: 13}, drop=[4]), {5: 12})
    ok("g: live license under live only", payload(), {7: 2})
    no("g: test license under live only", payload({8: True}), {7: 2})
    ok("6.9: test license under test only", payload({8: True}), {7: 1}, clause="6.9", want={"test": True}, allowTest=True)
    ok("6.9: unmarked license under test only counts as test", payload(), {7: 1}, clause="6.9", want={"test": True}, allowTest=True)
    s.no("rights: 6.9: unmarked license under test only, test not allowed", "6.9", lic(chain=issuing_cert({7: 1})), "TEST_LICENSE")
    no("grant named under a key without grants", payload(line={17: 0}), clause="6.8")
    no("grant named beside product and tier under a key without grants", payload(line={**LINE, 17: 0}), clause="6.8")
    no("grant named in one line of two under a key without grants", payload(lines={0: LINE, 1: {17: 0}}), clause="6.8")


def grants(s):
    R = "RIGHTS_EXCEEDED"
    G = {0: GRANT_LINE, 1: 720}
    end = T0 + 720 * HOUR

    def make(line=None, fields=None, claims=None, grant=None, drop=(), grants=None, lines=None, issuing=None):
        p = payload(fields, {4: end, **(claims or {})}, drop, lines=lines or {0: {17: 0, **(line or {})}})
        return sign1(DELEGATED, p, delegated_cert(grants=grants or {0: grant or G}, chain=issuing_cert(issuing)))

    def no(name, clause="6.8", code=R, stage="rights", comment="", reading=None, **kw):
        s.throws("grant: " + name, clause, make(**kw), code, stage, comment=comment, reading=reading)

    def ok(name, want=None, clause="6.8", reading=None, facts=None, state="active", n=0, **kw):
        s.ok(
            "grant: " + name,
            clause,
            make(**kw),
            want={"exp": end, "seats": 5, "devices": 8, **(want or {})},
            reading=reading,
            state=state,
            line=n,
            **(facts or {}),
        )

    ok("the line names its grant")
    ok("fewer seats", {"seats": 4}, line={6: 4})
    ok("one seat, which is not the default here", {"seats": 1}, line={6: 1}, clause="8.4")
    ok("seats and devices 1", {"seats": 1, "devices": 1}, line={6: 1, 7: 1}, clause="8.4")
    ok("the grant has unlimited seats, the line says none", {"seats": 0}, grant={0: {**GRANT_LINE, 6: 0}, 1: 720}, clause="8.4")
    no("as many seats as the grant, written", "3.6", "LICENSE_INVALID", line={6: 5})
    no("unlimited seats like the grant, written", "3.6", "LICENSE_INVALID", line={6: 0}, grant={0: {**GRANT_LINE, 6: 0}, 1: 720})
    no("one seat like the grant, written", "3.6", "LICENSE_INVALID", line={6: 1}, grant={0: {0: "editor", 1: "pro"}, 1: 720})
    no("as many devices as the grant, written", "3.6", "LICENSE_INVALID", line={7: 8})
    no(
        "devices that follow from the seats, written",
        "3.6",
        "LICENSE_INVALID",
        line={6: 3, 7: 3},
        grant={0: {0: "editor", 1: "pro", 6: 5}, 1: 720},
    )
    ok(
        "devices that follow from the seats are fewer, the line has more of its own",
        {"seats": 3, "devices": 4},
        line={6: 3, 7: 4},
        grant={0: {0: "editor", 1: "pro", 6: 5}, 1: 720},
        reading="not above what the grant's own line gives (5)",
    )
    ok("100 seats of unlimited", {"seats": 100}, line={6: 100}, grant={0: {**GRANT_LINE, 6: 0}, 1: 720})
    ok("fewer devices", {"devices": 2}, line={7: 2})
    ok("devices of unlimited", {"devices": 20}, line={7: 20}, grant={0: {**GRANT_LINE, 7: 0}, 1: 720})
    ok(
        "fewer seats where the grant has no devices: these follow",
        {"seats": 3, "devices": 3},
        line={6: 3},
        grant={0: {0: "editor", 1: "pro", 6: 5}, 1: 720},
        clause="8.4",
    )
    ok("earlier expiry of the line", line={15: T0 + 20 * DAY})
    ok("exp beyond the term, the line expires within it", {"exp": T0 + YEAR}, claims={4: T0 + YEAR}, line={15: end})
    ok("iss, sub and nbf", claims={1: "A", 2: "B", 5: T0})
    ok("licensee, revision, term from activation, metadata", {"revision": 3}, fields={3: 3, 4: {0: "Example AG"}, 7: 100, 10: {"order": 1}})
    ok("test mark of the license", {"test": True}, fields={8: True}, facts={"allowTest": True})
    ok("test mark of the grant", {"test": True}, grant={**G, 4: True}, facts={"allowTest": True})
    s.no("grant: test mark of the grant, test not allowed", "6.9", make(grant={**G, 4: True}), "TEST_LICENSE")
    s.no("grant: test only at the signer, test not allowed", "6.9", make(issuing={7: 1}), "TEST_LICENSE")
    s.no("grant: test mark of the license, test not allowed", "6.9", make(fields={8: True}), "TEST_LICENSE")
    ok("its grace is the grant's", {"grace": 12}, grant={**G, 2: 12})
    ok("its grace is the grant's, in grace", {"grace": 12}, grant={**G, 2: 12}, facts={"now": end + 12 * HOUR - 1}, state="grace")
    s.no("grant: its grace is the grant's, over", "6.8", make(grant={**G, 2: 12}), "LICENSE_EXPIRED", now=end + 12 * HOUR)
    ok("its fresh is the grant's, in time", grant={**G, 3: 5}, facts={"now": T0 + 5 * DAY})
    s.no("grant: its fresh is the grant's, overdue", "6.8", make(grant={**G, 3: 5}), "REVOCATION_CHECK_OVERDUE", now=T0 + 5 * DAY + 1)
    view = {0: {0: "viewer", 1: "std"}, 1: 100}
    ok("two lines, two grants", lines={0: {17: 0}, 4: {17: 9, 15: T0 + 100 * HOUR}}, grants={0: G, 9: view})
    ok(
        "two lines, two grants, product of the other",
        {"product": "viewer", "tier": "std", "seats": 1, "devices": 1},
        lines={0: {17: 0}, 4: {17: 9, 15: T0 + 100 * HOUR}},
        grants={0: G, 9: view},
        facts={"product": "viewer"},
        n=4,
    )
    s.no(
        "grant: product of a grant that the license does not name", "18.2", make(grants={0: G, 9: view}), "WRONG_PRODUCT", product="viewer"
    )
    # each rule broken by one
    no("number that the certificate does not have", line={17: 1})
    no("no grant named", lines={0: {0: "editor", 1: "pro"}})
    no("one line of two names no grant", lines={0: {17: 0}, 1: {0: "viewer", 1: "std"}})
    no("one seat more", line={6: 6})
    no("unlimited seats", line={6: 0})
    no("two seats where the grant has one", line={6: 2}, grant={0: {0: "editor", 1: "pro"}, 1: 720})
    no("one device more", line={7: 9})
    no("unlimited devices", line={7: 0})
    no(
        "one device more than the grant's default",
        line={7: 6},
        grant={0: {0: "editor", 1: "pro", 6: 5}, 1: 720},
        reading="the grant's devices are those that follow from its line by default",
    )
    values = {
        0: "editor",
        1: "pro",
        2: ["try"],
        3: "Professional",
        4: 1,
        5: 1,
        8: 1,
        9: 1,
        10: T0 + DAY,
        11: {0: "1"},
        12: ["import"],
        18: {"import": 5},
        13: {"users": 5},
        14: {0: {0: ["DE"]}},
        16: 5,
    }
    names = {
        0: "product",
        1: "tier",
        2: "ladder",
        3: "title",
        4: "kind",
        5: "metric",
        8: "activation",
        9: "device rule",
        10: "maintenance",
        11: "versions",
        12: "features",
        13: "limits",
        14: "restrictions",
        16: "status index",
        18: "feature values",
    }
    for k, v in values.items():
        no(f"line with {names[k]} of its own", line={k: v})
    no("line with product and tier like the grant's", line={0: "editor", 1: "pro"})
    no("no exp", drop=[4])
    no("no exp, the line has an expiry", drop=[4], line={15: T0 + DAY})
    no("term a second longer", claims={4: end + 1})
    no("expiry of the line a second after the term", claims={4: T0 + YEAR}, line={15: end + 1})
    no("term of the second grant a second longer", lines={0: {17: 0}, 4: {17: 9, 15: T0 + 100 * HOUR + 1}}, grants={0: G, 9: view})
    no("grace of its own", fields={5: 12})
    no("grace 0 of its own", fields={5: 0})
    no("fresh of its own", fields={6: 30})
    base = T0 // HOUR - 1
    no("emergency anchor", fields={9: [1, base, 100, bytes(12)]})
    no(
        "expiry of the line before exp, exp beyond the maximum term of the signer",
        claims={4: T0 + 8760 * HOUR + 1},
        line={15: end},
        issuing={4: 8760},
        comment="6.7 d under the other certificate",
    )
    no("a test license under a signer for live only", fields={8: True}, issuing={7: 2}, comment="6.7 g under the other certificate")
    no("the signer may delegate but not sign licenses", issuing={1: [2]}, comment="6.7 a under the other certificate")
    no(
        "a product twice through two grants",
        "8.3",
        "LICENSE_INVALID",
        lines={0: {17: 0}, 1: {17: 1}},
        grants={0: G, 1: {0: {0: "editor", 1: "std"}, 1: 720}},
    )
    no("the same grant in two lines", "8.3", "LICENSE_INVALID", lines={0: {17: 0}, 1: {17: 0, 6: 2}})
