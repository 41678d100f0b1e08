"""Verifies a license for one product (FORMAT 18; clauses in brackets): encoding, forms, chain, signatures, rights,
times; then product, test mark, clock, nbf, exp, grace, fresh (18.2). Refused, though FORMAT has it: delegated keys
(6.8), certificates that are not in the license (6.1), activation, versions, maintenance (8.4), a term from activation
(8.2). Left to the product: lists (11), bundles (7.2), restrictions (8.7), emergencies (14). Not looked at: what
changes no right (3.6, 6.2, 8.2 to 8.6, 14.2: defaults, order, counts).

Needs Python 3.9 and python3-cryptography; cbor.py, leaves.py, keys.py and fields.txt belong to it.
"""

from cbor import Refused, need, to_be_signed
from keys import kid_of, roots_of, signed_by
from leaves import read

__all__ = ["Refused", "verify"]
F, NEVER, RIGHTS = "/-65537", 1 << 40, "RIGHTS_EXCEEDED"


def verify(file, roots, product, now, allow_test=False):
    """The leaves of the product's line, as "1" for its tier, with "state" active or grace; or raises Refused.

    file: the bytes of a .lic; roots: the text of a root.pub; now: seconds since 1970
    """
    need(file[:1] == b"\xd2" and len(file) <= 4096)
    says, signer = opened(read(file[1:]), "", [], roots_of(roots))
    need(says.get(F + "/0") == "1")
    need(signer and signer.get(F + "/0") == "2" and not signer.any("WIDER") and signer.allows(F + "/1", "1"), RIGHTS)
    start, stop, iat, nbf = int(signer["/5"]), int(signer["/4"]), int(says["/6"]), says.number("/5", 0)
    exp, grace, test = says.number("/4", NEVER), says.number(F + "/5", 48), F + "/8" in says
    need(exp > iat and exp > nbf and stop > start and says.below(F + "/2/"))
    need(exp - iat <= 3600 * signer.number(F + "/4", NEVER) if exp < NEVER else F + "/6" in signer, RIGHTS)
    need(grace <= signer.number(F + "/5", NEVER) and not (test and signer.get(F + "/7") == "2"), RIGHTS)
    need(start <= iat <= stop, RIGHTS)
    lines = {}
    for own in filter(None, (says.below(f"{F}/2/{number}/") for number in range(16))):
        need("17" not in own, RIGHTS)
        need("0" in own and "1" in own and own["0"] not in lines and own.number("15", 0) < exp)
        need(signer.allows(F + "/2", own["0"]), RIGHTS)
        need(all(signer.allows(F + "/3", tier) for tier in (own["1"], *own.below("2/").values())), RIGHTS)
        lines[own["0"]] = own
    line = lines.get(f'"{product}"')
    need(line, "WRONG_PRODUCT")
    need(allow_test or not test and signer.get(F + "/7") != "1", "TEST_LICENSE")
    need(now >= iat - 3600 or not says.any("TIMED"), "CLOCK_ROLLED_BACK")
    now, end = max(now, iat), line.number("15", exp)
    need(now >= nbf, "LICENSE_NOT_YET_VALID")
    need(now < end + 3600 * grace, "LICENSE_EXPIRED")
    need(now <= iat + 86400 * says.number(F + "/6", NEVER), "REVOCATION_CHECK_OVERDUE")
    need(not line.any("VERSIONED"), "VERSION_NOT_COVERED")
    need("8" not in line and F + "/7" not in says, "ACTIVATION_REQUIRED")
    return {**line, "state": "active" if now < end else "grace"}


def opened(envelope, at, kids, roots):
    """What an object says and the certificate of its key; all above are verified first, then it (6.1, 7.1, 5.3)."""
    need(all(at + part in envelope for part in ("/#0", "/#2", "/#3")))
    payload, kid, signer = envelope.bytes(at + "/#2"), envelope[at + "/#0"][11:27], None
    says, key = read(payload), roots.get(kid)
    if key is None:
        need(at + "/#1" not in envelope, "UNKNOWN_KEY")
        signer, above = opened(envelope, at + "/#1/13", [*kids, kid], roots)
        key = signer.bytes("/8/1/-2")
        need(kid_of(key) == kid, "UNKNOWN_KEY")
        need(above is None or above.get(F + "/0") == "8", RIGHTS)
    need(kid not in kids)
    message = to_be_signed(envelope.bytes(at + "/#0"), payload)
    need(signed_by(key, message, envelope.bytes(at + "/#3")), "BAD_SIGNATURE")
    return says, signer
