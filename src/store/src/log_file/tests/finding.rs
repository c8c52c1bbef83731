//! Finding a record by its number.

use super::super::find::{place_after, record};
use super::{Scratch, end, entry, log, text};
use domain::chain::{Anchor, Entry, Line};
use proptest::prelude::*;
use serde_json::json;
use std::fs::File;

/// A log whose records have about these many bytes, from a first number on.
fn sized(first: u64, sizes: &[usize]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut end = Anchor { count: first - 1, ..Anchor::default() };
    for size in sizes {
        let line = Line::after(&end, Entry { body: json!("x".repeat(*size)), ..entry(1) });
        end = line.anchor();
        lines.push(line);
    }
    lines
}

/// Where each record ends in the file.
fn ends(lines: &[Line]) -> Vec<(u64, u64)> {
    let mut end = 0;
    let ends = lines.iter().map(|line| {
        end += u64::try_from(line.to_json().len()).unwrap() + 1;
        (line.sequence, end)
    });
    ends.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]
    #[test]
    fn halving_finds_what_reading_finds(
        first in 1..1_000_u64,
        sizes in proptest::collection::vec(prop_oneof![9 => 0..3_000_usize, 1 => 0..80_000_usize], 1..50),
        torn in any::<bool>(),
        wanted in proptest::collection::vec(any::<prop::sample::Index>(), 2),
    ) {
        let lines = sized(first, &sizes);
        let ends = ends(&lines);
        let mut file = text(&lines);
        let whole = u64::try_from(file.len()).unwrap();
        if torn {
            file.extend_from_slice(b"{\"sequence\":");
        }
        let scratch = Scratch::of(&file, &end(&lines));
        let open = File::open(&scratch.place.records).unwrap();
        let length = u64::try_from(file.len()).unwrap();
        let inside = wanted.iter().map(|index| first + u64::try_from(index.index(sizes.len())).unwrap());
        let last = first + u64::try_from(sizes.len()).unwrap() - 1;
        for number in inside.chain([0, first, last - 1, last, last + 1]) {
            let end = ends.iter().rfind(|(sequence, _)| *sequence <= number).map_or(0, |(_, end)| *end);
            prop_assert_eq!(place_after(&open, length, number).unwrap(), end);
            let there = lines.iter().find(|line| line.sequence == number).map(|line| (line.to_json().into_bytes(), end));
            prop_assert_eq!(record(&open, length, number).unwrap(), there);
        }
        prop_assert_eq!(place_after(&open, length, u64::MAX).unwrap(), whole);
    }

    #[test]
    fn rubbish_between_records_ends_the_search_somewhere(file in proptest::collection::vec(any::<u8>(), 0..2_000), number in 0..20_u64) {
        let mut lines = text(&log(10));
        lines.extend_from_slice(&file);
        lines.extend_from_slice(&text(&log(400)));
        let scratch = Scratch::of(&lines, &Anchor::default());
        let open = File::open(&scratch.place.records).unwrap();
        let length = u64::try_from(lines.len()).unwrap();
        prop_assert!(place_after(&open, length, number).unwrap() <= length);
    }
}
