//! Secrets that only a list shows: the argument after `--token`, and a private key whose lines stand in items of their
//! own, as in the lines of a log.
//!
//! Guarantee: also where the first or last lines of a key are missing, or stand in the reverse order. Deliberately
//! absent: key lines in a list in which nothing says that there is a key.

use super::keys::{self, NameVerdict};
use super::{REPLACEMENT, judge_name};
use serde_json::Value;

/// How far from its first or last line the lines of a key may stand, other lines between them counted.
const KEY_LINES: usize = 200;

/// Shorter words may be anything.
const LEAST_KEY_BYTES: usize = 16;

/// Redacts, in a list of texts, the item after each flag whose name tells of a secret.
pub(super) fn after_flags(items: &mut [Value]) {
    let mut is_secret = false;
    for item in items {
        let Value::String(text) = item else {
            is_secret = false;
            continue;
        };
        if std::mem::take(&mut is_secret) && !text.starts_with('-') && !keys::is_placeholder(text) {
            REPLACEMENT.clone_into(text);
            continue;
        }
        is_secret = flag(text).is_some_and(|name| judge_name(name) != NameVerdict::Harmless);
    }
}

/// The name of a flag whose value stands after it.
fn flag(text: &str) -> Option<&str> {
    let name = text.strip_prefix('-')?.trim_start_matches('-');
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    name.bytes().all(is_part).then_some(name)
}

/// Where lines of a key stand in a list, by the texts of its items before anything was redacted.
pub(super) fn key_lines<'a>(texts: impl Iterator<Item = Option<&'a str>> + Clone) -> Vec<usize> {
    let is_mark =
        |text: &str| text.contains("PRIVATE KEY") && (text.contains("-----BEGIN") || text.contains("-----END"));
    let marks: Vec<usize> =
        texts.clone().enumerate().filter(|(_, text)| text.is_some_and(is_mark)).map(|(at, _)| at).collect();
    if marks.is_empty() {
        return Vec::new();
    }
    let is_near = |at: usize| marks.iter().any(|mark| mark.abs_diff(at) <= KEY_LINES);
    texts.enumerate().filter(|(at, text)| text.is_some_and(is_key) && is_near(*at)).map(|(at, _)| at).collect()
}

/// Whether a text ends with a word of base64, behind a time or a name or nothing.
fn is_key(text: &str) -> bool {
    last_word(text).is_some_and(|word| {
        let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        word.len() >= LEAST_KEY_BYTES && word.bytes().all(base64)
    })
}

fn last_word(text: &str) -> Option<&str> {
    let quotes = |letter: char| matches!(letter, '"' | '\'' | '`' | ',' | '\\');
    text.trim_end().rsplit(char::is_whitespace).next().map(|word| word.trim_matches(quotes))
}

/// The text without its last word, which is of a key.
pub(super) fn hide_key(text: &mut String) {
    let Some(word) = last_word(text) else { return };
    *text = text.replace(word, REPLACEMENT);
}

#[cfg(test)]
mod tests {
    use super::super::redact_value;
    use serde_json::{Value, json};

    fn redacted(mut value: Value) -> Value {
        redact_value(&mut value);
        value
    }

    #[test]
    fn what_follows_a_telling_flag_goes() {
        let cases = [
            (json!(["--token", "abc", "--port", "80"]), json!(["--token", "[redacted]", "--port", "80"])),
            (json!(["-password", "abc", "x"]), json!(["-password", "[redacted]", "x"])),
            (json!(["--token", "--verbose", "x"]), json!(["--token", "--verbose", "x"])),
            (json!(["--token", 7, "x"]), json!(["--token", 7, "x"])),
            (json!(["--token", "$(TOKEN)"]), json!(["--token", "$(TOKEN)"])),
            (json!(["--token-file", "/run/x"]), json!(["--token-file", "/run/x"])),
            (json!(["token", "secret"]), json!(["token", "secret"])),
        ];
        for (given, wanted) in cases {
            assert_eq!(redacted(given.clone()), wanted, "{given}");
        }
    }

    const LINE: &str = "MIIEowIBAAKCAQEAz7Xv4Qm9Lp2Rt6Wk1Yd8";

    #[test]
    fn a_key_line_by_line_goes_in_any_order_and_without_its_ends() {
        let (begin, end) = ("-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----");
        let stamped = format!("2026-11-21T03:00:00Z shop/cart {LINE}");
        for lines in [
            vec![begin, LINE, &stamped, end],
            vec![end, LINE, &stamped, begin],
            vec![LINE, "GET /cart 200", &stamped, end],
            vec![begin, "GET /cart 200", &stamped, LINE],
        ] {
            let list = redacted(json!({"lines": lines.clone()}));
            assert!(!list.to_string().contains("MIIE"), "{list}");
            assert_eq!(list.to_string().contains("GET /cart"), lines.contains(&"GET /cart 200"), "{list}");
            let rows: Vec<Value> = lines.iter().map(|line| json!(["03:00", line])).collect();
            let table = redacted(json!({"columns": ["at", "line"], "rows": rows}));
            assert!(!table.to_string().contains("MIIE") && table.to_string().contains("03:00"), "{table}");
            let objects: Vec<Value> = lines.iter().map(|line| json!({"at": "03:00", "line": line})).collect();
            let list = redacted(json!(objects));
            assert!(!list.to_string().contains("MIIE"), "{list}");
        }
    }

    #[test]
    fn without_a_key_long_words_live() {
        let lines = json!(["commit dbcf72c3f0a1b2c3d4e5f60718293a4b5c6d7e8f", LINE, "-----BEGIN CERTIFICATE-----"]);
        assert_eq!(redacted(lines.clone()), lines);
    }
}
