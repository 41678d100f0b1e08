"""codes.json, text.json, emergency.json."""

import base64

import codes as c
from cborlite import enc
from lic_objects import (
    CTI,
    EXP,
    HOUR,
    ISSUING,
    ROOT,
    ROOT2,
    SECRET,
    T0,
    H,
    device,
    emergency_anchor,
    emergency_code,
    emergency_x,
    issuing_cert,
    kid,
    license_request,
    payload,
    root_link,
    salt,
    sign1,
    status_list,
    trunc80,
)


def number(bits, value):
    return value.to_bytes((bits + 7) // 8, "big")


def shown(kind, groups):
    if kind in c.LINES:
        return "\n".join(f"{i + 1}. " + " ".join(g[j : j + 5] for j in range(0, 25, 5)) for i, g in enumerate(groups))
    return "-".join(groups)


def codes():
    out = []

    def ok(kind, name, data, text=None, prefix=None, **more):
        g = c.groups(kind, data)
        if text is None:
            text = (prefix + "-" if prefix else "") + shown(kind, g)
        e = {"name": name, "kind": kind, "valid": True, "bytes": data.hex()}
        if prefix:
            e["prefix"] = prefix
        e.update({"lines" if kind in c.LINES else "groups": g, "text": text}, **more)
        out.append(e)
        return g

    def bad(kind, name, text, **more):
        out.append({"name": name, "kind": kind, "valid": False, "text": text, **more})

    def pattern(n, step, start=0):
        return bytes((start + i * step) & 255 for i in range(n))

    hundred = [
        ("zero", 0),
        ("one", 1),
        ("all bits", 2**100 - 1),
        ("top bit", 1 << 99),
        ("pattern", int.from_bytes(pattern(13, 37, 11), "big") >> 4),
    ]
    keys = [
        ("zero", bytes(10)),
        ("all bits", b"\xff" * 10),
        ("counting", CTI),
        ("pattern", pattern(10, 53, 7)),
        ("last bit", bytes(9) + b"\x01"),
        ("first bit", b"\x80" + bytes(9)),
    ]
    for name, data in keys:
        ok("key", "key: " + name, data, prefix="EDIT")
    for p in ("AB", "A1", "PRODUCT7", "OIL", "ULTRA"):
        ok("key", f"key: prefix {p}", CTI, prefix=p)
    for kind in ("emergency", "release"):
        for name, n in hundred:
            ok(kind, f"{kind}: {name}", number(100, n))
    req = license_request()
    for name, data in (("zero", bytes(30)), ("all bits", b"\xff" * 30), ("pattern", pattern(30, 41, 3)), ("a request (12.5)", req)):
        ok("request", "request: " + name, data)
    for name, data in (("zero", bytes(75)), ("all bits", b"\xff" * 75), ("pattern", pattern(75, 29, 5))):
        ok("response", "response: " + name, data)
    # Paper backups, clauses 10.6 and 10.7
    root_paper = b"\x01" + bytes(4) + ROOT + kid(ROOT)
    secret_paper = b"\x02" + (1).to_bytes(4, "big") + SECRET + H("lic-paper-1", 1, SECRET)[:8]
    for name, data in (("zero", bytes(45)), ("all bits", b"\xff" * 45), ("the root key", root_paper), ("emergency secret, epoch 1", secret_paper)):
        ok("paper", "paper: " + name, data)
    for name, data in (("zero", bytes(150)), ("all bits", b"\xff" * 150), ("pattern", pattern(150, 47, 9))):
        ok("sealed", "sealed: " + name, data)
    bad("sealed", "sealed: last line missing", "\n".join(c.groups("sealed", bytes(150))[:-1]))
    bad("paper", "paper: three lines of a sealed one", "\n".join(c.groups("sealed", pattern(150, 47, 9))[:3]))

    # Tolerant input, clause 9.1, 10.3
    g = c.groups("key", CTI)
    key = "EDIT-" + "-".join(g)
    assert "0" in key and "1" in key
    for name, text in (
        ("lower case", key.lower()),
        ("spaces for hyphens", key.replace("-", " ")),
        ("no hyphens", key.replace("-", "")),
        ("spaces around", "  " + key + " "),
        ("O for 0", "EDIT-" + "-".join(g).replace("0", "O")),
        ("o for 0", "EDIT-" + "-".join(g).replace("0", "o")),
        ("I for 1", "EDIT-" + "-".join(g).replace("1", "I")),
        ("l for 1", "EDIT-" + "-".join(g).replace("1", "l")),
        ("L for 1", "EDIT-" + "-".join(g).replace("1", "L")),
        ("i for 1", "EDIT-" + "-".join(g).replace("1", "i")),
        ("hyphens in other places", "EDIT-" + "".join(g)[:7] + "-" + "".join(g)[7:]),
        ("doubled hyphens and spaces", key.replace("-", " - ")),
    ):
        ok("key", "key, input: " + name, CTI, text, "EDIT", input=True)
    ok("key", "key, input: lower case with prefix of I, L and O", CTI, "oil-" + "-".join(g).lower(), "OIL", input=True)
    e = number(100, 0x0123456789ABCDEF012345678)
    ge = c.groups("emergency", e)
    te = "-".join(ge)
    for name, text in (
        ("lower case", te.lower()),
        ("no hyphens", te.replace("-", "")),
        ("spaces for hyphens", te.replace("-", " ")),
        ("o for 0", te.replace("0", "o")),
        ("O for 0, I for 1", te.replace("0", "O").replace("1", "I")),
        ("l for 1", te.replace("1", "l")),
        ("spaces inside groups", " ".join(te)),
        ("line feed in the middle", te[:17] + "\n" + te[18:]),
    ):
        ok("emergency", "emergency, input: " + name, e, text, input=True)
    gr = c.groups("request", req)
    tr = shown("request", gr)
    for name, text in (
        ("lower case", tr.lower()),
        ("without numbers", "\n".join(gr)),
        ("hyphens between blocks", tr.replace(". ", ".").replace(" ", "-")),
        ("in one run", "".join(gr)),
        ("numbers without blank behind", tr.replace(". ", ".")),
        ("CRLF", tr.replace("\n", "\r\n")),
        ("blank lines and indentation", "\n  " + tr.replace("\n", "\n\n   ") + "\n"),
        ("o and l", tr.replace("0", "o").replace("1", "l").replace("l. ", "1. ")),
    ):
        ok("request", "request, input: " + name, req, text, input=True)
    resp = pattern(75, 29, 5)
    g5 = c.groups("response", resp)
    ok(
        "response",
        "response, input: lower case without numbers, hyphens between blocks",
        resp,
        "\n".join("-".join(x[j : j + 5] for j in range(0, 25, 5)) for x in g5).lower(),
        input=True,
    )

    # Mistyped. Groups and lines count from 1; the prefix of a key is no group.
    def other(ch, by=1):
        return c.ALPHABET[(c.ALPHABET.index(ch) + by) % 32]

    def put(groups, g, i, ch):
        groups = list(groups)
        groups[g] = groups[g][:i] + ch + groups[g][i + 1 :]
        return groups

    for kind, data in (("key", CTI), ("emergency", e), ("release", e), ("request", req), ("response", resp), ("paper", root_paper)):
        gs = c.groups(kind, data)
        field = "wrongLine" if kind in c.LINES else "wrongGroup"
        pre = "EDIT-" if kind == "key" else ""
        size = len(gs[0])
        for gi in range(len(gs)):
            for i in sorted({0, 1, size // 2, size - 2, size - 1}):
                for by in (1, 17) if size < 10 else (1,):
                    t = put(gs, gi, i, other(gs[gi][i], by))
                    assert c.wrong(kind, t) == [gi + 1]
                    bad(
                        kind,
                        f"{kind}: symbol {i + 1} of {'line' if size > 9 else 'group'} {gi + 1} changed by {by}",
                        pre + shown(kind, t),
                        **{field: gi + 1},
                    )
            for i in range(size - 1):
                if gs[gi][i] != gs[gi][i + 1] and (size < 10 or i in (0, 7, 22, 23)):
                    t = list(gs)
                    t[gi] = t[gi][:i] + t[gi][i + 1] + t[gi][i] + t[gi][i + 2 :]
                    assert c.wrong(kind, t) == [gi + 1]
                    bad(kind, f"{kind}: symbols {i + 1} and {i + 2} of {gi + 1} swapped", pre + shown(kind, t), **{field: gi + 1})
        t = list(gs)
        t[0], t[1] = t[1], t[0]
        assert c.wrong(kind, t)[0] == 1
        bad(kind, f"{kind}: the first two {'lines' if size > 9 else 'groups'} exchanged", pre + shown(kind, t), **{field: 1})
        t = put(put(gs, 1, 0, other(gs[1][0])), len(gs) - 1, 2, other(gs[-1][2]))
        bad(
            kind,
            f"{kind}: {'line' if size > 9 else 'group'} 2 and the last one wrong, the first of them is named",
            pre + shown(kind, t),
            **{field: 2},
        )
        for name, cut in (
            ("last symbol missing", gs[:-1] + [gs[-1][:-1]]),
            ("last group or line missing", gs[:-1]),
            ("one symbol too many", gs[:-1] + [gs[-1] + "0"]),
            ("one group or line too many", gs + [gs[0]]),
        ):
            if kind == "key" and "many" in name:
                continue  # is read as a longer prefix
            bad(kind, f"{kind}: {name}", pre + shown(kind, cut) if "line" not in name and size < 10 else pre + "-".join(cut))
        for ch in "Uu!*_é.":
            bad(kind, f"{kind}: {ch!r} for a symbol".replace("é", "e acute"), pre + "-".join(put(gs, 1, 1, ch)))
        bad(kind, f"{kind}: empty", "")
    for right, data in (("emergency", e), ("release", e), ("emergency", number(100, 0)), ("release", number(100, 2**100 - 1))):
        wrong_kind = "release" if right == "emergency" else "emergency"
        gs = c.groups(right, data)
        assert len(c.wrong(wrong_kind, gs)) == 5
        bad(wrong_kind, f"{wrong_kind}: a {right} code ({data.hex()[:4]})", shown(right, gs), isKind=right)
    bad("emergency", "emergency: a license key", "EDIT-" + "-".join(g))
    bad("key", "key: an emergency code", te)
    bad("key", "key: four groups with the constants of an emergency code", "EDIT-" + "-".join(c.groups("emergency", b"\0" * 13)[:4]))
    bad("request", "request: two lines of a response", "\n".join(c.groups("response", resp)[:2]))
    bad("key", "key: prefix missing", "-".join(g))
    bad("key", "key: prefix begins with a digit", "1DIT-" + "-".join(g))
    bad("key", "key: prefix of one letter", "E-" + "-".join(g))
    bad("key", "key: prefix of nine", "ABCDEFGHI-" + "-".join(g))
    bad("key", "key: prefix with underscore", "ED_T-" + "-".join(g))
    masked = [
        {
            "name": "masked form",
            "kind": "key",
            "valid": True,
            "bytes": CTI.hex(),
            "prefix": "EDIT",
            "groups": g,
            "text": key,
            "masked": f"EDIT-{g[0]}-\u2026-{g[-1]}",
        }
    ]
    # The bytes of a request against its check, 12.5
    return (
        "Spoken codes, clause 10. groups or lines are what is shown, in order; text is one spelling of it. input: text that is accepted and never written. "
        "wrongGroup and wrongLine count from 1, the first wrong one; a prefix is no group. isKind: all groups fit the constant of this kind."
    ), out + masked


def write_text(objects):
    data = b"".join(enc(o) for o in objects)
    return data, "LIC1-" + c.base32(data)


def parts(data, cuts):
    symbols = c.base32(data)
    h = int.from_bytes(H("lic-parts-1", data)[:4], "big") >> 7
    tag = "".join(c.ALPHABET[h >> 5 * (4 - i) & 31] for i in range(5))
    edges = [0, *cuts, len(symbols)]
    return [f"LIC1/{i + 1}/{len(edges) - 1}/{tag}-{symbols[a:b]}" for i, (a, b) in enumerate(zip(edges, edges[1:]))]


def armor(label, data, width=64, eol="\n"):
    b = base64.b64encode(data).decode()
    lines = [b[i : i + width] for i in range(0, len(b), width)]
    return eol.join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def text():
    out = []

    def ok(form, name, data, value, **more):
        out.append({"name": name, "form": form, "valid": True, "bytes": data.hex(), "text": value, **more})

    def bad(form, name, value):
        out.append({"name": name, "form": form, "valid": False, "text": value})

    lic = sign1(ISSUING, payload(), issuing_cert())
    compact = sign1(ISSUING, payload())
    data, t = write_text([compact])
    for n in (0, 1, 2, 3, 4, 5, 6, 7, 30):
        b = bytes((i * 83 + 200) & 255 for i in range(n))
        if n:
            ok("code", f"{n} bytes", b, "LIC1-" + c.base32(b))
    for name, objs in (
        ("license", [lic]),
        ("license, compact", [compact]),
        ("license and revocation list", [lic, status_list()]),
        ("request", [license_request()]),
    ):
        d, s = write_text(objs)
        ok("code", name, d, s)
    for name, s in (
        ("lower case", t.lower()),
        ("hyphen every five", "LIC1-" + "-".join(t[5:][i : i + 5] for i in range(0, len(t) - 5, 5))),
        ("blanks and line feeds every 40", "LIC1-" + "\n".join(t[5:][i : i + 40] for i in range(0, len(t) - 5, 40))),
        ("O, I and L", "LIC1-" + t[5:].replace("0", "O").replace("1", "I", 1).replace("1", "l")),
        ("blanks around", "  " + t + "\n"),
    ):
        ok("code", "input: " + name, data, s, input=True)
    one = bytes([0xAB])  # 8 bits, two symbols, two fill bits
    ok("code", "one byte, two fill bits", one, "LIC1-" + c.base32(one))
    for name, d in (
        ("one byte", one),
        ("two bytes", b"\xab\xcd"),
        ("three bytes", b"\xab\xcd\xef"),
        ("four bytes", b"\xab\xcd\xef\x01"),
        ("license", data),
    ):
        s = c.base32(d)
        fill = len(s) * 5 - len(d) * 8
        if not fill:
            continue
        for k in sorted({0, fill - 1}):
            bad("code", f"{name}: fill bit {k} set", "LIC1-" + s[:-1] + c.ALPHABET[c.ALPHABET.index(s[-1]) | 1 << k])
        if fill < 3:  # else it is the text of one more byte
            bad("code", f"{name}: excess symbol 0", "LIC1-" + s + "0")
    for name, s in (
        ("letter U", t[:20] + "U" + t[21:]),
        ("letter u", t[:20] + "u" + t[21:]),
        ("full stop", t[:20] + "." + t[21:]),
        ("equals sign at the end", t + "="),
        ("no prefix", t[5:]),
        ("prefix LIC2", "LIC2" + t[4:]),
        ("prefix LICX", "LICX" + t[4:]),
        ("prefix alone", "LIC1-"),
        ("letter beyond ASCII", t[:20] + "\u0661" + t[21:]),
        ("one symbol alone", "LIC1-0"),
        ("three symbols", "LIC1-000"),
        ("six symbols", "LIC1-000000"),
    ):
        bad("code", name, s)

    d, _ = write_text([lic])
    n = len(c.base32(d))
    for name, cuts in (
        ("one part", []),
        ("two parts", [n // 2]),
        ("three parts of other lengths", [100, 101]),
        ("five parts", [n * i // 5 for i in range(1, 5)]),
        ("64 parts", [i * 6 for i in range(1, 64)]),
    ):
        ok("parts", name, d, parts(d, cuts))
    p = parts(d, [150, 300])
    ok("parts", "in another order", d, [p[2], p[0], p[1]], input=True)
    ok("parts", "one part twice", d, [p[0], p[1], p[1], p[2]], input=True, reading="the same part given again, byte for byte, is no error")
    ok("parts", "lower case", d, [x.lower() for x in p], input=True)
    ok("parts", "O for 0 in the pieces", d, [x[: x.index("-")] + x[x.index("-") :].replace("0", "O") for x in p], input=True)
    tag = p[0].split("/")[3][:5]
    othertag = tag[:4] + c.ALPHABET[(c.ALPHABET.index(tag[4]) + 1) % 32]
    q = parts(write_text([compact])[0], [100, 200])
    for name, v in (
        ("one missing", p[:2]),
        ("the first alone", p[:1]),
        ("none", []),
        ("hash of one changed", [p[0], p[1], p[2].replace(tag, othertag)]),
        ("hash of all changed", [x.replace(tag, othertag) for x in p]),
        ("one of another text", [p[0], p[1], q[2]]),
        ("another n in one", [p[0], p[1], p[2].replace("/3/3/", "/3/4/")]),
        ("number 0", [p[0].replace("/1/3/", "/0/3/"), p[1], p[2]]),
        ("number above n", [p[0], p[1], p[2].replace("/3/3/", "/4/3/")]),
        ("same number with two pieces", [p[0], p[1], p[2].replace("/3/3/", "/2/3/")]),
        ("a symbol changed", [p[0][:-1] + c.ALPHABET[(c.ALPHABET.index(p[0][-1]) + 1) % 32], p[1], p[2]]),
        ("a symbol missing", [p[0][:-1], p[1], p[2]]),
        ("pieces exchanged", [p[0][:15] + p[1][15:], p[1][:15] + p[0][15:], p[2]]),
        ("number with leading zero", [p[0].replace("/1/3/", "/01/3/"), p[1], p[2]]),
        ("65 parts", parts(d, [i * 6 for i in range(1, 65)])),
        ("no hash", [x.replace(tag + "-", "") for x in p]),
        ("hash of four symbols", [x.replace(tag, tag[:4]) for x in p]),
        ("n = 0", ["LIC1/1/0/" + tag + "-" + c.base32(d)]),
        ("letter U in a piece", [p[0][:30] + "U" + p[0][31:], p[1], p[2]]),
    ):
        bad("parts", name, v)
    s = c.base32(d)
    fill = len(s) * 5 - len(d) * 8
    if fill:
        bad("parts", "fill bit set in the last piece", [p[0], p[1], p[2][:-1] + c.ALPHABET[c.ALPHABET.index(p[2][-1]) | 1]])

    anchor = emergency_anchor(CTI, 1, T0, 100)
    labels = [
        ("LIC LICENSE", lic),
        ("LIC REVOCATION LIST", status_list()),
        ("LIC CERTIFICATE", issuing_cert()),
        ("LIC ROOT LINK", root_link(ROOT, ROOT2)),
        ("LIC ACTIVATION", sign1(ISSUING, {6: T0, -65537: {0: 3, 1: CTI, 2: device(CTI), 3: bytes(10), 4: 0}}, issuing_cert())),
        ("LIC TRUST BUNDLE", sign1(ROOT, {6: T0, -65537: {0: 5, 1: 1}})),
        ("LIC EXTENSION", sign1(ISSUING, {4: EXP, 6: T0, -65537: {0: 10, 1: CTI, 2: 1}})),
        ("LIC DEVICE ANCHOR", sign1(ISSUING, {6: T0, -65537: {0: 7, 1: CTI, 2: 1, 3: bytes(10), 4: anchor}})),
    ]
    for label, obj in labels:
        more = (
            {"reading": "a certificate or root link of its own is the untagged array"}
            if label in ("LIC CERTIFICATE", "LIC ROOT LINK")
            else {}
        )
        ok("armor", label, enc(obj), armor(label, enc(obj)), label=label, **more)
    ok(
        "armor",
        "sequence of license and list, label of the first",
        d + enc(status_list()),
        armor("LIC LICENSE", d + enc(status_list())),
        label="LIC LICENSE",
    )
    a = armor("LIC LICENSE", d)
    for name, v in (
        ("text before and after", "Dear customer,\n\nyour license:\n\n" + a + "\nRegards\n"),
        ("CRLF", a.replace("\n", "\r\n")),
        ("no line feed at the end", a[:-1]),
        ("other dashes before", "-- \n- a list\n---\n" + a),
    ):
        ok("armor", "input: " + name, d, v, input=True, label="LIC LICENSE")
    lines = a.split("\n")
    body = lines[1:-2]

    def wrap(b):
        return "\n".join([lines[0], *b, lines[-2], ""])

    one = base64.b64encode(enc(compact)).decode()
    for name, v in (
        ("label of another object", a.replace("LIC LICENSE", "LIC ACTIVATION")),
        ("label LICENSE", a.replace("LIC LICENSE", "LICENSE")),
        ("label PUBLIC KEY", a.replace("LIC LICENSE", "PUBLIC KEY")),
        ("labels differ", a.replace("END LIC LICENSE", "END LIC CERTIFICATE")),
        ("no end line", "\n".join(lines[:-2]) + "\n"),
        ("no begin line", "\n".join(lines[1:])),
        ("lines of 76", armor("LIC LICENSE", d, 76)),
        ("lines of 60", armor("LIC LICENSE", d, 60)),
        ("one long line", armor("LIC LICENSE", d, 10000)),
        ("blank line between", wrap(body[:1] + [""] + body[1:])),
        ("blank in a line", wrap([body[0][:10] + " " + body[0][10:]] + body[1:])),
        ("quoted with >", wrap(["> " + x for x in body])),
        ("header line", wrap(["Version: 1", ""] + body)),
        ("line of other text", wrap(body[:1] + ["hello!"] + body[1:])),
        ("URL alphabet", a.replace("+", "-").replace("/", "_")),
        ("four dashes", a.replace("-----", "----")),
        ("lower case label", a.replace("LIC LICENSE", "lic license")),
        ("nothing between", wrap([])),
        ("empty text", ""),
        ("a letter missing", wrap(body[:-1] + [body[-1][1:]])),
        ("equals sign in the middle", wrap([body[0][:-1] + "="] + body[1:])),
    ):
        assert v != a, name
        bad("armor", name, v)
    for extra in (0, 1, 2):  # objects of every length mod 3, for the padding
        obj = sign1(ISSUING, payload({1: "EDIT" + "X" * extra}))
        data2 = enc(obj)
        b = base64.b64encode(data2).decode()
        pad = b.count("=")
        ok("armor", f"base64 with {pad} equals signs", data2, armor("LIC LICENSE", data2), label="LIC LICENSE")
        if pad:
            alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
            last = b[:-pad][:-1] + alphabet[alphabet.index(b[-pad - 1]) + 1]

            def lay(s):
                return "\n".join(
                    ["-----BEGIN LIC LICENSE-----", *[s[i : i + 64] for i in range(0, len(s), 64)], "-----END LIC LICENSE-----", ""]
                )

            assert base64.b64decode(last + "=" * pad) == data2
            bad("armor", f"{pad} equals signs: spare bits not zero", lay(last + "=" * pad))
            bad("armor", f"{pad} equals signs: padding left out", lay(b.rstrip("=")))
            bad("armor", f"{pad} equals signs: one too many", lay(b + "="))
    return (
        "Text forms, clause 9. form code: 9.2, parts: 9.3 (text is the list of parts), armor: 9.4. Valid ones give bytes; those without input are also what is written "
        "(parts: the cuts are the writer's). Some code texts carry bytes that are no object: only the text form is meant."
    ), out


def emergency():
    out = []
    base = T0 // HOUR - 1

    def chain(name, cti, revision, n, anchor10=b"", secret=SECRET, epoch=1, iat=T0, hours=None):
        b = iat // HOUR - 1
        s = salt(epoch, cti, revision, b, n, anchor10)
        xs = emergency_x(secret, epoch, cti, revision, b, n, anchor10)
        pick = sorted({0, 1, 2, n // 2, n - 1, n} & set(range(n + 1)))
        out.append(
            {
                "name": name,
                "valid": True,
                "epoch": epoch,
                "secret": secret.hex(),
                "cti": cti.hex(),
                "revision": revision,
                "iat": iat,
                "baseHour": b,
                "n": n,
                "releaseAnchor": anchor10.hex(),
                "saltInput": enc(["lic-emergency-1", epoch, cti, revision, b, b + n, anchor10]).hex(),
                "salt": s.hex(),
                "seed": xs[n].hex(),
                "x": {str(i): xs[i].hex() for i in pick},
                "anchor": enc([epoch, b, n, xs[0]]).hex(),
                "codes": [
                    {"hour": b + i, "index": i, "bytes": emergency_code(b + i, xs[i])[0].hex(), "text": emergency_code(b + i, xs[i])[1]}
                    for i in pick
                    if i
                ],
            }
        )
        return xs

    xs = chain("license, n = 9503 (a year and 744 hours)", CTI, 1, 9503)
    chain("n = 1", CTI, 1, 1)
    chain("n = 2", CTI, 1, 2)
    chain("n = 32767, the most", CTI, 1, 32767)
    chain("revision 2", CTI, 2, 100)
    chain("another license", bytes(9) + b"\x01", 1, 100)
    chain("device anchor", CTI, 1, 100, trunc80(H("lic-release-1", CTI, bytes(13))))
    chain("epoch 2 with another secret", CTI, 1, 100, secret=b"\x0b" * 32, epoch=2)
    chain("epoch 300, two bytes", CTI, 70000, 100, epoch=300)
    anchor = enc([1, base, 9503, xs[0]]).hex()

    def accept(name, i, hour, ok, revision=1, cti=CTI, a=anchor, code=None, anchor10=b"", **more):
        text = code if code is not None else emergency_code(base + i, xs[i])[1]
        e = {
            "name": name,
            "valid": ok,
            "anchor": a,
            "cti": cti.hex(),
            "revision": revision,
            "releaseAnchor": anchor10.hex(),
            "text": text,
            "hour": hour,
            **more,
        }
        if ok:
            e["codeHour"], e["until"] = base + i, (base + i + 25) * HOUR
        out.append(e)

    for i in (1, 2, 500, 9503):
        s = base + i
        for d, ok in (
            (-2, False),
            (-1, True),
            (0, True),
            (1, True),
            (23, True),
            (24, True),
            (25, False),
            (26, False),
            (31, False),
            (32, False),
            (-32, False),
        ):
            accept(f"index {i}: at hour s{d:+d}", i, s + d, ok)
    accept("index 0: x_0 itself", 0, base, False, code=emergency_code(base, xs[0])[1])
    accept("index n + 1: a step before the seed", 0, base + 9504, False, code=emergency_code(base + 9504, b"\x01" * 12)[1])
    i, s = 500, base + 500
    accept("x of the index below, hour of this", i, s, False, code=emergency_code(s, xs[i - 1])[1])
    accept("x of the index above, hour of this", i, s, False, code=emergency_code(s, xs[i + 1])[1])
    flip = bytes([xs[i][0] ^ 1]) + xs[i][1:]
    accept("one bit of x changed", i, s, False, code=emergency_code(s, flip)[1])
    x2 = emergency_x(SECRET, 1, CTI, 2, base, 9503, b"")
    accept("code of another revision", i, s, False, code=emergency_code(s, x2[i])[1])
    accept("right code, checked as another revision", i, s, False, revision=2)
    x3 = emergency_x(SECRET, 1, bytes(10), 1, base, 9503, b"")
    accept("code of another license", i, s, False, code=emergency_code(s, x3[i])[1])
    x4 = emergency_x(SECRET, 1, CTI, 1, base, 9502, b"")
    accept("code of a chain with another end", i, s, False, code=emergency_code(s, x4[i])[1])
    x5 = emergency_x(SECRET, 1, CTI, 1, base, 9503, bytes(10))
    accept("code of a device anchor for the license", i, s, False, code=emergency_code(s, x5[i])[1])
    dev = enc([1, base, 9503, x5[0]]).hex()
    accept("code of the device anchor", i, s, True, a=dev, anchor10=bytes(10), code=emergency_code(s, x5[i])[1])
    accept("code of the license for the device anchor", i, s, False, a=dev, anchor10=bytes(10))
    accept("code of the device anchor on another device", i, s, False, a=dev, anchor10=b"\x01" + bytes(9), code=emergency_code(s, x5[i])[1])
    x6 = emergency_x(b"\x0b" * 32, 1, CTI, 1, base, 9503, b"")
    accept("code of another secret", i, s, False, code=emergency_code(s, x6[i])[1])
    accept("epoch dead in a revocation list", i, s, False, deadEpochs=[1])
    accept("another epoch dead", i, s, True, deadEpochs=[2])
    accept("an hour below the highest accepted", i, s, False, highestAccepted=s + 1)
    accept("the highest accepted again", i, s, True, highestAccepted=s)
    accept("an hour above the highest accepted", i, s, True, highestAccepted=s - 1)
    return (
        "Clause 14. Vectors with x: the chain of an anchor, from the secret of its epoch. Vectors with hour: a code typed at that hour (floor(time / 3600)) against an anchor "
        "(hex of its array); valid ones say for which hour the code was made and until when it grants (first second after)."
    ), out
