//! The level of a line: by its labels, then by the logger's own word, then by what it says.
//!
//! Guarantee: a logger's word beats words of the message (`level=info msg="0 errors"` is `info`). Deliberately absent:
//! certainty; where nothing tells, the level is absent rather than `info`.

use domain::observed::loki::Labels;

/// Names under which loggers and Loki keep the level.
const NAMES: &[&str] = &["detected_level", "level", "severity", "severity_text", "lvl", "loglevel", "log_level"];
/// How much of a line is looked at.
const LOOKED_AT_BYTES: usize = 2_048;
const ERRORS: &[&str] = &["error", "fatal", "panic", "exception", "critical", "traceback", "failed", "refused"];

/// `error`, `warn`, `info`, `debug`; `None` where nothing tells.
pub(crate) fn of(line: &str, labels: &[&Labels]) -> Option<&'static str> {
    let by_label = |name: &&str| labels.iter().find_map(|labels| labels.get(*name)).and_then(|value| known(value));
    NAMES.iter().find_map(by_label).or_else(|| of_text(line))
}

fn known(word: &str) -> Option<&'static str> {
    match word.trim().to_ascii_lowercase().as_str() {
        "error" | "err" | "eror" | "fatal" | "critical" | "crit" | "panic" | "alert" | "emerg" | "emergency"
        | "severe" | "dpanic" | "50" | "60" => Some("error"),
        "warn" | "warning" | "wrn" | "40" => Some("warn"),
        "info" | "inf" | "notice" | "information" | "30" => Some("info"),
        "debug" | "dbg" | "trace" | "verbose" | "20" | "10" => Some("debug"),
        _ => None,
    }
}

fn of_text(line: &str) -> Option<&'static str> {
    let line = super::clean::head(line, LOOKED_AT_BYTES);
    by_field(line).or_else(|| by_klog(line)).or_else(|| by_capitals(line)).or_else(|| by_words(line))
}

/// `level=error`, `"level": "error"`, `severity: ERROR`.
fn by_field(line: &str) -> Option<&'static str> {
    let lower = line.to_ascii_lowercase();
    NAMES.iter().skip(1).find_map(|name| {
        lower.match_indices(name).find_map(|(at, _)| {
            let before = lower.get(..at).and_then(|text| text.chars().next_back());
            if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_') {
                return None;
            }
            let rest = lower.get(at + name.len()..)?.trim_start_matches(['"', '\'']).trim_start();
            let rest = rest.strip_prefix(['=', ':'])?.trim_start().trim_start_matches(['"', '\'']);
            let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(rest.len());
            known(rest.get(..end)?)
        })
    })
}

/// `E1121 02:40:00.123456       1 main.go:42] …`
fn by_klog(line: &str) -> Option<&'static str> {
    let mut letters = line.chars();
    let level = match letters.next()? {
        'E' | 'F' => "error",
        'W' => "warn",
        'I' => "info",
        _ => return None,
    };
    let four = letters.by_ref().take(4).filter(char::is_ascii_digit).count() == 4;
    (four && letters.next() == Some(' ')).then_some(level)
}

/// `2026-11-21 ERROR …`, `[Warning]`: a level in capitals or brackets among the first words.
fn by_capitals(line: &str) -> Option<&'static str> {
    const FIRST_WORDS: usize = 8;
    line.split_whitespace().take(FIRST_WORDS).find_map(|word| {
        let bare = word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
        let marked = word.starts_with('[') || word.ends_with(':') && bare.len() > 3;
        let letters = bare.chars().any(|letter| letter.is_ascii_alphabetic());
        (letters && (marked || !bare.chars().any(|letter| letter.is_ascii_lowercase()))).then(|| known(bare)).flatten()
    })
}

fn by_words(line: &str) -> Option<&'static str> {
    let lower = line.to_ascii_lowercase();
    let has = |word: &&&str| lower.contains(**word);
    if ERRORS.iter().find(has).is_some() {
        return Some("error");
    }
    lower.contains("warn").then_some("warn")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loggers_own_word_beats_the_message() {
        let cases = [
            ("level=info msg=\"0 errors\"", Some("info")),
            ("{\"level\": \"WARN\", \"msg\": \"failed once\"}", Some("warn")),
            ("{\"level\":50,\"msg\":\"x\"}", Some("error")),
            ("E1121 02:40:00.1 1 main.go:42] x", Some("error")),
            ("I1121 02:40:00.1 1 main.go:42] error gone", Some("info")),
            ("2026-11-21T02:40:00Z ERROR no route", Some("error")),
            ("[warning] slow", Some("warn")),
            ("panic: runtime error", Some("error")),
            ("dial tcp: connection refused", Some("error")),
            ("GET /cart 200", None),
            ("sublevel=error-free day", Some("error")),
            ("Exit 0", None),
            ("", None),
        ];
        for (line, level) in cases {
            assert_eq!(of(line, &[]), level, "{line}");
        }
    }

    #[test]
    fn a_label_beats_the_text() {
        let labels = Labels::from([("detected_level".to_owned(), "error".to_owned())]);
        assert_eq!(of("level=info", &[&labels]), Some("error"));
    }
}
