"""Ed25519 (RFC 8032) from the curve equation, with the torsion points, for keys and signatures that no library would make."""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)
IDENT = (0, 1, 1, 0)


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def mul(s, p):
    q = IDENT
    while s > 0:
        if s & 1:
            q = add(q, p)
        p = add(p, p)
        s >>= 1
    return q


def neg(p):
    return (P - p[0], p[1], p[2], P - p[3])


def equal(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * I % P
    if (x * x - x2) % P:
        return None
    return P - x if x & 1 != sign and x else x


def affine(x, y):
    return (x, y, 1, x * y % P)


def compress(p):
    z = pow(p[2], P - 2, P)
    x, y = p[0] * z % P, p[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decompress(b, loose=False):
    """The point, or None. loose: y >= p and the sign bit of x = 0 are let through."""
    if len(b) != 32:
        return None
    n = int.from_bytes(b, "little")
    sign, y = n >> 255, n & (1 << 255) - 1
    if y >= P and not loose:
        return None
    x = recover_x(y % P, sign)
    if x is None or (x == 0 and sign and not loose):
        return None
    return affine(x, y % P)


B = affine(recover_x(4 * pow(5, P - 2, P) % P, 0), 4 * pow(5, P - 2, P) % P)


def torsion():
    """The eight points of small order, t[i] = i * t[1]."""
    y = 2
    while True:
        x = recover_x(y, 0)
        if x is not None:
            t = mul(L, affine(x, y))
            if not equal(mul(4, t), IDENT):
                return [mul(i, t) for i in range(8)]
        y += 1


T = torsion()


def key_ok(b):
    """Clause 4.1."""
    p = decompress(b)
    return p is not None and not equal(mul(8, p), IDENT) and equal(mul(L, p), IDENT)


def sha512(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def secret(seed):
    h = hashlib.sha512(seed).digest()
    return (int.from_bytes(h[:32], "little") & (1 << 254) - 8) | 1 << 254, h[32:]


def public(seed):
    return compress(mul(secret(seed)[0], B))


def sign(seed, msg):
    a, prefix = secret(seed)
    pub = compress(mul(a, B))
    r = sha512(prefix, msg) % L
    rb = compress(mul(r, B))
    s = (r + sha512(rb, pub, msg) * a) % L
    return rb + s.to_bytes(32, "little")


def craft(a, pub, rb, r, msg):
    """A signature with chosen bytes R, for the scalars r and a: S = r + k a."""
    return rb + ((r + sha512(rb, pub, msg) * a) % L).to_bytes(32, "little")


def verify(pub, msg, sig, check_key=True):
    """Clause 5.3, with 4.1."""
    if len(sig) != 64 or (check_key and not key_ok(pub)):
        return False
    a = decompress(pub, loose=True)
    s = int.from_bytes(sig[32:], "little")
    if a is None or s >= L:
        return False
    k = sha512(sig[:32], pub, msg) % L
    return compress(add(mul(s, B), mul(k, neg(a)))) == sig[:32]


def cofactored(pub, msg, sig):
    """The loose rule that 5.3 is not: 8 S B = 8 R + 8 k A, any encoding."""
    a, r, s = decompress(pub, True), decompress(sig[:32], True), int.from_bytes(sig[32:], "little")
    if a is None or r is None or s >= L:
        return False
    k = sha512(sig[:32], pub, msg) % L
    return equal(mul(8 * s, B), add(mul(8, r), mul(8 * k, a)))
