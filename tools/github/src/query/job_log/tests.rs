//! The section of the failing step, in logs as runners write them and in any text.

use super::*;
use proptest::prelude::*;

const LOG: &str = "\u{feff}2026-11-20T10:00:00.1000000Z Current runner version: '2.319.1'
2026-11-20T10:00:00.2000000Z ##[group]Operating System
2026-11-20T10:00:00.3000000Z ##[endgroup]
2026-11-20T10:00:02.1000000Z ##[group]Run actions/checkout@v4
2026-11-20T10:00:02.2000000Z ##[endgroup]
2026-11-20T10:00:02.9000000Z HEAD is now at abc
2026-11-20T10:00:03.0000000Z ##[group]Run npm run lint
2026-11-20T10:00:03.1000000Z ##[endgroup]
2026-11-20T10:00:03.4000000Z ##[error]Unexpected console statement
2026-11-20T10:00:03.5000000Z ##[error]Process completed with exit code 1.
2026-11-20T10:00:03.6000000Z ##[group]Run npm test
2026-11-20T10:00:03.7000000Z \u{1b}[36;1mnpm test\u{1b}[0m
2026-11-20T10:00:03.8000000Z ##[endgroup]
2026-11-20T10:00:08.1000000Z   1) checkout adds tax
2026-11-20T10:00:08.2000000Z ##[error]AssertionError: expected 119 to equal 120
2026-11-20T10:00:08.3000000Z ##[error]Process completed with exit code 2.
2026-11-20T10:00:08.4000000Z Post job cleanup.
2026-11-20T10:00:08.5000000Z Cleaning up orphan processes
";

fn step(name: &str, started: &str, completed: &str) -> Step {
    let at = |text: &str| DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc));
    Step { name: name.to_owned(), started_at: at(started), completed_at: at(completed), ..Step::default() }
}

fn ends(log: &Log<'_>, range: Range<usize>) -> (String, String) {
    let texts: Vec<&str> = log.within(range).map(|(_, text)| text).collect();
    (texts.first().copied().unwrap_or_default().to_owned(), texts.last().copied().unwrap_or_default().to_owned())
}

#[test]
fn the_failing_step_is_found_between_its_neighbours_of_the_same_second() {
    let log = Log::parse(LOG);
    for (name, started, completed, first, last) in [
        (
            "Run npm test",
            "2026-11-20T10:00:03Z",
            "2026-11-20T10:00:08Z",
            "##[group]Run npm test",
            "##[error]Process completed with exit code 2.",
        ),
        (
            "Run npm run lint",
            "2026-11-20T10:00:03Z",
            "2026-11-20T10:00:03Z",
            "##[group]Run npm run lint",
            "##[error]Process completed with exit code 1.",
        ),
        (
            "Set up job",
            "2026-11-20T10:00:00Z",
            "2026-11-20T10:00:01Z",
            "Current runner version: '2.319.1'",
            "##[endgroup]",
        ),
        ("Nobody knows when", "", "", "##[group]Run npm test", "##[error]Process completed with exit code 2."),
    ] {
        let section = log.section(&step(name, started, completed)).unwrap();
        assert_eq!(ends(&log, section), (first.to_owned(), last.to_owned()), "{name}");
    }
}

#[test]
fn a_log_without_times_is_cut_at_its_markers() {
    let bare: String =
        LOG.lines().map(|line| format!("{}\n", stamped(line.trim_start_matches('\u{feff}')).1)).collect();
    let log = Log::parse(&bare);
    let section = log.section(&step("Run npm test", "2026-11-20T10:00:03Z", "2026-11-20T10:00:08Z")).unwrap();
    assert_eq!(ends(&log, section).0, "##[group]Run npm test");
    assert_eq!(Log::parse("nothing\nto see").section(&Step::default()), None);
}

