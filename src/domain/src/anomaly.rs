//! Is this normal? Streaming anomaly detection on one numeric series.
//!
//! Each point is measured in several ways (`measures`): level, departure from the recent mean, step, short means, spread,
//! distance from what is usual at the time of day, length of a flat line. Each measure is judged against the peaks that it
//! has had so far (`peaks`), upwards and downwards, so that every score is a tail probability of the series' own past and
//! means the same on every series. docs/anomalies.md has the method, its accuracy and its cost.
//!
//! Guarantees: a point is judged by itself and earlier ones only; memory is constant; time a point is bounded; the score
//! is in [0, 1] whatever the values and the times are; the same points in the same order give the same judgements; a
//! saved and restored detector goes on as if nothing had happened.
//!
//! Deliberately absent: IO, a clock, several series at once, weekly seasons, an opinion on whether strange is bad.

mod exact;
mod measures;
mod peaks;
mod season;
mod sustained;
#[cfg(test)]
mod tests;

pub use sustained::{AlarmRule, Alarms};

use measures::{MEASURES, Measure, Measures, Reading};
use peaks::Peaks;
use serde::{Deserialize, Serialize};

/// Values beyond this are taken as this: their sums and differences stay finite.
const LARGEST: f64 = 1e150;
/// In the quiet time after an alarm no score exceeds that of this surprise.
const QUIET_SURPRISE: f64 = 1.0;
/// A gap of more than this many usual steps makes the recent values old.
const GAP_STEPS: f64 = 24.0;
/// Weight of the newest step between two points in the usual step.
const STEP_FORGETTING: f64 = 0.05;

/// How a detector judges: one setting for all series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The score from which a point is an alarm, in [0, 1].
    pub alarm_score: f64,
    /// For how many points after an alarm there is none: what goes on is the same anomaly.
    pub quiet_points: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { alarm_score: 0.993, quiet_points: 30 }
    }
}

/// Why a point is strange: the measure that found it the most surprising.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The value is in a range where the series has never been, upwards.
    NewHigh,
    /// The value is in a range where the series has never been, downwards.
    NewLow,
    /// The value rose against the recent ones further than it ever did.
    LevelUp,
    /// The value fell against the recent ones further than it ever did.
    LevelDown,
    /// The mean of the last points has risen further than it ever did.
    TrendUp,
    /// The mean of the last points has fallen further than it ever did.
    TrendDown,
    /// The values scatter more than they ever did.
    SpreadUp,
    /// The values scatter less than they ever did.
    SpreadDown,
    /// Above what is usual at this time of day.
    AboveSeason,
    /// Below what is usual at this time of day.
    BelowSeason,
    /// The value has been the same for longer than it ever was.
    FlatLine,
    /// Not a number, or infinite: not judged and not learned.
    NoNumber,
}

impl Reason {
    /// The reason in words, for a sentence such as "unusual: …".
    pub fn words(self) -> &'static str {
        match self {
            Self::NewHigh => "higher than ever seen",
            Self::NewLow => "lower than ever seen",
            Self::LevelUp => "a jump up against the recent level",
            Self::LevelDown => "a drop against the recent level",
            Self::TrendUp => "the recent mean is higher than ever",
            Self::TrendDown => "the recent mean is lower than ever",
            Self::SpreadUp => "it varies more than ever",
            Self::SpreadDown => "it varies less than ever",
            Self::AboveSeason => "above what is usual at this time of day",
            Self::BelowSeason => "below what is usual at this time of day",
            Self::FlatLine => "it has stood still for longer than ever",
            Self::NoNumber => "not a number",
        }
    }

    fn of(measure: Measure, up: bool) -> Self {
        match (measure, up) {
            (Measure::Level, true) => Self::NewHigh,
            (Measure::Level, false) => Self::NewLow,
            (Measure::Departure | Measure::Step, true) => Self::LevelUp,
            (Measure::Departure | Measure::Step, false) => Self::LevelDown,
            (Measure::ShortMean, true) => Self::TrendUp,
            (Measure::ShortMean, false) => Self::TrendDown,
            (Measure::Spread, true) => Self::SpreadUp,
            (Measure::Spread, false) => Self::SpreadDown,
            (Measure::Season, true) => Self::AboveSeason,
            (Measure::Season, false) => Self::BelowSeason,
            (Measure::Flat, _) => Self::FlatLine,
        }
    }
}

