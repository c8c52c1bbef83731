//! Which single word is a value by its look alone.
//!
//! Guarantee: each rule speaks of the form of a value (a number, a path, a name of a machine), never of a system that
//! writes logs. Deliberately absent: words that are values because they vary (see `variation`).

use super::bytes::{DIGIT, FOREIGN, INNER, LOWER, UPPER, class};

/// Whether a word is a value, told by its bytes and the union of their classes.
#[inline]
pub(super) fn is_value(word: &[u8], classes: u8) -> bool {
    if classes & DIGIT != 0 {
        return !is_name_with_digit(word, classes);
    }
    if classes & INNER != 0 {
        return is_path(word) || is_machine_name(word, classes) || is_address(word);
    }
    is_long_hexadecimal(word)
}

/// A name such as `log4j` or `flush2db`: one digit between letters. A value with so much text around one digit is rare,
/// while a template without the name says little. Hexadecimal letters alone are no name.
fn is_name_with_digit(word: &[u8], classes: u8) -> bool {
    if classes & (FOREIGN) != 0 || word.len() < 4 {
        return false;
    }
    let mut digits = word.iter().enumerate().filter(|(_, byte)| byte.is_ascii_digit()).map(|(at, _)| at);
    let (Some(at), None) = (digits.next(), digits.next()) else { return false };
    let plain = word.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    plain
        && at > 0
        && at + 1 < word.len()
        && word.iter().any(|byte| byte.is_ascii_alphabetic() && !byte.is_ascii_hexdigit())
}

/// An absolute path, or a relative one with at least two separators: it names a place, and places vary.
fn is_path(word: &[u8]) -> bool {
    let rooted = word.len() > 1 && matches!(word.first(), Some(b'/' | b'~'));
    rooted || word.iter().filter(|byte| matches!(byte, b'/' | b'\\')).count() > 1
}

/// A name of a machine in the domain name system: small letters with dots, the last label of two to four letters.
/// Names of classes and packages end in a longer or a capitalised label.
fn is_machine_name(word: &[u8], classes: u8) -> bool {
    if classes & (UPPER | FOREIGN) != 0 {
        return false;
    }
    let plain = word.iter().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'-'));
    let last = word.rsplit(|byte| *byte == b'.').next().map_or(0, <[u8]>::len);
    plain && (2..=4).contains(&last) && last + 1 < word.len() && word.contains(&b'.')
}

/// An address of a person, or the identity of an object: text on both sides of an `@`.
fn is_address(word: &[u8]) -> bool {
    word.iter().position(|byte| *byte == b'@').is_some_and(|at| at > 0 && at + 1 < word.len())
}

/// Eight or more letters, all of them hexadecimal: no word of a language is like that.
fn is_long_hexadecimal(word: &[u8]) -> bool {
    word.len() >= 8 && is_hexadecimal(word)
}

/// Whether all bytes are hexadecimal digits.
pub(super) fn is_hexadecimal(word: &[u8]) -> bool {
    word.iter().all(u8::is_ascii_hexdigit)
}

/// The length of the name before a number in `attempt_42`: letters and an underscore. It stays in the template.
pub(super) fn name_before_number(word: &[u8]) -> usize {
    let letters = word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    if letters > 1 && word.get(letters) == Some(&b'_') && letters + 1 < word.len() { letters + 1 } else { 0 }
}

/// Whether a word is a day of the week or a month, short, before a number or another such word: part of a date.
pub(super) fn is_in_date(word: &[u8], after: &[u8]) -> bool {
    if !is_calendar(word) {
        return false;
    }
    let blanks = after.iter().take_while(|byte| matches!(byte, b' ' | b',' | b'.')).count();
    let next = after.get(blanks..).unwrap_or_default();
    next.first().is_some_and(u8::is_ascii_digit) || next.get(..3).is_some_and(is_calendar)
}

fn is_calendar(word: &[u8]) -> bool {
    const NAMES: [&[u8]; 19] = [
        b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun", b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul",
        b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
    ];
    word.len() == 3 && NAMES.contains(&word)
}

/// Whether a word is the value of a switch, or no value: these vary wherever they are assigned.
pub(super) fn is_switch(word: &[u8]) -> bool {
    const WORDS: [&[u8]; 6] = [b"true", b"false", b"null", b"nil", b"none", b"undefined"];
    (3..=9).contains(&word.len()) && WORDS.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Whether a word of capitals is a name in a program (a state, a verb of a protocol): such words tell events apart.
pub(super) fn is_capitals(word: &str) -> bool {
    let letters = word.bytes().fold(0, |union, byte| union | class(byte));
    letters & UPPER != 0 && letters & (LOWER | FOREIGN) == 0 && word.len() > 1
}
