"""Prints section 20 of the page from the generated files: python3 worked.py"""

import json
import os

from cborlite import dec, enc
from lic_objects import PLAIN_FIELDS

HERE = os.path.dirname(os.path.abspath(__file__))


def load(file, name):
    with open(os.path.join(HERE, file + ".json"), encoding="utf-8") as f:
        return next(v for v in json.load(f)["vectors"] if v["name"] == name)


out = []


def row(depth, data, what):
    text = data.hex()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    for i, line in enumerate(lines):
        pad = "  " * depth + ("" if i == 0 else "  ")
        out.append(f"{pad}{line}{'  ' + ' ' * max(0, 30 - len(pad) - len(line)) + '# ' + what if i == 0 and len(lines) == 1 else ''}")
    if len(lines) > 1:
        out[-len(lines)] += "  # " + what


def head_len(d, i):
    info = d[i] & 31
    return 1 if info < 24 else 1 + (1 << (info - 24))


def size(d, i):
    """Length of the item at i."""
    major, info, h = d[i] >> 5, d[i] & 31, head_len(d, i)
    n = info if info < 24 else int.from_bytes(d[i + 1 : i + h], "big")
    if major in (2, 3):
        return h + n
    if major in (0, 1, 7):
        return h
    j = i + h
    for _ in range(n * (2 if major == 5 else 1) if major in (4, 5) else 1):
        j += size(d, j)
    return j - i


def walk(d, i, depth, names, label=""):
    """names: a label, or for maps {key: names}, for arrays a list of names; ("in", names) for CBOR in bytes."""
    end = i + size(d, i)
    major, h = d[i] >> 5, head_len(d, i)
    if isinstance(names, tuple) and names[0] == "in":
        row(depth, d[i : i + h], names[1])
        walk(d, i + h, depth + 1, names[2])
    elif major == 5 and isinstance(names, dict):
        row(depth, d[i : i + h], names.get("", "map"))
        j = i + h
        while j < end:
            k = dec(d[j : j + size(d, j)])
            v = j + size(d, j)
            sub = names[k]
            if isinstance(sub, str):
                row(depth + 1, d[j : v + size(d, v)], sub)
            else:
                row(depth + 1, d[j:v], sub[0] if isinstance(sub, tuple) and sub[0] != "in" else f"key {k}")
                walk(d, v, depth + 1, sub[1] if isinstance(sub, tuple) and sub[0] != "in" else sub)
            j = v + size(d, v)
    elif major == 4 and isinstance(names, list):
        row(depth, d[i : i + h], "array of four")
        j = i + h
        for sub in names:
            walk(d, j, depth + 1, sub)
            j += size(d, j)
    else:
        row(depth, d[i:end], names)


cert_claims = {
    "": "claims",
    4: "4 exp",
    5: "5 nbf",
    8: ("8 cnf", {"": "map", 1: ("1 COSE_Key", {"": "map", 1: "1 kty: OKP", -1: "-1 crv: Ed25519", -2: "-2 x: the issuing key"})}),
    PLAIN_FIELDS: (
        "-65537 fields",
        {
            "": "map",
            0: "0 type: certificate",
            1: "1 types: license, certificate, activation, device anchor, extension",
            4: "4 maximum term: 43800 h",
            6: "6 perpetual",
        },
    ),
}
hdr = ("in", "protected header", {"": "map", 1: "1 alg: -8", 4: "4 kid"})
certificate = [hdr, {"": "unprotected header, empty"}, ("in", "payload", cert_claims), "signature of the root"]
license_ = [
    hdr,
    {"": "unprotected header", 13: ("13 chain", certificate)},
    (
        "in",
        "payload",
        {
            "": "claims",
            4: "4 exp",
            6: "6 iat",
            7: "7 cti",
            PLAIN_FIELDS: (
                "-65537 fields",
                {
                    "": "map",
                    0: "0 type: license",
                    1: "1 key prefix EDIT",
                    2: ("2 lines", {"": "map", 0: ("line 0", {"": "map", 0: "0 product editor", 1: "1 tier pro"})}),
                },
            ),
        },
    ),
    "signature of the issuing key",
]

lic = load("licenses", "minimal license")
data = bytes.fromhex(lic["input"])
row(0, data[:1], "tag 18")
walk(data, 1, 0, license_)
annotated = "\n".join(out)

key = load("codes", "key: counting")
em = load("emergency", "license, n = 9503 (a year and 744 hours)")
code = em["codes"][2]
req = load("codes", "request: a request (12.5)")
dev = load("objects", "request: plain")["fields"]
act = load("objects", "activation: place 3, lease of 90 days")
typed = load("objects", "typed response: place 3, lease of 90 days")
parts = typed["fields"]
gone = load("objects", "release: r, anchor, code, activation id")["fields"]
hashed = enc(["lic-release-1", bytes.fromhex(gone["cti"]), bytes.fromhex(gone["r"])]).hex()
b = req["bytes"]

print(f"""## 20. Worked bytes

All from `test/vectors/`: root key from the seed 01 x 32, issuing key from 02 x 32. The vectors have much more, must-reject ones above all.

20.1 A license with its certificate, {len(data)} bytes <!-- licenses.json, "minimal license" -->

```text
{annotated}
```

20.2 A license key <!-- codes.json, "key: counting" -->

```text
cti           {key['bytes']}
data symbols  {' '.join(g[:4] for g in key['groups'])}
check symbols {' '.join('   ' + g[4] for g in key['groups'])}
shown         {key['text']}
```

20.3 An emergency anchor and a code <!-- emergency.json, "license, n = 9503 (a year and 744 hours)" -->

```text
K_e           09 x 32, epoch {em['epoch']}
cti           {em['cti']}, revision {em['revision']}
iat           {em['iat']}: base hour {em['baseHour']}, n {em['n']}
salt of       {em['saltInput']}
salt          {em['salt']}
x_{em['n']}        {em['seed']}
x_1           {em['x']['1']}
x_0           {em['x']['0']}
anchor        {em['anchor']}
hour          {code['hour']}: index {code['index']}, {code['hour']} mod 32 = {code['hour'] % 32}
x_{code['index']}        {em['x'][str(code['index'])]}
100 bits      {code['bytes']}
code          {code['text']}
```

20.4 A request and its two lines <!-- codes.json, "request: a request (12.5)" -->

```text
version, line {b[:2]}
cti prefix    {b[2:12]}
device        {dev['device']}
release       {dev['releaseAnchor']}
check         {dev['check']}
line 1        {req['lines'][0]}
line 2        {req['lines'][1]}
shown         {req['text'].splitlines()[0]}
              {req['text'].splitlines()[1]}
```

20.5 The activation that answers it, on place 3, with a lease of 90 days, in both forms <!-- objects.json, "activation: place 3, lease of 90 days" and its typed response -->

```text
protected     {act['protected']}
payload       {act['payload']}
signature     {parts['signature']}
form, place, term: {parts['form']}, {parts['place']}, {parts['term']} h
75 bytes      {typed['hex'][:8]} {typed['hex'][8:16]} {typed['hex'][16:22]} and the signature
line 1        {typed['lines'][0]}
line 2        {typed['lines'][1]}
line 3        {typed['lines'][2]}
line 4        {typed['lines'][3]}
line 5        {typed['lines'][4]}
rebuilt       the same payload, from the lines, the request and cti
```

20.6 A release code <!-- objects.json, "release: r, anchor, code, activation id" -->

```text
r             {gone['r']}
code          {gone['code']}
anchor of     {hashed}
anchor        {gone['anchor']}
activation id {gone['activationId']}
```""")
