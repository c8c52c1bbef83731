//! Every sort of fault that the simulation injects, by the name under which it is counted.
//!
//! The ordinary test run holds that its seeds inject each of them: a sort that is never drawn any more fails there.

use crate::life::{Point, Spot};
use crate::world::Trouble;

/// Sorts that have one name each.
const SINGLE: &[&str] = &[
    "act call lost on its way",
    "act call refused",
    "answer after every deadline",
    "bus message doubled",
    "bus message late",
    "bus message lost",
    "clock jump back",
    "clock jump forward",
    "freeze",
    "kill",
    "lift",
    "look fails",
    "look from a cache",
    "look hangs",
    "object changed by others",
    "place away",
    "place told, and nobody hears so",
    "rehearsal fails",
    "rejection",
    "signal doubled",
    "signal late",
    "signal lost",
    "stale look",
    "store away",
    "store outage: away",
    "store outage: hangs",
    "timeout after the effect",
    "withdrawal",
    "withdrawal too late",
    "word doubled",
    "word late",
    "write done and not told",
    "write not done and not told",
];

/// All of them: crashes at each point of the journal, at act calls and at the store, before and after; troubles; the rest.
pub fn all() -> Vec<String> {
    let spots = Point::ALL.map(Spot::Journal).into_iter().chain([Spot::Act, Spot::Store]);
    let crashes = spots.flat_map(|spot| [spot.sort(false), spot.sort(true)]);
    let troubles = Trouble::ALL.map(|trouble| format!("trouble: {}", trouble.name()));
    SINGLE.iter().map(|sort| (*sort).to_owned()).chain(crashes).chain(troubles).collect()
}
