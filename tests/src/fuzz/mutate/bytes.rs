//! Changes of the bytes, whatever they mean.

use crate::fuzz::chance::Chance;

const LONGEST_RUN: usize = 64;
const MOST_COPIES: usize = 40;

/// Pieces that decoders stumble over.
const PIECES: &[&[u8]] = &[
    b"\xff\xfe",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\x00",
    b"\x1b[2J",
    b"\xef\xbb\xbf",
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    b"\r\n\r\n",
    b"\"",
    b"\\",
    b"\\u",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"1e999",
    b"-",
    b"\xe2\x80\xae",
];

/// One change.
pub fn mutate(body: &mut Vec<u8>, chance: &mut Chance) {
    let length = body.len();
    let at = chance.below(length + 1);
    let run = 1 + chance.below(LONGEST_RUN);
    let end = (at + run).min(length);
    match chance.below(10) {
        0 => body.truncate(at),
        1 => flip(body, at, chance),
        2 => {
            let piece = chance.one_of(PIECES).copied().unwrap_or_default();
            body.splice(at..at, piece.iter().copied());
        }
        3 => drop(body.drain(at..end)),
        4 => repeat(body, at, end, chance),
        5 => body.splice(0..0, *b"\x1f\x8b\x08\x00\x00\x00\x00\x00").for_each(drop),
        6 => {
            let noise: Vec<u8> = (0..run).map(|_| chance.draw().to_le_bytes()[0]).collect();
            body.splice(at..end, noise);
        }
        7 => body.extend_from_within(..),
        8 => {
            body.splice(0..0, *b"\xef\xbb\xbf");
        }
        _ => {
            for _ in 0..run {
                let place = chance.below(length);
                flip(body, place, chance);
            }
        }
    }
}

fn flip(body: &mut [u8], at: usize, chance: &mut Chance) {
    if let Some(byte) = body.get_mut(at) {
        *byte ^= 1 << chance.below(8);
    }
}

fn repeat(body: &mut Vec<u8>, at: usize, end: usize, chance: &mut Chance) {
    let piece = body.get(at..end).unwrap_or_default().to_vec();
    let copies = chance.below(MOST_COPIES);
    body.splice(at..at, piece.repeat(copies));
}
