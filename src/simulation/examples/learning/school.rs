//! Episodes: the learner chooses by what it has learned, gets what came of it, and learns. Seeded, without worlds of its own.

use super::course::Course;
use super::signals::ENVIRONMENT;
use chrono::{DateTime, TimeDelta, Utc};
use domain::learning::{Learning, Lesson};
use domain::verification::Outcome;
use serde::Serialize;
use simulation::dice::Dice;

/// Episodes of one pupil.
pub const EPISODES: usize = 50;

/// In which order the learner is shown what could be done; of what it knows nothing of, it takes the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// As the strategies propose it.
    Prior,
    /// The other way round: what the learner must unlearn then.
    Reversed,
}

/// What became of one pupil.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schooling {
    /// After each episode, whether the greedy choice is the best strategy.
    pub is_best: Vec<bool>,
    /// Episodes in which something else than the best known was tried.
    pub explored: usize,
    /// Episodes that ended healed.
    pub healed: usize,
}

impl Schooling {
    /// The episode after which the greedy choice is the best and stays so: 0 where it is so from the start, `None` where it is
    /// not so after the last.
    pub fn settled(&self) -> Option<usize> {
        let wrong = self.is_best.iter().rposition(|is_best| !is_best).map_or(0, |last| last + 1);
        (wrong < self.is_best.len()).then_some(wrong)
    }
}

/// One pupil's episodes with a scenario. `None` where there is nothing to choose from.
pub fn attend(course: &Course, order: Order, seed: u64) -> Option<Schooling> {
    let mut ways: Vec<_> = course.options.iter().collect();
    if order == Order::Reversed {
        ways.reverse();
    }
    let names: Vec<&str> = ways.iter().map(|way| way.action.as_str()).collect();
    let symptom = course.symptom.as_deref()?;
    let dice = Dice::new(seed).fork(course.scenario);
    let mut learning = Learning::default();
    let mut schooling = Schooling { is_best: Vec::new(), explored: 0, healed: 0 };
    let greedy = |learning: &Learning| {
        // A draw of 1 explores nothing.
        let choice = learning.choose(symptom, ENVIRONMENT, &names, 1.0, 0.0)?;
        names.get(choice.index).map(|action| course.is_best(action))
    };
    schooling.is_best.push(greedy(&learning)?);
    for episode in 0..EPISODES {
        let draws = (fraction(&dice), fraction(&dice));
        let choice = learning.choose(symptom, ENVIRONMENT, &names, draws.0, draws.1)?;
        let way = ways.get(choice.index)?;
        let ended = dice.pick(&way.ended).copied()?;
        schooling.explored += usize::from(choice.explored);
        schooling.healed += usize::from(ended.outcome == Outcome::Better);
        learning = learning.learn(Lesson {
            id: format!("{}-{seed}-{episode}", course.scenario),
            symptom: symptom.to_owned(),
            action: way.action.clone(),
            environment: ENVIRONMENT.to_owned(),
            outcome: ended.outcome,
            approved: false,
            undone: ended.outcome == Outcome::Worse,
            seconds: ended.seconds,
            at: day(episode),
        });
        schooling.is_best.push(greedy(&learning)?);
    }
    Some(schooling)
}

fn fraction(dice: &Dice) -> f64 {
    dice.below(1_000_000) as f64 / 1_000_000.0
}

/// An incident a day.
fn day(episode: usize) -> DateTime<Utc> {
    let start = DateTime::from_timestamp(super::BEGINS_AT_SECONDS, 0).unwrap_or(DateTime::UNIX_EPOCH);
    start + TimeDelta::days(i64::try_from(episode).unwrap_or(0))
}
