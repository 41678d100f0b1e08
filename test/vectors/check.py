"""Reads licenses.json and revocations.json back through a second, slow reading of the page, and says where a vector disagrees with it.

Not a verifier for use: it serves to find vectors that are wrong for another reason than the one they are named for.
"""

import hashlib
import ipaddress
import json
import os
import re
import sys
import zlib

import ed25519
from cborlite import Bad, Tag, dec, enc

HERE = os.path.dirname(os.path.abspath(__file__))
F = -65537


class Fail(Exception):
    def __init__(self, code, stage, why=""):
        super().__init__(f"{code} {stage} {why}")
        self.code, self.stage, self.why = code, stage, why


class Reader:
    """Checks with the code and the stage at hand."""

    def __init__(self, stage):
        self.stage = stage

    def bad(self, cond, why, code="LICENSE_INVALID"):
        if cond:
            raise Fail(code, self.stage, why)

    def uint(self, v, why, lo=0, hi=2**53 - 1):
        self.bad(isinstance(v, bool) or not isinstance(v, int) or not lo <= v <= hi, why)
        return v

    def time(self, v, why):
        return self.uint(v, why, 0, 2**32 - 1)

    def text(self, v, why, top=128, pattern=None):
        self.bad(not isinstance(v, str) or not 1 <= len(v.encode()) <= top, why)
        self.bad(pattern and not re.fullmatch(pattern, v, re.ASCII), why)

    def code(self, v, why):
        self.text(v, why, 32, r"[a-z0-9][a-z0-9_-]{0,31}")

    def bytes(self, v, why, n):
        self.bad(not isinstance(v, bytes) or len(v) != n, why)

    def mark(self, v, why):
        self.bad(v is not True, why)

    def enum(self, v, why, values):
        self.bad(isinstance(v, bool) or not isinstance(v, int) or v < 0, why)
        self.bad(v not in values, why, "UNSUPPORTED_CLAIM")

    def map(self, v, why, known=None):
        """A map with field keys (3.5)."""
        self.bad(not isinstance(v, dict), why + " is no map")
        for k in v:
            self.bad(not isinstance(k, int) or k < 0, why + " has a bad key")
        if known is not None:
            for k in v:
                self.bad(k < 64 and k not in known, f"{why} has unknown {k}", "UNSUPPORTED_CLAIM")

    def list(self, v, why, top=None):
        self.bad(not isinstance(v, list) or not v or (top and len(v) > top), why)

    def ascending(self, v, why):
        self.bad(any(a >= b for a, b in zip(v, v[1:])), why + " not ascending")

    def line(self, v, exp, own=False):
        self.map(v, "line", set(range(19)))
        named = 17 in v
        self.bad(not named and (0 not in v or 1 not in v), "product or tier missing")
        for k in (0, 1):
            if k in v:
                self.code(v[k], "product or tier")
        if 2 in v:
            self.list(v[2], "ladder", 16)
            for x in v[2]:
                self.code(x, "ladder")
            self.bad(len(set(v[2])) < len(v[2]) or v.get(1) in v[2], "ladder")
        if 3 in v:
            self.text(v[3], "title")
            self.bad(1 in v and v[3] == v[1][:1].upper() + v[1][1:], "title default")
        for k in (4, 5):
            if k in v:
                self.bad(v[k] == 0 and v[k] is not False, "default")
                self.enum(v[k], "kind or metric", range(1, 6))
        for k in (6, 7):
            if k in v:
                self.uint(v[k], "seats or devices")
        if not named:
            self.bad(v.get(6) == 1, "seats default")
            self.bad(7 in v and v[7] == (v.get(6, 1) if v.get(5, 0) in (0, 1) else 1), "devices default")
        if 8 in v:
            self.enum(v[8], "activation", [1])
        if 9 in v:
            self.uint(v[9], "device rule", 1, 31)
            self.bad(v[9] == 15, "device rule default")
        for k in (10, 15, 16):
            if k in v:
                self.time(v[k], f"time or index {k}")
        if 17 in v:
            self.uint(v[17], "grant", 0, 255)
        if 11 in v:
            self.map(v[11], "versions", {0, 1})
            self.bad(not {0, 1} & set(v[11]), "versions empty")
            for k in (0, 1):
                if k in v[11]:
                    self.text(v[11][k], "version", pattern=r"(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){0,3}")
        if 15 in v and exp is not None:
            self.bad(v[15] >= exp, "line expiry")
        if 12 in v:
            self.list(v[12], "features")
            for x in v[12]:
                self.text(x, "name", 64, r"[a-z0-9][a-z0-9_.-]{0,63}")
            self.ascending([x.encode() for x in v[12]], "features")
            self.bad(isinstance(v.get(18), dict) and set(v[12]) & set(v[18]), "feature twice")
        for k in (18, 13):
            if k in v:
                self.bad(not isinstance(v[k], dict) or not 1 <= len(v[k]) <= 255, "features or limits")
                for name, x in v[k].items():
                    self.text(name, "name", 64, r"[a-z0-9][a-z0-9_.-]{0,63}")
                    self.value(x, k == 18, v.get(15, exp))
        if 14 in v:
            self.map(v[14], "restrictions", {0, 1, 2})
            self.bad(not {0, 1, 2} & set(v[14]), "restrictions empty")
            for k in (0, 1, 2):
                if k in v[14]:
                    r = v[14][k]
                    self.map(r, "rule", {0, 1})
                    self.bad(not {0, 1} & set(r), "rule empty")
                    for j in (0, 1):
                        for x in r.get(j, ["DE", "a"][:0]) if j not in r else (self.list(r[j], "rule") or r[j]):
                            self.text(x, "entry", 255, r"[A-Z]{2}" if k == 0 else None)
                            self.bad(k == 1 and not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", x, re.ASCII), "domain")
                            self.bad(k == 2 and x != x.lower(), "range in capitals")
                            if k == 2:
                                try:
                                    ipaddress.ip_network(x)
                                    self.bad("/" not in x, "CIDR")
                                except ValueError:
                                    self.bad(True, "CIDR")

    def value(self, x, feature, end):
        if isinstance(x, dict):
            self.map(x, "value", {0, 1, 2, 3})
            self.bad(not {1, 2, 3} & set(x) or (0 not in x and not (feature and set(x) & {0, 1, 2, 3} == {3})), "shortest form")
            if 0 in x:
                self.uint(x[0], "value")
            if 1 in x:
                self.enum(x[1], "period", range(1, 6))
            if 2 in x:
                self.enum(x[2], "type", range(1, 4))
            if 3 in x:
                self.time(x[3], "expiry")
                self.bad(end is not None and x[3] > end, "expiry later")
        else:
            self.uint(x, "value")

    def anchor(self, a):
        self.bad(not isinstance(a, list) or len(a) != 4, "anchor")
        for x in a[:3]:
            self.uint(x, "anchor")
        self.uint(a[2], "n", 1, 32767)
        self.bytes(a[3], "x_0", 12)
        self.bad(a[3][0] & 0x80, "x_0 top bit")

    def license(self, p):
        self.bad(not isinstance(p, dict) or not isinstance(p.get(F), dict), "claims")
        f = p[F]
        self.bad(f.get(0) != 1 or f.get(0) is True, "type")
        for k in p:
            self.bad(k not in (1, 2, 4, 5, 6, 7, F), f"claim {k}", "UNSUPPORTED_CLAIM")
        self.bad(6 not in p or 7 not in p, "claim missing")
        for k in (1, 2):
            if k in p:
                self.text(p[k], "iss or sub")
        for k in (4, 5, 6):
            if k in p:
                self.time(p[k], "time")
        self.bytes(p[7], "cti", 10)
        exp = p.get(4)
        self.bad(exp is not None and (exp <= p[6] or exp <= p.get(5, -1)), "order of times")
        self.map(f, "fields", set(range(11)))
        self.bad(1 not in f or 2 not in f, "prefix or lines missing")
        self.text(f[1], "prefix", 8, r"[A-Z][A-Z0-9]{1,7}")
        self.bad(not isinstance(f[2], dict) or not f[2], "lines")
        for n, x in f[2].items():
            self.uint(n, "line number", 0, 15)
            self.line(x, exp)
        products = [x[0] for x in f[2].values() if 0 in x]
        self.bad(len(set(products)) < len(products), "product twice")
        if 3 in f:
            self.uint(f[3], "revision", 2, 2**32 - 1)
        if 4 in f:
            self.map(f[4], "licensee", {0, 1, 2})
            self.bad(0 not in f[4], "licensee name")
            for k in (0, 1, 2):
                if k in f[4]:
                    self.text(f[4][k], "licensee", 255 if k == 2 else 128)
        for k in (5, 6, 7):
            if k in f:
                self.uint(f[k], "hours or days", hi=2**32 - 1)
        self.bad(f.get(5) == 48, "grace default")
        if 8 in f:
            self.mark(f[8], "test")
        if 9 in f:
            self.anchor(f[9])
            self.bad(f[9][1] != p[6] // 3600 - 1, "base hour")
            self.bad(exp is not None and f[9][1] + f[9][2] > exp // 3600 + 744, "anchor end")
        if 10 in f:
            self.bad(not isinstance(f[10], dict) or not 1 <= len(f[10]) <= 16, "metadata")
            for k, v in f[10].items():
                self.text(k, "metadata name", 64, r"[a-z0-9][a-z0-9_.-]{0,63}")
                if not isinstance(v, bool):
                    self.text(v, "metadata", 255) if isinstance(v, str) else self.uint(v, "metadata")

    def cose_key(self, p):
        c = p.get(8)
        self.bad(not isinstance(c, dict) or set(c) != {1} or not isinstance(c[1], dict) or set(c[1]) != {1, -1, -2}, "cnf")
        k = c[1]
        self.bad(k[1] != 1 or k[1] is True or k[-1] != 6, "COSE_Key")
        self.bytes(k[-2], "key", 32)
        self.bad(not ed25519.key_ok(k[-2]), "4.1")
        return k[-2]

    def certificate(self, p):
        self.bad(not isinstance(p, dict) or not isinstance(p.get(F), dict), "claims")
        f = p[F]
        self.bad(f.get(0) not in (2, 8), "type")
        link = f[0] == 8
        for k in p:
            self.bad(k not in ((6, 8, F) if link else (4, 5, 8, F)), "claim", "UNSUPPORTED_CLAIM")
        for k in (6,) if link else (4, 5):
            self.bad(k not in p, "claim missing")
            self.time(p[k], "time")
        pub = self.cose_key(p)
        if link:
            self.map(f, "fields", {0})
            return pub
        self.bad(p[4] <= p[5], "exp")
        self.map(f, "fields", set(range(11)))
        self.bad(1 not in f, "types")
        self.list(f[1], "types")
        for t in f[1]:
            self.uint(t, "types")
        self.ascending(f[1], "types")
        for k in (2, 3):
            if k in f:
                self.list(f[k], "codes")
                for x in f[k]:
                    self.code(x, "codes")
                self.ascending([x.encode() for x in f[k]], "codes")
        for k in (4, 5, 10):
            if k in f:
                self.uint(f[k], "number")
        if 6 in f:
            self.mark(f[6], "perpetual")
        if 7 in f:
            self.enum(f[7], "test or live", (1, 2))
        if 9 in f:
            self.text(f[9], "reseller")
        if 8 in f:
            self.bad(not isinstance(f[8], dict) or not f[8], "grants")
            for n, g in f[8].items():
                self.uint(n, "grant number", 0, 255)
                self.map(g, "grant", {0, 1, 2, 3, 4})
                self.bad(0 not in g or 1 not in g, "grant")
                self.line(g[0], None)
                self.bad({15, 16, 17} & set(g[0]) or not {0, 1} <= set(g[0]), "grant line")
                self.bad(any(isinstance(x, dict) and 3 in x for x in g[0].get(18, {}).values()), "grant feature expiry")
                for k in (1, 2, 3):
                    if k in g:
                        self.uint(g[k], "grant")
                self.bad(g.get(2) == 48, "grant grace default")
                if 4 in g:
                    self.mark(g[4], "grant test")
        return pub


def header(data, r, typ=None):
    try:
        h = dec(data)
    except Bad as e:
        raise Fail("LICENSE_INVALID", r.stage, str(e))
    r.bad(not isinstance(h, dict) or set(h) != ({1, 4, 16} if typ else {1, 4}) or h[1] not in (-8, -19), "header")
    r.bad(typ and h[16] != typ, "typ")
    r.bytes(h[4], "kid", 8)
    return h


def open_(parts, stage, typ=None):
    r = Reader(stage)
    r.bad(not isinstance(parts, list) or len(parts) != 4, "array")
    pr, un, pl, sg = parts
    r.bad(not isinstance(pr, bytes) or not isinstance(pl, bytes), "members")
    r.bad(not isinstance(un, dict) or (un != {} and set(un) != {13}), "unprotected")
    if stage == "decode":
        r.bad(13 in un and (not isinstance(un[13], list) or len(un[13]) != 4), "header 13")
    r.bytes(sg, "signature", 64)
    h = header(pr, r, typ)
    try:
        p = dec(pl, 524288)
    except Bad as e:
        raise Fail("LICENSE_INVALID", stage, str(e))
    r.bad(isinstance(p, Tag), "tag")
    return h, un.get(13), p, (enc(["Signature1", pr, b"", pl]), sg)


def thumb(pub):
    return hashlib.sha256(enc({1: 1, -1: 6, -2: pub})).digest()[:8]


def chain_of(kid, chain, trust):
    """All chains that lead from a kid to a trusted root: yields [(kind, payload, pub)], nearest first; raises the last failure."""
    roots = {thumb(r): r for r in trust["roots"]}
    r = Reader("chain")

    def walk(kid, arr, sofar):
        if kid in roots and (sofar or arr is None):
            r.bad(kid in [thumb(x[2]) for x in sofar], "key twice")
            return sofar, roots[kid]
        r.bad(
            sofar and sofar[-1][0] == 8 and arr is not None and isinstance(arr, list) and len(arr) == 4 and dec(arr[2])[F].get(0) == 2,
            "link by no root",
            "RIGHTS_EXCEEDED",
        )
        options = [arr] if arr is not None else [c for c in trust["certificates"]]
        fail = Fail("UNKNOWN_KEY", "chain", "no certificate")
        for o in options:
            try:
                h, nxt, p, signed = open_(o, "chain")
                pub = r.certificate(p)
                if thumb(pub) != kid:
                    continue
                kind = p[F][0]
                certs, links = sum(x[0] == 2 for x in sofar), sum(x[0] == 8 for x in sofar)
                r.bad(kind == 2 and (links or certs == 2) or kind == 8 and links == 2, "shape of the chain")
                r.bad(kid in [thumb(x[2]) for x in sofar], "key twice")
                done, root = walk(h[4], nxt, sofar + [(kind, p, pub)])
                at = len(sofar)
                signer = done[at + 1][2] if at + 1 < len(done) else root
                if not ed25519.verify(signer, *signed):
                    raise Fail("BAD_SIGNATURE", "chain", "certificate")
                return done, root
            except Fail as e:
                fail = e
        raise fail

    done, root = walk(kid, chain, [])
    certs = [p for kind, p, _ in done if kind == 2]
    X = "RIGHTS_EXCEEDED"
    for i, p in enumerate(certs):
        f = p[F]
        if i == len(certs) - 1:
            r.bad(8 in f or not set(f[1]) <= {1, 2, 3, 4, 7, 10, 11}, "6.3 root", X)
        else:
            up, u = certs[i + 1], certs[i + 1][F]
            r.bad(2 not in u[1], "type 2", X)
            r.bad(f[1] != [1] or 8 not in f or {2, 3, 4, 5, 6, 7} & set(f), "6.3 delegated", X)
            r.bad(p[5] < up[5] or p[4] > up[4], "6.5 window", X)
            for g in f[8].values():
                ln = g[0]
                r.bad(2 in u and ln[0] not in u[2], "6.5 product", X)
                r.bad(3 in u and not {ln[1], *ln.get(2, [])} <= set(u[3]), "6.5 tier", X)
                r.bad(g[1] > u.get(4, 2**60) or g.get(2, 48) > u.get(5, 2**60), "6.5 term or grace", X)
                r.bad(g.get(4) and u.get(7) == 2, "6.5 test", X)
    return done, certs, root


def devices(ln):
    return ln.get(7, ln.get(6, 1) if ln.get(5, 0) in (0, 1) else 1)


def above(a, b):
    return b != 0 and (a == 0 or a > b)


def verify(data, trust, facts):
    r = Reader("decode")
    try:
        top = dec(data)
    except Bad as e:
        raise Fail("LICENSE_INVALID", "decode", str(e))
    r.bad(not isinstance(top, Tag), "tag")
    h, chain, p, signed = open_(top.value, "decode")
    Reader("type").license(p)
    done, certs, root = chain_of(h[4], chain, trust)
    if not ed25519.verify(done[0][2] if done else root, *signed):
        raise Fail("BAD_SIGNATURE", "signature")
    r = Reader("rights")
    r.bad(not certs, "signed by a root", "RIGHTS_EXCEEDED")
    X = "RIGHTS_EXCEEDED"
    f, iat, exp = p[F], p[6], p.get(4)
    grants = certs[0][F].get(8)
    r.bad(any(1 not in c[F][1] for c in certs), "a", X)
    lines, grace, fresh, test = {}, f.get(5, 48), f.get(6), 8 in f
    if grants is not None:
        r.bad(not {k for k in f if k < 64} <= {0, 1, 2, 3, 4, 7, 8, 10} or exp is None, "e", X)
        for n, ln in f[2].items():
            r.bad(ln.get(17) not in grants or {k for k in ln if k < 64} - {6, 7, 15, 17}, "a, b", X)
            g = grants[ln[17]]
            r.bad(6 in ln and above(ln[6], g[0].get(6, 1)) or 7 in ln and above(ln[7], devices(g[0])), "c", X)
            r.bad(ln.get(15, exp) - iat > g[1] * 3600, "d", X)
            r.bad(
                ln.get(6) == g[0].get(6, 1) or 7 in ln and ln[7] == devices({**g[0], **{k: x for k, x in ln.items() if k == 6}}),
                "default of the grant",
            )
            lines[n] = {**g[0], **ln, "grace": g.get(2, 48), "fresh": g.get(3), "test": 4 in g}
    else:
        r.bad(any(17 in x for x in f[2].values()), "grant", X)
        lines = {n: {**ln, "grace": grace, "fresh": fresh, "test": False} for n, ln in f[2].items()}
    test = test or any(x["test"] for x in lines.values()) or any(c[F].get(7) == 1 for c in certs)
    marked = 8 in f or any(x["test"] for x in lines.values())
    for c in certs:
        k = c[F]
        if 8 in k:
            continue
        for ln in lines.values():
            r.bad(2 in k and ln[0] not in k[2] or 3 in k and not {ln[1], *ln.get(2, [])} <= set(k[3]), "b, c", X)
            r.bad(ln["grace"] > k.get(5, 2**60), "f", X)
        r.bad(exp is not None and exp - iat > k.get(4, 2**60) * 3600, "d", X)
        r.bad(exp is None and 6 not in k, "e", X)
        r.bad(marked and k.get(7) == 2, "g", X)
    prods = [x[0] for x in lines.values()]
    r.bad(len(set(prods)) < len(prods), "product twice")
    Reader("time").bad(any(not c[5] <= iat <= c[4] for c in certs), "6.6", X)
    # policy
    lists = {}
    floor = iat
    for x in facts.get("revocations", []):
        lp = read_list(bytes.fromhex(x), trust, None)
        floor = max(floor, lp[6])
        if lp[2] not in lists or lists[lp[2]][F][1] < lp[F][1]:
            lists[lp[2]] = lp

    def no(code):
        return {"ok": False, "code": code}

    kids = {thumb(x[2]) for x in done}
    for lp in lists.values():
        for kid, cut, _, _ in lp[F][2]:
            if kid in kids and not facts.get("installedAt", 2**60) < cut:
                return no("KEY_COMPROMISED")
    mine = [n for n, x in lines.items() if x[0] == facts["product"]]
    if not mine:
        return no("WRONG_PRODUCT")
    n, ln = mine[0], lines[mine[0]]
    if test and not facts.get("allowTest"):
        return no("TEST_LICENSE")
    status = 0
    own = None
    if 16 in ln:
        own = lists.get(f"lic:list:{ln[16] >> 20}")
        status = status_of(own, ln[16] & 0xFFFFF) if own else 0
    for want, field, code in ((1, 5, "LICENSE_REVOKED"), (2, 6, "LICENSE_SUSPENDED")):
        if status == want or 16 not in ln and any(p[7][:5] in lp[F].get(field, []) for lp in lists.values()):
            return no(code)
    now = facts["now"]
    timed = (
        exp is not None
        or 5 in p
        or ln["fresh"] is not None
        or 7 in f
        or any(
            10 in x or 15 in x or any(isinstance(v, dict) and 3 in v for k in (13, 18) for v in x.get(k, {}).values())
            for x in lines.values()
        )
    )
    if now < floor - 3600 and timed:
        return no("CLOCK_ROLLED_BACK")
    t = max(now, floor)
    if t < p.get(5, 0):
        return no("LICENSE_NOT_YET_VALID")
    ends = [x for x in (exp, ln.get(15)) if x is not None]
    if 7 in f and "firstActivatedAt" in facts:
        ends.append(facts["firstActivatedAt"] + f[7] * 3600)
    end = min(ends) if ends else None
    if end is not None and t >= end + ln["grace"] * 3600:
        return no("LICENSE_EXPIRED")
    if ln["fresh"] is not None:
        newest = max([iat] + [lp[6] for lp in ([own] if own else [])] if 16 in ln else [iat] + [lp[6] for lp in lists.values()])
        if t - newest > ln["fresh"] * 86400:
            return no("REVOCATION_CHECK_OVERDUE")

    def ver(x):
        m = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9}){0,3})(?:[-+].*)?", x, re.S)
        return ([int(y) for y in m[1].split(".")] + [0, 0, 0])[:4] if m else None

    if 11 in ln:
        v = ver(facts["version"]) if "version" in facts else None
        if v is None or 0 in ln[11] and v < ver(ln[11][0]) or 1 in ln[11] and v >= ver(ln[11][1]):
            return no("VERSION_NOT_COVERED")
    if 10 in ln and facts.get("buildDate", 2**60) > ln[10]:
        return no("VERSION_NOT_COVERED")
    if 8 in ln and facts.get("activation") != "unchecked":
        return no("ACTIVATION_REQUIRED")
    out = {
        "ok": True,
        "line": n,
        "state": "grace" if end is not None and t >= end else "active",
        "cti": p[7].hex(),
        "product": ln[0],
        "tier": ln[1],
        "seats": ln.get(6, 1),
        "devices": devices(ln),
        "test": test,
        "revision": f.get(3, 1),
        "grace": ln["grace"],
    }
    if exp is not None:
        out["exp"] = exp
    return out