#[test]
fn errors_stand_apart_and_the_tail_keeps_to_the_budget() {
    let log = Log::parse(LOG);
    let section = log.section(&step("Run npm test", "2026-11-20T10:00:03Z", "2026-11-20T10:00:08Z")).unwrap();
    let shown = log.show(section.clone(), 1_000);
    assert_eq!(shown.ran.as_deref(), Some("npm test"));
    assert_eq!(shown.errors, ["AssertionError: expected 119 to equal 120", "Process completed with exit code 2."]);
    assert!(shown.tail.starts_with("##[group]Run npm test\nnpm test\n"), "{}", shown.tail);
    assert_eq!(shown.lines_before, 0);
    let short = log.show(section, 40);
    assert!(
        short.tail.ends_with("##[error]Process completed with exit code 2.") && short.lines_before > 0,
        "{short:?}"
    );
}

#[test]
fn a_colour_inside_of_a_secret_does_not_save_it_from_redaction() {
    let log = Log::parse(
        "a\nghp_CANARY\u{1b}[0mcanaryCANARYcanaryCANARYcanary01\n-----BEGIN\u{1b}[1m PRIVATE KEY-----\nQUJD\n",
    );
    assert_eq!(log.show(log.whole(), 500).tail, "a\n[redacted]\n[redacted]\n[redacted]");
}

#[test]
fn a_line_of_ten_megabytes_is_cut() {
    let log = format!("2026-11-20T10:00:00.1Z ##[error]token=abc{} end\n", "x".repeat(10_000_000));
    let log = Log::parse(&log);
    let shown = log.show(log.whole(), 2_000);
    assert!(shown.tail.len() < 1_000 && shown.errors.concat().len() < 1_000);
    assert!(!shown.tail.contains("abcx"), "{}", shown.tail);
}

proptest! {
    #[test]
    fn any_text_gives_a_section_within_its_lines(
        lines in prop::collection::vec("(2026-11-20T10:00:0[0-9]\\.[0-9]{7}Z )?(##\\[group\\]Run x|##\\[error\\]y|Post job cleanup\\.|\\PC{0,20})", 0..40),
        from in 0i64..12, length in -2i64..12, budget in 0usize..500,
    ) {
        let text = lines.join("\n");
        let log = Log::parse(&text);
        let start = DateTime::from_timestamp(1_795_255_200 + from, 0).unwrap();
        let step = Step { name: "Run x".to_owned(), started_at: Some(start), completed_at: Some(start + TimeDelta::seconds(length)), ..Step::default() };
        if let Some(section) = log.section(&step) {
            prop_assert!(section.start < section.end && section.end <= log.len(), "{:?} of {}", section, log.len());
            log.show(section, budget);
        }
        log.show(log.whole(), budget);
    }

    #[test]
    fn the_failing_step_of_a_generated_log_is_found(sizes in prop::collection::vec(1usize..6, 2..8), failing in 0usize..8) {
        let failing = failing % sizes.len();
        let mut text = String::new();
        let mut second = 0i64;
        let mut times = Vec::new();
        let base = DateTime::<Utc>::from_timestamp(1_795_255_200, 0).unwrap();
        let stamp = |second: i64, part: usize| format!("{}.{part:07}Z", (base + TimeDelta::seconds(second)).format("%Y-%m-%dT%H:%M:%S"));
        for (at, size) in sizes.iter().enumerate() {
            let begin = second;
            text.push_str(&format!("{} ##[group]Run step {at}\n", stamp(second, 0)));
            for line in 0..*size {
                second += i64::from(line % 2 == 0);
                text.push_str(&format!("{} line {line} of {at}\n", stamp(second, line + 1)));
            }
            if at == failing {
                text.push_str(&format!("{} ##[error]Process completed with exit code 1.\n", stamp(second, 90)));
            }
            times.push((begin, second));
        }
        let (begin, end) = times[failing];
        let log = Log::parse(&text);
        let step = Step { name: "A name of its own".to_owned(), started_at: Some(base + TimeDelta::seconds(begin)), completed_at: Some(base + TimeDelta::seconds(end)), ..Step::default() };
        let section = log.section(&step).unwrap();
        let (first, last) = ends(&log, section);
        prop_assert_eq!(first, format!("##[group]Run step {failing}"));
        prop_assert_eq!(last, "##[error]Process completed with exit code 1.");
    }
}
