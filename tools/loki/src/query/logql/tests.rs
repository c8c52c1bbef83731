//! What is read out of queries, and which mistakes are told.

use super::tokens::read;
use super::*;
use expect_test::expect;
use proptest::prelude::*;

fn selectors(query: &str) -> Vec<String> {
    check(query).unwrap().selectors.into_iter().map(|selector| selector.text).collect()
}

#[test]
fn selectors_are_found_wherever_they_stand() {
    let cases: [(&str, &[&str]); 8] = [
        ("{app=\"a\"}", &["{app=\"a\"}"]),
        ("{app=\"a\"} |= \"{not=`one`}\" | line_format \"{{.x}}\"", &["{app=\"a\"}"]),
        ("{app=`a}b`} |~ `\\{x`", &["{app=`a}b`}"]),
        ("sum by (x) (rate({a=\"1\", b!~\"x|y\"} | json | s >= 500 [5m]))", &["{a=\"1\", b!~\"x|y\"}"]),
        ("sum(rate({a=\"1\"}[5m])) / sum(rate({a=\"2\"}[5m]))", &["{a=\"1\"}", "{a=\"2\"}"]),
        ("sum(rate({a=\"1\"}[5m])) / sum(rate({a=\"1\"}[5m]))", &["{a=\"1\"}"]),
        ("{a=\"1\"} # and {b=\"2\"}\n|= \"x\"", &["{a=\"1\"}"]),
        ("{a=\"quoted \\\"}\\\"\"}", &["{a=\"quoted \\\"}\\\"\"}"]),
    ];
    for (query, wanted) in cases {
        assert_eq!(selectors(query), wanted, "{query}");
    }
}

#[test]
fn kind_reach_and_filters_are_seen() {
    let cases = [
        ("{a=\"1\"}", false, false, 0),
        ("{a=\"1\"} |= \"x\"", false, true, 0),
        ("{a=\"1\"} | json", false, true, 0),
        ("({a=\"1\"} |= \"x\")", false, true, 0),
        ("(count_over_time({a=\"1\"}[10m]))", true, false, 600),
        ("count_over_time({a=\"1\"}[10m])", true, false, 600),
        ("rate({a=\"1\"}[5m] offset 1h) / rate({a=\"1\"} != \"x\" [10m])", true, true, 4_200),
        ("rate({a=\"1\"}[1.5h])", true, false, 0),
    ];
    for (query, is_metric, filters, reach) in cases {
        let checked = check(query).unwrap();
        assert_eq!(
            (checked.is_metric, checked.filters, checked.reach.num_seconds()),
            (is_metric, filters, reach),
            "{query}"
        );
    }
}

#[test]
fn mistakes_are_told_with_a_caret() {
    let told: Vec<String> = [
        "{app=\"a\"",
        "{app=a}",
        "{app='a'}",
        "{}",
        "{app=~\".*\"}",
        "{app=\"a\" env=\"b\"}",
        "{app==\"a\"}",
        "{app=\"a\"} |= error",
        "{app=\"a\"} |= \"error",
        "up{job=\"a\"}",
        "rate({app=\"a\"}[5minutes])",
        "rate({app=\"a\"}[$__interval])",
        "{app=\"a\"} && {app=\"b\"}",
        "sum(rate({app=\"a\"}[5m])",
        "error in checkout",
    ]
    .iter()
    .map(|query| check(query).unwrap_err().message)
    .collect();
    expect![[r#"
        the query is not valid LogQL (line 1, column 1): this is not closed; `}` is missing
          {app="a"
          ^
        the query is not valid LogQL (line 1, column 6): the value of `app` belongs in double quotes
          {app=a}
               ^"#]]
    .assert_eq(&told[..2].join("\n"));
    for (message, word) in told.iter().skip(2).zip([
        "double quotes",
        "at least one label",
        "at least one label",
        "comma",
        "= rather than ==",
        "after `|=` belongs a text",
        "not closed by the same quote",
        "no metric names",
        "\"5minutes\" is no duration",
        "variable of Grafana",
        "LogQL has no &",
        "`)` is missing",
        "no stream selector",
    ]) {
        assert!(message.contains(word) && message.ends_with('^'), "{word}: {message}");
    }
}

#[test]
fn a_mistake_in_a_long_query_is_shown_without_the_whole_query() {
    let query = format!("{{app=\"a\"}} |= \"{}\" |= x", "y".repeat(3_000));
    let failure = check(&query).unwrap_err();
    assert!(failure.message.len() < 400, "{}", failure.message);
}

#[test]
fn a_selector_alone_is_told_from_a_query() {
    assert_eq!(selector_only(" {a=\"b\"} ").unwrap().matchers[0].label, "a");
    assert!(selector_only("{a=\"b\"} |= \"x\"").is_err());
    assert!(selector_only("rate({a=\"b\"}[1m])").is_err());
}

proptest! {
    #[test]
    fn no_text_panics(query in "\\PC{0,80}") {
        let _ = check(&query);
    }

    #[test]
    fn no_text_of_its_own_letters_panics(query in "[{}()\\[\\]|=~!\"`#a1,\\\\ \n<>-]{0,60}") {
        let _ = check(&query);
    }

    #[test]
    fn tokens_lie_in_order_and_between_them_is_only_space_or_comment(query in "[{}()|=~\"a1, #\n]{0,60}") {
        if let Ok(tokens) = read(&query) {
            let mut at = 0;
            for token in tokens {
                prop_assert!(token.start >= at && token.end > token.start);
                let between = &query[at..token.start];
                prop_assert!(between.trim().is_empty() || between.contains('#'), "{:?}", between);
                at = token.end;
            }
        }
    }

    #[test]
    fn any_value_survives_the_way_into_a_selector_and_back(value in "\\PC{1,20}") {
        let query = format!("{{app={}}} |= {}", quoted(&value), quoted(&value));
        let checked = check(&query).unwrap();
        prop_assert_eq!(&checked.selectors[0].matchers[0].value, &value);
        prop_assert_eq!(checked.selectors.len(), 1);
    }
}
