"""licenses.json: the frame of the set; the vectors stand in lic_form.py (bytes and fields), lic_trust.py (chain and rights) and lic_policy.py."""

import ed25519
from cborlite import enc
from lic_objects import CTI, DAY, EXP, ROOT, T0, issuing_cert, payload, sign1, ISSUING


class Set:
    def __init__(self):
        self.out = []

    def put(self, name, clause, obj, expect, comment="", roots=(ROOT,), certificates=(), reading=None, **facts):
        data = obj if isinstance(obj, bytes) else enc(obj)
        f = {"now": T0 + DAY, "product": "editor"}
        for k, v in facts.items():
            f[k] = [enc(x).hex() for x in v] if k == "revocations" else v
        e = {"name": name, "clause": clause}
        if comment:
            e["comment"] = comment
        if reading:
            e["reading"] = reading
        e.update(
            {
                "input": data.hex(),
                "trust": {"roots": [ed25519.public(r).hex() for r in roots], "certificates": [enc(c).hex() for c in certificates]},
                "facts": f,
                "expect": expect,
            }
        )
        self.out.append(e)

    def ok(self, name, clause, obj, state="active", line=0, want=None, **more):
        """want changes the decoded fields of the minimal license."""
        fields = {
            "cti": CTI.hex(),
            "product": "editor",
            "tier": "pro",
            "seats": 1,
            "devices": 1,
            "exp": EXP,
            "test": False,
            "revision": 1,
            "grace": 48,
        }
        fields.update(want or {})
        fields = {k: v for k, v in fields.items() if v is not None}
        self.put(name, clause, obj, {"ok": True, "line": line, "state": state, **fields}, **more)

    def no(self, name, clause, obj, code, **more):
        self.put(name, clause, obj, {"ok": False, "code": code}, **more)

    def throws(self, name, clause, obj, code, stage, **more):
        e = {"throws": code}
        if stage:
            e["stage"] = stage
        self.put(name, clause, obj, e, **more)


def lic(p=None, **kw):
    """A license of the issuing key, its certificate with it."""
    kw.setdefault("chain", issuing_cert())
    return sign1(ISSUING, payload() if p is None else p, **kw)


def licenses():
    import lic_form
    import lic_policy
    import lic_trust

    s = Set()
    lic_form.form(s)
    lic_form.claims(s)
    lic_form.fields(s)
    lic_form.types(s)
    lic_trust.signature(s)
    lic_trust.chain(s)
    lic_trust.rights(s)
    lic_trust.grants(s)
    lic_policy.policy(s)
    return (
        "Licenses, verified by clause 18. expect: ok with the line of the product, its state and decoded fields (exp is the claim; absent: none), a verdict {ok: false, code}, "
        "or what is thrown and in which stage (no stage: the page leaves it open). reading: the page can be read in more than one way, this is the one taken.",
        s.out,
    )
