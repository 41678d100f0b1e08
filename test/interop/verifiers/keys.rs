//! Ed25519 as FORMAT 4 and 5.3 want it, on libsodium (Debian 12 packages no Rust crate that has what is needed). Its
//! check of a point is that of 4.1. Its check of signatures refuses an R of small order even where the equation
//! holds, so that R = SB - kA is reckoned here, and compared as bytes.

use crate::cbor::{hex, need, Refused, INVALID};
use std::collections::HashMap;

#[link(name = "sodium")]
extern "C" {
    fn crypto_hash_sha256(out: *mut u8, data: *const u8, size: u64) -> i32;
    fn crypto_hash_sha512(out: *mut u8, data: *const u8, size: u64) -> i32;
    fn crypto_core_ed25519_is_valid_point(point: *const u8) -> i32;
    fn crypto_core_ed25519_scalar_reduce(out: *mut u8, number: *const u8);
    fn crypto_core_ed25519_sub(out: *mut u8, p: *const u8, q: *const u8) -> i32;
    fn crypto_scalarmult_ed25519_base_noclamp(out: *mut u8, n: *const u8) -> i32;
    fn crypto_scalarmult_ed25519_noclamp(out: *mut u8, n: *const u8, point: *const u8) -> i32;
}

/// Public keys by kid.
pub type Roots = HashMap<String, Vec<u8>>;

/// The kid (4.2) of a key that is canonical and of prime order (4.1).
pub fn kid_of(key: &[u8]) -> Result<String, Refused> {
    need(key.len() == 32 && unsafe { crypto_core_ed25519_is_valid_point(key.as_ptr()) } == 1, INVALID)?;
    let cose_key = [b"\xa3\x01\x01\x20\x06\x21\x58\x20", key].concat();
    let mut thumbprint = [0; 32];
    unsafe { crypto_hash_sha256(thumbprint.as_mut_ptr(), cose_key.as_ptr(), cose_key.len() as u64) };
    Ok(hex(&thumbprint[..8]))
}

/// The keys in the text of a root.pub (4.3), by kid.
pub fn roots_of(pem: &str) -> Result<Roots, Refused> {
    let mut roots = HashMap::new();
    for block in pem.split("BEGIN PUBLIC KEY-----").skip(1) {
        let spki = base64(block.split('-').next().unwrap_or(""));
        let key = spki.strip_prefix(b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00").ok_or(INVALID)?;
        roots.insert(kid_of(key)?, key.to_vec());
    }
    Ok(roots)
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<usize> = text.chars().filter_map(|digit| DIGITS.find(digit)).collect();
    let whole = |four: &[usize]| four.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - four.len()));
    digits.chunks(4).flat_map(|four| whole(four).to_be_bytes()[5..4 + four.len()].to_vec()).collect()
}

pub fn signed_by(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    if key.len() != 32 || signature.len() != 64 {
        return false;
    }
    let (r, s) = signature.split_at(32);
    let hashed = [r, key, message].concat();
    let (mut hash, mut k, mut reduced, mut sb, mut ka, mut sum) =
        ([0; 64], [0; 32], [0; 32], [0; 32], [0; 32], [0; 32]);
    unsafe {
        crypto_core_ed25519_scalar_reduce(reduced.as_mut_ptr(), [s, &[0; 32]].concat().as_ptr());
        crypto_hash_sha512(hash.as_mut_ptr(), hashed.as_ptr(), hashed.len() as u64);
        crypto_core_ed25519_scalar_reduce(k.as_mut_ptr(), hash.as_ptr());
        reduced == s
            && crypto_scalarmult_ed25519_base_noclamp(sb.as_mut_ptr(), s.as_ptr()) == 0
            && crypto_scalarmult_ed25519_noclamp(ka.as_mut_ptr(), k.as_ptr(), key.as_ptr()) == 0
            && crypto_core_ed25519_sub(sum.as_mut_ptr(), sb.as_ptr(), ka.as_ptr()) == 0
            && sum == r
    }
}
