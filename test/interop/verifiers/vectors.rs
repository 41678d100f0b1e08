//! Answers the questions of vectors.mjs, a line each.

use lic::cbor::{item, need, Refused, INVALID};
use lic::keys::{kid_of, signed_by};
use lic::leaves::Leaves;
use std::io::stdin;

fn main() {
    for question in stdin().lines() {
        let question = question.expect("a line of text");
        println!("{}", answer(&question.split('\t').collect::<Vec<_>>()).unwrap_or_else(String::from));
    }
}

fn answer(question: &[&str]) -> Result<String, Refused> {
    let bytes = |place: usize| -> Vec<u8> {
        let digits = question[place];
        (0..digits.len() / 2).map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).expect("hex")).collect()
    };
    match question[0] {
        "item" => need(item(&bytes(1), &mut Leaves::default(), "")?.is_empty(), INVALID)?,
        "key" => return Ok(format!("ok {}", kid_of(&bytes(1))?)),
        "signature" => {
            kid_of(&bytes(1))?;
            need(signed_by(&bytes(1), &bytes(2), &bytes(3)), "BAD_SIGNATURE")?;
        }
        _ => {
            let (roots, now) = (question[2].replace('|', "\n"), question[4].parse().expect("a time"));
            let line = lic::verify(&bytes(1), &roots, question[3], now, question[5] == "true")?;
            return Ok(format!("ok {} {} {}", line.get("state"), line.get("0"), line.get("1")));
        }
    }
    Ok("ok".into())
}
