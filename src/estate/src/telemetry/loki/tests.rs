//! Reading LogQL, and what the stages keep.

use super::parse::{Parsed, parse};
use crate::telemetry::series::Labels;

#[test]
fn a_log_query_keeps_what_its_stages_let_pass() {
    let cases = [
        ("{app=\"a\"} |= \"error\"", "an error", true),
        ("{app=\"a\"} |= `error` != \"timeout\"", "an error: timeout", false),
        ("{app=\"a\"} |~ \"err(or)?s\"", "two errs", true),
        ("{app=\"a\"} !~ \"err\"", "an error", false),
        ("{app=\"a\"} | json | level=\"error\"", "{\"level\":\"error\"}", true),
        ("{app=\"a\"} | json | http_status >= 500", "{\"http\":{\"status\":503}}", true),
        ("{app=\"a\"} | logfmt | msg=~\"no .*\"", "level=info msg=\"no route\"", true),
        ("{app=\"a\"} | logfmt | level!=\"info\"", "level=info msg=\"no route\"", false),
        ("{app=\"a\"} |= \"quoted \\\"x\\\"\"", "quoted \"x\"", true),
        ("{app=\"a{b}\"}", "anything", true),
    ];
    for (text, line, expected) in cases {
        let Ok(Parsed::Logs(query)) = parse(text) else { panic!("{text} is a log query") };
        let (mut labels, mut read) = (Labels::default(), line.to_owned());
        let passes = query.stages.iter().all(|stage| stage.passes(&mut read, &mut labels));
        assert_eq!(passes, expected, "{text} on {line}");
    }
}

#[test]
fn a_line_format_writes_the_line_anew() {
    let Ok(Parsed::Logs(query)) = parse("{app=\"a\"} | logfmt | line_format `{{.level}}: {{ __line__ | trunc 5 }}…`")
    else {
        panic!("a log query")
    };
    let (mut labels, mut line) = (Labels::default(), "level=info msg=x".to_owned());
    assert!(query.stages.iter().all(|stage| stage.passes(&mut line, &mut labels)));
    assert_eq!(line, "info: level…");
    assert!(parse("{app=\"a\"} | line_format \"{{.x\"").is_err());
}

#[test]
fn a_metric_query_becomes_promql_over_its_log_parts() {
    let text = "sum by (app) (rate({namespace=\"shop\"} |= \"x)\" [5m])) / sum(count_over_time({app=\"b\"}[1m]))";
    let Ok(Parsed::Metric { promql, parts }) = parse(text) else { panic!("a metric query") };
    assert_eq!(promql, "sum by (app) ((count_over_time(log_part_0[5m]) / 300)) / sum(count_over_time(log_part_1[1m]))");
    assert_eq!(parts.iter().map(|part| part.range_ms).collect::<Vec<_>>(), [300_000, 60_000]);
}

#[test]
fn what_cannot_be_read_is_refused() {
    for text in [
        "",
        "{",
        "{}",
        "{app=\"a\"} | unwrap x",
        "rate({app=\"a\"})",
        "up",
        "{app=\"a\"} |= error",
        "quantile({a=\"b\"}[1m])",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}
