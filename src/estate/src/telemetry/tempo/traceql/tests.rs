//! What can be read as a query, and in which words the rest is refused.

use super::{Function, Query};

#[test]
fn what_tools_send_is_read() {
    let queries = [
        "{}",
        "{ status = error }",
        "{ resource.service.name = \"a\" && duration > 1s && .http.route =~ \"/a.*\" }",
        "{ (.http.status_code = 500 || .http.status_code = \"500\") && !(kind = client) }",
        "{ name = \"GET\" } >> { span.db.system != nil } | select(status, resource.service.name)",
        "{ span.\"my key\" = `x` } > {} || { duration >= 1.5ms }",
        "{ kind = server } | quantile_over_time(duration, .95, 0.5) by (resource.service.name, span.http.route)",
        "({ status = error } && {}) | rate()",
        "{ true }",
    ];
    for query in queries {
        assert!(Query::parse(query).is_ok(), "{query}: {:?}", Query::parse(query));
    }
    let metric = Query::parse("{} | rate() by (name)").unwrap().metric.unwrap();
    assert_eq!((metric.function, metric.by[0].written().as_str()), (Function::Rate, "name"));
}

#[test]
fn the_rest_is_refused_with_its_place() {
    let cases = [
        ("", "line 1, col 1: syntax error: unexpected $end"),
        ("{", "line 1, col 2: syntax error: unexpected $end"),
        ("{ status = error", "line 1, col 17: syntax error: unexpected $end"),
        ("{ foo = 1 }", "line 1, col 3: syntax error: unexpected IDENTIFIER"),
        ("{ .a = 1\n .b = 2 }", "line 2, col 2: syntax error: unexpected IDENTIFIER"),
        ("{ name = \"GET }", "line 1, col 10: literal not terminated"),
        ("{} | rate(duration[5m])", "line 1, col 19: syntax error: unexpected ["),
        ("{} | nothing()", "line 1, col 6: syntax error: unexpected IDENTIFIER"),
        ("{ duration > }", "line 1, col 14: syntax error: unexpected }"),
        ("{ .a =~ 5 }", "line 1, col 9: syntax error: unexpected INTEGER"),
    ];
    for (query, wanted) in cases {
        let told = Query::parse(query).unwrap_err();
        assert_eq!(told, format!("parse error at {wanted}"), "{query}");
    }
}

#[test]
fn brackets_without_end_overflow_no_stack() {
    assert!(Query::parse(&"(".repeat(100_000)).is_err());
    assert!(Query::parse(&format!("{{ {}", "!(".repeat(100_000))).is_err());
}
