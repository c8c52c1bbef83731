//! Binary operators between scalars and vectors, with label matching.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use promql_parser::parser::{BinModifier, BinaryExpr, LabelModifier, VectorMatchCardinality, token};

use super::super::series::{Labels, METRIC_NAME};
use super::error::QueryError;
use super::evaluate::Evaluator;
use super::grid::{Grid, Track, Value, join_equal};

/// An operator with what its modifiers say.
struct Operator<'a> {
    id: token::TokenId,
    returns_bool: bool,
    modifier: Option<&'a BinModifier>,
}

impl Operator<'_> {
    fn is_comparison(&self) -> bool {
        matches!(self.id, token::T_EQLC | token::T_NEQ | token::T_GTR | token::T_LSS | token::T_GTE | token::T_LTE)
    }

    fn is_set(&self) -> bool {
        matches!(self.id, token::T_LAND | token::T_LOR | token::T_LUNLESS)
    }

    /// Arithmetic and `bool` make a new quantity, which the old name would misname; 2.42 forgets this for `atan2`.
    fn drops_name(&self) -> bool {
        self.returns_bool || !(self.is_comparison() || self.id == token::T_ATAN2)
    }

    /// The result for two numbers: a comparison without `bool` filters, keeping `kept`.
    fn apply(&self, left: f64, right: f64, kept: f64) -> Option<f64> {
        let holds = match self.id {
            token::T_ADD => return Some(left + right),
            token::T_SUB => return Some(left - right),
            token::T_MUL => return Some(left * right),
            token::T_DIV => return Some(left / right),
            token::T_MOD => return Some(left % right),
            token::T_POW => return Some(left.powf(right)),
            token::T_ATAN2 => return Some(left.atan2(right)),
            token::T_EQLC => left == right,
            token::T_NEQ => left != right,
            token::T_GTR => left > right,
            token::T_LSS => left < right,
            token::T_GTE => left >= right,
            token::T_LTE => left <= right,
            _ => return None,
        };
        match (self.returns_bool, holds) {
            (true, _) => Some(f64::from(u8::from(holds))),
            (false, true) => Some(kept),
            (false, false) => None,
        }
    }

    fn signature(&self, labels: &Labels) -> Labels {
        match self.modifier.and_then(|modifier| modifier.matching.as_ref()) {
            Some(LabelModifier::Include(names)) => labels.keep(&names.labels),
            Some(LabelModifier::Exclude(names)) => labels.drop(&names.labels),
            None => labels.drop(&[]),
        }
    }

    /// The labels of a result; `many` is the side that may have several.
    fn result_labels(&self, many: &Labels, one: &Labels) -> Labels {
        let mut labels = many.clone();
        if self.drops_name() {
            labels.remove(METRIC_NAME);
        }
        let Some(modifier) = self.modifier else { return labels };
        match (&modifier.card, &modifier.matching) {
            (VectorMatchCardinality::OneToOne, Some(LabelModifier::Include(names))) => labels.keep(&names.labels),
            (VectorMatchCardinality::OneToOne, Some(LabelModifier::Exclude(names))) => {
                for name in &names.labels {
                    labels.remove(name);
                }
                labels
            }
            (VectorMatchCardinality::OneToOne, None) | (VectorMatchCardinality::ManyToMany, _) => labels,
            (VectorMatchCardinality::ManyToOne(included) | VectorMatchCardinality::OneToMany(included), _) => {
                for name in &included.labels {
                    labels.set(name.clone(), one.get(name));
                }
                labels
            }
        }
    }
}

