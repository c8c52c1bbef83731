//! Classes of bytes and the hash of short texts.
//!
//! Guarantee: the same bytes give the same number on every machine and in every run, because nothing is seeded.
//! Deliberately absent: safety against somebody who searches for collisions; two lines that collide are counted as one
//! pattern, and nothing worse.

/// Blank or control.
pub(super) const SPACE: u8 = 1;
/// Punctuation that separates words also where no blank stands.
pub(super) const MARK: u8 = 2;
/// A decimal digit.
pub(super) const DIGIT: u8 = 4;
/// A small ASCII letter.
pub(super) const LOWER: u8 = 8;
/// A capital ASCII letter.
pub(super) const UPPER: u8 = 16;
/// Punctuation that may stand inside a word.
pub(super) const INNER: u8 = 32;
/// Part of a character beyond ASCII.
pub(super) const FOREIGN: u8 = 64;

/// What makes a run of bytes a word rather than ornament.
pub(super) const SUBSTANCE: u8 = DIGIT | LOWER | UPPER | FOREIGN;

const fn class_of(byte: u8) -> u8 {
    match byte {
        0..=b' ' | 0x7f => SPACE,
        b'=' | b':' | b',' | b';' | b'(' | b')' | b'[' | b']' | b'{' | b'}' => MARK,
        b'<' | b'>' | b'"' | b'\'' | b'`' | b'|' => MARK,
        b'0'..=b'9' => DIGIT,
        b'a'..=b'z' => LOWER,
        b'A'..=b'Z' => UPPER,
        0x80.. => FOREIGN,
        _ => INNER,
    }
}

/// The class of each byte: a table, because this is asked for each byte of each line.
static CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = class_of(byte as u8);
        byte += 1;
    }
    table
};

/// The class of a byte.
#[inline]
pub(super) fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(SPACE)
}

/// The class of what stands at a place; the end of the text is blank.
#[inline]
pub(super) fn class_at(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).map_or(SPACE, |byte| class(*byte))
}

/// Mixes a number into a hash: a wide multiplication, folded.
#[inline]
pub(super) const fn mix(hash: u64, value: u64) -> u64 {
    let one = hash ^ value ^ 0x2d35_8dcc_aa6c_78a5;
    let other = hash.rotate_left(23) ^ 0x8bb8_4b93_962e_acc9;
    let product = one as u128 * other as u128;
    (product as u64) ^ ((product >> 64) as u64)
}

/// The hash of a word, eight bytes a step.
#[inline]
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let mut hash = bytes.len() as u64;
    let chunks = bytes.chunks_exact(8);
    let rest = chunks.remainder().iter().fold(0, |sum: u64, byte| (sum << 8) | u64::from(*byte));
    for chunk in chunks {
        hash = mix(hash, chunk.try_into().map_or(0, u64::from_le_bytes));
    }
    mix(hash, rest)
}

/// The hash of a gap of nothing.
const NO_GAP: u64 = 1;

/// The hash of a gap of blanks only, which is what most gaps are.
pub(super) const BLANK_GAP: u64 = mix(NO_GAP, b' ' as u64);

/// The hash of what stands between two words. All blanks are alike, and a repeated byte counts once, so that neither
/// alignment nor the length of a dotted line matters.
#[inline]
pub(super) fn hash_of_gap(bytes: &[u8]) -> u64 {
    let mut hash = NO_GAP;
    let mut before = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        if byte == 0x1b {
            at = after_escape(bytes, at);
            continue;
        }
        let byte = if class(byte) == SPACE { b' ' } else { byte };
        if byte != before {
            hash = mix(hash, u64::from(byte));
        }
        before = byte;
        at += 1;
    }
    hash
}

/// The place after an escape sequence of a terminal (colours), or after the lone escape.
pub(super) fn after_escape(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at + 1) != Some(&b'[') {
        return at + 1;
    }
    let inside = bytes.get(at + 2..).unwrap_or_default();
    let length = inside.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b';')).count();
    at + 2 + length + usize::from(inside.get(length).is_some_and(u8::is_ascii_alphabetic))
}
