//! GitHub's rate limits: what is used up, until when, and nothing is sent before.
//!
//! Source: docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api. Each resource (`core`, `code_search`,
//! …) has a limit of its own (`x-ratelimit-*` headers); the secondary limits hold for everything and come as a 403 or
//! 429 with `retry-after`. Guarantee: times are counted from the server's own clock where it tells it, so that a clock
//! that is wrong here makes nobody wait too long or come too early.

use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::{Failure, FailureKind};
use std::collections::BTreeMap;
use tools_common::http::Response;
use tools_common::time;

/// Longest wait that is believed.
const LONGEST: TimeDelta = TimeDelta::hours(24);

/// The wait after a secondary limit that names none: GitHub asks for a minute at least.
const UNNAMED: TimeDelta = TimeDelta::seconds(60);

/// The key under which a limit on everything stands.
const EVERYTHING: &str = "*";

/// What is used up, by resource.
#[derive(Debug, Default)]
pub(super) struct Rates {
    closed: BTreeMap<String, DateTime<Utc>>,
}

/// The resource that a path counts against, before GitHub has said so itself.
pub(super) fn resource(path: &str) -> &'static str {
    if path.starts_with("/search/code") { "code_search" } else { "core" }
}

impl Rates {
    /// The failure of a request that must not be sent yet.
    pub(super) fn closed(&self, resource: &str, asked: &str, now: DateTime<Utc>, has_token: bool) -> Option<Failure> {
        let until = [resource, EVERYTHING].iter().filter_map(|key| self.closed.get(*key)).max()?;
        (*until > now).then(|| told(resource, asked, *until, now, has_token, "nothing was sent"))
    }

    /// Takes note of what an answer says, and gives the failure where the answer is the refusal itself.
    pub(super) fn note(
        &mut self,
        resource: &str,
        response: &Response,
        now: DateTime<Utc>,
        has_token: bool,
    ) -> Option<Failure> {
        self.closed.retain(|_, until| *until > now);
        let resource = response.header("x-ratelimit-resource").unwrap_or(resource).to_owned();
        let used_up = number(response, "x-ratelimit-remaining") == Some(0);
        if used_up && let Some(until) = reset(response, now) {
            self.closed.insert(resource.clone(), until);
        }
        let status = response.status.as_u16();
        if !matches!(status, 403 | 429) {
            return None;
        }
        let secondary = secondary_wait(response, used_up)?;
        if let Some(wait) = secondary {
            let until = now.checked_add_signed(wait.clamp(TimeDelta::zero(), LONGEST)).unwrap_or(now);
            self.closed.insert(EVERYTHING.to_owned(), until);
        }
        let until = [resource.as_str(), EVERYTHING].iter().filter_map(|key| self.closed.get(*key)).max().copied();
        let what = format!("{status}");
        Some(told(&resource, &response.asked, until.unwrap_or(now), now, has_token, &what))
    }
}

/// `None` where the refusal is not one of a rate; `Some(None)` where it is the resource's own limit, `Some(wait)` where
/// it is a secondary one.
fn secondary_wait(response: &Response, used_up: bool) -> Option<Option<TimeDelta>> {
    if let Some(seconds) = number(response, "retry-after") {
        return Some(TimeDelta::try_seconds(seconds).or(Some(LONGEST)));
    }
    if used_up {
        return Some(None);
    }
    let head = response.body.get(..2_000).unwrap_or(&response.body);
    let said = String::from_utf8_lossy(head).to_ascii_lowercase();
    let is_rate = response.status.as_u16() == 429
        || ["secondary rate limit", "abuse detection", "rate limit exceeded"].iter().any(|words| said.contains(words));
    is_rate.then_some(Some(UNNAMED))
}

fn number(response: &Response, name: &str) -> Option<i64> {
    response.header(name)?.trim().parse().ok()
}

/// When the limit ends, on our clock.
fn reset(response: &Response, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let at = DateTime::from_timestamp(number(response, "x-ratelimit-reset")?, 0)?;
    let told = response.header("date").and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let theirs = told.map_or(now, |date| date.with_timezone(&Utc));
    let wait = at.signed_duration_since(theirs).clamp(TimeDelta::zero(), LONGEST);
    now.checked_add_signed(wait)
}

fn told(resource: &str, asked: &str, until: DateTime<Utc>, now: DateTime<Utc>, has_token: bool, what: &str) -> Failure {
    let wait = time::show_duration(until.signed_duration_since(now));
    let message = format!(
        "{asked}: {what}: GitHub's rate limit ({resource}) is used up until {} (in {wait})",
        time::show_instant(until)
    );
    let hint = match (has_token, resource) {
        (false, _) => "without a token GitHub answers 60 requests an hour: set GITHUB_TOKEN; or ask again then",
        (true, "code_search") => "code search answers 10 requests a minute; ask again then, or use read_file",
        (true, _) => "ask again then; what was asked before and has not changed costs nothing",
    };
    Failure::new(FailureKind::RateLimited, message).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> Response {
        let mut map = http::HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, http::HeaderValue::from_static(value));
        }
        Response {
            status: http::StatusCode::from_u16(status).unwrap(),
            content_type: String::new(),
            headers: map,
            body: body.into(),
            asked: "GET https://api.github.com/x".to_owned(),
            ours: tools_common::http::Ours::default(),
        }
    }

    fn now() -> DateTime<Utc> {
        "2026-11-21T02:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_limit_that_is_used_up_closes_its_resource_until_it_ends() {
        let mut rates = Rates::default();
        let last = answer(
            200,
            &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795226700"), ("x-ratelimit-resource", "core")],
            "",
        );
        assert_eq!(rates.note("core", &last, now(), true), None);
        let failure = rates.closed("core", "GET x", now(), true).unwrap();
        assert_eq!(failure.kind, FailureKind::RateLimited);
        assert!(failure.message.contains("until 2026-11-21T02:05:00Z (in 5m)"), "{failure}");
        assert_eq!(rates.closed("code_search", "GET x", now(), true), None);
        assert_eq!(rates.closed("core", "GET x", now() + TimeDelta::minutes(5), true), None);
    }

    #[test]
    fn a_clock_that_is_wrong_here_changes_no_wait() {
        let mut rates = Rates::default();
        let headers = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1795226700"),
            ("date", "Sat, 21 Nov 2026 02:04:00 GMT"),
        ];
        rates.note("core", &answer(200, &headers, ""), now(), true);
        let failure = rates.closed("core", "GET x", now(), true).unwrap();
        assert!(failure.message.contains("(in 1m)"), "{failure}");
    }

    #[test]
    fn secondary_limits_close_everything() {
        for (status, headers, body, wait) in [
            (403, &[("retry-after", "30")][..], "", "in 30s"),
            (429, &[][..], "", "in 1m"),
            (403, &[][..], "You have exceeded a secondary rate limit.", "in 1m"),
            (429, &[("retry-after", "99999999999")][..], "", "in 1d"),
        ] {
            let mut rates = Rates::default();
            let failure = rates.note("core", &answer(status, headers, body), now(), true).unwrap();
            assert!(failure.message.contains(wait), "{failure}");
            assert!(rates.closed("code_search", "GET x", now(), true).is_some());
        }
        let mut rates = Rates::default();
        assert_eq!(rates.note("core", &answer(403, &[], "Resource not accessible"), now(), true), None);
    }
}
