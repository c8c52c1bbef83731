//! PromQL read before it is sent.

use super::*;
use expect_test::{Expect, expect};

fn check_error(query: &str, wanted: Expect) {
    let failure = check(query).unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
    wanted.assert_eq(&format!("{}\n{}", failure.message, failure.hint.unwrap_or_default()));
}

#[test]
fn good_queries_and_unknown_functions_pass() {
    for query in [
        "up",
        "sum by (job) (rate(http_requests_total{code=~\"5..\"}[5m])) / 2",
        "histogram_quantile(0.99, sum by (le) (rate(x_bucket[5m])))",
        "a and on(job) b offset 5m",
        "max_over_time(up[1h:5m])",
        "# a comment\nup",
    ] {
        assert!(matches!(check(query), Ok(Checked::Parsed(_))), "{query}");
    }
    assert!(matches!(check("range_first(up[5m])"), Ok(Checked::Unparsed)));
}

#[test]
fn syntax_errors_are_told_with_their_place() {
    check_error(
        "sum(rate(up[5m])",
        expect![[r#"
        the query is not valid PromQL (line 1, column 4): unclosed left parenthesis
          sum(rate(up[5m])
             ^
        close what the caret points at"#]],
    );
    check_error(
        "rate(up)",
        expect![[r#"
        the query is not valid PromQL (line 1, column 1): expected type matrix in call to function 'rate', got vector
          rate(up)
          ^
        give the selector a range, as in rate(http_requests_total[5m])"#]],
    );
    check_error(
        "up{job=\"a\"} foo",
        expect![[r#"
        the query is not valid PromQL (line 1, column 13): this is not PromQL here
          up{job="a"} foo
                      ^
        nothing was sent; correct the query and ask again"#]],
    );
    check_error(
        "sum by job (up)",
        expect![[r#"
        the query is not valid PromQL (line 1, column 8): this is not PromQL here
          sum by job (up)
                 ^
        nothing was sent; correct the query and ask again"#]],
    );
    check_error(
        "up{job=prometheus}",
        expect![[r#"
        the query is not valid PromQL (line 1, column 8): unexpected identifier 'prometheus' in label matching, expected string
          up{job=prometheus}
                 ^
        nothing was sent; correct the query and ask again"#]],
    );
    check_error(
        "up & down",
        expect![[r#"
        the query is not valid PromQL (line 1, column 4): unexpected character: '&'
          up & down
             ^
        nothing was sent; correct the query and ask again"#]],
    );
    check_error(
        "sum(\n  up +\n)",
        expect![[r#"
        the query is not valid PromQL (line 3, column 1): this is not PromQL here
          )
          ^
        nothing was sent; correct the query and ask again"#]],
    );
    check_error(
        "up{job=\"a",
        expect![[r#"
        the query is not valid PromQL (line 1, column 8): unterminated quoted string "
          up{job="a
                 ^
        nothing was sent; correct the query and ask again"#]],
    );
    check_error(
        "",
        expect![[r#"
            the query is not valid PromQL: no expression found in input
            nothing was sent; correct the query and ask again"#]],
    );
}

#[test]
fn what_a_query_reads_is_taken_out() {
    let checked = check("sum(rate(a_total{job=\"x\",code!~\"2..\"}[5m])) / b > 1").unwrap();
    let selected = checked.selected();
    assert_eq!(selected.len(), 2);
    assert_eq!(selected[0].metric.as_deref(), Some("a_total"));
    assert_eq!(selected[0].matchers[0], ("job".to_owned(), "=", "x".to_owned()));
    assert!(checked.compares());
    assert!(!check("a > bool 1").unwrap().compares());
    assert!(check("sort(up)").unwrap().is_ordered());
}

#[test]
fn quoting_keeps_a_text_inside_its_string() {
    assert_eq!(quoted("a\"b\\c\nd"), r#""a\"b\\c\nd""#);
    assert!(check(&format!("up{{job={}}}", quoted("a\"} or vector(1) #"))).is_ok());
}
