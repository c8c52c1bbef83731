//! `histogram_quantile` over classic buckets: groups series by all labels but `le`, repairs falling counts, interpolates.

use std::collections::BTreeMap;

use super::super::series::Labels;
use super::grid::{Grid, Track};

const BUCKET_LABEL: &str = "le";

/// A cumulative bucket.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    upper: f64,
    count: f64,
}

/// The quantile of each histogram at each step.
pub(super) fn quantiles(quantile: &[f64], buckets: Vec<Track>, grid: &Grid) -> Vec<Track> {
    let mut groups: BTreeMap<Labels, Vec<(f64, Track)>> = BTreeMap::new();
    for track in buckets {
        let Some(upper) = parse_bound(track.labels.get(BUCKET_LABEL)) else { continue };
        let group = track.labels.drop(&[BUCKET_LABEL.to_owned()]);
        groups.entry(group).or_default().push((upper, track));
    }
    let finished = groups.into_iter().map(|(labels, mut group)| {
        group.sort_by(|(left, _), (right, _)| left.total_cmp(right));
        let values = (0..grid.count).map(|step| {
            let present =
                group.iter().filter_map(|(upper, track)| track.at(step).map(|count| Bucket { upper: *upper, count }));
            let buckets: Vec<Bucket> = present.collect();
            let wanted = quantile.get(step).copied().unwrap_or(f64::NAN);
            (!buckets.is_empty()).then(|| bucket_quantile(wanted, &buckets))
        });
        Track { values: values.collect(), labels }
    });
    finished.filter(|track| track.values.iter().any(Option::is_some)).collect()
}

fn parse_bound(text: &str) -> Option<f64> {
    match text {
        "" => None,
        "+Inf" => Some(f64::INFINITY),
        other => other.parse().ok(),
    }
}

fn bucket_quantile(quantile: f64, sorted: &[Bucket]) -> f64 {
    if quantile.is_nan() {
        return f64::NAN;
    }
    if quantile < 0.0 {
        return f64::NEG_INFINITY;
    }
    if quantile > 1.0 {
        return f64::INFINITY;
    }
    let buckets = repaired(sorted);
    let (Some(last), Some(before_last)) = (buckets.last(), buckets.len().checked_sub(2).and_then(|i| buckets.get(i)))
    else {
        return f64::NAN;
    };
    if last.upper != f64::INFINITY || last.count == 0.0 || last.count.is_nan() {
        return f64::NAN;
    }
    let rank = quantile * last.count;
    let finite = buckets.len().saturating_sub(1);
    let index = buckets.iter().take(finite).position(|bucket| bucket.count >= rank).unwrap_or(finite);
    let Some(bucket) = buckets.get(index).filter(|_| index < finite) else { return before_last.upper };
    let Some(previous) = index.checked_sub(1).and_then(|previous| buckets.get(previous)) else {
        return if bucket.upper <= 0.0 { bucket.upper } else { bucket.upper * (rank / bucket.count) };
    };
    let inside = (rank - previous.count) / (bucket.count - previous.count);
    previous.upper + (bucket.upper - previous.upper) * inside
}

/// Adds up buckets of one bound and lifts counts that fall below the one before.
fn repaired(sorted: &[Bucket]) -> Vec<Bucket> {
    let mut buckets: Vec<Bucket> = Vec::with_capacity(sorted.len());
    for bucket in sorted {
        match buckets.last_mut() {
            Some(last) if last.upper == bucket.upper => last.count += bucket.count,
            _ => buckets.push(*bucket),
        }
    }
    let mut highest = f64::NEG_INFINITY;
    for bucket in &mut buckets {
        highest = highest.max(bucket.count);
        bucket.count = bucket.count.max(highest);
    }
    buckets
}
