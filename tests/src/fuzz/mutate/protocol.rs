//! Changes of the status and the headers, and whole other answers: a page for people, an error of the API, a redirect.

use crate::fuzz::answer::Wire;
use crate::fuzz::chance::Chance;

const STATUSES: &[u16] = &[
    100, 200, 201, 202, 203, 204, 205, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410,
    411, 412, 413, 414, 416, 418, 422, 429, 451, 500, 501, 502, 503, 504, 520, 599, 999,
];

const HEADERS: &[(&str, &str)] = &[
    ("content-type", ""),
    ("content-type", "text/html"),
    ("content-type", "text/plain; charset=utf-16"),
    ("content-type", "application/vnd.kubernetes.protobuf"),
    ("content-type", ";;;=\"é"),
    ("content-encoding", "gzip"),
    ("content-length", "99999999999999999999"),
    ("link", "<https://api.github.test/repos/acme/shop/commits?page=2>; rel=\"next\""),
    ("link", "<>; rel=next"),
    ("link", "<<<>>>; rel=\"next\", ; ; ,,,"),
    ("link", "<https://elsewhere.test/?page=99999999999999999999>; rel=\"next last\""),
    ("link", "é"),
    ("etag", ""),
    ("etag", "W/"),
    ("etag", "\"\u{e9}\""),
    ("retry-after", "0"),
    ("retry-after", "-1"),
    ("retry-after", "99999999999999999999"),
    ("retry-after", "1e999"),
    ("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT"),
    ("retry-after", "NaN"),
    ("x-ratelimit-remaining", "0"),
    ("x-ratelimit-remaining", "-1"),
    ("x-ratelimit-reset", "0"),
    ("x-ratelimit-reset", "18446744073709551615"),
    ("x-ratelimit-reset", "-9223372036854775808"),
    ("x-ratelimit-reset", "253402300800"),
    ("x-ratelimit-resource", ""),
    ("x-github-sso", "required; url=https://elsewhere.test"),
    ("x-github-sso", "partial-results; organizations=,,,"),
    ("location", "https://elsewhere.test/"),
    ("location", "//"),
    ("location", "https://storage.test/logs/2.txt"),
    ("location", "file:///etc/hostname"),
    ("location", "http://[::1"),
    ("content-range", "bytes 9-1/-5"),
    ("content-range", "bytes 0-18446744073709551615/18446744073709551615"),
    ("content-range", "bytes */0"),
    ("date", "Thu, 01 Jan 0000 00:00:00 GMT"),
    ("warning", "299 - \"\""),
    ("warning", "299 - \"unknown field \\\"spec.x\\\"\""),
];

/// Whole answers: status, content type, body.
const ANSWERS: &[(u16, &str, &str)] = &[
    (
        200,
        "text/html; charset=utf-8",
        "<!DOCTYPE html><html><head><title>Sign in</title></head><body>please</body></html>",
    ),
    (200, "application/json", "<html><TITLE>İstanbul ẞ</TITLE"),
    (200, "text/html", "<title"),
    (200, "text/html", "İİİİ<title>é</TITLE>"),
    (200, "application/json", ""),
    (200, "application/json", "null"),
    (200, "application/json", "[]"),
    (200, "application/json", "{}"),
    (200, "application/json", "\"text\""),
    (200, "application/json", "0"),
    (200, "text/plain", "\n\n\n"),
    (502, "text/html", "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"),
    (503, "text/plain", "Service not ready: waiting for 15s after being ready"),
    (429, "text/plain", "too many outstanding requests"),
    (
        410,
        "application/json",
        r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"too old resource version: 1 (2)","reason":"Expired","code":410}"#,
    ),
    (
        403,
        "application/json",
        r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"pods is forbidden: User \"x\" cannot list resource","reason":"Forbidden","details":{"kind":"pods"},"code":403}"#,
    ),
    (
        404,
        "application/json",
        r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"","reason":"","code":-1}"#,
    ),
    (
        500,
        "application/json",
        r#"{"kind":"Status","details":{"causes":[{}],"retryAfterSeconds":-9223372036854775808}}"#,
    ),
    (200, "application/json", r#"{"kind":"Status","apiVersion":"v1","status":"Failure","code":500}"#),
    (
        422,
        "application/json",
        r#"{"status":"error","errorType":"execution","error":"found duplicate series for the match group"}"#,
    ),
    (
        400,
        "application/json",
        r#"{"status":"error","errorType":"bad_data","error":"1:99999999999999999999: parse error: é"}"#,
    ),
    (400, "text/plain", "parse error at line 18446744073709551616, col -1: syntax error: unexpected É"),
    (400, "text/plain", "1:1: parse error: ş"),
    (400, "text/plain", "invalid TraceQL query: parse error at line 1, col 400: syntax error"),
    (404, "text/plain", "trace not found"),
    (
        403,
        "application/json",
        r#"{"message":"API rate limit exceeded for 203.0.113.9.","documentation_url":"https://docs.github.com"}"#,
    ),
    (
        422,
        "application/json",
        r#"{"message":"Validation Failed","errors":[{"resource":"Search","field":"q","code":"invalid"},7,[null]]}"#,
    ),
    (401, "application/json", r#"{"message":"Bad credentials"}"#),
    (304, "application/json", ""),
    (206, "text/plain", "half"),
];

/// One change.
pub fn mutate(wire: &mut Wire, chance: &mut Chance) {
    match chance.below(7) {
        0 | 1 => wire.status = chance.one_of(STATUSES).copied().unwrap_or(500),
        2 | 3 => {
            if let Some((name, value)) = chance.one_of(HEADERS) {
                wire.headers.retain(|(known, _)| known != name);
                wire.headers.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        4 => wire.headers.clear(),
        5 => {
            if let Some((status, kind, body)) = chance.one_of(ANSWERS) {
                wire.status = *status;
                wire.headers = vec![("content-type".to_owned(), (*kind).to_owned())];
                wire.body = body.as_bytes().to_vec();
            }
        }
        _ => wire.broken_off = true,
    }
}
