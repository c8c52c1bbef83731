//! Lines of text: cutting, levels, and folding of lines that differ only in numbers, ids and times.

use domain::observed::kubernetes::LogPattern;
use domain::redaction;
use std::collections::BTreeMap;

/// What stands for a changing part.
const HOLE: &str = "<*>";

/// At most so many characters, with an ellipsis where something was cut; without secrets, because one that is cut in its
/// middle is known by nobody any more.
pub fn cut(text: &str, at_most: usize) -> String {
    redaction::redacted_head(text, at_most)
}

/// The line with its changing parts replaced.
pub fn template(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut word = String::new();
    for character in line.chars() {
        if character.is_alphanumeric() || matches!(character, '-' | '_' | '.' | ':' | '+') {
            word.push(character);
        } else {
            flush(&mut word, &mut out);
            out.push(character);
        }
    }
    flush(&mut word, &mut out);
    out
}

fn flush(word: &mut String, out: &mut String) {
    let trimmed = word.trim_end_matches([':', '.', '-', '_', '+']);
    let tail = word.get(trimmed.len()..).unwrap_or_default();
    if !trimmed.contains(|character: char| character.is_ascii_digit()) {
        out.push_str(trimmed);
    } else if is_identifier(trimmed) {
        push_hole(out);
    } else {
        push_parts(trimmed, out);
    }
    out.push_str(tail);
    word.clear();
}

/// Numbers, times, addresses, hashes and UUIDs: a leading digit, hexadecimal throughout, or long without a break.
fn is_identifier(word: &str) -> bool {
    let letters = || word.chars().filter(|character| character.is_alphabetic());
    let hexadecimal = word.len() >= 8 && letters().all(|character| character.is_ascii_hexdigit());
    let unbroken = word.len() >= 16 && word.chars().all(char::is_alphanumeric);
    word.starts_with(|character: char| character.is_ascii_digit() || character == '-') || hexadecimal || unbroken
}

/// `checkout-6d4b75cb6d-x2x8k` keeps `checkout`: only the parts that hold digits change.
fn push_parts(word: &str, out: &mut String) {
    let mut part = String::new();
    for character in word.chars().chain(['\0']) {
        if character.is_alphanumeric() {
            part.push(character);
            continue;
        }
        if part.contains(|character: char| character.is_ascii_digit()) {
            let stem: String = part.chars().take_while(|character| !character.is_ascii_digit()).collect();
            let rest_is_number = part.chars().skip(stem.chars().count()).all(|character| character.is_ascii_digit());
            if rest_is_number {
                out.push_str(&stem);
            }
            push_hole(out);
        } else {
            out.push_str(&part);
        }
        part.clear();
        if character != '\0' {
            out.push(character);
        }
    }
}

fn push_hole(out: &mut String) {
    if !out.ends_with(HOLE) {
        out.push_str(HOLE);
    }
}

/// `error`, `warn`, `info`, `debug`, as far as the line tells; a line that says nothing counts as `info`.
pub fn level(line: &str) -> &'static str {
    let lower = line.to_lowercase();
    const ERRORS: &[&str] = &["error", "fatal", "panic", "exception", "critical", "traceback", "failed", "refused"];
    // A logger's own word counts before words in the message ("level=info msg=\"0 errors\"").
    for (marks, level) in [
        (
            ["level=error", "\"level\":\"error\"", "\"level\": \"error\"", "level=fatal", "\"severity\":\"error\""],
            "error",
        ),
        (["level=warn", "\"level\":\"warn", "\"level\": \"warn", "[warn", "\"severity\":\"warn"], "warn"),
        (["level=info", "\"level\":\"info\"", "\"level\": \"info\"", "[info]", "\"severity\":\"info\""], "info"),
        (["level=debug", "\"level\":\"debug\"", "\"level\": \"debug\"", "[debug]", "level=trace"], "debug"),
    ] {
        if marks.iter().any(|mark| lower.contains(mark)) {
            return level;
        }
    }
    let has_word = |word: &str| line.split(|c: char| !c.is_ascii_alphabetic()).any(|part| part == word);
    if has_word("INFO") {
        "info"
    } else if has_word("WARN") || has_word("WARNING") {
        "warn"
    } else if has_word("DEBUG") || has_word("TRACE") {
        "debug"
    } else if ERRORS.iter().any(|word| lower.contains(word)) || is_klog_error(line) {
        "error"
    } else if lower.contains("warn") {
        "warn"
    } else {
        "info"
    }
}

