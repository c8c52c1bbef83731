//! A scenario as the learner meets it: what could be done, and how each of it came out in each of a few worlds.

use super::episode::{Ended, diagnosed};
use domain::learning::reward;
use domain::verification::Outcome;
use estate::scenarios::Scenario;
use serde::Serialize;

/// One thing that could be done, and how it came out in each world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The action's name in the library.
    pub action: String,
    /// By world.
    pub ended: Vec<Ended>,
}

/// A scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// Its name.
    pub scenario: &'static str,
    /// The class of trouble, as it was diagnosed; `None` where nothing was.
    pub symptom: Option<String>,
    /// What could be done in each of the worlds, in the prior order.
    pub options: Vec<Way>,
    /// Candidates that cannot be done in each of the worlds, with why.
    pub left_out: Vec<String>,
}

/// How good an action is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Worth {
    /// The action.
    pub action: String,
    /// Worlds in which it healed.
    pub healed: usize,
    /// Worlds in which it made things worse.
    pub worsened: usize,
    /// The mean reward, in thousandths.
    pub reward: i64,
}

impl Course {
    /// Tries everything in the worlds of these seeds.
    ///
    /// # Errors
    /// When a world could not be looked at or acted upon.
    pub async fn sit(scenario: Scenario, worlds: &[u64]) -> Result<Self, String> {
        let told = |why: String| format!("{}: {why}", scenario.name);
        let (mut symptom, mut options, mut left_out) = (None, Vec::<Way>::new(), Vec::new());
        for (number, seed) in worlds.iter().enumerate() {
            let first = diagnosed(scenario, *seed).await.map_err(told)?;
            let names: Vec<String> = first.candidates.iter().map(|one| one.action.name().to_owned()).collect();
            symptom = symptom.or_else(|| first.symptom.clone());
            let mut first = Some(first);
            for (index, action) in names.iter().enumerate() {
                if names.iter().position(|other| other == action) != Some(index) {
                    // The learner knows actions by their names: of one name the first is taken, as in planning.
                    continue;
                }
                let world = match first.take() {
                    Some(world) => world,
                    None => diagnosed(scenario, *seed).await.map_err(told)?,
                };
                match (world.tried(index).await.map_err(told)?, options.iter_mut().find(|one| one.action == *action)) {
                    (Some(ended), Some(option)) => option.ended.push(ended),
                    (Some(ended), None) if number == 0 => {
                        options.push(Way { action: action.clone(), ended: vec![ended] });
                    }
                    (Some(_), None) => left_out.push(format!("{action}: not in the first world")),
                    (None, _) => left_out.push(format!("{action}: it cannot be done in world {seed}")),
                }
            }
        }
        let (whole, partly): (Vec<_>, Vec<_>) = options.into_iter().partition(|one| one.ended.len() == worlds.len());
        left_out.extend(partly.into_iter().map(|one| format!("{}: not in each world", one.action)));
        left_out.sort();
        left_out.dedup();
        Ok(Self { scenario: scenario.name, symptom, options: whole, left_out })
    }

    /// How good each is, the best first.
    pub fn worths(&self) -> Vec<Worth> {
        let mut worths: Vec<Worth> = self.options.iter().map(Way::worth).collect();
        worths.sort_by_key(|worth| std::cmp::Reverse(worth.reward));
        worths
    }

    /// Whether an action is as good as the best.
    pub fn is_best(&self, action: &str) -> bool {
        let worths = self.worths();
        let best = worths.first().map(|worth| worth.reward);
        worths.iter().any(|worth| worth.action == action && Some(worth.reward) == best)
    }
}

impl Way {
    fn worth(&self) -> Worth {
        let rewards: i64 = self.ended.iter().map(|one| i64::from(one.reward())).sum();
        let worlds = i64::try_from(self.ended.len()).unwrap_or(1).max(1);
        let count = |outcome: Outcome| self.ended.iter().filter(|one| one.outcome == outcome).count();
        Worth {
            action: self.action.clone(),
            healed: count(Outcome::Better),
            worsened: count(Outcome::Worse),
            reward: rewards / worlds,
        }
    }
}

impl Ended {
    /// What it is worth, as the learner values it. What made things worse is taken back.
    pub fn reward(self) -> i32 {
        reward(self.outcome, self.outcome == Outcome::Worse, self.seconds)
    }
}
