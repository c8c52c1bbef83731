//! Finding a record without reading the log: records are in the order of their numbers, so that halving leads there.

use super::lines::{Found, Lines};
use domain::chain::Line;
use std::fs::File;
use std::io;

/// A part of this many bytes is read through rather than halved again.
const SMALL_BYTES: u64 = 64 * 1024;

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 8 * 1024;

/// Where the first record with a larger number than `after` begins; `length` where there is none. In a log that is
/// damaged it may be another record's place: whoever goes there looks at what is there.
pub(super) fn place_after(file: &File, length: u64, after: u64) -> io::Result<u64> {
    // Records before `low` have numbers up to `after`; the one at `high`, where there is one, a larger number.
    let (mut low, mut high) = (0, length);
    while high.saturating_sub(low) > SMALL_BYTES {
        let middle = low.saturating_add((high - low) / 2);
        let mut lines = Lines::new(file, middle, high, BUFFER_BYTES);
        lines.pass_line()?;
        let begins = lines.offset;
        let Some(number) = next_number(&mut lines)? else { break };
        if number > after {
            high = begins;
        } else {
            low = lines.offset;
        }
    }
    let mut lines = Lines::new(file, low, high, BUFFER_BYTES);
    loop {
        let begins = lines.offset;
        match lines.next()? {
            Some(Found::Whole(bytes)) if number(&bytes).is_some_and(|number| number > after) => return Ok(begins),
            Some(Found::Whole(_) | Found::TooLong(_)) => {}
            Some(Found::Torn(_)) if high == length => return Ok(begins),
            Some(Found::Torn(_)) | None => return Ok(high),
        }
    }
}

/// The record with this number, and where the one after it begins.
pub(super) fn record(file: &File, length: u64, number: u64) -> io::Result<Option<(Vec<u8>, u64)>> {
    let from = place_after(file, length, number.saturating_sub(1))?;
    let mut lines = Lines::new(file, from, length, BUFFER_BYTES);
    Ok(match lines.next()? {
        Some(Found::Whole(bytes)) if self::number(&bytes) == Some(number) => Some((bytes, lines.offset)),
        _ => None,
    })
}

/// The number of the next line that is a record.
fn next_number(lines: &mut Lines<'_>) -> io::Result<Option<u64>> {
    while let Some(found) = lines.next()? {
        if let Found::Whole(bytes) = found
            && let Some(number) = number(&bytes)
        {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

fn number(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes).ok()?;
    Line::from_json(text).ok().map(|line| line.sequence)
}
