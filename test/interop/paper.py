"""A paper backup (FORMAT 10.6, 10.7) as a program sees it that shares nothing with lic: standard library alone.

paper.py code PAGE.html OUT.pgm    draws the code of the page for another reader
paper.py symbols PAGE.html         the symbols of its lines, checked
paper.py age PAGE.html OUT.age     the age file that a sealed page stands for
paper.py secret PAGE.html|BODY     the secret of a page, or of what age made of a sealed one, as hex
"""

import base64
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors"))
import codes


def lines(page):
    text = open(page, encoding="utf-8").read()
    rows = re.findall(r"<tr><td>\d+\.</td>(.*?)</tr>", text)
    return ["".join(re.findall(r"<td>([0-9A-Z]{5})</td>", row)) for row in rows]


def payload(page):
    found = lines(page)
    kind = {3: "paper", 10: "sealed"}[len(found)]
    assert codes.wrong(kind, found) == [], codes.wrong(kind, found)
    value = 0
    for line in found:
        for symbol in line[:-1]:
            value = value << 5 | codes.ALPHABET.index(symbol)
    return value.to_bytes(len(found) * 15, "big")


def code(page, out, scale=8):
    text = open(page, encoding="utf-8").read()
    side = int(re.search(r'viewBox="0 0 (\d+) ', text).group(1))
    dark = set()
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-", text):
        dark.update((int(x) + i, int(y)) for i in range(int(run)))
    rows = [bytes(0 if (x // scale, y // scale) in dark else 255 for x in range(side * scale)) for y in range(side * scale)]
    with open(out, "wb") as f:
        f.write(b"P5 %d %d 255\n" % (side * scale, side * scale) + b"".join(rows))


def age(page, out):
    data = payload(page)
    b64 = lambda part: base64.b64encode(part).rstrip(b"=")
    salt, factor, body, mac, rest = data[:16], data[16], data[17:49], data[49:81], data[81:]
    with open(out, "wb") as f:
        f.write(b"age-encryption.org/v1\n-> scrypt %s %d\n%s\n--- %s\n%s" % (b64(salt), factor, b64(body), b64(mac), rest))


def secret(path):
    body = payload(path)[:37] if path.endswith(".html") else open(path, "rb").read()
    assert len(body) in (37, 45) and body[0] in (1, 2), body[:1]
    return body[5:37].hex()


if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    if verb == "symbols":
        payload(rest[0])
        print("".join(lines(rest[0])))
    elif verb == "secret":
        print(secret(rest[0]))
    else:
        {"code": code, "age": age}[verb](*rest)
