//! Which words are values because they vary: what a new template is compared with its family for.
//!
//! A family is the templates of one shape. Two of them are one where all their constant words agree; and several are one
//! where they differ in few words only and each of these takes enough different texts.
//!
//! Guarantee: the outcome depends on the templates and their order only. Deliberately absent: counts of lines, because a
//! frequent word is not more constant than a rare one.

use super::template::{Part, Template};

/// How many different texts make a word a value, where at least two constant words stay.
const TEXTS: usize = 5;
/// The same where one constant word stays: little is left to tell events apart.
const TEXTS_BESIDE_ONE_WORD: usize = 12;
/// The same for the first word of a line, which most often says who speaks.
const TEXTS_OF_FIRST_WORD: usize = 24;
/// Words beyond this place are never made values by comparison: the set of differing places is one number.
const PLACES: usize = 64;
/// How many sets of differing places are tried for one new template.
const TRIALS: usize = 24;

/// Whether two templates of one shape are one: no constant word contradicts another, and at least half of the constant
/// words stand in both.
pub(super) fn agree(one: &Template, other: &Template) -> bool {
    let mut shared = 0;
    for (mine, theirs) in one.parts.iter().zip(&other.parts) {
        match (&mine.word, &theirs.word) {
            (Some(mine), Some(theirs)) if mine.hash != theirs.hash => return false,
            (Some(_), Some(_)) => shared += 1,
            _ => {}
        }
    }
    shared > 0 && shared * 2 >= one.constants().max(other.constants())
}

/// The places where both have a constant word and these differ, a bit each; `None` when that cannot make them one.
fn difference(one: &Template, other: &Template, most: u32) -> Option<u64> {
    let mut places = 0_u64;
    for (at, (mine, theirs)) in one.parts.iter().zip(&other.parts).enumerate() {
        if let (Some(mine), Some(theirs)) = (&mine.word, &theirs.word)
            && mine.hash != theirs.hash
        {
            if at >= PLACES || mine.capitals || theirs.capitals {
                return None;
            }
            places |= 1 << at;
            if places.count_ones() > most {
                return None;
            }
        }
    }
    Some(places)
}

/// The members of a family, by their place in it, that are one with the newest member because words vary; empty when
/// nothing does.
pub(super) fn varying_together(newest: &Template, family: &[&Template]) -> Vec<usize> {
    let constants = newest.constants();
    let most = u32::try_from(constants / 2).unwrap_or(u32::MAX);
    if most == 0 {
        return Vec::new();
    }
    let differences: Vec<Option<u64>> = family.iter().map(|other| difference(newest, other, most)).collect();
    let mut trials: Vec<u64> = differences.iter().flatten().copied().filter(|places| *places != 0).collect();
    trials.sort_unstable_by_key(|places| (places.count_ones(), *places));
    trials.dedup();
    trials.truncate(TRIALS);
    for places in trials {
        let inside = |difference: &Option<u64>| difference.is_some_and(|found| found & !places == 0);
        let group: Vec<usize> =
            differences.iter().enumerate().filter(|(_, found)| inside(found)).map(|(at, _)| at).collect();
        if all_vary(newest, family, &group, places, constants) {
            return group;
        }
    }
    Vec::new()
}

/// Whether each of these places takes enough different texts in the group.
fn all_vary(newest: &Template, family: &[&Template], group: &[usize], places: u64, constants: usize) -> bool {
    let stay = constants.saturating_sub(places.count_ones() as usize);
    let members = || group.iter().filter_map(|at| family.get(*at).copied()).chain([newest]);
    (0..PLACES).filter(|at| places & (1 << at) != 0).all(|at| {
        let part = |template: &Template| template.parts.get(at).and_then(|part: &Part| Some(part.word.as_ref()?.hash));
        let mut texts: Vec<u64> = members().filter_map(part).collect();
        texts.sort_unstable();
        texts.dedup();
        texts.len() >= needed(at, stay)
    })
}

fn needed(at: usize, stay: usize) -> usize {
    match (at, stay) {
        (_, 0) => usize::MAX,
        (0, _) => TEXTS_OF_FIRST_WORD,
        (_, 1) => TEXTS_BESIDE_ONE_WORD,
        _ => TEXTS,
    }
}
