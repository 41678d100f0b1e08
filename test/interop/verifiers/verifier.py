"""Verifies a license for one product: decodes it, asks rules.txt, which says what a license may be, and checks signatures
up to a root. Needs Python 3.9 with cryptography and PyNaCl (Debian: python3-cryptography, python3-nacl)."""
import re
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_core_ed25519_is_valid_point
PEM = "PUBLIC KEY-----\\s+MCowBQYDK2VwAyEA([0-9A-Za-z+/]{43}=)\\s+-----END"
TABLE = Path(__file__).with_name("rules.txt").read_text()
RULES = [rule.split() for rule in re.findall("^[A-Za-z].* -?[0-9]+[*].*", TABLE, re.M)]
WORDS = {}
for word, form in re.findall("^([A-Z_]+) +(\\S+)$", TABLE, re.M):
    form = re.sub("[A-Z]{2,}", lambda known: f"({WORDS[known[0]]})", form)
    WORDS[word] = f"{WORDS[word]}|{form}" if word in WORDS else form
FORMS = {word: re.compile(form.replace("(", "(?:").replace("<", "(").replace(">", ")")) for word, form in WORDS.items()}

class Refused(Exception): """Its text is the code of the first check that failed."""
def need(holds, code="LICENSE_INVALID"):
    if not holds: raise Refused(code)

def verify(file: bytes, roots: str, product: str, now: int, allow_test=False) -> dict:
    """The leaves of the product's line, as "1" for its tier, with "state" active or grace; or raises Refused."""
    keys = {kid_of(key): key for key in map(b64decode, re.findall(PEM, roots))}
    need(file[:1] == b"\xd2" and len(file) <= 4096 and not item(file[1:], leaves := {"now": now, "allow": str(allow_test)}, "E"))
    kids = [leaves.get("E" + "/#1/13" * level + "/#0", "")[-17:-1] for level in range(4)]
    top = next((level for level, kid in enumerate(kids) if kid in keys), 4)  # what is above a root is not looked at
    leaves = {path: value for path, value in leaves.items() if path[0] not in "1234"[top:]}
    own = next((f"0/-65537/2/{n}/" for n in range(16) if leaves.get(f"0/-65537/2/{n}/0") == f'"{product}"'), "?")
    line = {path[len(own) :]: value for path, value in leaves.items() if path.startswith(own)}
    code = judged([f"{path}={value}" for path, value in leaves.items()] + [f"P/{path}={line[path]}" for path in line])
    need(code != "LICENSE_INVALID")
    need(top < 4, "UNKNOWN_KEY")
    need(len({*kids[: top + 1]}) > top)
    for level in range(top, -1, -1):
        paths = [f"{level + 1}/8/1/-2", *("E" + "/#1/13" * level + part for part in ("/#0", "/#2", "/#3"))]
        key, header, payload, signature = (bytes.fromhex(leaves.get(path, "''")[1:-1]) for path in paths)
        key = keys.get(kids[level], key[2:])
        need(kid_of(key) == kids[level], "UNKNOWN_KEY")
        need(signed_by(key, b"\x84\x6aSignature1" + header + b"\x40" + payload, signature[2:]), "BAD_SIGNATURE")
    need(code.islower(), code)
    return {**line, "state": code}

def judged(leaves):  # the code of the first rule that does not hold
    found = {word: {m[form.groups] for m in map(form.fullmatch, leaves) if m} for word, form in FORMS.items()}
    count = lambda word, *least: max(map(int, found[word]), default=int(*least)) if least else len(found[word])
    holds = lambda terms: sum(int(n) * count(*word) for n, *word in (re.split("[*/]", term) for term in terms)) >= 0
    return next(code for code, when, *terms in RULES if found[when] and not holds(terms))

def kid_of(key):
    need(len(key) == 32 and crypto_core_ed25519_is_valid_point(key))  # canonical, of prime order (4.1)
    return sha256(bytes.fromhex("a301012006215820") + key).hexdigest()[:16]
def signed_by(key, message, signature):
    try: return Ed25519PublicKey.from_public_bytes(key).verify(signature, message) is None
    except (InvalidSignature, ValueError): return False

def item(data, leaves, path):  # notes the leaves of the first item (2.1, 2.2), and returns what follows it
    need(data and (data[0] < 0xC0 and data[0] & 31 < 28 or 0xF4 <= data[0] <= 0xF6))
    major, n, raw = data[0] >> 5, data[0] & 31, b""
    width = 1 << n - 24 if n > 23 else 0
    n = int.from_bytes(data[1 : 1 + width], "big") if width else n
    need(width == 0 or len(data) > width and n > 23 and n >> 4 * width > 0 and n < (1 << 53) - major % 2)
    end = 1 + width + (n if major in (2, 3) else 0)
    content, rest, text = data[1 + width : end], data[end:], data[1 + width : end].decode(errors="replace")
    need(major in (0, 1, 7) or n <= len(content + rest) and (major < 4 or path != "?" and path.count("/") < 10))
    need(major != 3 or text.encode() == content and text[:1] != "\ufeff")
    for place in range(n if major in (4, 5) else 0):
        name, before, last = {"?": f"#{place}"}, rest, raw
        rest = item(before, name, "?") if major == 5 else before
        raw = before[: len(before) - len(rest)]
        need(major == 4 or raw > last and raw[0] >> 5 in (0, 1, 3))
        rest = item(rest, leaves, f"{path}/{name['?']}")
    if n == 0 or major not in (4, 5):
        simple = ("false", "true", "null")[n % 20 % 3]
        leaves[path] = (f"{n}", f"{~n}", f"'{data[:end].hex()}'", f'"{quote(text, "")}"', "[]", "{}", "", simple)[major]
    if re.fullmatch("E(/#1/13)*/#2", path):  # what is signed is an item too
        need(major == 2 and not item(content, leaves, f"{path.count('/') // 2}"))
    return rest
