//! Secrets inside running text: logs, error messages, queries, URLs.
//!
//! One cheap look decides whether a text can hold a secret at all; only then the patterns run, each once.

use super::keys::{self, NameVerdict};
use super::{REPLACEMENT, judge_name};
use regex::{Captures, Regex, Replacer};
use std::borrow::Cow;
use std::sync::LazyLock;

/// A pattern of ours; a wrong one is found by the tests and matches nothing at run time.
fn pattern(source: &str) -> Option<Regex> {
    Regex::new(source).ok()
}

static GATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)pass|pwd|secret|token|key|credential|authoriz|bearer|cookie|connection|signature|identified|://|",
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

static URL_PASSWORD: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r#"(?i)(\b[a-z][a-z0-9+.-]*://[^\s/@:"'<>]*:)([^\s/"'<>]+)@"#));

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
        r#"(?P<value>\$\([A-Za-z0-9_]+\)|\$\{[A-Za-z0-9_]+\}|\\"[^"\\]*\\"|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;&"'){}\]\\]+)"#,
    ))
});

static FLAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r#"(?i)(?P<name>--[a-z0-9-]*(?:password|passwd|secret|token|api-?key|access-key))(?P<separator>\s+)(?P<value>"[^"]*"|'[^']*'|[^\s"'-][^\s"']*)"#,
    )
});

/// The text without secrets; borrowed where there was none.
pub fn redact_text(text: &str) -> Cow<'_, str> {
    if !GATE.as_ref().is_some_and(|gate| gate.is_match(text)) {
        return Cow::Borrowed(text);
    }
    let mut redacted = Cow::Borrowed(text);
    for whole in [&PRIVATE_KEY, &JWT, &KNOWN_TOKEN] {
        apply(&mut redacted, whole, REPLACEMENT);
    }
    apply(&mut redacted, &SLACK_WEBHOOK, "${1}[redacted]");
    apply(&mut redacted, &URL_PASSWORD, "${1}[redacted]@");
    apply(&mut redacted, &AUTHORIZATION, |found: &Captures<'_>| match found.get(2).map(|value| value.as_str()) {
        Some(value) if !says_something_else(value) => format!("{}{REPLACEMENT}", part(found, 1)),
        _ => part(found, 0).to_owned(),
    });
    apply(&mut redacted, &COOKIE, "${1}[redacted]");
    apply(&mut redacted, &BEARER, |found: &Captures<'_>| {
        let is_word = !part(found, 2).bytes().any(|byte| byte.is_ascii_digit());
        if is_word { part(found, 0).to_owned() } else { format!("{}{REPLACEMENT}", part(found, 1)) }
    });
    apply(&mut redacted, &ASSIGNMENT, assignment);
    apply(&mut redacted, &FLAG, |found: &Captures<'_>| {
        format!("{}{}{REPLACEMENT}", named(found, "name"), named(found, "separator"))
    });
    redacted
}

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
    let (open, close) = (
        value.get(..quote_len).unwrap_or_default(),
        value.get(value.len().saturating_sub(quote_len)..).unwrap_or_default(),
    );
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
            &URL_PASSWORD,
            &SLACK_WEBHOOK,
            &AUTHORIZATION,
            &COOKIE,
            &BEARER,
            &ASSIGNMENT,
            &FLAG,
        ] {
            assert!(pattern.is_some());
        }
    }
}
