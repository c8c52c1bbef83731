//! What in a sentence can be checked: quotes, times, numbers with their units, names, state words.

use regex::Regex;
use std::fmt;
use std::sync::LazyLock;

/// One thing that must occur in the evidence.
#[derive(Debug, Clone, PartialEq)]
pub enum Checkable {
    /// Text in backticks.
    Quote(String),
    /// `02:40` or `2026-11-20 02:40`.
    Time(String),
    /// A number with the decimals that it shows and its unit.
    Number {
        /// As written.
        written: String,
        /// The value.
        value: f64,
        /// Half of the last shown digit.
        tolerance: f64,
        /// The unit as written, lower case; empty for none.
        unit: String,
    },
    /// A name: has a dash, slash, dot, colon or digit among its letters.
    Name(String),
    /// A word for a state.
    State(String),
}

impl fmt::Display for Checkable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quote(text) | Self::Time(text) | Self::Name(text) | Self::State(text) => out.write_str(text),
            Self::Number { written, unit, .. } if unit.is_empty() => out.write_str(written),
            Self::Number { written, unit, .. } => write!(out, "{written} {unit}"),
        }
    }
}

/// Plain words for states, as the APIs and Prometheus use them. Checked only where the sentence denies nothing: "no
/// alert is firing" rests on the absence of the word.
const STATES: &[&str] = &[
    "firing",
    "pending",
    "down",
    "suspended",
    "evicted",
    "terminating",
    "degraded",
    "failed",
    "expired",
    "unreachable",
];

/// Kinds behind which a name stands, whatever it looks like: "Deployment payments". In lower case they are as often
/// followed by a verb ("no node fits"), so that only the API's own spelling counts.
const NAMED_BY: &[&str] = &[
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "Pod",
    "Service",
    "Node",
    "ConfigMap",
    "Secret",
    "Job",
    "CronJob",
    "Namespace",
    "Ingress",
    "PersistentVolumeClaim",
    "NetworkPolicy",
    "Certificate",
    "Alert",
];

/// Words that follow a kind word and are no name.
const NO_NAME: &[&str] = &[
    "is", "are", "was", "were", "has", "have", "had", "in", "of", "on", "and", "or", "that", "which", "to", "for",
    "with", "the", "a", "an", "itself", "crashes", "restarts", "runs", "goes", "asks", "answers", "uses", "cannot",
    "can", "does", "not", "no", "by", "at", "from", "be", "will", "should", "keeps", "needs", "name", "names",
    "status", "state", "spec", "template", "logs", "events", "rollout", "pods", "started", "failed", "crashed",
    "selector", "account", "level", "side", "checks", "targets", "network",
];

/// Words that deny.
const DENIALS: &[&str] =
    &["no", "not", "none", "nothing", "neither", "never", "without", "cannot", "isn't", "aren't", "nor"];

/// Camel-case words that name a kind or a product and no state.
const KINDS: &[&str] = &[
    "ConfigMap",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "CronJob",
    "ServiceAccount",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "EndpointSlice",
    "ScrapeJob",
    "PromQL",
    "GitHub",
    "OpenTelemetry",
    "StorageClass",
    "MiB",
    "GiB",
    "KiB",
    "TiB",
];

fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

static QUOTE: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"`([^`]+)`"));
static TIME: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"\b(?:\d{4}-\d{2}-\d{2}[ T])?\d{2}:\d{2}(?::\d{2})?\b|\b\d{4}-\d{2}-\d{2}\b"));
static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r"^([-+]?\d[\d,]*(?:\.(\d+))?)(%|ms|s|m|h|d|x|gib|mib|kib|gb|mb|kb|gi|mi|ki|min|req/s|cores?)?$")
});

/// Everything in a sentence that can be checked, in order.
pub fn find(text: &str) -> Vec<Checkable> {
    let mut found = Vec::new();
    let without_quotes = take(&QUOTE, text, 1, &mut found, Checkable::Quote);
    let rest = take(&TIME, &without_quotes, 0, &mut found, Checkable::Time);
    let words: Vec<&str> = rest
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '*' | '_' | '"' | '“' | '”' | ';' | '|'))
        .filter(|w| !w.is_empty())
        .collect();
    let denies = words.iter().any(|word| DENIALS.contains(&trim(word).to_lowercase().as_str()));
    for (index, word) in words.iter().enumerate() {
        let word = trim(word);
        if word.is_empty() {
            continue;
        }
        let follows_a_kind = index > 0 && words.get(index - 1).is_some_and(|kind| NAMED_BY.contains(&trim(kind)));
        if let Some(number) = number(word, words.get(index + 1).copied()) {
            found.push(number);
        } else if is_name(word) || (follows_a_kind && is_plain_name(word)) {
            found.push(Checkable::Name(word.to_owned()));
        } else if is_camel_state(word) || (!denies && STATES.contains(&word.to_lowercase().as_str())) {
            found.push(Checkable::State(word.to_owned()));
        }
    }
    found
}

