//! Clustering of lines: what is one, what is kept apart, what is bounded, what is saved.

use super::bytes::hash_of_gap;
use super::scan::{Scan, counted};
use super::template::Template;
use super::{LogPatterns, PatternId, PatternLimits};
use chrono::{DateTime, TimeDelta, Utc};
use expect_test::{Expect, expect};
use proptest::prelude::*;

mod changes;

fn limits(patterns: usize) -> PatternLimits {
    PatternLimits { patterns, ..PatternLimits::default() }
}

fn learned(lines: &[&str]) -> LogPatterns {
    let mut patterns = LogPatterns::new(PatternLimits::default());
    for line in lines {
        patterns.observe(line, None);
    }
    patterns
}

fn shown(patterns: &LogPatterns) -> String {
    patterns.patterns().iter().map(|pattern| format!("{} {}\n", pattern.count, pattern.template)).collect()
}

fn check(lines: &[&str], expected: Expect) {
    expected.assert_eq(&shown(&learned(lines)));
}

fn minute(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
}

/// Pairs that are one pattern because of the look of a word.
const ALIKE: &[(&str, &str)] = &[
    ("took 5 ms", "took 17 ms"),
    ("at 2024-01-02T10:11:12.5Z done", "at 2025-11-30T00:00:00Z done"),
    ("at Mon Jan 2 10:11:12 2024 done", "at Tue Feb 3 00:00:00 2025 done"),
    ("from 10.0.0.1:8080 closed", "from fe80::1 closed"),
    ("mac ff:f0:01:02:03:04 joined", "mac 00:11:22:33:44:55 joined"),
    ("request 550e8400-e29b-41d4-a716-446655440000 ended", "request 7f3c8400-e29b-41d4-a716-446655440000 ended"),
    ("commit deadbeef pushed", "commit 0f3a77c1 pushed"),
    ("open /var/lib/app failed", "open /etc/hosts failed"),
    ("get https://example.com/a?b=c, slow", "get http://10.0.0.1/, slow"),
    ("mail to ann@example.com sent", "mail to bob@example.org sent"),
    ("lookup of db.example.com failed", "lookup of cache.example.org failed"),
    ("user= uid=0 end", "user=17 uid=0 end"),
    ("peer () gone", "peer (10.0.0.1) gone"),
    ("ready=true count=1", "ready=false count=2"),
    ("session of user ann ended", "session of user bob ended"),
    ("delete blk_1 now", "delete blk_1 blk_2 blk_3 now"),
    ("codes 1 2 3 end", "codes 1 end"),
    ("table....... 1 entry", "table..... 2 entry"),
    ("a   b 1", "a b 2"),
    ("\u{1b}[31mfailed\u{1b}[0m after 1 s", "\u{1b}[32mfailed\u{1b}[0m after 2 s"),
];

/// Pairs that are two patterns.
const APART: &[(&str, &str)] = &[
    ("session opened", "session closed"),
    ("from NEW to ASSIGNED", "from NEW to FAILED"),
    ("close() 1", "close(2) 1"),
    ("level=info msg=\"started\"", "level=info msg=\"stopped\""),
    ("using log4j now", "using slf4j now"),
    ("job_1 ended", "task_1 ended"),
    ("java.io.IOException", "java.net.SocketException"),
    ("error: refused", "error refused"),
];

#[test]
fn what_looks_like_a_value_is_masked() {
    for (one, other) in ALIKE {
        assert_eq!(learned(&[one, other]).patterns().len(), 1, "{one:?} {other:?}: {}", shown(&learned(&[one, other])));
    }
}

#[test]
fn what_tells_events_apart_is_kept() {
    for (one, other) in APART {
        assert_eq!(learned(&[one, other]).patterns().len(), 2, "{one:?} {other:?}");
    }
}