impl Evaluator<'_> {
    pub(super) fn binary(&self, binary: &BinaryExpr, grid: &Grid) -> Result<Value, QueryError> {
        let operator =
            Operator { id: binary.op.id(), returns_bool: binary.return_bool(), modifier: binary.modifier.as_ref() };
        let fills = binary.modifier.as_ref().map(|modifier| &modifier.fill_values);
        if fills.is_some_and(|fill| fill.lhs.is_some() || fill.rhs.is_some()) {
            return Err(QueryError::Parse("fill modifiers are not known to this version".to_owned()));
        }
        match (self.evaluate(&binary.lhs, grid)?, self.evaluate(&binary.rhs, grid)?) {
            (Value::Scalar(left), Value::Scalar(right)) => {
                let pairs = left.into_iter().zip(right);
                Ok(Value::Scalar(pairs.map(|(l, r)| operator.apply(l, r, l).unwrap_or(f64::NAN)).collect()))
            }
            (Value::Vector(tracks), Value::Scalar(scalars)) => {
                with_scalar(&operator, tracks, &scalars, false).map(Value::Vector)
            }
            (Value::Scalar(scalars), Value::Vector(tracks)) => {
                with_scalar(&operator, tracks, &scalars, true).map(Value::Vector)
            }
            (Value::Vector(left), Value::Vector(right)) => {
                grid.allow(left.len().saturating_add(right.len()))?;
                let tracks = if operator.is_set() {
                    set_operation(&operator, left, right, grid)
                } else {
                    matched(&operator, left, right, grid)
                };
                tracks.map(Value::Vector)
            }
            _ => {
                Err(QueryError::Parse("binary expression must contain only scalar and instant vector types".to_owned()))
            }
        }
    }
}

fn with_scalar(
    operator: &Operator<'_>,
    tracks: Vec<Track>,
    scalars: &[f64],
    scalar_first: bool,
) -> Result<Vec<Track>, QueryError> {
    let each = tracks.into_iter().map(|track| {
        let values = track.values.iter().zip(scalars).map(|(value, scalar)| {
            let value = (*value)?;
            let (left, right) = if scalar_first { (*scalar, value) } else { (value, *scalar) };
            operator.apply(left, right, value)
        });
        let labels = if operator.drops_name() { track.labels.clone().without_name() } else { track.labels.clone() };
        Track { values: values.collect(), labels }
    });
    join_equal(each.filter(|track| track.values.iter().any(Option::is_some)).collect())
}

/// `and`, `or`, `unless`: which samples of which side stay.
fn set_operation(
    operator: &Operator<'_>,
    left: Vec<Track>,
    right: Vec<Track>,
    grid: &Grid,
) -> Result<Vec<Track>, QueryError> {
    let left_present = presence(operator, &left, grid);
    let right_present = presence(operator, &right, grid);
    let keep = |tracks: Vec<Track>, other: &BTreeMap<Labels, Vec<bool>>, wanted: bool| {
        let filtered = tracks.into_iter().map(|track| {
            let found = other.get(&operator.signature(&track.labels));
            let stays = |step: usize| found.is_some_and(|steps| steps.get(step).copied().unwrap_or(false)) == wanted;
            let values = track.values.iter().enumerate().map(|(step, value)| value.filter(|_| stays(step)));
            Track { values: values.collect(), labels: track.labels }
        });
        filtered.filter(|track| track.values.iter().any(Option::is_some)).collect::<Vec<_>>()
    };
    Ok(match operator.id {
        token::T_LAND => keep(left, &right_present, true),
        token::T_LUNLESS => keep(left, &right_present, false),
        _ => {
            let mut tracks = left;
            tracks.extend(keep(right, &left_present, false));
            join_equal(tracks)?
        }
    })
}

fn presence(operator: &Operator<'_>, tracks: &[Track], grid: &Grid) -> BTreeMap<Labels, Vec<bool>> {
    let mut present: BTreeMap<Labels, Vec<bool>> = BTreeMap::new();
    for track in tracks {
        let steps = present.entry(operator.signature(&track.labels)).or_insert_with(|| vec![false; grid.count]);
        for (seen, value) in steps.iter_mut().zip(&track.values) {
            *seen |= value.is_some();
        }
    }
    present
}

