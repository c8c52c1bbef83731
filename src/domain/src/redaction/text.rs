//! Secrets inside running text: logs, error messages, queries, URLs.
//!
//! One cheap look decides whether a text can hold a secret at all; only then the patterns run, each once, and each only
//! where a literal part of it occurs: the large ones are seldom even compiled.

use super::keys::{self, NameVerdict};
use super::{REPLACEMENT, judge_name, urls};
use regex::{Captures, Regex, Replacer};
use std::borrow::Cow;
use std::sync::LazyLock;

/// A pattern of ours; a wrong one is found by the tests and matches nothing at run time.
fn pattern(source: &str) -> Option<Regex> {
    Regex::new(source).ok()
}

static GATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)pass|pwd|secret|token|key|credential|authoriz|bearer|cookie|connection|signature|identified|://|hooks\.slack|",
        r"eyJ|-----BEGIN|gh[pousr]_|github_pat|glpat|gl[a-z]{2,4}-|xox|xapp|sk[-_]|rk_|whsec_|AKIA|ASIA|hf_|AIza|ya29|npm_|dckr_|",
        r"pypi-|SG\.|hv[sb]\.|dop_v1|shp|glsa_|lin_api|tskey-|AGE-SECRET",
    ))
});

static PRIVATE_KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)",
    )
});

static JWT: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"\bey[JA][A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{2,}(?:\.[A-Za-z0-9_-]*)+"));

static KNOWN_TOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|gl(?:pat|ptt|dt|rt|cbt|ft|soat|agent|imt)-[A-Za-z0-9_.-]{16,}|",
        r"xox[abeoprs]-[A-Za-z0-9-]{8,}|xoxe\.xox[bp]-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{8,}|",
        r"sk-(?:proj|ant|svcacct|admin|or|live|test)-[A-Za-z0-9_-]{12,}|sk-[A-Za-z0-9]{20,}|",
        r"[sr]k_(?:live|test)_[A-Za-z0-9]{12,}|whsec_[A-Za-z0-9+/=]{16,}|",
        r"(?:AKIA|ASIA)[A-Z0-9]{16}\b|hf_[A-Za-z0-9]{20,}|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{16,}|",
        r"npm_[A-Za-z0-9]{30,}|dckr_(?:pat|oat)_[A-Za-z0-9_-]{16,}|pypi-[A-Za-z0-9_-]{40,}|",
        r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|hv[sb]\.[A-Za-z0-9_-]{20,}|dop_v1_[a-f0-9]{40,}|",
        r"shp(?:at|ss|ca|pa)_[A-Fa-f0-9]{28,}|glsa_[A-Za-z0-9]{20,}_[A-Fa-f0-9]{6,}|lin_api_[A-Za-z0-9]{20,}|",
        r"tskey-[a-z]+-[A-Za-z0-9-]{16,}|AGE-SECRET-KEY-1[A-Z0-9]{40,})",
    ))
});

static SLACK_WEBHOOK: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?i)(hooks\.slack\.com/(?:services|workflows|triggers)/)[A-Za-z0-9/_-]+"));

static AUTHORIZATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r#"(?i)(\b(?:proxy-)?authorization\\?["']?\s*[:=]\s*\\?["']?"#,
        r#"(?:(?:basic|bearer|token|digest|negotiate|apikey|aws4-hmac-sha256)\s+)?)([^\s"'\\,;]+)"#,
    ))
});

static COOKIE: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r#"(?i)(\b(?:set-)?cookie\\?["']?\s*:\s*\\?["']?)([^\r\n"'\\]+)"#));

static BEARER: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"(?i)(\bbearer\s+)([A-Za-z0-9._~+/-]{12,}=*)"));

static ASSIGNMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r#"(?i)(?P<name>[A-Za-z0-9_.-]*(?:password|passwd|passphrase|pwd|pass|secret|token|key|credentials?|connection[_-]?string|signature)"#,
        r#"(?:[_-](?:base64|b64|pem|value|hash|raw|[0-9]+))?)"#,
        r#"(?P<separator>\\?["']?\s*(?::=|=>|[:=])\s*|\\?["']?\s+identified by\s+)"#,
        r#"(?P<value>\$\([A-Za-z0-9_]+\)|\$\{[A-Za-z0-9_]+\}|\\"[^"\\]*(?:\\"|\z)|"(?:[^"\\]|\\.)*(?:"|\z)|'[^']*(?:'|\z)|[^\s,;&"'){}\]\\]+)"#,
    ))
});

/// SQL that gives a user a password; in prose nobody is identified by what stands in quotes.
static IDENTIFIED_BY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r#"(?i)(\bidentified\s+(?:with\s+[^\s]+\s+)?(?:by|as)\s+(?:password\s+)?)(?:'[^']*(?:'|\z)|"[^"]*(?:"|\z))"#,
    )
});

static FLAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r#"(?i)(?P<name>--[a-z0-9-]*(?:password|passwd|secret|token|api-?key|access-key))(?P<separator>\s+)(?P<value>"[^"]*"|'[^']*'|[^\s"'-][^\s"']*)"#,
    )
});

/// Looks at one text at most: what a replacement uncovers is replaced as well, until nothing changes.
const PASSES: usize = 4;

/// The text without secrets; borrowed where there was none. What comes out is not changed by redacting it again: a
/// replacement may join what stood around it into something that looks like a secret, and a text passes several doors.
pub fn redact_text(text: &str) -> Cow<'_, str> {
    let mut redacted = in_one_pass(text);
    for _ in 1..PASSES {
        let Cow::Owned(before) = &redacted else { break };
        match in_one_pass(before) {
            Cow::Owned(after) if after != *before => redacted = Cow::Owned(after),
            _ => break,
        }
    }
    redacted
}

fn in_one_pass(text: &str) -> Cow<'_, str> {
    if !GATE.as_ref().is_some_and(|gate| gate.is_match(text)) {
        return Cow::Borrowed(text);
    }
    let lower = text.to_ascii_lowercase();
    let has = |hints: &[&str]| hints.iter().any(|hint| lower.contains(hint));
    let mut redacted = Cow::Borrowed(text);
    if has(&["-----begin"]) {
        apply(&mut redacted, &PRIVATE_KEY, REPLACEMENT);
    }
    if has(&["eyj", "eya"]) {
        apply(&mut redacted, &JWT, REPLACEMENT);
    }
    if has(TOKEN_HINTS) {
        apply(&mut redacted, &KNOWN_TOKEN, REPLACEMENT);
    }
    if has(&["hooks.slack.com"]) {
        apply(&mut redacted, &SLACK_WEBHOOK, "${1}[redacted]");
    }
    if has(&["://"])
        && has(&["@"])
        && let Cow::Owned(changed) = urls::without_credentials(&redacted)
    {
        redacted = Cow::Owned(changed);
    }
    if has(&["authorization"]) {
        apply(&mut redacted, &AUTHORIZATION, authorization);
    }
    if has(&["cookie"]) {
        apply(&mut redacted, &COOKIE, "${1}[redacted]");
    }
    if has(&["bearer"]) {
        apply(&mut redacted, &BEARER, bearer);
    }
    if has(&["identified"]) {
        apply(&mut redacted, &IDENTIFIED_BY, "${1}[redacted]");
    }
    if has(&["=", ":", "identified"]) && has(NAME_HINTS) {
        apply(&mut redacted, &ASSIGNMENT, assignment);
    }
    if has(&["--"]) && has(NAME_HINTS) {
        apply(&mut redacted, &FLAG, flag);
    }
    redacted
}

/// Literal parts of the known tokens, in lower case.
const TOKEN_HINTS: &[&str] = &[
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "glptt-",
    "gldt-",
    "glrt-",
    "glcbt-",
    "glft-",
    "glsoat-",
    "glagent-",
    "glimt-",
    "xox",
    "xapp-",
    "sk-",
    "k_live_",
    "k_test_",
    "whsec_",
    "akia",
    "asia",
    "hf_",
    "aiza",
    "ya29.",
    "npm_",
    "dckr_",
    "pypi-",
    "sg.",
    "hvs.",
    "hvb.",
    "dop_v1_",
    "shpat_",
    "shpss_",
    "shpca_",
    "shppa_",
    "glsa_",
    "lin_api_",
    "tskey-",
    "age-secret-key-",
];

