//! Two means of each series beside each other. Pure.

use super::api::QueryData;
use super::range;
use domain::envelope::{Failure, FailureKind};
use domain::observed::prometheus::{ComparedSeries, Labels};
use std::collections::BTreeMap;

/// One series in both windows.
pub(crate) type Pair = ComparedSeries;

/// Series that only one window has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub appeared: u64,
    pub vanished: u64,
}

/// The finite values of an instant answer by their labels.
///
/// # Errors
/// `BadAnswer` where the answer is no vector.
pub(crate) fn means(data: QueryData) -> Result<BTreeMap<Labels, f64>, Failure> {
    match data {
        QueryData::Vector(samples) => {
            let finite = samples.into_iter().filter_map(|sample| {
                let value = sample.value.map(|point| point.value).filter(|value| value.is_finite())?;
                Some((sample.metric, value))
            });
            Ok(finite.collect())
        }
        other => {
            let message = format!("a comparison was answered with a {}", other.kind());
            Err(Failure::new(FailureKind::BadAnswer, message).with_hint("is the URL that of a Prometheus API?"))
        }
    }
}

/// All series of both windows: those that only one has first, then by the factor of their change.
pub(crate) fn pairs(now: BTreeMap<Labels, f64>, mut before: BTreeMap<Labels, f64>) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::with_capacity(now.len());
    for (labels, value) in now {
        let then = before.remove(&labels);
        pairs.push(pair(labels, Some(value), then));
    }
    pairs.extend(before.into_iter().map(|(labels, value)| pair(labels, None, Some(value))));
    pairs.sort_by(|left, right| rank(right).total_cmp(&rank(left)).then_with(|| left.series.cmp(&right.series)));
    pairs
}

fn pair(labels: Labels, now: Option<f64>, before: Option<f64>) -> Pair {
    let ratio = match (now, before) {
        (Some(now), Some(before)) if before != 0.0 => Some(now / before).filter(|ratio| ratio.is_finite()),
        _ => None,
    };
    Pair { series: range::show_labels(&labels), now, before, ratio }
}

/// How much a change matters: new and gone most, then from or to zero, then the factor either way.
fn rank(pair: &Pair) -> f64 {
    match (pair.now, pair.before) {
        (Some(now), Some(before)) if now == before => 0.0,
        (Some(now), Some(before)) if now == 0.0 || before == 0.0 || (now < 0.0) != (before < 0.0) => 1.0e9,
        (Some(now), Some(before)) => (now / before).ln().abs(),
        _ => f64::MAX,
    }
}

/// How many series only one window has.
pub(crate) fn counts(pairs: &[Pair]) -> Counts {
    let count = |is: fn(&Pair) -> bool| pairs.iter().filter(|pair| is(pair)).count() as u64;
    Counts { appeared: count(|pair| pair.before.is_none()), vanished: count(|pair| pair.now.is_none()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(name: &str) -> Labels {
        Labels::from([("app".to_owned(), name.to_owned())])
    }

    fn of(rows: &[(&str, f64)]) -> BTreeMap<Labels, f64> {
        rows.iter().map(|(name, value)| (labels(name), *value)).collect()
    }

    #[test]
    fn what_changed_most_comes_first_in_either_direction() {
        let now = of(&[("same", 5.0), ("ten-times", 50.0), ("halved", 1.0), ("new", 3.0), ("from-zero", 2.0)]);
        let before = of(&[("same", 5.0), ("ten-times", 5.0), ("halved", 2.0), ("gone", 1.0), ("from-zero", 0.0)]);
        let pairs = pairs(now, before);
        let order: Vec<&str> = pairs.iter().map(|pair| pair.series.as_str()).collect();
        let wanted = ["gone", "new", "from-zero", "ten-times", "halved", "same"];
        assert_eq!(order, wanted.map(|name| format!("{{app=\"{name}\"}}")));
        assert_eq!(counts(&pairs), Counts { appeared: 1, vanished: 1 });
        assert_eq!(pairs[3].ratio, Some(10.0));
    }

    proptest::proptest! {
        #[test]
        fn no_pair_of_numbers_panics_or_gives_an_infinite_ratio(now in proptest::num::f64::ANY, before in proptest::num::f64::ANY) {
            let made = pairs(of(&[("a", now)]), of(&[("a", before)]));
            proptest::prop_assert!(made.iter().all(|pair| pair.ratio.is_none_or(f64::is_finite)));
        }
    }
}