/// `E1121 02:40:00.123456       1 main.go:42] …`
fn is_klog_error(line: &str) -> bool {
    let mut characters = line.chars();
    matches!(characters.next(), Some('E' | 'F'))
        && characters.by_ref().take(4).filter(char::is_ascii_digit).count() == 4
}

/// Lines alike folded into one pattern each, errors first, then by count; at most `at_most` patterns.
pub fn fold<'a>(lines: impl IntoIterator<Item = &'a str>, at_most: usize) -> Vec<LogPattern> {
    let mut patterns: BTreeMap<String, LogPattern> = BTreeMap::new();
    for line in lines {
        let pattern = patterns.entry(template(line)).or_insert_with_key(|template| LogPattern {
            template: cut(template, 240),
            level: level(line).to_owned(),
            count: 0,
            example: cut(line, 400),
        });
        pattern.count += 1;
    }
    let mut patterns: Vec<LogPattern> = patterns.into_values().collect();
    patterns.sort_by(|left, right| rank(&left.level).cmp(&rank(&right.level)).then(right.count.cmp(&left.count)));
    patterns.truncate(at_most);
    patterns
}

fn rank(level: &str) -> u8 {
    match level {
        "error" => 0,
        "warn" => 1,
        "info" => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changing_parts_become_holes() {
        for (line, expected) in [
            ("took 12ms for 3 items", "took <*> for <*> items"),
            ("2026-11-21T02:40:00.123Z GET /cart/17 500", "<*> GET /cart/<*> <*>"),
            ("dial tcp 10.0.0.12:5432: connect: connection refused", "dial tcp <*>: connect: connection refused"),
            ("pod checkout-6d4b75cb6d-x2x8k is gone", "pod checkout-<*>-<*> is gone"),
            ("id=9f1c2d3e-aaaa-bbbb-cccc-1234567890ab", "id=<*>"),
            ("worker3 done", "worker<*> done"),
            ("no numbers here.", "no numbers here."),
        ] {
            assert_eq!(template(line), expected, "{line}");
        }
    }

    #[test]
    fn levels_are_told_from_the_logger_before_the_words() {
        for (line, expected) in [
            (r#"{"level":"info","msg":"0 errors"}"#, "info"),
            ("level=error msg=boom", "error"),
            ("panic: runtime error: index out of range", "error"),
            ("2026-11-21 WARN slow query", "warn"),
            ("E1121 02:40:00.1       1 main.go:42] boom", "error"),
            ("INFO no error found", "info"),
            ("listening on :8080", "info"),
        ] {
            assert_eq!(level(line), expected, "{line}");
        }
    }

    #[test]
    fn lines_alike_fold_and_errors_come_first() {
        let lines = ["GET /a 1", "GET /a 2", "GET /a 3", "error: code 7", "error: code 8"];
        let folded = fold(lines, 10);
        let told: Vec<(&str, u64)> = folded.iter().map(|p| (p.template.as_str(), p.count)).collect();
        assert_eq!(told, [("error: code <*>", 2), ("GET /a <*>", 3)]);
    }

    proptest::proptest! {
        #[test]
        fn templates_are_stable(line in ".{0,200}") {
            let once = template(&line);
            proptest::prop_assert!(once.len() <= line.len() * 3 + 3);
        }
    }
}