#[test]
fn templates_are_readable() {
    check(
        &[
            "2024-01-02T10:00:00Z INFO  [main] c.e.App - Started in 3.5 s (JVM running for 4)",
            r#"{"level":"error","msg":"connection refused","host":"10.0.0.1","attempt":3}"#,
            "\tKILLING attempt_144_0001!\n\tat java.lang.Thread.run(Thread.java:748)",
            "",
            "-----",
            "café ☕ 3 servi",
        ],
        expect![[r#"
            1 <*> INFO [main] c.e.App - Started in <*> s (JVM running for <*>)
            1 {"level":"error","msg":"connection refused","host":"<*>","attempt":<*>}
            1 KILLING attempt_<*>!
            1 
            1 -----
            1 café ☕ <*> servi
        "#]],
    );
}

#[test]
fn a_word_that_takes_enough_texts_becomes_a_value() {
    let lines: Vec<String> = ["red", "green", "blue", "white", "black", "grey"]
        .iter()
        .map(|colour| format!("the lamp is {colour} now"))
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    check(
        &lines[..4],
        expect![[r#"
        1 the lamp is red now
        1 the lamp is green now
        1 the lamp is blue now
        1 the lamp is white now
    "#]],
    );
    check(
        &lines,
        expect![[r#"
        6 the lamp is <*> now
    "#]],
    );
}

#[test]
fn two_words_that_vary_together_become_values() {
    let names = ["ann", "bob", "cid", "dan", "eve"];
    let mut patterns = LogPatterns::new(PatternLimits::default());
    for (at, name) in names.iter().enumerate() {
        for other in names.iter().skip(at + 1) {
            patterns.observe(&format!("call from {name} to {other} was lost"), None);
            patterns.observe(&format!("call from {other} to {name} was lost"), None);
        }
    }
    assert_eq!(shown(&patterns), "20 call from <*> to <*> was lost\n");
}

#[test]
fn capitals_and_first_words_stay() {
    let states = ["NEW", "READY", "BUSY", "DONE", "LOST", "GONE", "DEAD"];
    let lines: Vec<String> = states.iter().map(|state| format!("job went to {state} at once")).collect();
    assert_eq!(learned(&lines.iter().map(String::as_str).collect::<Vec<_>>()).patterns().len(), states.len());
    let daemons = ["cron", "ntp", "ssh", "dhcp", "cups", "mail", "http"];
    let lines: Vec<String> = daemons.iter().map(|daemon| format!("{daemon} startup succeeded today")).collect();
    assert_eq!(learned(&lines.iter().map(String::as_str).collect::<Vec<_>>()).patterns().len(), daemons.len());
}

#[test]
fn two_blanks_are_like_one() {
    let patterns = learned(&["invalid user  0101 from 10.0.0.1", "invalid user 0101 from 10.0.0.1"]);
    assert_eq!(shown(&patterns), "2 invalid user <*> from <*>\n");
    assert_eq!(hash_of_gap(b"  "), super::bytes::BLANK_GAP);
}

#[test]
fn a_line_that_the_limit_cuts_within_a_word_is_like_the_others() {
    let mut patterns = LogPatterns::new(PatternLimits { line_bytes: 30, ..PatternLimits::default() });
    patterns.observe("delete blk_11 blk_12 blk_13 blk_14 blk_15", None);
    patterns.observe("delete blk_1 blk_2 blk_-3 blk_-", None);
    patterns.observe("delete blk_1", None);
    assert_eq!(shown(&patterns), "3 delete blk_<*>\n");
    assert_eq!(patterns.counters().cut_lines, 2);
}

#[test]
fn an_older_id_survives_and_the_younger_leads_to_it() {
    let mut patterns = LogPatterns::new(PatternLimits::default());
    let ids: Vec<PatternId> = ["ann", "bob", "cid", "dan", "eve", "fay"]
        .iter()
        .map(|name| patterns.observe(&format!("hello dear {name} again"), None))
        .collect();
    assert!(ids.iter().all(|id| patterns.resolve(*id) == Some(PatternId(0))), "{ids:?}");
    assert_eq!(patterns.counters().merged_patterns, 4);
    assert_eq!(patterns.resolve(PatternId(99)), None);
}

#[test]
fn times_may_come_in_any_order() {
    let mut patterns = LogPatterns::new(PatternLimits::default());
    for at in [Some(minute(5)), None, Some(minute(2)), Some(minute(9))] {
        patterns.observe("tick 1", at);
    }
    let pattern = patterns.patterns().remove(0);
    assert_eq!((pattern.count, pattern.first, pattern.last), (4, Some(minute(2)), Some(minute(9))));
}

#[test]
fn a_new_window_counts_again_and_keeps_what_was_learned() {
    let mut patterns = learned(&["a 1 b", "a 2 b", "c d"]);
    let before = patterns.patterns();
    patterns.start_window();
    assert_eq!(patterns.patterns(), []);
    let id = patterns.observe("a 3 b", Some(minute(1)));
    assert_eq!(id, before[0].id);
    assert_eq!(shown(&patterns), "1 a <*> b\n");
}

#[test]
fn the_least_useful_patterns_make_room_and_it_is_told() {
    let mut patterns = LogPatterns::new(limits(20));
    for line in 0..1_000_u32 {
        patterns.observe("the one that matters", None);
        let word: String =
            (0..6).map(|letter| char::from(b'g' + ((line >> (letter * 2)) % 4 * 4 + letter) as u8)).collect();
        patterns.observe(&format!("{word} is rare"), None);
    }
    let counters = patterns.counters();
    let held: u64 = patterns.patterns().iter().map(|pattern| pattern.count).sum();
    assert_eq!(held + counters.evicted_lines, counters.lines);
    assert!(counters.evicted_patterns > 0 && patterns.patterns().len() <= 20);
    assert_eq!(patterns.patterns()[0].count, 1_000);
}

#[test]
fn a_line_of_ten_megabytes_is_bounded() {
    let mut patterns = LogPatterns::new(PatternLimits::default());
    let texts = ["x".repeat(10_000_000), "= ".repeat(5_000_000), "é=() ".repeat(2_000_000), "\n".repeat(10_000_000)];
    for text in &texts {
        patterns.observe(text, None);
    }
    assert_eq!(patterns.counters().cut_lines, 4);
    assert!(patterns.memory_bytes() < 2_000_000, "{}", patterns.memory_bytes());
    assert!(patterns.patterns().iter().all(|pattern| pattern.example.len() <= 300 && pattern.template.len() <= 8_192));
}

/// Texts as a source sends them, and texts that it should not send.
fn line() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "user",
        "root",
        "ann",
        "NEW",
        "blk_1",
        "blk_-2",
        "10.0.0.1:80",
        "=",
        "key=",
        "()",
        "close()",
        "\"",
        "...",
        "Mon",
        "Jan",
        "7",
        "ff",
        ":",
        "/a/b",
        "http://x/y",
        "\u{1b}[31m",
        "\u{1b}",
        "true",
        "{",
        "}",
        "é",
        "☕",
        "\n",
        "\0",
        "a@b",
        "lamp",
        "is",
        "red",
        "blue",
        "now",
        "  ",
    ]);
    let built = prop::collection::vec((word, prop::sample::select(vec!["", " ", " ", " ", ":", "="])), 0..14)
        .prop_map(|parts| parts.into_iter().map(|(word, gap)| format!("{word}{gap}")).collect::<String>());
    prop_oneof![4 => built, 1 => any::<String>()]
}

proptest! {
    #[test]
    fn any_lines_are_counted_once_and_within_the_limits(
        lines in prop::collection::vec(line(), 0..120), most in 1_usize..12, words in 0_usize..12, line_bytes in 0_usize..90,
    ) {
        let limits = PatternLimits { patterns: most, words, line_bytes, example_bytes: 9 };
        let mut patterns = LogPatterns::new(limits);
        for line in &lines {
            let id = patterns.observe(line, None);
            prop_assert_eq!(patterns.resolve(id), Some(id));
            prop_assert!(patterns.scan.words.len() <= words);
        }
        let shown = patterns.patterns();
        prop_assert!(shown.len() <= most);
        prop_assert!(patterns.merged_into.len() <= most * super::MERGED_IDS_PER_PATTERN);
        prop_assert!(shown.iter().all(|pattern| pattern.example.len() <= 9));
        let held: u64 = shown.iter().map(|pattern| pattern.count).sum();
        prop_assert_eq!(held + patterns.counters().evicted_lines, lines.len() as u64);
    }

    #[test]
    fn any_bytes_are_lines_and_memory_stays_bounded(
        lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..60),
    ) {
        let mut patterns = LogPatterns::new(limits(8));
        let empty = patterns.memory_bytes();
        for line in &lines {
            patterns.observe(&String::from_utf8_lossy(line), None);
        }
        prop_assert!(patterns.patterns().len() <= 8);
        prop_assert!(patterns.memory_bytes() < empty + 200_000, "{}", patterns.memory_bytes());
    }

    #[test]
    fn a_template_has_the_shape_of_its_line_and_holds_it(line in line()) {
        let limits = PatternLimits::default();
        let (text, _) = counted(&line, limits);
        let mut scan = Scan::default();
        scan.read(text, limits);
        let template = Template::of(text, &scan);
        prop_assert_eq!(template.shape(), scan.shape);
        prop_assert!(template.holds(&scan.words));
        prop_assert!(!template.text().contains(|character: char| character.is_ascii_control()));
        let restored: Template = serde_json::from_str(&serde_json::to_string(&template).unwrap()).unwrap();
        prop_assert_eq!(restored, template);
    }
}

proptest! {
    // Up to 150 lines are read twice, and all of the state is written and read, in each case.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_restored_goes_on_as_if_nothing_had_happened(
        lines in prop::collection::vec(line(), 1..150), at in any::<prop::sample::Index>(), most in 3_usize..40,
    ) {
        let (before, after) = lines.split_at(at.index(lines.len()));
        let mut whole = LogPatterns::new(limits(most));
        before.iter().for_each(|line| { whole.observe(line, Some(minute(line.len() as i64))); });
        let mut restored: LogPatterns = serde_json::from_str(&serde_json::to_string(&whole).unwrap()).unwrap();
        for line in after {
            prop_assert_eq!(whole.observe(line, None), restored.observe(line, None), "{:?}", line);
        }
        prop_assert_eq!(whole.patterns(), restored.patterns());
        prop_assert_eq!(whole.counters(), restored.counters());
    }
}
