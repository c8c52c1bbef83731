//! Rules of the evaluator that a comparison with the real Prometheus would not pin: errors and bounds.

use promql_parser::label::Matcher;

use super::super::series::{Labels, Sample, Series, SeriesSource};
use super::{Answer, QueryError, instant, range};

/// Counters that rise by one a second, for two pods.
struct Ticking;

impl SeriesSource for Ticking {
    fn select(&self, matchers: &[Matcher], start_ms: i64, end_ms: i64) -> Vec<Series> {
        let pods =
            ["a", "b"].map(|pod| Labels::from_pairs([("__name__", "ticks_total"), ("pod", pod), ("job", "clock")]));
        let accepted = pods.into_iter().filter(|labels| labels.accepted_by(matchers));
        accepted
            .map(|labels| Series {
                labels,
                samples: (-(-start_ms).div_euclid(15_000)..=end_ms.div_euclid(15_000))
                    .map(|tick| Sample { at_ms: tick * 15_000, value: (tick * 15) as f64 })
                    .collect(),
            })
            .collect()
    }
}

const NOW: i64 = 1_700_000_000_000;

#[test]
fn what_is_wrong_is_told_as_prometheus_tells_it() {
    let cases = [
        ("sum(", "invalid parameter \"query\":"),
        ("rate(ticks_total)", "invalid parameter \"query\":"),
        ("nosuch(ticks_total)", "invalid parameter \"query\":"),
        (
            "ticks_total * on(job) ticks_total",
            "found duplicate series for the match group {job=\"clock\"} on the right",
        ),
        ("ticks_total * on(job) group_right sum by (job) (ticks_total) * on(job) ticks_total", "found duplicate"),
        (
            "label_replace(ticks_total, \"pod\", \"x\", \"\", \"\")",
            "vector cannot contain metrics with the same labelset",
        ),
        (
            "label_replace(ticks_total, \"pod\", \"$1\", \"pod\", \"(\")",
            "invalid regular expression in label_replace()",
        ),
        ("holt_winters(ticks_total[5m], 2, 0.5)", "invalid smoothing factor"),
    ];
    for (query, expected) in cases {
        let error = instant(&Ticking, query, NOW).expect_err(query).to_string();
        assert!(error.starts_with(expected), "{query}: {error}");
    }
}

#[test]
fn a_range_query_refuses_a_range_vector() {
    let error = range(&Ticking, "ticks_total[5m]", NOW, NOW, 1000).expect_err("a matrix has no value per step");
    assert!(matches!(error, QueryError::Parse(_)), "{error}");
}

#[test]
fn text_that_would_exhaust_the_stack_is_refused() {
    let deep = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
    assert!(matches!(instant(&Ticking, &deep, NOW), Err(QueryError::Parse(_))));
    let long = "1 + ".repeat(1_000) + "1";
    assert!(matches!(instant(&Ticking, &long, NOW), Err(QueryError::Parse(_))));
    let minus = "-".repeat(2_000) + "up";
    assert!(instant(&Ticking, &minus, NOW).is_err());
}

#[test]
fn too_many_cells_are_refused_and_not_computed() {
    let outcome = range(&Ticking, "ticks_total", 0, 20_000_000_000, 1);
    assert!(matches!(outcome, Err(QueryError::Execution(_))));
}

#[test]
fn a_rate_is_exact_and_an_instant_range_gives_samples() {
    let Answer::Vector(_, samples) = instant(&Ticking, "sum by (job) (rate(ticks_total[5m]))", NOW).expect("valid")
    else {
        panic!("a vector was asked for");
    };
    assert_eq!(samples.len(), 1);
    assert!((samples[0].value - 2.0).abs() < 1e-9);
    let Answer::Matrix(series) = instant(&Ticking, "ticks_total{pod='a'}[1m]", NOW).expect("valid") else {
        panic!("a matrix was asked for");
    };
    assert_eq!(series[0].samples.len(), 4);
}
