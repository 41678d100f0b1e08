"""Licenses: the verdicts of 18.2, each with its twin that passes."""

from lic_objects import *
from vec_licenses import lic

G = 48 * HOUR


def policy(s):
    def no(name, code, p=None, clause="18.2", chain=None, **kw):
        s.no("policy: " + name, clause, lic(p, **({"chain": chain} if chain else {})), code, **kw)

    def ok(name, p=None, clause="18.2", chain=None, **kw):
        s.ok("policy: " + name, clause, lic(p, **({"chain": chain} if chain else {})), **kw)

    # end and grace
    ok("a second before exp", clause="18.4", now=EXP - 1)
    ok("at exp: in grace", clause="18.4", state="grace", now=EXP)
    ok("last second of grace", clause="18.4", state="grace", now=EXP + G - 1)
    no("end of grace", "LICENSE_EXPIRED", clause="18.4", now=EXP + G)
    no("long after", "LICENSE_EXPIRED", clause="18.4", now=EXP + YEAR)
    ok("grace 0, a second before exp", payload({5: 0}), clause="18.4", now=EXP - 1, want={"grace": 0})
    no("grace 0, at exp", "LICENSE_EXPIRED", payload({5: 0}), "18.4", now=EXP)
    ok("grace 72, last second", payload({5: 72}), clause="18.4", state="grace", now=EXP + 72 * HOUR - 1, want={"grace": 72})
    no("grace 72, over", "LICENSE_EXPIRED", payload({5: 72}), "18.4", now=EXP + 72 * HOUR)
    ok("perpetual, in 2100", payload(drop=[4]), clause="18.4", now=4102444800, want={"exp": None})
    # nbf
    p = payload(claims={5: T0 + 10 * DAY})
    ok("at nbf", p, now=T0 + 10 * DAY)
    no("a second before nbf", "LICENSE_NOT_YET_VALID", p, now=T0 + 10 * DAY - 1)
    # product and lines
    no("wrong product", "WRONG_PRODUCT", product="viewer")
    no("product in other case", "WRONG_PRODUCT", product="Editor")
    no("product that begins alike", "WRONG_PRODUCT", product="edit")
    lines = payload(lines={0: {**LINE, 15: T0 + 30 * DAY, 6: 5}, 3: {0: "viewer", 1: "std"}})
    view = {"product": "viewer", "tier": "std"}
    ok("two lines: the first", lines, want={"seats": 5, "devices": 5})
    ok("two lines: the second", lines, line=3, want=view, product="viewer")
    no("two lines: neither", "WRONG_PRODUCT", lines, product="server")
    ok("expiry of the line, last second", lines, clause="18.4", now=T0 + 30 * DAY - 1, want={"seats": 5, "devices": 5})
    ok("expiry of the line, in grace", lines, clause="18.4", state="grace", now=T0 + 30 * DAY, want={"seats": 5, "devices": 5})
    no("expiry of the line, grace over", "LICENSE_EXPIRED", lines, "18.4", now=T0 + 30 * DAY + G)
    ok("expiry of one line, the other goes on", lines, clause="18.4", line=3, want=view, product="viewer", now=T0 + 30 * DAY + G)
    perp = payload(lines={0: {**LINE, 15: T0 + 30 * DAY}}, drop=[4])
    no("expiry of the line without exp", "LICENSE_EXPIRED", perp, "18.4", now=T0 + 30 * DAY + G)
    # term from first activation
    t = payload({7: 100})
    ok("term from activation, not activated", t, clause="18.4", now=T0 + 90 * DAY)
    ok("term from activation, last second", t, clause="18.4", now=T0 + 10 * DAY + 100 * HOUR - 1, firstActivatedAt=T0 + 10 * DAY)
    ok("term from activation, in grace", t, clause="18.4", state="grace", now=T0 + 10 * DAY + 100 * HOUR, firstActivatedAt=T0 + 10 * DAY)
    no("term from activation, over", "LICENSE_EXPIRED", t, "18.4", now=T0 + 10 * DAY + 100 * HOUR + G, firstActivatedAt=T0 + 10 * DAY)
    no("term from activation does not reach beyond exp", "LICENSE_EXPIRED", t, "18.4", now=EXP + G, firstActivatedAt=EXP - HOUR)
    # test
    no("test license", "TEST_LICENSE", payload({8: True}))
    ok("test license, allowed", payload({8: True}), want={"test": True}, allowTest=True)
    ok("live license where test is allowed", allowTest=True)
    # revocation
    ix = payload(line={**LINE, 16: 5})
    now = T0 + 2 * DAY

    def lst(statuses=None, **kw):
        return status_list(statuses=statuses or {}, **kw)

    ok("status valid", ix, clause="11.7", now=now, revocations=[lst()])
    no("status revoked", "LICENSE_REVOKED", ix, "11.7", now=now, revocations=[lst({5: 1})])
    no("status suspended", "LICENSE_SUSPENDED", ix, "11.7", now=now, revocations=[lst({5: 2})])
    for place in (4, 6, 1, 7, 20):
        ok(f"status revoked at place {place}, not 5", ix, clause="11.2", now=now, revocations=[lst({place: 1})])
    for place in (0, 1, 2, 3, 63):
        no(
            f"status revoked at place {place}",
            "LICENSE_REVOKED",
            payload(line={**LINE, 16: place}),
            "11.2",
            now=now,
            revocations=[lst({place: 1})],
        )
    ok("place behind the end of the list", payload(line={**LINE, 16: 64}), clause="11.2", now=now, revocations=[lst({63: 1})])
    i1 = payload(line={**LINE, 16: (1 << 20) + 5})
    ok("index in list 1, revoked in list 0", i1, clause="11.2", now=now, revocations=[lst({5: 1})])
    no("index in list 1, revoked in list 1", "LICENSE_REVOKED", i1, "11.2", now=now, revocations=[lst(), lst({5: 1}, sub="lic:list:1")])
    ok("index in list 0, revoked in list 1", ix, clause="11.2", now=now, revocations=[lst({5: 1}, sub="lic:list:1")])
    i4095 = payload(line={**LINE, 16: 2**32 - 1 - (1 << 20) + 1 + 9})
    no("index in list 4095", "LICENSE_REVOKED", i4095, "11.2", now=now, revocations=[lst({9: 1}, sub="lic:list:4095")])
    ok("no list at all", ix, clause="11.7", now=now)
    ok("no index, a list with that place revoked", clause="11.7", now=now, revocations=[lst({0: 1, 5: 1})])
    two = payload(lines={0: {**LINE, 16: 5}, 1: {0: "viewer", 1: "std", 16: 6}})
    no("two lines, the first revoked", "LICENSE_REVOKED", two, "11.7", now=now, revocations=[lst({5: 1})])
    ok(
        "two lines, the first revoked, the second asked",
        two,
        clause="11.7",
        line=1,
        want=view,
        now=now,
        product="viewer",
        revocations=[lst({5: 1})],
    )
    old, new = T0 + DAY, T0 + DAY + HOUR
    no(
        "two lists of one sub, the newer revokes",
        "LICENSE_REVOKED",
        ix,
        "11.5",
        now=now,
        revocations=[lst(number=old), lst({5: 1}, number=new)],
    )
    ok("two lists of one sub, the older revokes", ix, clause="11.5", now=now, revocations=[lst({5: 1}, number=old), lst(number=new)])
    no(
        "two lists of one sub, the newer first",
        "LICENSE_REVOKED",
        ix,
        "11.5",
        now=now,
        revocations=[lst({5: 1}, number=new), lst(number=old)],
    )
    no("revoked by prefix of cti", "LICENSE_REVOKED", None, "11.7", now=now, revocations=[lst(fields={5: [CTI[:5]]})])
    no("suspended by prefix of cti", "LICENSE_SUSPENDED", None, "11.7", now=now, revocations=[lst(fields={6: [CTI[:5]]})])
    no(
        "revoked and suspended by prefix of cti",
        "LICENSE_REVOKED",
        None,
        "18.2",
        now=now,
        revocations=[lst(fields={5: [CTI[:5]], 6: [CTI[:5]]})],
    )
    ok("another prefix of cti", clause="11.7", now=now, revocations=[lst(fields={5: [bytes(5), CTI[:4] + b"\xff"], 6: [b"\xff" * 5]})])
    no(
        "revoked by prefix of cti among others",
        "LICENSE_REVOKED",
        None,
        "11.7",
        now=now,
        revocations=[lst(fields={5: [bytes(5), CTI[:5], b"\xff" * 5]})],
    )
    no(
        "revoked by prefix of cti in a list of another number",
        "LICENSE_REVOKED",
        None,
        "11.3",
        now=now,
        revocations=[lst(sub="lic:list:7", fields={5: [CTI[:5]]})],
    )
    ok(
        "its prefix of cti is revoked, but it has an index",
        ix,
        clause="11.7",
        now=now,
        revocations=[lst(fields={5: [CTI[:5]]})],
        comment="a trial under the same key is named: this is the revision that was bought",
    )
    no(
        "revoked by its index, its prefix of cti is suspended",
        "LICENSE_REVOKED",
        ix,
        "11.7",
        now=now,
        revocations=[lst({5: 1}, fields={6: [CTI[:5]]})],
    )
    dp = payload({2: {0: {17: 0}}}, {4: T0 + 720 * HOUR})
    s.no(
        "policy: delegated license revoked by prefix of cti",
        "11.7",
        sign1(DELEGATED, dp, delegated_cert()),
        "LICENSE_REVOKED",
        now=now,
        revocations=[lst(fields={5: [CTI[:5]]})],
    )
    # compromised keys
    root_hash = H("any")

    def comp(key, cut):
        return lst(fields={2: [[kid(key), cut, 10, root_hash]]})

    cut = T0 + DAY // 2
    no("issuing key compromised, no installation recorded", "KEY_COMPROMISED", clause="11.4", now=now, revocations=[comp(ISSUING, cut)])
    ok(
        "issuing key compromised, installed before the cut-off",
        clause="11.4",
        now=now,
        revocations=[comp(ISSUING, cut)],
        installedAt=cut - 1,
    )
    no(
        "issuing key compromised, installed at the cut-off",
        "KEY_COMPROMISED",
        clause="11.4",
        now=now,
        revocations=[comp(ISSUING, cut)],
        installedAt=cut,
    )
    no(
        "issuing key compromised, installed after the cut-off",
        "KEY_COMPROMISED",
        clause="11.4",
        now=now,
        revocations=[comp(ISSUING, cut)],
        installedAt=cut + 1,
    )
    no(
        "issuing key compromised, iat before the cut-off does not help",
        "KEY_COMPROMISED",
        clause="11.4",
        now=now,
        revocations=[comp(ISSUING, T0 + 10)],
        installedAt=T0 + 11,
    )
    ok("another key compromised", clause="11.4", now=now, revocations=[comp(OTHER, cut)])
    ok("delegated key compromised, license of the issuing key", clause="11.4", now=now, revocations=[comp(DELEGATED, cut)])
    dwant = {"exp": T0 + 720 * HOUR, "seats": 5, "devices": 8}
    dl = sign1(DELEGATED, dp, delegated_cert())
    s.no("policy: delegated key compromised", "11.4", dl, "KEY_COMPROMISED", now=now, revocations=[comp(DELEGATED, cut)])
    s.ok(
        "policy: delegated key compromised, installed before the cut-off",
        "11.4",
        dl,
        now=now,
        revocations=[comp(DELEGATED, cut)],
        installedAt=cut - 1,
        want=dwant,
    )
    s.no("policy: signer of the delegated key compromised", "11.4", dl, "KEY_COMPROMISED", now=now, revocations=[comp(ISSUING, cut)])
    s.ok(
        "policy: signer of the delegated key compromised, installed before the cut-off",
        "11.4",
        dl,
        now=now,
        revocations=[comp(ISSUING, cut)],
        installedAt=cut - 1,
        want=dwant,
    )
    no(
        "compromised key in a list of another number",
        "KEY_COMPROMISED",
        ix,
        "11.3",
        now=now,
        revocations=[lst(sub="lic:list:9", fields={2: [[kid(ISSUING), cut, 10, root_hash]]})],
    )
    # freshness
    fr = payload({6: 3})
    ok("fresh, no list, in time by iat", fr, clause="11.8", now=T0 + 3 * DAY)
    no("fresh, no list, overdue by a second", "REVOCATION_CHECK_OVERDUE", fr, "11.8", now=T0 + 3 * DAY + 1)
    ok(
        "fresh, any list where there is no index",
        fr,
        clause="11.8",
        now=T0 + 7 * DAY,
        revocations=[lst(number=T0 + 4 * DAY, sub="lic:list:3")],
    )
    no(
        "fresh, the list overdue by a second",
        "REVOCATION_CHECK_OVERDUE",
        fr,
        "11.8",
        now=T0 + 7 * DAY + 1,
        revocations=[lst(number=T0 + 4 * DAY)],
    )
    fi = payload({6: 3}, line={**LINE, 16: 5})
    ok("fresh, the list of the index", fi, clause="11.8", now=T0 + 7 * DAY, revocations=[lst(number=T0 + 4 * DAY)])
    no(
        "fresh, a list of another number does not count for the index",
        "REVOCATION_CHECK_OVERDUE",
        fi,
        "11.8",
        now=T0 + 7 * DAY,
        revocations=[lst(number=T0 + 4 * DAY, sub="lic:list:3")],
    )
    no(
        "fresh, iat of the list counts, not its number",
        "REVOCATION_CHECK_OVERDUE",
        fr,
        "11.8",
        now=T0 + 7 * DAY + 1,
        revocations=[lst(number=T0 + 3 * DAY, iat=T0 + 4 * DAY)],
    )
    ok(
        "fresh, iat of the list counts, the number is older",
        fr,
        clause="11.8",
        now=T0 + 7 * DAY,
        revocations=[lst(number=T0 + 3 * DAY, iat=T0 + 4 * DAY)],
    )
    ok("fresh 0, at iat", payload({6: 0}), clause="11.8", now=T0)
    no("fresh 0, a second after iat", "REVOCATION_CHECK_OVERDUE", payload({6: 0}), "11.8", now=T0 + 1)
    ok("not fresh, no list for years", payload(drop=[4]), clause="11.8", now=T0 + 3 * YEAR, want={"exp": None})
    # clock
    ok("clock 3600 s below iat", clause="18.3", now=T0 - 3600)
    no("clock 3601 s below iat", "CLOCK_ROLLED_BACK", clause="18.3", now=T0 - 3601)
    no("clock in 1970", "CLOCK_ROLLED_BACK", clause="18.3", now=0)
    ok("clock in 1970, nothing depends on time", payload(drop=[4]), clause="18.3", now=0, want={"exp": None})
    cw = {"exp": None}
    for name, q in (
        ("nbf", payload(drop=[4], claims={5: T0 - DAY})),
        ("fresh", payload({6: 3}, drop=[4])),
        ("term from activation", payload({7: 100}, drop=[4])),
        ("maintenance", payload(drop=[4], line={**LINE, 10: T0 + YEAR})),
        ("expiry of the line", payload(drop=[4], line={**LINE, 15: T0 + YEAR})),
        ("expiry of a feature", payload(drop=[4], line={**LINE, 18: {"a": {3: T0 + YEAR}}})),
    ):
        no(f"clock rolled back, perpetual with {name}", "CLOCK_ROLLED_BACK", q, "18.3", now=T0 - 3601)
        ok(f"clock 3600 s back, perpetual with {name}", q, clause="18.3", now=T0 - 3600, want=cw, buildDate=T0)
    no("clock 3601 s below iat of the list", "CLOCK_ROLLED_BACK", clause="18.3", now=T0 + DAY - 3601, revocations=[lst()])
    ok("clock 3600 s below iat of the list", clause="18.3", now=T0 + DAY - 3600, revocations=[lst()])
    no(
        "effective time is the floor: iat of the list after the grace",
        "LICENSE_EXPIRED",
        clause="18.3",
        now=EXP + G - 600,
        revocations=[lst(number=EXP + G + 600)],
    )
    ok(
        "effective time is the clock: iat of the list before it",
        clause="18.3",
        state="grace",
        now=EXP + G - 600,
        revocations=[lst(number=EXP + G - 700)],
    )
    ok("effective time is the floor: nbf reached by iat", payload(claims={5: T0}), clause="18.3", now=T0 - 1000)
    # versions and maintenance
    v = payload(line={**LINE, 11: {0: "2.9", 1: "3"}})
    for ver in ("2.9", "2.9.0", "2.9.0.0", "2.10", "2.99.99.99"):
        ok(f"version {ver} of 2.9 to 3", v, clause="8.7", version=ver)
    for ver in ("2.8.9", "3", "3.0", "3.0.0.0", "3.0.1", "10", "2", "0"):
        no(f"version {ver} of 2.9 to 3", "VERSION_NOT_COVERED", v, "8.7", version=ver)
    ok("version 9 of 2 and up", payload(line={**LINE, 11: {0: "2"}}), clause="8.4", version="9")
    no("version 1.9 of 2 and up", "VERSION_NOT_COVERED", payload(line={**LINE, 11: {0: "2"}}), "8.4", version="1.9")
    ok("version 1.9 below 2", payload(line={**LINE, 11: {1: "2"}}), clause="8.4", version="1.9")
    no("version 2.0 below 2", "VERSION_NOT_COVERED", payload(line={**LINE, 11: {1: "2"}}), "8.4", version="2.0")
    m = payload(line={**LINE, 10: T0 + 5 * DAY})
    ok("build at the end of maintenance", m, clause="8.4", buildDate=T0 + 5 * DAY, now=T0 + 6 * DAY)
    no("build a second after maintenance", "VERSION_NOT_COVERED", m, "8.4", buildDate=T0 + 5 * DAY + 1, now=T0 + 6 * DAY)
    ok("old build long after maintenance", m, clause="8.4", buildDate=T0 - DAY, now=T0 + 100 * DAY)
    other = payload(lines={0: LINE, 3: {0: "viewer", 1: "std", 10: T0 + 5 * DAY, 11: {1: "2"}}})
    ok(
        "maintenance and versions of the other line do not count",
        other,
        clause="8.4",
        buildDate=T0 + 8 * DAY,
        now=T0 + 9 * DAY,
        version="2",
    )
    no(
        "maintenance of the line asked",
        "VERSION_NOT_COVERED",
        other,
        "8.4",
        buildDate=T0 + 8 * DAY,
        now=T0 + 9 * DAY,
        version="1",
        product="viewer",
    )
    no("maintenance, no build date told", "VERSION_NOT_COVERED", m)
    no("versions, no version told", "VERSION_NOT_COVERED", v)
    no("maintenance and versions, only the version told", "VERSION_NOT_COVERED", other, product="viewer", version="1")
    no("maintenance and versions, only the build date told", "VERSION_NOT_COVERED", other, product="viewer", buildDate=T0)
    ok("maintenance and versions, both told", other, line=3, want=view, product="viewer", version="1", buildDate=T0)
    # activation
    a = payload(line={**LINE, 8: 1})
    no("activation required", "ACTIVATION_REQUIRED", a)
    ok("activation required, not looked at", a, activation="unchecked")
    # order of 18.2
    rev = [lst({5: 1})]
    no("order: compromised before wrong product", "KEY_COMPROMISED", now=now, product="server", revocations=[comp(ISSUING, cut)])
    no("order: wrong product before test", "WRONG_PRODUCT", payload({8: True}), product="server")
    no("order: test before revoked", "TEST_LICENSE", payload({8: True}, line={**LINE, 16: 5}), now=now, revocations=rev)
    no("order: revoked before expired", "LICENSE_REVOKED", ix, now=EXP + YEAR, revocations=rev)
    no("order: revoked before clock rolled back", "LICENSE_REVOKED", ix, now=T0 - 2 * HOUR, revocations=[lst({5: 1}, number=T0 - DAY)])
    no("order: clock rolled back before not yet valid", "CLOCK_ROLLED_BACK", payload(claims={5: T0 + 10 * DAY}), now=T0 - 3601)
    no("order: not yet valid before overdue", "LICENSE_NOT_YET_VALID", payload({6: 3}, {5: T0 + 10 * DAY}), now=T0 + 9 * DAY)
    no("order: expired before overdue", "LICENSE_EXPIRED", payload({6: 3}), now=EXP + YEAR)
    no(
        "order: overdue before version",
        "REVOCATION_CHECK_OVERDUE",
        payload({6: 3}, line={**LINE, 11: {0: "5"}}),
        now=T0 + 9 * DAY,
        version="1",
    )
    no("order: version before activation", "VERSION_NOT_COVERED", payload(line={**LINE, 8: 1, 11: {0: "5"}}), version="1")
