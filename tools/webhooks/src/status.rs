//! Which statuses of an answer mean that it was done, and which mean for certain that nothing was.

use domain::envelope::FailureKind;
use std::fmt;

/// Statuses that are expected, as ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses(Vec<(u16, u16)>);

impl Default for Statuses {
    /// Every success.
    fn default() -> Self {
        Self(vec![(200, 299)])
    }
}

impl Statuses {
    /// Reads `202`, `200-204` or `2xx`, each a success or (for what is so already) a 4xx. None means every success.
    ///
    /// # Errors
    /// A text that is none of these.
    pub fn parse(texts: &[String]) -> Result<Self, String> {
        if texts.is_empty() {
            return Ok(Self::default());
        }
        let ranges: Result<Vec<(u16, u16)>, String> = texts.iter().map(|text| range(text.trim())).collect();
        ranges.map(Self)
    }

    /// Whether a status is among them.
    pub fn holds(&self, status: u16) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&status))
    }
}

/// `200 to 299, 409`.
impl fmt::Display for Statuses {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (first, last)) in self.0.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            match first == last {
                true => write!(out, "{comma}{first}")?,
                false => write!(out, "{comma}{first} to {last}")?,
            }
        }
        Ok(())
    }
}

fn range(text: &str) -> Result<(u16, u16), String> {
    let wrong = || format!("{text:?} is no status such as 202, 200-204 or 2xx, of 200 to 299 or 400 to 499");
    let number = |text: &str| text.parse::<u16>().map_err(|_| wrong());
    let (first, last) = match (text.strip_suffix("xx"), text.split_once('-')) {
        (Some(hundred), _) => {
            let hundred = number(hundred)?.checked_mul(100).ok_or_else(wrong)?;
            (hundred, hundred.saturating_add(99))
        }
        (None, Some((first, last))) => (number(first)?, number(last)?),
        (None, None) => (number(text)?, number(text)?),
    };
    let is_within = |least: u16, most: u16| first >= least && last <= most && first <= last;
    (is_within(200, 299) || is_within(400, 499)).then_some((first, last)).ok_or_else(wrong)
}

/// What a status that was not expected says for certain: the other side looked at the request and did not take it. After
/// any other (a conflict, a limit, a redirect, a fault) it may have done what was asked.
pub fn refusal(status: u16) -> Option<FailureKind> {
    match status {
        400 | 411 | 413 | 414 | 415 | 422 => Some(FailureKind::BadRequest),
        401 | 407 => Some(FailureKind::Unauthenticated),
        403 => Some(FailureKind::Forbidden),
        404 | 405 | 410 => Some(FailureKind::NotFound),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn statuses_are_read_as_they_are_written() {
        let statuses = Statuses::parse(&texts(&["202", "204-206", "409"])).unwrap();
        let held: Vec<u16> = (100..600).filter(|status| statuses.holds(*status)).collect();
        assert_eq!(held, [202, 204, 205, 206, 409]);
        assert_eq!(statuses.to_string(), "202, 204 to 206, 409");
        assert_eq!(Statuses::parse(&[]), Statuses::parse(&texts(&["2xx"])));
        for wrong in ["", "ok", "3xx", "301", "500", "204-202", "200-404", "999xx", "-1"] {
            assert!(Statuses::parse(&texts(&[wrong])).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_a_no_is_certain() {
        let certain: Vec<u16> = (300..600).filter(|status| refusal(*status).is_some()).collect();
        assert_eq!(certain, [400, 401, 403, 404, 405, 407, 410, 411, 413, 414, 415, 422]);
    }
}