/// Arithmetic and comparison between vectors.
fn matched(
    operator: &Operator<'_>,
    left: Vec<Track>,
    right: Vec<Track>,
    grid: &Grid,
) -> Result<Vec<Track>, QueryError> {
    let cardinality = operator.modifier.map(|modifier| &modifier.card);
    let swapped = matches!(cardinality, Some(VectorMatchCardinality::OneToMany(_)));
    let exclusive = matches!(cardinality, None | Some(VectorMatchCardinality::OneToOne));
    let (many, one) = if swapped { (right, left) } else { (left, right) };
    let mut one_by_signature: BTreeMap<Labels, Vec<&Track>> = BTreeMap::new();
    for track in &one {
        one_by_signature.entry(operator.signature(&track.labels)).or_default().push(track);
    }
    refuse_duplicates(&one_by_signature, if swapped { "left" } else { "right" }, grid)?;
    let mut results: BTreeMap<Labels, Track> = BTreeMap::new();
    let mut taken: BTreeMap<Labels, Vec<bool>> = BTreeMap::new();
    for track in &many {
        let signature = operator.signature(&track.labels);
        for partner in one_by_signature.get(&signature).into_iter().flatten() {
            let values = pairwise(operator, track, partner, swapped);
            if exclusive {
                let steps = taken.entry(signature.clone()).or_insert_with(|| vec![false; grid.count]);
                claim(steps, &values)?;
            }
            let labels = operator.result_labels(&track.labels, &partner.labels);
            collect(&mut results, labels, values)?;
        }
    }
    Ok(results.into_values().filter(|track| track.values.iter().any(Option::is_some)).collect())
}

fn pairwise(operator: &Operator<'_>, many: &Track, one: &Track, swapped: bool) -> Vec<Option<f64>> {
    let each = many.values.iter().zip(&one.values).map(|(many, one)| {
        let (many, one) = ((*many)?, (*one)?);
        let (left, right) = if swapped { (one, many) } else { (many, one) };
        operator.apply(left, right, left)
    });
    each.collect()
}

/// Two samples of one signature on the side that must be unique, at the same step.
fn refuse_duplicates(groups: &BTreeMap<Labels, Vec<&Track>>, side: &str, grid: &Grid) -> Result<(), QueryError> {
    for (signature, members) in groups.iter().filter(|(_, members)| members.len() > 1) {
        for step in 0..grid.count {
            let mut present = members.iter().filter(|track| track.at(step).is_some());
            if let (Some(first), Some(second)) = (present.next(), present.next()) {
                return Err(QueryError::execution(format!(
                    "found duplicate series for the match group {signature} on the {side} hand-side of the operation: \
                     [{}, {}];many-to-many matching not allowed: matching labels must be unique on one side",
                    second.labels, first.labels
                )));
            }
        }
    }
    Ok(())
}

fn claim(steps: &mut [bool], values: &[Option<f64>]) -> Result<(), QueryError> {
    for (claimed, value) in steps.iter_mut().zip(values) {
        if value.is_some() && std::mem::replace(claimed, true) {
            return Err(QueryError::execution(
                "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)",
            ));
        }
    }
    Ok(())
}

fn collect(results: &mut BTreeMap<Labels, Track>, labels: Labels, values: Vec<Option<f64>>) -> Result<(), QueryError> {
    match results.entry(labels.clone()) {
        Entry::Vacant(slot) => {
            slot.insert(Track { labels, values });
        }
        Entry::Occupied(mut slot) => {
            for (kept, value) in slot.get_mut().values.iter_mut().zip(values) {
                match (kept.is_some(), value) {
                    (true, Some(_)) => {
                        return Err(QueryError::execution(
                            "multiple matches for labels: grouping labels must ensure unique matches",
                        ));
                    }
                    (false, Some(value)) => *kept = Some(value),
                    (_, None) => {}
                }
            }
        }
    }
    Ok(())
}