fn take(
    regex: &LazyLock<Option<Regex>>,
    text: &str,
    group: usize,
    found: &mut Vec<Checkable>,
    make: fn(String) -> Checkable,
) -> String {
    let Some(regex) = regex.as_ref() else { return text.to_owned() };
    found.extend(
        regex
            .captures_iter(text)
            .filter_map(|captures| captures.get(group))
            .map(|quote| make(quote.as_str().to_owned())),
    );
    regex.replace_all(text, " ").into_owned()
}

fn trim(word: &str) -> &str {
    word.trim_matches(|c: char| !(c.is_alphanumeric() || matches!(c, '%' | '-' | '+'))).trim_end_matches(['-', '+'])
}

fn number(word: &str, next: Option<&str>) -> Option<Checkable> {
    let lower = word.to_lowercase();
    let captures = NUMBER.as_ref()?.captures(&lower)?;
    let digits = captures.get(1)?.as_str();
    let value: f64 = digits.replace(',', "").parse().ok()?;
    let decimals = captures.get(2).map_or(0, |decimals| decimals.as_str().len());
    let unit = captures
        .get(3)
        .map(|unit| unit.as_str().to_owned())
        .or_else(|| next.map(trim).and_then(unit_word))
        .unwrap_or_default();
    let tolerance = 0.5 * 10_f64.powi(-i32::try_from(decimals).unwrap_or(0));
    // A whole number without a unit is a count: it is right or wrong, not rounded.
    let tolerance = if unit.is_empty() && decimals == 0 { 1e-9 } else { tolerance + value.abs() * 1e-9 };
    Some(Checkable::Number { written: digits.to_owned(), value, tolerance, unit })
}

fn unit_word(word: &str) -> Option<String> {
    const UNITS: &[&str] = &[
        "%",
        "percent",
        "ms",
        "milliseconds",
        "s",
        "seconds",
        "second",
        "minutes",
        "minute",
        "min",
        "hours",
        "hour",
        "h",
        "days",
        "day",
        "m",
        "gib",
        "mib",
        "kib",
        "gb",
        "mb",
        "kb",
        "gi",
        "mi",
        "ki",
        "bytes",
        "req/s",
        "cores",
        "core",
        "millicores",
    ];
    let lower = word.to_lowercase();
    UNITS.contains(&lower.as_str()).then_some(lower)
}

fn is_name(word: &str) -> bool {
    let has_letter = word.chars().any(char::is_alphabetic);
    let inner = word.chars().skip(1).any(|c| matches!(c, '-' | '/' | '.' | ':' | '=' | '_'));
    let mixed = word.chars().any(|c| c.is_ascii_digit());
    // `crash-looping`, `follow-up`, `and/or`: words of prose that a dash or slash joins are lower-case and known.
    has_letter && (inner || mixed) && !is_prose(word)
}

/// A word that may be the name of an object: lower case, and none of the words that follow a kind in plain speech.
fn is_plain_name(word: &str) -> bool {
    word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase()) && !NO_NAME.contains(&word)
}

/// Joined words that are English and not names.
fn is_prose(word: &str) -> bool {
    const PROSE: &[&str] = &[
        "crash-looping",
        "crash-loop",
        "crash-loops",
        "follow-up",
        "and/or",
        "re-run",
        "roll-back",
        "so-called",
        "up-to-date",
        "out-of-memory",
        "short-lived",
        "long-running",
        "read-only",
        "non-zero",
        "e.g",
        "i.e",
        "root-cause",
        "time-out",
        "well-known",
        "p50",
        "p90",
        "p95",
        "p99",
        "5xx",
        "4xx",
        "99th",
        "95th",
        "50th",
        "90th",
        "1st",
        "2nd",
        "3rd",
        "4th",
        "back-off",
        "in-memory",
        "self-healing",
        "left-over",
        "end-to-end",
        "real-time",
        "on-call",
        "service-side",
        "server-side",
        "client-side",
        "high-latency",
        "low-level",
    ];
    PROSE.contains(&word.to_lowercase().as_str())
}

fn is_camel_state(word: &str) -> bool {
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    let smalls = word.chars().filter(|c| c.is_lowercase()).count();
    capitals >= 2
        && smalls >= 2
        && word.chars().all(char::is_alphanumeric)
        && !KINDS.contains(&word)
        && !KINDS.contains(&word.trim_end_matches('s'))
}
