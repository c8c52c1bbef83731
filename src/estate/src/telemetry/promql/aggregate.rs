//! Aggregations: `sum by (..)` and its kin, step by step over groups of tracks.

use std::collections::BTreeMap;

use promql_parser::parser::{AggregateExpr, LabelModifier, token};

use super::super::series::Labels;
use super::error::QueryError;
use super::evaluate::Evaluator;
use super::grid::{Grid, Track};
use super::statistics::{maximum, minimum, quantile, variance};

impl Evaluator<'_> {
    pub(super) fn aggregate(&self, aggregate: &AggregateExpr, grid: &Grid) -> Result<Vec<Track>, QueryError> {
        let operator = aggregate.op.id();
        let tracks = self.vector(&aggregate.expr, grid)?;
        let modifier = aggregate.modifier.as_ref();
        if operator == token::T_COUNT_VALUES {
            let Some(parameter) = aggregate.param.as_deref() else { return Err(missing("count_values")) };
            return count_values(&self.text(parameter, grid)?, tracks, modifier, grid);
        }
        let parameter = match aggregate.param.as_deref() {
            Some(parameter) => self.scalar(parameter, grid)?,
            None => Vec::new(),
        };
        let groups = grouped(tracks, modifier);
        match operator {
            token::T_TOPK => Ok(ranked(groups, &parameter, grid, true)),
            token::T_BOTTOMK => Ok(ranked(groups, &parameter, grid, false)),
            token::T_QUANTILE => Ok(reduced(groups, grid, |values, step| {
                quantile(parameter.get(step).copied().unwrap_or(f64::NAN), values)
            })),
            _ => {
                let reduce = reducer(operator)
                    .ok_or_else(|| QueryError::Parse(format!("aggregation \"{}\" is not known", aggregate.op)))?;
                Ok(reduced(groups, grid, |values, _| reduce(values)))
            }
        }
    }
}

fn missing(operator: &str) -> QueryError {
    QueryError::Parse(format!("{operator} needs a parameter"))
}

fn reducer(operator: token::TokenId) -> Option<fn(&[f64]) -> f64> {
    Some(match operator {
        token::T_SUM => |values| values.iter().sum(),
        token::T_AVG => |values| values.iter().sum::<f64>() / values.len() as f64,
        token::T_MIN => minimum,
        token::T_MAX => maximum,
        token::T_COUNT => |values| values.len() as f64,
        token::T_GROUP => |_| 1.0,
        token::T_STDDEV => |values| variance(values).sqrt(),
        token::T_STDVAR => variance,
        _ => return None,
    })
}

fn group_labels(labels: &Labels, modifier: Option<&LabelModifier>) -> Labels {
    match modifier {
        None => Labels::default(),
        Some(LabelModifier::Include(names)) => labels.keep(&names.labels),
        Some(LabelModifier::Exclude(names)) => labels.drop(&names.labels),
    }
}

fn grouped(tracks: Vec<Track>, modifier: Option<&LabelModifier>) -> BTreeMap<Labels, Vec<Track>> {
    let mut groups: BTreeMap<Labels, Vec<Track>> = BTreeMap::new();
    for track in tracks {
        groups.entry(group_labels(&track.labels, modifier)).or_default().push(track);
    }
    groups
}

fn reduced(groups: BTreeMap<Labels, Vec<Track>>, grid: &Grid, reduce: impl Fn(&[f64], usize) -> f64) -> Vec<Track> {
    let each = groups.into_iter().map(|(labels, members)| {
        let mut present: Vec<f64> = Vec::with_capacity(members.len());
        let values = (0..grid.count).map(|step| {
            present.clear();
            present.extend(members.iter().filter_map(|track| track.at(step)));
            (!present.is_empty()).then(|| reduce(&present, step))
        });
        Track { values: values.collect(), labels }
    });
    each.collect()
}

/// Keeps, at each step, the `k` largest or smallest of each group, with all their labels. An instant result comes in
/// order of rank.
fn ranked(groups: BTreeMap<Labels, Vec<Track>>, limits: &[f64], grid: &Grid, largest: bool) -> Vec<Track> {
    let mut kept = Vec::new();
    for (_, members) in groups {
        let mut chosen: Vec<Vec<Option<f64>>> = vec![vec![None; grid.count]; members.len()];
        let mut order: Vec<usize> = Vec::new();
        for step in 0..grid.count {
            let limit = limits.get(step).copied().unwrap_or(0.0).max(0.0) as usize;
            let mut present: Vec<(usize, f64)> =
                members.iter().enumerate().filter_map(|(i, track)| track.at(step).map(|value| (i, value))).collect();
            present.sort_by(|(_, left), (_, right)| rank_order(*left, *right, largest));
            order = present.iter().map(|(index, _)| *index).collect();
            for (index, value) in present.into_iter().take(limit) {
                if let Some(slot) = chosen.get_mut(index).and_then(|values| values.get_mut(step)) {
                    *slot = Some(value);
                }
            }
        }
        let mut tracks: Vec<Option<Track>> = members
            .into_iter()
            .zip(chosen)
            .map(|(track, values)| values.iter().any(Option::is_some).then_some(Track { labels: track.labels, values }))
            .collect();
        if grid.count == 1 {
            kept.extend(order.into_iter().filter_map(|index| tracks.get_mut(index).and_then(Option::take)));
        } else {
            kept.extend(tracks.into_iter().flatten());
        }
    }
    kept
}

/// NaN ranks last either way.
fn rank_order(left: f64, right: f64, largest: bool) -> std::cmp::Ordering {
    match (left.is_nan(), right.is_nan()) {
        (false, false) if largest => right.total_cmp(&left),
        (false, false) => left.total_cmp(&right),
        (left_nan, right_nan) => left_nan.cmp(&right_nan),
    }
}

fn count_values(
    label: &str,
    tracks: Vec<Track>,
    modifier: Option<&LabelModifier>,
    grid: &Grid,
) -> Result<Vec<Track>, QueryError> {
    if !is_label_name(label) {
        return Err(QueryError::execution(format!("invalid label name {label:?}")));
    }
    let mut counts: BTreeMap<Labels, Vec<Option<f64>>> = BTreeMap::new();
    for track in tracks {
        let group = group_labels(&track.labels, modifier);
        for (step, value) in track.values.iter().enumerate() {
            let Some(value) = value else { continue };
            let labels = group.clone().with(label.to_owned(), crate::telemetry::number_text(*value));
            let values = counts.entry(labels).or_insert_with(|| vec![None; grid.count]);
            if let Some(slot) = values.get_mut(step) {
                *slot = Some(slot.unwrap_or(0.0) + 1.0);
            }
        }
    }
    Ok(counts.into_iter().map(|(labels, values)| Track { labels, values }).collect())
}

/// Whether a text may name a label.
pub(super) fn is_label_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|other| other.is_ascii_alphanumeric() || other == '_')
}
