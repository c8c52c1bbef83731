//! Stretches of time in nanoseconds, as Loki counts them: the start is in, the end is out.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::envelope::{Failure, Window};
use tools_common::{args, time};

/// `[start, end)` in Unix nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: i64,
    pub end: i64,
}

impl Span {
    /// The stretch of the length `since` that ends at `at`, which is now by default.
    ///
    /// # Errors
    /// `BadRequest` for what is no time, no length, or a time that nanoseconds cannot count.
    pub(crate) fn of(
        at: Option<&str>,
        since: Option<&str>,
        default: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Self, Failure> {
        let end = time::instant("at", at, now, now)?;
        let length = time::duration("since", since, default, TimeDelta::seconds(1), TimeDelta::days(90))?;
        let end_ns = nanoseconds(end)?;
        // What is written in this very nanosecond is asked for too.
        let end = end_ns.saturating_add(1);
        Ok(Self { start: end_ns.saturating_sub(length.num_nanoseconds().unwrap_or(i64::MAX)), end })
    }

    pub(crate) fn length(self) -> TimeDelta {
        TimeDelta::nanoseconds(self.end.saturating_sub(self.start))
    }

    /// The same, begun earlier.
    #[must_use]
    pub(crate) fn reaching_back(self, by: TimeDelta) -> Self {
        Self { start: self.start.saturating_sub(by.num_nanoseconds().unwrap_or(i64::MAX)), ..self }
    }

    /// The last part of it, of about this share.
    #[must_use]
    pub(crate) fn last_share(self, share: f64) -> Self {
        const LEAST_NS: i64 = 1_000_000_000;
        let length = self.end.saturating_sub(self.start);
        let kept = ((length as f64 * share) as i64).clamp(LEAST_NS.min(length), length);
        Self { start: self.end.saturating_sub(kept), ..self }
    }

    /// As many equal parts, the newest first.
    pub(crate) fn parts(self, count: i64) -> Vec<Self> {
        let length = self.end.saturating_sub(self.start);
        let cut =
            |number: i64| self.end.saturating_sub((i128::from(length) * i128::from(number) / i128::from(count)) as i64);
        (0..count)
            .map(|number| Self { start: cut(number + 1), end: cut(number) })
            .filter(|part| part.start < part.end)
            .collect()
    }

    pub(crate) fn window(self) -> Window {
        Window { start: instant(self.start), end: instant(self.end.saturating_sub(1)) }
    }
}

fn nanoseconds(at: DateTime<Utc>) -> Result<i64, Failure> {
    at.timestamp_nanos_opt().ok_or_else(|| args::invalid("at", time::show_instant(at), "a year between 1678 and 2262"))
}

/// Unix nanoseconds as an instant.
pub(crate) fn instant(at_ns: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(at_ns)
}

/// RFC 3339 with as many digits as it takes.
pub(crate) fn show(at_ns: i64) -> String {
    instant(at_ns).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_window_ends_now_and_holds_its_end() {
        let now = DateTime::from_timestamp(1_790_000_000, 5).unwrap();
        let span = Span::of(None, Some("1m"), TimeDelta::hours(1), now).unwrap();
        assert_eq!((span.start, span.end), (1_789_999_940_000_000_005, 1_790_000_000_000_000_006));
        assert!(Span::of(Some("3000-01-01T00:00:00Z"), None, TimeDelta::hours(1), now).is_err());
    }

    proptest! {
        #[test]
        fn parts_make_the_whole_without_gaps(start in 0i64..1_000_000, length in 1i64..1_000_000, count in 1i64..9) {
            let span = Span { start, end: start + length };
            let parts = span.parts(count);
            prop_assert_eq!(parts.first().map(|part| part.end), Some(span.end));
            prop_assert_eq!(parts.last().map(|part| part.start), Some(span.start));
            prop_assert!(parts.windows(2).all(|pair| pair[0].start == pair[1].end));
        }
    }
}
