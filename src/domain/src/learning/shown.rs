//! What was learned, as rows for people: `learning show`.

use super::Learning;
use chrono::{DateTime, Utc};
use serde::Serialize;

/// One action against one class of trouble in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownRow {
    /// The class of trouble.
    pub symptom: String,
    /// The action.
    pub action: String,
    /// The environment.
    pub environment: String,
    /// Its value over all environments, in thousandths.
    pub value_per_mille: i32,
    /// The episodes that the value rests on.
    pub visits: u32,
    /// Whether no action against this class of trouble has a better value.
    pub is_best: bool,
    /// It helped.
    pub successes: u32,
    /// It did not.
    pub failures: u32,
    /// Nobody could tell.
    pub unknown: u32,
    /// The mean of the posterior, per mille: the history in the score.
    pub history_per_mille: u16,
    /// Its lower bound, per mille.
    pub lower_bound_per_mille: u16,
    /// Whether autonomy is earned.
    pub is_earned: bool,
    /// Why, or what is missing.
    pub why: String,
    /// When it was verified last.
    pub last_at: Option<DateTime<Utc>>,
}

/// What was learned of one detector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownThreshold {
    /// Its name.
    pub detector: String,
    /// The factor on the threshold that was set, per mille: above 1000 is less sensitive.
    pub factor_per_mille: u32,
    /// Signals that were confirmed.
    pub confirmed: u32,
    /// Signals that were false.
    pub false_alarms: u32,
    /// Troubles that were missed.
    pub missed: u32,
}

impl Learning {
    /// All beliefs with their values: by class of trouble, the best action first.
    pub fn table(&self) -> Vec<ShownRow> {
        let mut rows: Vec<ShownRow> = self
            .beliefs
            .iter()
            .map(|(triple, belief)| {
                let value = self.value(&triple.symptom, &triple.action);
                let earned = belief.earned();
                ShownRow {
                    symptom: triple.symptom.clone(),
                    action: triple.action.clone(),
                    environment: triple.environment.clone(),
                    value_per_mille: value.value_per_mille,
                    visits: value.visits,
                    is_best: self.best_value(&triple.symptom) == Some(value.value_per_mille),
                    successes: belief.successes,
                    failures: belief.failures,
                    unknown: belief.unknown,
                    history_per_mille: belief.mean(),
                    lower_bound_per_mille: belief.lower_bound(),
                    is_earned: earned.is_earned,
                    why: earned.why,
                    last_at: belief.last_at,
                }
            })
            .collect();
        rows.sort_by(|a, b| {
            let by_value = b.value_per_mille.cmp(&a.value_per_mille);
            let by_name = (&a.action, &a.environment).cmp(&(&b.action, &b.environment));
            a.symptom.cmp(&b.symptom).then(by_value).then(by_name)
        });
        rows
    }

    /// All detectors of which something was learned.
    pub fn threshold_table(&self) -> Vec<ShownThreshold> {
        self.thresholds
            .iter()
            .map(|(detector, threshold)| ShownThreshold {
                detector: detector.clone(),
                factor_per_mille: threshold.factor_per_mille,
                confirmed: threshold.confirmed,
                false_alarms: threshold.false_alarms,
                missed: threshold.missed,
            })
            .collect()
    }

    /// Why the permitted actions stand in the order in which they do, one sentence each, the best first.
    pub fn explain(&self, symptom: &str, environment: &str, permitted: &[&str]) -> Vec<String> {
        let mut ordered: Vec<&str> = permitted.to_vec();
        ordered.sort_by_key(|action| std::cmp::Reverse(self.value(symptom, action).value_per_mille));
        let told = |action: &&str| {
            let value = self.value(symptom, action);
            let history = self.history(symptom, action, environment);
            let earned = self.earned(symptom, action, environment);
            let autonomy = if earned.is_earned { "autonomy earned" } else { "autonomy not earned" };
            format!(
                "{action}: value {} thousandths after {} episodes; history in {environment} {history} per mille; {autonomy}: {}",
                value.value_per_mille, value.visits, earned.why
            )
        };
        ordered.iter().map(told).collect()
    }

    fn best_value(&self, symptom: &str) -> Option<i32> {
        let of_symptom = self.q.iter().filter(|(habit, _)| habit.symptom == symptom);
        of_symptom.map(|(_, value)| value.value_per_mille).max()
    }
}