/// The values among which a point was expected.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ExpectedRange {
    /// The lowest.
    pub low: f64,
    /// The highest.
    pub high: f64,
}

/// What a detector says of a point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// 0 is usual; 0.99 is as rare as one of a hundred independent points, on any series; above, the tail is extrapolated.
    pub score: f64,
    /// Whether an anomaly begins here: the score reaches the setting, and no other began just before.
    pub alarm: bool,
    /// What is the strangest about the point; `None` where nothing is.
    pub reason: Option<Reason>,
    /// What was expected, rough and for people: the judgement uses finer means. `None` at the first point.
    pub expected: Option<ExpectedRange>,
}

/// The detector of one series.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Detector {
    settings: Settings,
    points: u64,
    quiet_until: u64,
    last_time: Option<i64>,
    #[serde(with = "exact::one")]
    usual_step: f64,
    measures: Measures,
    /// For each measure the peaks upwards, then downwards.
    peaks: Vec<[Peaks; 2]>,
}

impl Detector {
    /// A detector that has seen nothing.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            points: 0,
            quiet_until: 0,
            last_time: None,
            usual_step: 0.0,
            measures: Measures::default(),
            peaks: vec![Default::default(); MEASURES],
        }
    }

    /// Judges a point, then learns it. Points count in the order in which they come: a time that steps back or comes late
    /// only says which time of day the value belongs to. A value that is no number is told and otherwise ignored.
    pub fn observe(&mut self, at_unix_seconds: i64, value: f64) -> Judgement {
        let expected = (self.points > 0).then(|| self.measures.expected(at_unix_seconds));
        let expected = expected.map(|(low, high)| ExpectedRange { low, high });
        if !value.is_finite() {
            return Judgement { score: 0.0, alarm: false, reason: Some(Reason::NoNumber), expected };
        }
        self.points = self.points.saturating_add(1);
        self.mind_gap(at_unix_seconds);
        let readings = self.measures.read_and_learn(at_unix_seconds, value.clamp(-LARGEST, LARGEST));
        let (surprise, reason) = self.surprise(readings);
        let score = score_of(surprise);
        let quiet = self.points <= self.quiet_until;
        let alarm = !quiet && score >= self.settings.alarm_score;
        if alarm {
            self.quiet_until = self.points.saturating_add(self.settings.quiet_points);
        }
        let score = if quiet { score.min(score_of(QUIET_SURPRISE)) } else { score };
        Judgement { score, alarm, reason, expected }
    }

    /// How many bytes of memory this takes.
    pub fn memory_bytes(&self) -> usize {
        let lists = self.peaks.iter().flatten().map(Peaks::bytes).sum::<usize>();
        size_of::<Self>() + self.peaks.capacity() * size_of::<[Peaks; 2]>() + lists + self.measures.bytes()
    }

    /// The surprise of the strangest measure.
    fn surprise(&mut self, readings: [Option<Reading>; MEASURES]) -> (f64, Option<Reason>) {
        let (mut strongest, mut reason) = (0.0, None);
        for Reading { measure, number } in readings.into_iter().flatten() {
            let Some([upward, downward]) = self.peaks.get_mut(measure.index()) else { continue };
            let floor = measure.floor();
            let up = upward.judge_and_learn(self.points, number, floor);
            let down = match measure {
                Measure::Flat => 0.0,
                _ => downward.judge_and_learn(self.points, -number, floor),
            };
            for (surprise, is_up) in [(up, true), (down, false)] {
                if surprise > strongest {
                    (strongest, reason) = (surprise, Some(Reason::of(measure, is_up)));
                }
            }
        }
        (strongest, reason)
    }

    /// Learns the usual step in time; a gap makes the recent values old.
    fn mind_gap(&mut self, at_unix_seconds: i64) {
        if let Some(last) = self.last_time.replace(at_unix_seconds) {
            let step = at_unix_seconds.saturating_sub(last) as f64;
            if self.usual_step > 0.0 && step > GAP_STEPS * self.usual_step {
                self.measures.forget_recent();
            } else if step > 0.0 {
                let weight = if self.usual_step > 0.0 { STEP_FORGETTING } else { 1.0 };
                self.usual_step += (step - self.usual_step) * weight;
            }
        }
    }
}

/// From a power of ten to a probability, with 12 digits: more would be lost beside 1.
fn score_of(surprise: f64) -> f64 {
    1.0 - 10_f64.powf(-surprise.clamp(0.0, 12.0))
}
