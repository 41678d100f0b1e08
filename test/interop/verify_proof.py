"""Checks proofs of lic's log from RFC 6962, C2SP and RFC 9052 alone; shares no code with lic.

  verify_proof.py vectors OBJECTS.json          the shared vectors, and the published roots of RFC 6962
  verify_proof.py inclusion ROOT.pub FILE.lic PROOF
  verify_proof.py consistency OLD-CHECKPOINT PROOF
"""

import base64
import hashlib
import json
import sys

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def leaf(data):
    return sha(b"\0", data)


def node(a, b):
    return sha(b"\1", a, b)


def tree(leaves):
    if not leaves:
        return sha()
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return node(tree(leaves[:k]), tree(leaves[k:]))


def included(h, index, size, path, root):  # RFC 9162, 2.1.3.2
    if index >= size or any(len(p) != 32 for p in path):
        return False
    fn, sn = index, size - 1
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            h = node(p, h)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            h = node(h, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and h == root


def consistent(first, first_root, second, second_root, path):  # RFC 9162, 2.1.4.2
    if first == second:
        return not path and first_root == second_root
    if first == 0:
        return not path and first_root == sha()
    if first & (first - 1) == 0:
        path = [first_root, *path]
    if not path:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


def head(note):
    body, _, signatures = note.partition("\n\n")
    origin, size, root = body.split("\n")
    return origin, int(size), base64.b64decode(root), (body + "\n").encode(), signatures.splitlines()


def signed_by(note, key):
    origin, _, _, body, lines = head(note)
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    wanted = sha(origin.encode(), b"\n\1", raw)[:4]
    for line in lines:
        dash, name, value = line.split(" ")
        value = base64.b64decode(value)
        if dash == "\u2014" and name == origin and value[:4] == wanted:
            key.verify(value[4:], body)
            return
    raise ValueError("no signature of the audit key")


def certified(certificate, root):  # one COSE_Sign1, by the root, that allows type 11
    protected, _, payload, signature = certificate.value if isinstance(certificate, cbor2.CBORTag) else certificate
    root.verify(signature, cbor2.dumps(["Signature1", protected, b"", payload]))
    claims = cbor2.loads(payload)
    assert 11 in claims[-65537][1], "the key may not sign checkpoints"
    return Ed25519PublicKey.from_public_bytes(claims[8][1][-2])


def inclusion(root_file, license_file, proof_file):
    text = open(proof_file, encoding="utf-8").read()
    above, _, note = text.partition("\n\n")
    first, extra, index, *path = above.split("\n")
    assert first == "c2sp.org/tlog-proof@v1" and extra.startswith("extra ") and index.startswith("index ")
    event, certificate, *_ = cbor2.loads(base64.b64decode(extra[6:]))
    root = load_pem_public_key(open(root_file, "rb").read())
    signed_by(note, certified(cbor2.loads(certificate), root))
    protected, _, payload, signature = cbor2.loads(open(license_file, "rb").read()).value
    known = sha(cbor2.dumps(["lic-object-1", protected, payload, signature]))
    assert cbor2.loads(event)[16] == known, "the proof is of another object"
    _, size, tree_root, _, _ = head(note)
    assert included(leaf(event), int(index[6:]), size, [base64.b64decode(p) for p in path], tree_root)


def consistency(old_file, proof_file):
    above, _, note = open(proof_file, encoding="utf-8").read().partition("\n\n")
    first, *path = above.split("\n")
    _, old, old_root, _, _ = head(open(old_file, encoding="utf-8").read())
    _, size, root, _, _ = head(note)
    assert first == f"old {old}"
    assert consistent(old, old_root, size, root, [base64.b64decode(p) for p in path])


# What the reference implementation of RFC 6962 publishes.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def vectors(file):
    leaves = [leaf(bytes.fromhex(i)) for i in INPUTS]
    for n, root in ROOTS.items():
        assert tree(leaves[:n]).hex() == root
    seen = 0
    for v in json.load(open(file, encoding="utf-8"))["vectors"]:
        f, unhex = v.get("fields"), bytes.fromhex
        if v["kind"] == "inclusion":
            path = [unhex(p) for p in f["proof"]]
            got = included(leaf(unhex(f["leaf"])), f["index"], f["size"], path, unhex(f["root"]))
        elif v["kind"] == "consistency":
            path = [unhex(p) for p in f["proof"]]
            got = consistent(f["from"], unhex(f["fromRoot"]), f["to"], unhex(f["toRoot"]), path)
        else:
            continue
        seen += 1
        assert got == v["valid"], v["name"]
    assert seen > 30


if __name__ == "__main__":
    {"vectors": vectors, "inclusion": inclusion, "consistency": consistency}[sys.argv[1]](*sys.argv[2:])
