//! Learning: what is kept, what is earned and lost, what is chosen.

mod autonomy;
mod bandits;
mod kept;
mod properties;

use super::{Learning, Lesson};
use crate::verification::Outcome;
use chrono::{DateTime, TimeDelta, Utc};

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::minutes(minute)
}

fn lesson(outcome: Outcome) -> Lesson {
    Lesson {
        id: String::new(),
        symptom: "crash".to_owned(),
        action: "rollout_restart".to_owned(),
        environment: "demo".to_owned(),
        outcome,
        approved: false,
        undone: false,
        seconds: 60,
        at: at(0),
    }
}

fn after(outcomes: &[Outcome]) -> Learning {
    outcomes.iter().fold(Learning::default(), |learning, outcome| learning.learn(lesson(*outcome)))
}

/// A small generator of draws, so that each test is the same each time (SplitMix64, Steele et al. 2014).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
