//! How Jamie sounds: a friendly British colleague, one setting away from neutral.
//!
//! Guarantees: the answer's own text stands unchanged, byte for byte, in what is spoken; at most one short line comes
//! before it and one after it; no line states anything about the estate, so that no fact is added, changed or softened;
//! the same turn gets the same lines however often it is told.
//!
//! For answers to people's questions only. Messages of incidents, approvals and digests are told without any of it.

mod lines;
mod occasion;
#[cfg(test)]
mod tests;

pub use occasion::Occasion;

use crate::preferences::Voice;

/// What is said around an answer, for a surface that places it by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Around {
    /// Above the answer.
    pub opening: Option<&'static str>,
    /// Below it.
    pub closing: Option<&'static str>,
}

/// What is said around an answer on an occasion. The seed chooses; see [`seed`].
pub fn around(voice: Voice, occasion: Occasion, seed: u64) -> Around {
    if voice == Voice::Neutral {
        return Around::default();
    }
    let (openings, closings) = lines::of(occasion);
    let drawn = mixed(seed);
    // A colleague who has a saying for everything is tiresome: mostly one line, sometimes two, sometimes none.
    let (opens, closes) = match drawn % 8 {
        0..=2 => (true, false),
        3..=5 => (false, true),
        6 => (true, true),
        _ => (false, false),
    };
    Around {
        opening: choose(openings, drawn >> 8).filter(|_| opens),
        closing: choose(closings, drawn >> 32).filter(|_| closes),
    }
}

/// An answer (Markdown) in a voice. Nothing is said around an empty answer, nor below one that ends inside a code block.
pub fn spoken(voice: Voice, occasion: Occasion, answer_markdown: &str, seed: u64) -> String {
    if answer_markdown.trim().is_empty() {
        return answer_markdown.to_owned();
    }
    let around = around(voice, occasion, seed);
    let closing = around.closing.filter(|_| !ends_inside_code(answer_markdown));
    let mut said = String::new();
    if let Some(opening) = around.opening {
        said.push_str(opening);
        said.push_str("\n\n");
    }
    said.push_str(answer_markdown);
    if let Some(closing) = closing {
        said.push_str("\n\n");
        said.push_str(closing);
    }
    said
}

/// The seed of a turn, by its id.
pub fn seed(turn: &str) -> u64 {
    // FNV-1a: all that is wanted is that different ids differ.
    turn.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn choose(lines: &[&'static str], drawn: u64) -> Option<&'static str> {
    let count = u64::try_from(lines.len()).ok().filter(|count| *count > 0)?;
    usize::try_from(drawn % count).ok().and_then(|at| lines.get(at)).copied()
}

/// A number all of whose bits depend on all bits of the seed (the finish of SplitMix64).
fn mixed(seed: u64) -> u64 {
    let first = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let second = (first ^ (first >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    second ^ (second >> 31)
}

fn ends_inside_code(markdown: &str) -> bool {
    let is_fence = |line: &&str| line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
    markdown.lines().filter(is_fence).count() % 2 == 1
}
