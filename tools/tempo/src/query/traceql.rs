//! TraceQL before it is sent: brackets and texts that do not close are told with their place; attribute names and
//! values are written so that they mean themselves.
//!
//! Deliberately absent: a whole parser. The language grows with each version of Tempo, so the server decides on all
//! else, and its parse errors are told with the place that they name.

use domain::envelope::{Failure, FailureKind};

/// Names that TraceQL knows without a scope.
const INTRINSICS: [&str; 11] = [
    "name",
    "status",
    "statusMessage",
    "kind",
    "duration",
    "traceDuration",
    "rootName",
    "rootServiceName",
    "nestedSetParent",
    "parent",
    "childCount",
];

const SCOPES: [&str; 6] = ["resource.", "span.", "event.", "link.", "instrumentation.", "parent."];

/// Checks that brackets and texts close.
///
/// # Errors
/// `BadRequest` with the query and a caret under the place.
pub(crate) fn check(query: &str) -> Result<(), Failure> {
    if query.trim().is_empty() {
        return Err(wrong(query, 0, "it is empty", "{} matches every span"));
    }
    match misplaced(query) {
        None if !query.contains('{') => {
            Err(wrong(query, 0, "it has no selector", "TraceQL selects spans in braces: { status = error }"))
        }
        None => Ok(()),
        Some((at, problem)) => Err(wrong(query, at, problem, "close what the caret points at; nothing was sent")),
    }
}

fn misplaced(query: &str) -> Option<(usize, &'static str)> {
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut letters = query.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' | '`' if !closes(letter, &mut letters) => return Some((at, "a text is not closed")),
            '{' | '(' => open.push((letter, at)),
            '}' | ')' => match open.pop() {
                Some(('{', _)) if letter == '}' => {}
                Some(('(', _)) if letter == ')' => {}
                Some((_, opened_at)) => return Some((opened_at, "this bracket is closed by another kind")),
                None => return Some((at, "this bracket was never opened")),
            },
            _ => {}
        }
    }
    open.pop().map(|(_, at)| (at, "this bracket is not closed"))
}

fn closes(quote: char, letters: &mut std::str::CharIndices<'_>) -> bool {
    while let Some((_, letter)) = letters.next() {
        if letter == quote {
            return true;
        }
        if letter == '\\' && quote == '"' {
            letters.next();
        }
    }
    false
}

fn wrong(query: &str, at: usize, problem: &str, advice: &str) -> Failure {
    let message = format!("the query is not valid TraceQL: {problem}{}", pointed(query, at));
    Failure::new(FailureKind::BadRequest, message).with_hint(advice)
}

/// The line of a query with a caret under byte `at`.
pub(crate) fn pointed(query: &str, at: usize) -> String {
    let before = query.get(..at).unwrap_or(query);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = query.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let column = before.get(line_start..).map_or(0, |text| text.chars().count());
    let number = before.matches('\n').count() + 1;
    format!(" (line {number}, column {})\n  {line}\n  {}^", column + 1, " ".repeat(column))
}

/// The byte at which a server's `line`, `column` (both from 1) stand in the query.
pub(crate) fn byte_at(query: &str, line: usize, column: usize) -> usize {
    let before: usize = query.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = query.get(before..).unwrap_or_default();
    rest.char_indices().nth(column.saturating_sub(1)).map_or(query.len(), |(at, _)| before + at)
}

/// A text as a TraceQL literal.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// The name of an attribute as TraceQL writes it: an intrinsic or a scoped name as it is, any other after a dot.
pub(crate) fn attribute(name: &str) -> String {
    let name = name.trim();
    let is_known = INTRINSICS.contains(&name) || name.contains(':');
    if is_known || name.starts_with('.') {
        return name.to_owned();
    }
    let scope = SCOPES.iter().find(|scope| name.starts_with(**scope)).copied().unwrap_or(".");
    let bare = name.strip_prefix(scope).unwrap_or(name);
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '/');
    if bare.chars().all(plain) { format!("{scope}{bare}") } else { format!("{scope}{}", quoted(bare)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;

    #[test]
    fn what_does_not_close_is_told_with_a_caret() {
        let cases = [
            (
                "{ status = error",
                expect![[r#"
                the query is not valid TraceQL: this bracket is not closed (line 1, column 1)
                  { status = error
                  ^"#]],
            ),
            (
                "{ name = \"GET }",
                expect![[r#"
                the query is not valid TraceQL: a text is not closed (line 1, column 10)
                  { name = "GET }
                           ^"#]],
            ),
            (
                "{ (a = 1 }",
                expect![[r#"
                the query is not valid TraceQL: this bracket is closed by another kind (line 1, column 3)
                  { (a = 1 }
                    ^"#]],
            ),
            (
                "{}\n} | rate()",
                expect![[r#"
                the query is not valid TraceQL: this bracket was never opened (line 2, column 1)
                  } | rate()
                  ^"#]],
            ),
            (
                "status = error",
                expect![[r#"
                the query is not valid TraceQL: it has no selector (line 1, column 1)
                  status = error
                  ^"#]],
            ),
        ];
        for (query, wanted) in cases {
            wanted.assert_eq(&check(query).unwrap_err().message);
        }
        for query in
            ["{}", "{ name = \"}\" }", "{ name = `a\\` && (duration > 1s) } >> {}", "{ .a = \"\\\"\" } | rate()"]
        {
            assert_eq!(check(query), Ok(()), "{query}");
        }
    }

    #[test]
    fn names_are_written_so_that_they_are_found() {
        let cases = [
            ("http.route", ".http.route"),
            ("resource.k8s.pod.name", "resource.k8s.pod.name"),
            ("span.my key", "span.\"my key\""),
            ("duration", "duration"),
            ("span:duration", "span:duration"),
            (".x", ".x"),
        ];
        for (name, wanted) in cases {
            assert_eq!(attribute(name), wanted);
        }
        assert_eq!(quoted("a\"b\\"), r#""a\"b\\""#);
    }

    proptest! {
        #[test]
        fn no_query_panics(query in "\\PC{0,40}", at in 0usize..60) {
            let _ = check(&query);
            let _ = pointed(&query, at);
            let _ = byte_at(&query, at % 4, at);
        }

        #[test]
        fn a_quoted_text_always_closes(text in "\\PC{0,20}") {
            let query = format!("{{ name = {} }}", quoted(&text));
            prop_assert_eq!(check(&query), Ok(()));
        }
    }
}
