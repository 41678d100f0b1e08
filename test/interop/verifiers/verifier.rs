//! Verifies a license for one product (FORMAT 18; clauses in brackets): encoding, forms, chain, signatures, rights,
//! times; then product, test mark, clock, nbf, exp, grace, fresh (18.2). Refused, though FORMAT has it: delegated
//! keys (6.8), certificates that are not in the license (6.1), activation, versions, maintenance (8.4), a term from
//! activation (8.2). Left to the product: lists (11), bundles (7.2), restrictions (8.7), emergencies (14). Not looked
//! at: what changes no right (3.6, 6.2, 8.2 to 8.6, 14.2: defaults, order, counts).

pub mod cbor;
pub mod keys;
pub mod leaves;

use cbor::{need, to_be_signed, Refused, INVALID};
use keys::{kid_of, roots_of, signed_by, Roots};
use leaves::{read, Leaves};
use std::collections::HashMap;

const RIGHTS: Refused = "RIGHTS_EXCEEDED";
const NEVER: i64 = 1 << 40;

/// The leaves of the product's line, as "1" for its tier, with "state" active or grace; or why the license is refused.
/// file is that of a .lic, roots the text of a root.pub, now in seconds since 1970.
pub fn verify(file: &[u8], roots: &str, product: &str, now: i64, allow_test: bool) -> Result<Leaves, Refused> {
    need(file.first() == Some(&0xd2) && file.len() <= 4096, INVALID)?;
    let (says, signer) = open(&read(&file[1..])?, "", "", &roots_of(roots)?)?;
    need(says.get(&at("/0")) == "1", INVALID)?;
    let signer = signer.filter(|signer| signer.get(&at("/0")) == "2" && !signer.any("WIDER")).ok_or(RIGHTS)?;
    need(signer.allows(&at("/1"), "1"), RIGHTS)?;
    let (start, stop, exp) = (signer.number("/5", 0), signer.number("/4", 0), says.number("/4", NEVER));
    let (iat, nbf, grace) = (says.number("/6", 0), says.number("/5", 0), says.number(&at("/5"), 48));
    need(exp > iat && exp > nbf && stop > start && !says.below(&at("/2/")).0.is_empty(), INVALID)?;
    need(exp < NEVER || signer.has(&at("/6")), RIGHTS)?;
    need(exp == NEVER || exp - iat <= 3600 * signer.number(&at("/4"), NEVER), RIGHTS)?;
    need(grace <= signer.number(&at("/5"), NEVER) && !(says.has(&at("/8")) && signer.get(&at("/7")) == "2"), RIGHTS)?;
    need(start <= iat && iat <= stop, RIGHTS)?;
    let mut lines: HashMap<String, Leaves> = HashMap::new();
    for own in (0..16).map(|number| says.below(&at(&format!("/2/{number}/")))).filter(|own| !own.0.is_empty()) {
        need(!own.has("17"), RIGHTS)?;
        need(own.has("0") && own.has("1") && !lines.contains_key(own.get("0")) && own.number("15", 0) < exp, INVALID)?;
        need(signer.allows(&at("/2"), own.get("0")) && signer.allows(&at("/3"), own.get("1")), RIGHTS)?;
        need(own.below("2/").0.values().all(|lower| signer.allows(&at("/3"), lower)), RIGHTS)?;
        lines.insert(own.get("0").into(), own);
    }
    let mut line = lines.remove(&format!("\"{product}\"")).ok_or("WRONG_PRODUCT")?;
    need(allow_test || !says.has(&at("/8")) && signer.get(&at("/7")) != "1", "TEST_LICENSE")?;
    need(now >= iat - 3600 || !says.any("TIMED"), "CLOCK_ROLLED_BACK")?;
    let (now, end) = (now.max(iat), line.number("15", exp));
    need(now >= nbf, "LICENSE_NOT_YET_VALID")?;
    need(now < end + 3600 * grace, "LICENSE_EXPIRED")?;
    need(now <= iat + 86400 * says.number(&at("/6"), NEVER), "REVOCATION_CHECK_OVERDUE")?;
    need(!line.any("VERSIONED"), "VERSION_NOT_COVERED")?;
    need(!line.has("8") && !says.has(&at("/7")), "ACTIVATION_REQUIRED")?;
    line.0.insert("state".into(), if now < end { "active" } else { "grace" }.into());
    Ok(line)
}

fn at(field: &str) -> String {
    format!("/-65537{field}")
}

/// What an object says and the certificate of its key; all above are verified first, then it (6.1, 7.1, 5.3).
fn open(envelope: &Leaves, level: &str, kids: &str, roots: &Roots) -> Result<(Leaves, Option<Leaves>), Refused> {
    let part = |name: &str| format!("{level}/#{name}");
    need(["0", "2", "3"].iter().all(|name| envelope.has(&part(name))), INVALID)?;
    let (payload, kid) = (envelope.bytes(&part("2")), &envelope.get(&part("0"))[11..27]);
    let says = read(&payload)?;
    let (key, signer) = match roots.get(kid) {
        Some(key) => (key.clone(), None),
        None => {
            need(!envelope.has(&part("1")), "UNKNOWN_KEY")?;
            let (signer, above) = open(envelope, &part("1/13"), &format!("{kids} {kid}"), roots)?;
            let key = signer.bytes("/8/1/-2");
            need(kid_of(&key)? == kid, "UNKNOWN_KEY")?;
            need(above.map_or(true, |above| above.get(&at("/0")) == "8"), RIGHTS)?;
            (key, Some(signer))
        }
    };
    need(!kids.contains(kid), INVALID)?;
    let message = to_be_signed(&envelope.bytes(&part("0")), &payload);
    need(signed_by(&key, &message, &envelope.bytes(&part("3"))), "BAD_SIGNATURE")?;
    Ok((says, signer))
}
