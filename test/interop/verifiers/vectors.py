"""Answers the questions of vectors.mjs, a line each."""

import sys

from verifier import Refused, item, kid_of, need, signed_by, verify


def answer(kind, *question):
    if kind == "item":
        need(not item(bytes.fromhex(question[0]), {}, ""))
    elif kind == "key":
        return "ok " + kid_of(bytes.fromhex(question[0]))
    elif kind == "signature":
        key, message, signature = map(bytes.fromhex, question)
        kid_of(key)
        need(signed_by(key, message, signature), "BAD_SIGNATURE")
    else:
        file, roots, product, now, allow_test = question
        line = verify(bytes.fromhex(file), roots.replace("|", "\n"), product, int(now), allow_test == "true")
        return f"ok {line['state']} {line['0']} {line['1']}"
    return "ok"


for asked in sys.stdin:
    try:
        print(answer(*asked.rstrip("\n").split("\t")))
    except Refused as code:
        print(code)
