//! Lines of a file, also such as are too long.

use super::super::lines::{Found, Lines};
use super::Scratch;
use domain::chain::{Anchor, LINE_BYTES};
use std::fs::File;

fn all(bytes: &[u8], from: u64) -> (Vec<Found>, u64) {
    let scratch = Scratch::of(bytes, &Anchor::default());
    let file = File::open(&scratch.place.records).unwrap();
    let mut lines = Lines::new(&file, from, u64::try_from(bytes.len()).unwrap(), 1_000);
    let mut found = Vec::new();
    while let Some(line) = lines.next().unwrap() {
        found.push(line);
    }
    (found, lines.offset)
}

fn whole(text: &str) -> Found {
    Found::Whole(text.as_bytes().to_vec())
}

#[test]
fn whole_and_torn_lines_are_told_apart() {
    assert_eq!(all(b"", 0), (vec![], 0));
    assert_eq!(all(b"a\n\nbc", 0), (vec![whole("a"), whole(""), Found::Torn(b"bc".to_vec())], 5));
    assert_eq!(all(b"a\n\nbc\n", 2), (vec![whole(""), whole("bc")], 6));
}

#[test]
fn the_longest_line_is_whole_and_a_longer_one_is_passed_over() {
    let line = |length: usize| [vec![b'x'; length], b"\n".to_vec()].concat();
    let file = [line(LINE_BYTES), line(LINE_BYTES + 1), line(5 * LINE_BYTES), line(1), line(LINE_BYTES + 7)].concat();
    let (found, end) = all(&file[..file.len() - 1], 0);
    let lengths: Vec<(bool, usize)> = found
        .iter()
        .map(|found| match found {
            Found::Whole(bytes) | Found::Torn(bytes) => (true, bytes.len()),
            Found::TooLong(bytes) => (false, bytes.len()),
        })
        .collect();
    let long = (false, LINE_BYTES + 1);
    assert_eq!(lengths, [(true, LINE_BYTES), long, long, (true, 1), long]);
    assert_eq!(end, u64::try_from(file.len() - 1).unwrap());
}
