//! The vectors of one model side by side, and the exact nearest of them.
//!
//! A search looks at every vector: for tens of thousands that takes milliseconds, finds the true neighbours, and needs
//! nothing built beforehand. Guarantees: bounded by a number of entries given at the start; the same vectors give the
//! same neighbours in whatever order they came, ties going by id.
//!
//! Deliberately absent: approximate indexes. They pay off above a million vectors.

use super::entry::Kind;
use super::vector::{Int8Vector, dot, inverse_length, widened};
use super::word_index::Wanted;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A neighbour.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// The entry's id.
    pub id: Arc<str>,
    /// How alike, from -1 to 1.
    pub cosine: f32,
}

/// Why a vector was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is of another model, or of another length.
    #[error("the vector is of another model or length")]
    OtherSpace,
    /// The index holds as many as it may.
    #[error("the index is full")]
    Full,
}

#[derive(Debug, Clone)]
struct Row {
    id: Arc<str>,
    kind: Kind,
    person: Option<Arc<str>>,
    inverse_length: f32,
}

/// The index.
#[derive(Debug, Clone)]
pub struct VectorIndex {
    model: String,
    limit: usize,
    dimensions: usize,
    /// Row after row, `dimensions` values each.
    values: Vec<i8>,
    rows: Vec<Row>,
    places: BTreeMap<Arc<str>, usize>,
}

impl VectorIndex {
    /// An empty index for the vectors of one model, at most so many. The first vector tells the length of all.
    pub fn new(model: impl Into<String>, limit: usize) -> Self {
        let model = model.into();
        Self { model, limit, dimensions: 0, values: Vec::new(), rows: Vec::new(), places: BTreeMap::new() }
    }

    /// The model whose vectors these are.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether it holds this entry.
    pub fn contains(&self, id: &str) -> bool {
        self.places.contains_key(id)
    }

    /// Adds a vector, or puts it in the place of the entry's older one.
    ///
    /// # Errors
    /// When the vector cannot be compared with the others, or there is no room.
    pub fn put(&mut self, id: &str, kind: Kind, person: Option<&str>, vector: &Int8Vector) -> Result<(), Refused> {
        let values = vector.values();
        if self.rows.is_empty() {
            self.dimensions = values.len();
        }
        if vector.model != self.model || values.len() != self.dimensions {
            return Err(Refused::OtherSpace);
        }
        let inverse_length = inverse_length(values);
        if let Some(place) = self.places.get(id).copied() {
            let from = place * self.dimensions;
            if let (Some(row), Some(old)) =
                (self.rows.get_mut(place), self.values.get_mut(from..from + self.dimensions))
            {
                (row.kind, row.person, row.inverse_length) = (kind, person.map(Arc::from), inverse_length);
                old.copy_from_slice(values);
            }
            return Ok(());
        }
        if self.rows.len() >= self.limit {
            return Err(Refused::Full);
        }
        let id: Arc<str> = id.into();
        self.places.insert(id.clone(), self.rows.len());
        self.rows.push(Row { id, kind, person: person.map(Arc::from), inverse_length });
        self.values.extend_from_slice(values);
        Ok(())
    }

    /// Removes an entry; the last takes its place. Answers with whether it was there.
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(place) = self.places.remove(id) else { return false };
        let last = self.rows.len().saturating_sub(1);
        self.values.copy_within(last * self.dimensions.., place * self.dimensions);
        self.values.truncate(last * self.dimensions);
        self.rows.swap_remove(place);
        if let Some(moved) = self.rows.get(place) {
            self.places.insert(moved.id.clone(), place);
        }
        true
    }

    /// The nearest of the wanted entries, the nearest first, at most so many. Empty for a vector that cannot be compared.
    pub fn nearest(&self, to: &Int8Vector, wanted: Wanted<'_>, limit: usize) -> Vec<Near> {
        if to.model != self.model || to.values().len() != self.dimensions || self.dimensions == 0 || limit == 0 {
            return Vec::new();
        }
        let (wide, length) = (widened(to.values()), inverse_length(to.values()));
        let mut best: Vec<(f32, &Row)> = Vec::with_capacity(limit + 1);
        for (row, values) in self.rows.iter().zip(self.values.chunks_exact(self.dimensions)) {
            if !wanted.takes(row.kind, row.person.as_deref()) {
                continue;
            }
            let cosine = dot(&wide, values) as f32 * length * row.inverse_length;
            let found = (cosine, row);
            if best.len() == limit && best.last().is_some_and(|worst| order(worst, &found) != Ordering::Greater) {
                continue;
            }
            let place = best.partition_point(|better| order(better, &found) == Ordering::Less);
            best.insert(place, found);
            best.truncate(limit);
        }
        best.into_iter().map(|(cosine, row)| Near { id: row.id.clone(), cosine }).collect()
    }
}

