//! Seeds that hold, in parts, so that they run side by side.

use simulation::chronicle::Counts;
use simulation::mischief::Mischief;
use simulation::run::{Size, run};

/// Runs seeds; answers with what was injected and what came of it.
fn hold(seeds: std::ops::Range<u64>) -> (Counts, Counts) {
    let (mut injected, mut happened) = (Counts::new(), Counts::new());
    for seed in seeds {
        let run = run(seed, Size::Small, Mischief::None).unwrap();
        let again = format!("cargo run -p simulation -- --small --transcript --seed {seed}");
        assert!(run.breaches.is_empty(), "seed {seed}: {:#?}\n{again}", run.breaches);
        for (into, from) in [(&mut injected, run.written.injected), (&mut happened, run.written.happened)] {
            from.into_iter().for_each(|(sort, count)| *into.entry(sort).or_default() += count);
        }
    }
    (injected, happened)
}

/// Seeds that never come as far as an effect, or meet no fault, would hold whatever Scarlet did.
fn hold_and_meet_something(seeds: std::ops::Range<u64>) {
    let (injected, happened) = hold(seeds);
    for sort in ["act calls", "effects", "healed", "signals", "told to people", "words of people"] {
        assert!(happened.get(sort).copied().unwrap_or(0) > 0, "{sort}: {happened:?}");
    }
    assert!(injected.len() >= 15, "{injected:?}");
}

#[test]
fn the_first_fifty_seeds_hold() {
    hold_and_meet_something(1..51);
}

#[test]
fn the_second_fifty_seeds_hold() {
    hold_and_meet_something(51..101);
}

#[test]
fn the_third_fifty_seeds_hold() {
    hold_and_meet_something(101..151);
}

#[test]
fn the_last_fifty_seeds_hold() {
    hold_and_meet_something(151..201);
}

#[test]
fn a_seed_replays_to_the_byte() {
    for seed in [2, 7, 19] {
        let runs = [(); 2].map(|()| run(seed, Size::Small, Mischief::None).unwrap());
        assert_eq!(runs[0], runs[1], "seed {seed}");
        assert!(runs[0].written.lines.len() > 5, "{:?}", runs[0].written.lines);
    }
    let (one, other) = (run(2, Size::Small, Mischief::None).unwrap(), run(3, Size::Small, Mischief::None).unwrap());
    assert_ne!(one.digest, other.digest);
}
