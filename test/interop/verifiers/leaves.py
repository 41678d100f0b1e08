"""The stages decode and type (FORMAT 18.1): an object as leaves by path, each in a form that fields.txt allows."""

import re
from pathlib import Path

from cbor import item, need

WORDS = {}
for line in Path(__file__).with_name("fields.txt").read_text().splitlines():
    if line and not line.startswith("#"):
        word, rule = line.split()
        for known, meaning in WORDS.items():
            rule = rule.replace(known, f"({meaning})")
        WORDS[word] = f"{WORDS[word]}|{rule}" if word in WORDS else rule
FORMS = {word: re.compile(rule) for word, rule in WORDS.items()}


class Leaves(dict):
    """Leaves as fields.txt writes them: "/-65537/2/0/1" is '"pro"'."""

    def any(self, word):
        """Whether there is a leaf of the form of a word."""
        return any(FORMS[word].fullmatch(f"{path}={value}") for path, value in self.items())

    def below(self, path):
        """All leaves under a path, by what is behind it."""
        return Leaves({whole[len(path) :]: value for whole, value in self.items() if whole.startswith(path)})

    def allows(self, path, value):
        """Whether a list of a certificate is not there, or has the value."""
        items = self.below(path + "/#")
        return not items or value in items.values()

    def number(self, path, otherwise):
        return int(self[path].rstrip("n")) if path in self else otherwise

    def bytes(self, path):
        return bytes.fromhex(self.get(path, "''")[1:-1])


def read(data):
    """The leaves of one whole object, whose field 0 says which forms they must have, and which must be there."""
    leaves = Leaves()
    need(not item(data, leaves))
    kind = leaves.get("/-65537/0", "")
    need(f"type{kind}" in FORMS)
    need(all(FORMS[f"type{kind}"].fullmatch(f"{path}={value}") for path, value in leaves.items()))
    need(all(path in leaves for path in WORDS[f"needs{kind}"].split("|")))
    return leaves