/// The more alike first, then by id.
fn order(left: &(f32, &Row), right: &(f32, &Row)) -> Ordering {
    right.0.total_cmp(&left.0).then_with(|| left.1.id.cmp(&right.1.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vector(values: &[f32]) -> Int8Vector {
        Int8Vector::of("m", values).unwrap()
    }

    fn ids(near: &[Near]) -> Vec<&str> {
        near.iter().map(|near| near.id.as_ref()).collect()
    }

    #[test]
    fn the_nearest_come_first_and_ties_by_id() {
        let mut index = VectorIndex::new("m", 10);
        for (id, values) in [("b", [1.0, 0.0]), ("a", [2.0, 0.0]), ("c", [1.0, 1.0]), ("d", [-1.0, 0.0])] {
            index.put(id, Kind::Note, None, &vector(&values)).unwrap();
        }
        assert_eq!(ids(&index.nearest(&vector(&[1.0, 0.0]), Wanted::default(), 3)), ["a", "b", "c"]);
        assert_eq!(
            ids(&index.nearest(&vector(&[1.0, 0.0]), Wanted { kinds: &[Kind::Runbook], person: None }, 3)),
            [""; 0]
        );
        assert!(index.remove("a") && !index.remove("a"));
        assert_eq!(
            ids(&index.nearest(&vector(&[1.0, 0.0]), Wanted { kinds: &[Kind::Note], person: None }, 9)),
            ["b", "c", "d"]
        );
    }

    #[test]
    fn what_cannot_be_compared_or_held_is_refused() {
        let mut index = VectorIndex::new("m", 1);
        index.put("a", Kind::Note, None, &vector(&[1.0, 0.0])).unwrap();
        assert_eq!(index.put("b", Kind::Note, None, &vector(&[1.0, 0.0])), Err(Refused::Full));
        assert_eq!(index.put("a", Kind::Note, None, &vector(&[1.0])), Err(Refused::OtherSpace));
        let other = Int8Vector::of("other", &[1.0, 0.0]).unwrap();
        assert_eq!(index.put("a", Kind::Note, None, &other), Err(Refused::OtherSpace));
        assert!(index.nearest(&other, Wanted::default(), 5).is_empty());
        assert!(index.nearest(&vector(&[1.0]), Wanted::default(), 5).is_empty());
        assert!(index.remove("a"));
        assert!(index.put("b", Kind::Note, None, &vector(&[1.0, 0.0, 0.0])).is_ok(), "an empty index takes any length");
    }

    #[test]
    fn the_past_answers_of_others_do_not_crowd_out_what_is_wanted() {
        let mut index = VectorIndex::new("m", 100);
        for number in 0..50 {
            index.put(&format!("a{number}"), Kind::Turn, Some("ben"), &vector(&[1.0, 0.0])).unwrap();
        }
        index.put("own", Kind::Turn, Some("anna"), &vector(&[1.0, 0.5])).unwrap();
        let of = |person| index.nearest(&vector(&[1.0, 0.0]), Wanted { kinds: &[], person }, 3);
        assert_eq!(ids(&of(Some("anna"))), ["own"]);
        assert_eq!(ids(&of(None)), [""; 0]);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Put(u8, [i8; 3]),
        Remove(u8),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let put = (0_u8..8, any::<[i8; 3]>()).prop_map(|(id, values)| Step::Put(id, values));
        let remove = (0_u8..8).prop_map(Step::Remove);
        proptest::collection::vec(prop_oneof![3 => put, 1 => remove], 0..40)
    }

    proptest! {
        /// Against a list that is sorted as a whole.
        #[test]
        fn it_finds_what_a_plain_list_finds(steps in steps(), question in any::<[i8; 3]>(), limit in 1_usize..6) {
            let of = |values: [i8; 3]| Int8Vector::of("m", &values.map(f32::from));
            let mut index = VectorIndex::new("m", 100);
            let mut list: BTreeMap<String, Int8Vector> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Put(id, values) => if let Some(vector) = of(values) {
                        index.put(&id.to_string(), Kind::Note, None, &vector).unwrap();
                        list.insert(id.to_string(), vector);
                    },
                    Step::Remove(id) => {
                        prop_assert_eq!(index.remove(&id.to_string()), list.remove(&id.to_string()).is_some());
                    }
                }
            }
            prop_assert_eq!(index.len(), list.len());
            if let Some(question) = of(question) {
                let mut expected: Vec<(f32, String)> =
                    list.iter().map(|(id, vector)| (question.cosine(vector).unwrap(), id.clone())).collect();
                expected.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
                expected.truncate(limit);
                let found = index.nearest(&question, Wanted::default(), limit);
                let found: Vec<(f32, String)> = found.into_iter().map(|near| (near.cosine, near.id.to_string())).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