def status_of(lp, place):
    raw = zlib.decompress(lp[65533]["lst"])
    return raw[place // 4] >> 2 * (place % 4) & 3 if place // 4 < len(raw) else 0


def read_list(data, trust, now):
    r = Reader("decode")
    try:
        top = dec(data, 524288)
    except Bad as e:
        raise Fail("LICENSE_INVALID", "decode", str(e))
    r.bad(not isinstance(top, Tag), "tag")
    h, chain, p, signed = open_(top.value, "decode", "application/statuslist+cwt")
    r = Reader("type")
    r.bad(not isinstance(p, dict) or not isinstance(p.get(F), dict), "claims")
    f = p[F]
    r.bad(f.get(0) != 4, "type")
    for k in p:
        r.bad(k not in (2, 4, 6, 65533, 65534, F), "claim", "UNSUPPORTED_CLAIM")
    r.bad(any(k not in p for k in (2, 6, 65533)), "missing")
    r.text(p[2], "sub", pattern=r"lic:list:(0|[1-9][0-9]{0,3})")
    r.bad(int(p[2][9:]) > 4095, "sub")
    for k in (4, 6):
        if k in p:
            r.time(p[k], "time")
    if 65534 in p:
        r.uint(p[65534], "ttl")
    s = p[65533]
    r.bad(
        not isinstance(s, dict) or set(s) != {"lst", "bits"} or s["bits"] != 2 or s["bits"] is True or not isinstance(s["lst"], bytes),
        "status list",
    )
    r.map(f, "fields", set(range(7)))
    r.bad(any(k not in f for k in (1, 2, 3, 4)), "fields missing")
    r.time(f[1], "number")
    r.bad(f[1] > p[6], "number above iat")
    for k in (2, 3, 4, 5, 6):
        if k in f:
            r.bad(not isinstance(f[k], list) or (k > 4 and not f[k]), "list")
    for e in f[2]:
        r.bad(not isinstance(e, list) or len(e) != 4, "compromised")
        r.bytes(e[0], "kid", 8)
        r.time(e[1], "cut-off")
        r.uint(e[2], "size")
        r.bytes(e[3], "root hash", 32)
    r.ascending([e[0] for e in f[2]], "kids")
    for k, n in ((3, 10), (5, 5), (6, 5)):
        for e in f.get(k, []):
            r.bytes(e, "entry", n)
        r.ascending(f.get(k, []), "entries")
    for e in f[4]:
        r.uint(e, "epoch")
    r.ascending(f[4], "epochs")
    d = zlib.decompressobj()
    try:
        raw = d.decompress(s["lst"], 262145)
    except zlib.error as e:
        raise Fail("LICENSE_INVALID", "type", str(e))
    r.bad(len(raw) > 262144 or not d.eof or d.unused_data, "zlib")
    done, certs, root = chain_of(h[4], chain, trust)
    if not ed25519.verify(done[0][2] if done else root, *signed):
        raise Fail("BAD_SIGNATURE", "signature")
    Reader("rights").bad(not certs or any(4 not in c[F][1] for c in certs), "type 4", "RIGHTS_EXCEEDED")
    Reader("time").bad(any(not c[5] <= p[6] <= c[4] for c in certs), "6.6", "RIGHTS_EXCEEDED")
    if now is not None and p[6] > now + 86400:
        raise Fail("CLOCK_ROLLED_BACK", "")
    return p


def trust_of(v):
    return {
        "roots": [bytes.fromhex(x) for x in v["trust"]["roots"]],
        "certificates": [dec(bytes.fromhex(x)) for x in v["trust"]["certificates"]],
    }


def load(name):
    with open(os.path.join(HERE, name + ".json"), encoding="utf-8") as f:
        return json.load(f)["vectors"]


def main():
    wrong = 0
    for v in load("licenses"):
        e = v["expect"]
        why = ""
        try:
            got = verify(bytes.fromhex(v["input"]), trust_of(v), v["facts"])
        except Fail as x:
            got, why = {"throws": x.code, "stage": x.stage}, x.why
        if "throws" in e and "stage" not in e:
            got.pop("stage", None)
        if got != e:
            wrong += 1
            print("license:", v["name"], "\n   want", e, "\n   got ", got, why)
        elif "-v" in sys.argv and why:
            print(f"{v['name']:70} {why}")
    if os.path.exists(os.path.join(HERE, "revocations.json")):
        for v in load("revocations"):
            e, why = v["expect"], ""
            try:
                p = read_list(bytes.fromhex(v["input"]), trust_of(v), v["now"])
                got = {
                    "ok": True,
                    "sub": p[2],
                    "number": p[F][1],
                    "iat": p[6],
                    "statuses": [[i, status_of(p, i & 0xFFFFF)] for i, _ in e.get("statuses", [])],
                }
                got["statuses"] = [[i, "refused" if x == 3 else x] for i, x in got["statuses"]]
            except Fail as x:
                got, why = {"throws": x.code, "stage": x.stage}, x.why
            if "throws" in e and "stage" not in e:
                got.pop("stage", None)
            if got != {k: x for k, x in e.items() if k in ("ok", "sub", "number", "iat", "statuses", "throws", "stage")}:
                wrong += 1
                print("list:", v["name"], "\n   want", e, "\n   got ", got, why)
            elif "-v" in sys.argv and why:
                print(f"{v['name']:70} {why}")
    print("disagreements:", wrong)
    return wrong


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
