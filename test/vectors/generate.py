"""Writes the conformance vectors. Run: python3 generate.py"""

import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, comment, vectors):
    names = [v["name"] for v in vectors]
    twice = {n for n in names if names.count(n) > 1}
    assert not twice, (name, twice)
    with open(os.path.join(HERE, name + ".json"), "w", encoding="utf-8") as f:
        f.write('{"comment": ' + json.dumps(comment) + ',\n"vectors": [\n')
        f.write(",\n".join(json.dumps(v, ensure_ascii=True) for v in vectors))
        f.write("\n]}\n")
    print(f"{name}.json: {len(vectors)}")


def main():
    import vec_basic

    write("cbor", *vec_basic.cbor())
    write("keys", *vec_basic.keys())
    write("signatures", *vec_basic.signatures())
    import vec_licenses

    write("licenses", *vec_licenses.licenses())
    import vec_codes

    write("codes", *vec_codes.codes())
    write("text", *vec_codes.text())
    write("emergency", *vec_codes.emergency())
    import vec_revocations

    write("revocations", *vec_revocations.revocations())
    import vec_objects

    write("objects", *vec_objects.objects())


if __name__ == "__main__":
    main()
