//! What the four HTTP ends share: parameters from query string and form body, times, durations, and numbers as JSON.
//!
//! Guarantees: bodies are bounded; a parameter that cannot be read is told by name.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Query, Request};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Number, Value};

/// The largest body that is read.
pub(super) const MAX_BODY_BYTES: usize = 60 * 1024;

/// The parameters of a request: those of the form body first, then those of the query string.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// The first value of a name; an empty value counts as none.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// All values of a name.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn read(text: &str) -> Option<Vec<(String, String)>> {
        let uri = Uri::builder().path_and_query(format!("/?{text}")).build().ok()?;
        Query::try_from_uri(&uri).ok().map(|Query(pairs)| pairs)
    }
}

impl<S: Send + Sync> FromRequest<S> for Parameters {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let refuse = |reason: &str| (StatusCode::BAD_REQUEST, reason.to_owned()).into_response();
        let (parts, body) = request.into_parts();
        let in_uri = Self::read(parts.uri.query().unwrap_or_default());
        let in_uri = in_uri.ok_or_else(|| refuse("the query string cannot be decoded"))?;
        let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            return Ok(Self(in_uri));
        }
        let bytes = to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| {
            (StatusCode::PAYLOAD_TOO_LARGE, format!("form of more than {MAX_BODY_BYTES} bytes")).into_response()
        })?;
        let text = std::str::from_utf8(&bytes).ok().and_then(Self::read);
        let mut pairs = text.ok_or_else(|| refuse("the form cannot be decoded"))?;
        pairs.extend(in_uri);
        Ok(Self(pairs))
    }
}

/// Reads a time: Unix seconds with a fraction, or RFC 3339.
pub(super) fn parse_time_ms(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds.is_finite() && seconds.abs() < 1e13).then(|| (seconds * 1000.0).round() as i64);
    }
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis())
}

/// Reads a duration: seconds with a fraction, or the units of Prometheus (`1h30m`).
pub(super) fn parse_duration_ms(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds.is_finite() && seconds.abs() < 1e12).then(|| (seconds * 1000.0).round() as i64);
    }
    let mut total: i64 = 0;
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit())?;
        let (number, tail) = rest.split_at(digits);
        let unit_end = tail.find(|character: char| character.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let millis = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            "y" => 31_536_000_000,
            _ => return None,
        };
        total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(millis)?)?;
        rest = tail;
    }
    Some(total)
}

/// Milliseconds as JSON seconds: whole where whole, as Prometheus writes them.
pub(super) fn seconds_json(at_ms: i64) -> Value {
    if at_ms.rem_euclid(1000) == 0 {
        return Value::from(at_ms.div_euclid(1000));
    }
    Number::from_f64(at_ms as f64 / 1000.0).map_or(Value::Null, Value::Number)
}

/// A time as RFC 3339 with milliseconds.
pub(super) fn time_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::{parse_duration_ms, parse_time_ms, seconds_json};

    #[test]
    fn times_and_durations_are_read_as_prometheus_reads_them() {
        assert_eq!(parse_time_ms("1435781451.781"), Some(1_435_781_451_781));
        assert_eq!(parse_time_ms("2015-07-01T20:10:51.781Z"), Some(1_435_781_451_781));
        assert_eq!(parse_time_ms("yesterday"), None);
        let cases = [
            ("15s", Some(15_000)),
            ("1h30m", Some(5_400_000)),
            ("0.5", Some(500)),
            ("5x", None),
            ("", None),
            ("m", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_duration_ms(text), expected, "{text}");
        }
        assert_eq!(seconds_json(1500).to_string(), "1.5");
        assert_eq!(seconds_json(2000).to_string(), "2");
    }
}
