//! Which names say that their value is a secret.
//!
//! A name is split into words (`clientSecret`, `CLIENT_SECRET`, `client-secret`), and its last words decide:
//! `secretName`, `tokenReviews`, `secretKeyRef` and `password_file` are about secrets, they do not hold one.

use super::REPLACEMENT;

/// What a name says about its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameVerdict {
    /// Nothing.
    Harmless,
    /// A secret text.
    Secret,
    /// A password, which may also be a bare number.
    Password,
}

/// Words that may follow without changing what the value is.
const SUFFIXES: &[&str] = &["base64", "b64", "pem", "value", "hash", "plain", "plaintext", "string", "raw"];

/// `next_token` and its like say where a list goes on.
const PAGING: &[&str] = &["next", "page", "continue", "continuation", "progress", "sync", "resume", "pagination"];

const PAIRS: &[(&str, &str)] = &[
    ("api", "key"),
    ("access", "key"),
    ("private", "key"),
    ("secret", "key"),
    ("signing", "key"),
    ("encryption", "key"),
    ("account", "key"),
    ("storage", "key"),
    ("license", "key"),
    ("service", "key"),
    ("ssh", "key"),
    ("master", "key"),
    ("shared", "key"),
    ("connection", "string"),
    ("amz", "signature"),
    ("goog", "signature"),
];

/// What the name of a field, variable or header says about its value.
pub fn judge_name(name: &str) -> NameVerdict {
    const LONGEST_BYTES: usize = 120;
    if name.len() > LONGEST_BYTES || !may_tell(name) {
        return NameVerdict::Harmless;
    }
    let mut words = words(name);
    let whole: Vec<String> = words.clone();
    if let Some(verdict) = judge_words(&whole) {
        return verdict;
    }
    while words.len() > 1 && words.last().is_some_and(|last| is_suffix(last)) {
        words.pop();
        if let Some(verdict) = judge_words(&words) {
            return verdict;
        }
    }
    NameVerdict::Harmless
}

/// Nearly all names are told harmless here, without taking them apart.
fn may_tell(name: &str) -> bool {
    const ROOTS: &[&str] =
        &["pass", "pwd", "secret", "token", "key", "credential", "authorization", "cookie", "string", "signature"];
    let bytes = name.as_bytes();
    ROOTS.iter().any(|root| bytes.windows(root.len()).any(|part| part.eq_ignore_ascii_case(root.as_bytes())))
}

fn is_suffix(word: &str) -> bool {
    SUFFIXES.contains(&word) || word.bytes().all(|byte| byte.is_ascii_digit())
}

fn judge_words(words: &[String]) -> Option<NameVerdict> {
    let (last, before) = words.split_last()?;
    let before = before.last().map(String::as_str);
    match last.as_str() {
        "password" | "passwd" | "passphrase" | "pwd" | "passwords" | "pass" | "userpassword" | "dbpassword" => {
            Some(NameVerdict::Password)
        }
        "secret" if before == Some("pull") => None,
        "secret" | "credential" | "credentials" | "apikey" | "secretkey" | "accesskey" | "privatekey"
        | "clientsecret" | "authtoken" | "accesstoken" | "connectionstring" | "authorization" | "cookie" => {
            Some(NameVerdict::Secret)
        }
        "token" if before.is_some_and(|before| PAGING.contains(&before)) => None,
        "token" => Some(NameVerdict::Secret),
        last => before.is_some_and(|before| PAIRS.contains(&(before, last))).then_some(NameVerdict::Secret),
    }
}

/// Lower-case words of a name in any of the usual spellings.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before_was_lower = false;
    let letters: Vec<char> = name.chars().collect();
    for (at, letter) in letters.iter().copied().enumerate() {
        let next_is_lower = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let starts_word = letter.is_uppercase() && (before_was_lower || (next_is_lower && !word.is_empty()));
        if (starts_word || !letter.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        before_was_lower = letter.is_lowercase() || letter.is_numeric();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// A value that only stands where a secret would: nothing, a reference to a variable, stars, our own replacement.
pub(super) fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    let variable = value
        .strip_prefix("$(")
        .and_then(|rest| rest.strip_suffix(')'))
        .or_else(|| value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')));
    let is_variable =
        variable.is_some_and(|name| name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_'));
    value.is_empty()
        || value == REPLACEMENT
        || is_variable
        || value.chars().all(|letter| letter == '*')
        || matches!(value, "null" | "none" | "nil" | "true" | "false" | "<nil>" | "<none>" | "<redacted>" | "<secret>")
}
