//! Which message is an alert.
//!
//! The forms are those that Alertmanager, Grafana, PagerDuty, Datadog and Opsgenie post into Slack by default; anything
//! else goes by its words. A false alarm costs a look that is not told; so in doubt it is one.

use regex::Regex;
use std::sync::LazyLock;

/// Bytes of a message that are read; what an alert is about stands at its beginning.
const READ_BYTES: usize = 8_000;

fn pattern(text: &str) -> Option<Regex> {
    Regex::new(&format!("(?i){text}")).ok()
}

/// Marks that only a beginning alert carries: `[FIRING:2]`, `[Alerting]`, `Triggered:`, `[Triggered]`, `Re-Triggered`.
static BEGINS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"\[\s*(?:firing\b[^\]]*|alerting|(?:re-)?triggered)\s*\]|(?m:^\W*(?:re-)?triggered\b\s*(?::|#|\[|incident))",
    )
});

/// What stands in the first line of an alert that ends, or that somebody has already.
static ENDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"\b(?:resolved|recovered|closed|acknowledged|acked|cleared|expired|back to normal)\b|\[\s*ok\s*\]|^\W*ok\b|✅",
    )
});

/// Words of an alert that stand alone, not within a name such as `alert-router`.
static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?:^|[^\w./-])(?:alert(?:ing|s)?|alarm|firing|critical|triggered|outage|sev-?[0-2]|p[01]|is down|unhealthy|crash-?loop\w*|slo (?:breach|burn)\w*)(?:[^\w./-]|[.](?:\s|$)|$)",
    )
});

fn finds(regex: &LazyLock<Option<Regex>>, text: &str) -> bool {
    regex.as_ref().is_some_and(|regex| regex.is_match(text))
}

/// Whether a message is an alert that begins or goes on, posted by a program. One that tells the end of an alert is none;
/// one that tells both (a group of which a part is over) is one.
pub fn is_alert(text: &str, is_bot: bool) -> bool {
    if !is_bot {
        return false;
    }
    let read = head(text);
    let first_line = read.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    finds(&BEGINS, read) || (!finds(&ENDS, first_line) && finds(&WORDS, read))
}

/// The beginning of a text, cut between characters.
pub(super) fn head(text: &str) -> &str {
    let end = (0..=READ_BYTES.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}
