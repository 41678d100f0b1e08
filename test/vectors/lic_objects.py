"""The objects of the format as builders, with the fixed keys of all vectors."""

import hashlib
import hmac

import codes
import ed25519
from cborlite import Raw, Tag, enc

ROOT, ISSUING, LIST, DELEGATED, AUDIT, ROOT2, ROOT3 = (bytes([n]) * 32 for n in (1, 2, 3, 4, 5, 6, 7))
OTHER = b"\x08" * 32  # a key that nobody certified
SECRET = b"\x09" * 32  # K_e, epoch 1
ISSUING2 = b"\x0a" * 32
PLAIN_FIELDS = -65537

T0 = 1790000000  # iat of nearly all objects; 2026-09-21
DAY, HOUR = 86400, 3600
YEAR = 365 * DAY
CERT_NBF, CERT_EXP = T0 - 30 * DAY, T0 - 30 * DAY + 5 * YEAR
CTI = bytes.fromhex("00112233445566778899")


def H(tag, *parts):
    return hashlib.sha256(enc([tag, *parts])).digest()


def trunc95(h):
    return bytes([h[0] & 0x7F]) + h[1:12]


def cose_key(pub):
    return {1: 1, -1: 6, -2: pub}


def thumbprint(pub):
    return hashlib.sha256(enc(cose_key(pub))).digest()


def kid(key):
    return thumbprint(ed25519.public(key))[:8]


_signed = {}


def sign1(key, payload, chain=None, protected=None, unprotected=None, alg=-8, tagged=True):
    """COSE_Sign1. payload and protected are values or Raw; chain is the untagged array for header 13."""
    if protected is None:
        protected = {1: alg, 4: kid(key)}
    protected, payload = enc(protected), enc(payload)
    tbs = enc(["Signature1", protected, b"", payload])
    if (key, tbs) not in _signed:
        _signed[key, tbs] = ed25519.sign(key, tbs)
    if unprotected is None:
        unprotected = {} if chain is None else {13: chain}
    parts = [protected, unprotected, payload, _signed[key, tbs]]
    return Tag(18, parts) if tagged else parts


def cert_payload(pub, fields, nbf=CERT_NBF, exp=CERT_EXP):
    return {4: exp, 5: nbf, 8: {1: cose_key(pub)}, PLAIN_FIELDS: fields}


def cert(signer, subject, fields, nbf=CERT_NBF, exp=CERT_EXP, chain=None, **kw):
    return sign1(signer, cert_payload(ed25519.public(subject), fields, nbf, exp), chain, tagged=False, **kw)


def issuing_cert(changes=None, drop=(), signer=ROOT, subject=ISSUING, chain=None, **kw):
    fields = {0: 2, 1: [1, 2, 3, 7, 10], 4: 43800, 6: True}
    fields.update(changes or {})
    for k in drop:
        del fields[k]
    return cert(signer, subject, fields, chain=chain, **kw)


def list_cert(signer=ROOT, **kw):
    return cert(signer, LIST, {0: 2, 1: [4]}, **kw)


GRANT_LINE = {0: "editor", 1: "pro", 2: ["try", "std"], 6: 5, 7: 8, 12: ["export"]}


def delegated_cert(
    grants=None, changes=None, drop=(), signer=ISSUING, subject=DELEGATED, chain="issuing", nbf=T0 - DAY, exp=T0 - DAY + YEAR, **kw
):
    fields = {0: 2, 1: [1], 8: {0: {0: GRANT_LINE, 1: 720}} if grants is None else grants, 9: "Example Reseller"}
    fields.update(changes or {})
    for k in drop:
        del fields[k]
    return cert(signer, subject, fields, nbf, exp, chain=issuing_cert() if chain == "issuing" else chain, **kw)


def root_link(old, new, iat=T0 - 60 * DAY, chain=None, **kw):
    return sign1(old, {6: iat, 8: {1: cose_key(ed25519.public(new))}, PLAIN_FIELDS: {0: 8}}, chain, tagged=False, **kw)


LINE = {0: "editor", 1: "pro"}
EXP = T0 + YEAR


def payload(fields=None, claims=None, drop=(), line=None, lines=None, drop_fields=()):
    """A license payload: the minimal one with changes."""
    f = {0: 1, 1: "EDIT", 2: {0: line if line is not None else dict(LINE)} if lines is None else lines}
    f.update(fields or {})
    for k in drop_fields:
        del f[k]
    p = {4: EXP, 6: T0, 7: CTI, PLAIN_FIELDS: f}
    p.update(claims or {})
    for k in drop:
        del p[k]
    return p