/// Literal parts of names that tell of a secret.
const NAME_HINTS: &[&str] = &["pass", "pwd", "secret", "token", "key", "credential", "connection", "signature"];

fn apply<R: Replacer>(text: &mut Cow<'_, str>, pattern: &LazyLock<Option<Regex>>, replacement: R) {
    let Some(pattern) = pattern.as_ref() else { return };
    if let Cow::Owned(changed) = pattern.replace_all(text, replacement) {
        *text = Cow::Owned(changed);
    }
}

fn part<'a>(found: &'a Captures<'_>, group: usize) -> &'a str {
    found.get(group).map_or("", |part| part.as_str())
}

fn named<'a>(found: &'a Captures<'_>, group: &str) -> &'a str {
    found.name(group).map_or("", |part| part.as_str())
}

fn authorization(found: &Captures<'_>) -> String {
    match part(found, 2) {
        value if says_something_else(value) => part(found, 0).to_owned(),
        _ => format!("{}{REPLACEMENT}", part(found, 1)),
    }
}

/// `bearer authentication` is prose: a token has a digit.
fn bearer(found: &Captures<'_>) -> String {
    match part(found, 2).bytes().any(|byte| byte.is_ascii_digit()) {
        true => format!("{}{REPLACEMENT}", part(found, 1)),
        false => part(found, 0).to_owned(),
    }
}

fn flag(found: &Captures<'_>) -> String {
    format!("{}{}{REPLACEMENT}", named(found, "name"), named(found, "separator"))
}

fn assignment(found: &Captures<'_>) -> String {
    let (name, separator, value) = (named(found, "name"), named(found, "separator"), named(found, "value"));
    let bare = value.trim_matches(['\\', '"', '\'']);
    let is_prose =
        separator.contains(':') && !separator.contains('=') && bare.len() == value.len() && says_something_else(bare);
    if judge_name(name) == NameVerdict::Harmless
        || keys::is_placeholder(bare)
        || bare.starts_with("[redacted")
        || is_prose
    {
        return part(found, 0).to_owned();
    }
    let quote_len = value.len() - value.trim_start_matches(['\\', '"', '\'']).len();
    let open = value.get(..quote_len).unwrap_or_default();
    // A text that was cut has no closing quote.
    let close = if value.len() >= 2 * quote_len && value.ends_with(open) { open } else { "" };
    format!("{name}{separator}{open}{REPLACEMENT}{close}")
}

/// Words with which an error message goes on after `token:`; a closed list, so that no secret is taken for one.
fn says_something_else(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "not",
        "is",
        "was",
        "has",
        "no",
        "the",
        "a",
        "an",
        "must",
        "cannot",
        "could",
        "unable",
        "failed",
        "failure",
        "expired",
        "invalid",
        "missing",
        "required",
        "unexpected",
        "denied",
        "malformed",
        "unauthorized",
        "forbidden",
        "error",
        "empty",
        "signature",
        "secret",
        "secrets",
        "token",
        "configmap",
        "null",
        "none",
        "nil",
        "true",
        "false",
        "got",
        "expected",
        "wrong",
        "unknown",
        "bearer",
        "basic",
        "header",
        "rpc",
        "open",
        "stat",
        "context",
        "while",
    ];
    WORDS.contains(&word.trim_end_matches(['.', ':', '!']).to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_can_be_read() {
        for pattern in [
            &GATE,
            &PRIVATE_KEY,
            &JWT,
            &KNOWN_TOKEN,
            &SLACK_WEBHOOK,
            &AUTHORIZATION,
            &COOKIE,
            &BEARER,
            &ASSIGNMENT,
            &FLAG,
            &IDENTIFIED_BY,
        ] {
            assert!(pattern.is_some());
        }
    }
}
