//! The stages decode and type (FORMAT 18.1): an object as leaves by path, each in a form that fields.txt allows.

use crate::cbor::{item, need, Refused, INVALID};
use regex::Regex;
use std::collections::HashMap;

/// Leaves as fields.txt writes them: "/-65537/2/0/1" is `"pro"`.
#[derive(Default, Clone)]
pub struct Leaves(pub HashMap<String, String>);

thread_local! {
    static WORDS: HashMap<String, String> = words();
    static FORMS: HashMap<String, Regex> = WORDS.with(|words| {
        words.iter().map(|(word, rule)| (word.clone(), Regex::new(&format!("^({rule})$")).unwrap())).collect()
    });
}

fn words() -> HashMap<String, String> {
    let mut words: HashMap<String, String> = HashMap::new();
    for line in include_str!("fields.txt").lines().filter(|line| !line.starts_with('#')) {
        if let [word, rule] = line.split_whitespace().collect::<Vec<_>>()[..] {
            let whole =
                words.iter().fold(rule.to_string(), |rule, (word, means)| rule.replace(word, &format!("({means})")));
            words.entry(word.into()).and_modify(|rules| *rules += &format!("|{whole}")).or_insert(whole.clone());
        }
    }
    words
}

/// The leaves of one whole object, whose field 0 says which forms they must have, and which must be there.
pub fn read(data: &[u8]) -> Result<Leaves, Refused> {
    let mut leaves = Leaves::default();
    need(item(data, &mut leaves, "")?.is_empty(), INVALID)?;
    let kind = leaves.get("/-65537/0").to_string();
    let fits = |form: &Regex| leaves.0.iter().all(|(path, value)| form.is_match(&format!("{path}={value}")));
    need(FORMS.with(|forms| forms.get(&format!("type{kind}")).map_or(false, fits)), INVALID)?;
    let there = |needed: &String| needed.split('|').all(|path| leaves.has(path));
    need(WORDS.with(|words| words.get(&format!("needs{kind}")).map_or(false, there)), INVALID)?;
    Ok(leaves)
}

impl Leaves {
    /// What stands at a path; an empty text when there is nothing.
    pub fn get(&self, path: &str) -> &str {
        self.0.get(path).map_or("", String::as_str)
    }

    pub fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// Whether there is a leaf of the form of a word.
    pub fn any(&self, word: &str) -> bool {
        FORMS.with(|forms| self.0.iter().any(|(path, value)| forms[word].is_match(&format!("{path}={value}"))))
    }

    /// All leaves under a path, by what is behind it.
    pub fn below(&self, path: &str) -> Leaves {
        let found = self.0.iter().filter_map(|(whole, value)| Some((whole.strip_prefix(path)?.into(), value.clone())));
        Leaves(found.collect())
    }

    /// Whether a list of a certificate is not there, or has the value.
    pub fn allows(&self, list: &str, value: &str) -> bool {
        let items = self.below(&format!("{list}/#"));
        items.0.is_empty() || items.0.values().any(|item| item == value)
    }

    pub fn number(&self, path: &str, otherwise: i64) -> i64 {
        self.get(path).trim_end_matches('n').parse().unwrap_or(otherwise)
    }

    pub fn bytes(&self, path: &str) -> Vec<u8> {
        let digits = self.get(path).trim_matches('\'');
        (0..digits.len() / 2).filter_map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).ok()).collect()
    }
}