def status_list(
    number=T0 + DAY,
    sub="lic:list:0",
    lst=None,
    fields=None,
    claims=None,
    drop=(),
    drop_fields=(),
    signer=LIST,
    chain="list",
    iat=None,
    protected=None,
    statuses=None,
    **kw
):
    f = {0: 4, 1: number, 2: [], 3: [], 4: []}
    f.update(fields or {})
    for k in drop_fields:
        del f[k]
    p = {
        2: sub,
        6: number if iat is None else iat,
        65533: {"lst": lst if lst is not None else lst_bytes(statuses or {}), "bits": 2},
        PLAIN_FIELDS: f,
    }
    p.update(claims or {})
    for k in drop:
        del p[k]
    if protected is None:
        protected = {1: -8, 4: kid(signer), 16: "application/statuslist+cwt"}
    return sign1(signer, p, list_cert() if chain == "list" else chain, protected, **kw)


def lst_raw(statuses, size=16):
    raw = bytearray(size)
    for place, value in statuses.items():
        raw[place // 4] |= value << 2 * (place % 4)
    return bytes(raw)


def lst_bytes(statuses, size=16):
    return zlib_stored(lst_raw(statuses, size))


def zlib_stored(data):
    """A zlib stream of stored blocks, so that the bytes do not hang on the version of a library."""
    out, i = b"\x78\x01", 0
    while True:
        piece = data[i : i + 65535]
        i += len(piece)
        out += bytes([i >= len(data)]) + len(piece).to_bytes(2, "little") + (len(piece) ^ 0xFFFF).to_bytes(2, "little") + piece
        if i >= len(data):
            break
    a, b = 1, 0
    for x in data:
        a = (a + x) % 65521
        b = (b + a) % 65521
    return out + (b << 16 | a).to_bytes(4, "big")


def trunc80(h):
    return h[:10]


RELEASE = bytes.fromhex("0a0102030405060708090a0b0c")  # r, 100 bits
DEVICE_VALUES = [
    "0123456789abcdef0123456789abcdef",
    "s3z9nx0k512345",
    "525400123456",
    "20qv0012 x1",
    "intel(r) core(tm) i7-8650u cpu @ 1.90ghz",
]


def device(cti, values=None):
    """A machine, clause 12.1; None is an absent slot."""
    values = DEVICE_VALUES if values is None else values
    mask, slots = 0, b""
    for slot, value in enumerate(values):
        if value is None:
            slots += b"\0\0"
        else:
            mask |= 0x80 >> slot
            slots += H("lic-device-1", cti, slot, value)[:2]
    return bytes([mask]) + slots


def device_named(cti, kind, value):
    return bytes([kind]) + trunc80(H("lic-device-1", cti, kind, value))


def release_anchor(cti=CTI, r=RELEASE):
    return trunc80(H("lic-release-1", cti, r))


def license_request(cti=CTI, dev=None, anchor=None, line=0, clock=False, version=1):
    body = (
        bytes([version << 5 | clock << 4 | line])
        + cti[:5]
        + (device(cti) if dev is None else dev)
        + (release_anchor(cti) if anchor is None else anchor)
    )
    return body + H("lic-request-1", body)[:3]


def salt(epoch, cti, revision, base, n, anchor10=b""):
    return H("lic-emergency-1", epoch, cti, revision, base, base + n, anchor10)[:16]


_chains = {}


def emergency_x(secret, epoch, cti, revision, base, n, anchor10=b""):
    """x_0 .. x_n, clause 14.4."""
    name = (secret, epoch, cti, revision, base, n, anchor10)
    if name not in _chains:
        s = salt(epoch, cti, revision, base, n, anchor10)
        prk = hmac.new(s, secret, hashlib.sha256).digest()
        x = trunc95(hmac.new(prk, enc(["lic-seed-1"]) + b"\x01", hashlib.sha256).digest())
        xs = [x]
        for i in range(n, 0, -1):
            x = trunc95(H("lic-step-1", s, i, x))
            xs.append(x)
        _chains[name] = xs[::-1]
    return _chains[name]


def emergency_anchor(cti, revision, iat, n, anchor10=b"", epoch=1, secret=SECRET):
    base = iat // HOUR - 1
    return [epoch, base, n, emergency_x(secret, epoch, cti, revision, base, n, anchor10)[0]]


def emergency_code(hour, x):
    data = ((hour % 32) << 95 | int.from_bytes(x, "big")).to_bytes(13, "big")
    return data, "-".join(codes.groups("emergency", data))
