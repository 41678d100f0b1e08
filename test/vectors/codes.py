"""Crockford base 32 and the check symbols of clause 10."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
KINDS = {
    "request": (2, 24, 1),
    "emergency": (5, 4, 7),
    "release": (5, 4, 13),
    "key": (4, 4, 19),
    "response": (5, 24, 25),
    "paper": (3, 24, 3),
    "sealed": (10, 24, 6),
}
LINES = ("request", "response", "paper", "sealed")


def gf_mul(a, b):
    out = 0
    while b:
        if b & 1:
            out ^= a
        a <<= 1
        if a & 32:
            a ^= 0b100101
        b >>= 1
    return out


def gf_pow(n):
    out = 1
    for _ in range(n):
        out = gf_mul(out, 2)
    return out


def check(kind, g, symbols):
    out = gf_pow(g + KINDS[kind][2])
    for i, d in enumerate(symbols):
        out ^= gf_mul(d, gf_pow(i + 1))
    return out


def groups(kind, data):
    """The groups (or lines) of a code: data symbols and the check symbol behind them. data is big-endian, 10.2."""
    count, size, _ = KINDS[kind]
    n = int.from_bytes(data, "big")
    total = count * size
    assert n < 1 << 5 * total
    symbols = [n >> 5 * (total - 1 - i) & 31 for i in range(total)]
    out = []
    for g in range(count):
        part = symbols[g * size : (g + 1) * size]
        out.append("".join(ALPHABET[x] for x in part + [check(kind, g, part)]))
    return out


def wrong(kind, groups_):
    """The numbers, from 1, of the groups whose check symbol does not fit."""
    out = []
    for g, text in enumerate(groups_):
        v = [ALPHABET.index(c) for c in text]
        if check(kind, g, v[:-1]) != v[-1]:
            out.append(g + 1)
    return out


def base32(data):
    """Clause 9.2: most significant bit first, the last symbol filled with zero bits."""
    count = (len(data) * 8 + 4) // 5
    n = int.from_bytes(data, "big") << (count * 5 - len(data) * 8)
    return "".join(ALPHABET[n >> 5 * (count - 1 - i) & 31] for i in range(count))
