"""Ed25519 as FORMAT 4 and 5.3 want it. OpenSSL, behind python3-cryptography, checks signatures by exactly that rule (S <
L, R compared as bytes); what it does not check is the key: small order, mixed order and other spellings of a point
are refused here.
"""

import hashlib
import re
from base64 import b64decode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cbor import need

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
SPKI = bytes.fromhex("302a300506032b6570032100")


def kid_of(key):
    """The kid (4.2) of a canonical key of prime order (4.1): L times it, by the ladder of RFC 7748, is nothing."""
    y = int.from_bytes(key, "little") % 2**255
    need(len(key) == 32 and 1 < y < P - 1)
    u = (1 + y) * pow(1 - y, -1, P) % P
    low, high = (1, 0), (u, 1)  # n times the key and n + 1 times, as x : z
    for bit in f"{L:b}":
        m, n = (low[0] - low[1]) * (high[0] + high[1]), (low[0] + low[1]) * (high[0] - high[1])
        x, z = high if bit == "1" else low
        s, e = (x + z) ** 2, 4 * x * z
        both, twice = ((m + n) ** 2 % P, u * (m - n) ** 2 % P), (s * (s - e) % P, e * (s + 121665 * e) % P)
        low, high = (both, twice) if bit == "1" else (twice, both)
    need(low[1] == 0)
    return hashlib.sha256(bytes.fromhex("a301012006215820") + key).hexdigest()[:16]


def roots_of(pem):
    """The keys in the text of a root.pub (4.3), by kid."""
    roots = {}
    for body in re.findall("BEGIN PUBLIC KEY-----([^-]*)", pem):
        spki = b64decode(body)
        need(spki[:12] == SPKI)
        roots[kid_of(spki[12:])] = spki[12:]
    return roots


def signed_by(key, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
