#!/usr/bin/env python3
"""verify_license.py ROOT.pem FILE.lic: checks the signatures of a license and of its chain, and prints the claims.

Knows COSE and CWT and nothing else of lic: no rights, no times, no strictness. Needs cbor2 and cryptography.
"""
import hashlib
import io
import pprint
import re
import sys

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key


def kid_of(raw):
    return hashlib.sha256(cbor2.dumps({1: 1, -1: 6, -2: raw}, canonical=True)).digest()[:8]  # RFC 9679


def verify(parts, roots):
    """The payload of a COSE_Sign1, once it and all above it are verified; its key is the certificate's in header 13, or a root."""
    protected, unprotected, payload, signature = parts
    header = cbor2.loads(protected)
    key = roots.get(header[4])
    if 13 in unprotected and key is None:
        key = verify(unprotected[13], roots)[8][1][-2]
    if key is None or header[1] not in (-8, -19) or kid_of(key) != header[4]:
        sys.exit("no key for kid " + header[4].hex())
    Ed25519PublicKey.from_public_bytes(key).verify(signature, cbor2.dumps(["Signature1", protected, b"", payload]))
    print("good signature by", header[4].hex(), file=sys.stderr)
    return cbor2.loads(payload)


pem, file = (open(name, "rb").read() for name in sys.argv[1:3])
keys = [load_pem_public_key(p).public_bytes(Encoding.Raw, PublicFormat.Raw) for p in re.findall(rb"-----BEGIN.*?END PUBLIC KEY-----\n?", pem, re.S)]
first = cbor2.CBORDecoder(io.BytesIO(file)).decode()  # the main object of a sequence
if not isinstance(first, cbor2.CBORTag) or first.tag != 18:
    sys.exit("not a tagged COSE_Sign1")
pprint.pprint(verify(first.value, {kid_of(key): key for key in keys}), sort_dicts=False)
