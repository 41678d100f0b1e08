//! Deterministic CBOR and nothing else (FORMAT 2.1, 2.2).

use crate::leaves::Leaves;
use std::str::from_utf8;

/// A license that is refused: the code of the first check that failed.
pub type Refused = &'static str;
pub const INVALID: Refused = "LICENSE_INVALID";

pub fn need(holds: bool, code: Refused) -> Result<(), Refused> {
    holds.then_some(()).ok_or(code)
}

/// Notes the leaves of the first item in data, and returns what follows it.
pub fn item<'a>(data: &'a [u8], leaves: &mut Leaves, path: &str) -> Result<&'a [u8], Refused> {
    let first = *data.first().ok_or(INVALID)?;
    need(first < 0xc0 && first & 31 < 28 || (0xf4..=0xf6).contains(&first), INVALID)?;
    let (major, mut n) = (first >> 5, u64::from(first & 31));
    let width = if major < 6 && n > 23 { 1 << (n - 24) } else { 0 };
    need(data.len() > width, INVALID)?;
    let (head, mut data) = data.split_at(1 + width);
    if width > 0 {
        n = head[1..].iter().fold(0, |n, digit| n << 8 | u64::from(*digit));
        need(n > 23 && n >> (4 * width) > 0 && n < (1 << 53) - u64::from(major % 2), INVALID)?;
    }
    need(major < 2 || major == 7 || n <= data.len() as u64, INVALID)?;
    if major < 2 {
        let number = if major == 0 { n as i64 } else { -1 - n as i64 };
        leaves.0.insert(path.into(), format!("{number}{}", if width == 8 { "n" } else { "" }));
    } else if major < 4 {
        let (bytes, rest) = data.split_at(n as usize);
        data = rest;
        need(major == 2 || !from_utf8(bytes).map_err(|_| INVALID)?.starts_with('\u{feff}'), INVALID)?;
        leaves.0.insert(path.into(), if major == 2 { format!("'{}'", hex(bytes)) } else { quoted(bytes) });
    } else if major == 7 {
        leaves.0.insert(path.into(), ["false", "true", "null"][n as usize - 20].into());
    } else {
        need(path.matches('/').count() < 10, INVALID)?;
        if n == 0 {
            leaves.0.insert(path.into(), if major == 4 { "[]" } else { "{}" }.into());
        }
        let mut last: &[u8] = &[];
        for place in 0..n {
            let mut key = Leaves::default();
            key.0.insert(String::new(), format!("#{place}"));
            if major == 5 {
                let rest = item(data, &mut key, "")?;
                let raw = &data[..data.len() - rest.len()];
                need(raw > last && [0, 1, 3].contains(&(raw[0] >> 5)), INVALID)?;
                (last, data) = (raw, rest);
            }
            data = item(data, leaves, &format!("{path}/{}", key.0[""]))?;
        }
    }
    Ok(data)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn quoted(text: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let spell = |byte: &u8| if plain(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
    format!("\"{}\"", text.iter().map(spell).collect::<String>())
}

/// The bytes that a signature covers (3.1).
pub fn to_be_signed(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let size = payload.len().to_be_bytes();
    let head = if payload.len() < 256 { [&[0x58], &size[7..]] } else { [&[0x59], &size[6..]] }.concat();
    [b"\x84\x6aSignature1\x4d", protected, b"\x40", &head, payload].concat()
}
