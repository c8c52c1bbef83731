//! Requests of services whose truth is known: their load, their latency, their failures, and a shift at a known moment.

use super::noise::Noise;
use domain::trace_shift::{Kind, Request};

/// A service.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// Requests a minute, on the mean of a day.
    pub a_minute: f64,
    /// Median duration in nanoseconds, and the deviation of its logarithm.
    pub median_ns: f64,
    pub wide: f64,
    /// The share of requests with a Pareto tail on top.
    pub heavy: f64,
    /// The share that fails.
    pub fails: f64,
    /// How much load and latency swing in a day, of 1.
    pub load_swing: f64,
    pub latency_swing: f64,
    /// The deviation of the logarithm of latency that all requests of a minute share.
    pub together: f64,
    /// The share of the critical path.
    pub path: f64,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy)]
pub struct Trouble {
    /// All requests take so many times as long.
    pub slower: f64,
    /// So many of 1 take ten times as long.
    pub stuck: f64,
    /// So many more of 1 fail.
    pub fails: f64,
    /// So much more of the critical path.
    pub path: f64,
}

impl Service {
    /// A usual one.
    pub const USUAL: Self = Self {
        a_minute: 60.0,
        median_ns: 4e7,
        wide: 0.6,
        heavy: 0.02,
        fails: 0.002,
        load_swing: 0.5,
        latency_swing: 0.05,
        together: 0.05,
        path: 0.3,
    };

    /// Gives the requests between two times, in order, each of which may be in trouble from a moment on.
    pub fn run(&self, seed: u64, from: i64, to: i64, trouble: Option<(i64, Trouble)>, mut give: impl FnMut(Request)) {
        let mut noise = Noise::new(seed + 1);
        let (mut at, mut minute, mut shared) = (from as f64, i64::MIN, 0.0);
        while at < to as f64 {
            let day = (at / 86_400.0 * std::f64::consts::TAU).sin();
            at += noise.exponential() * 60.0 / (self.a_minute * (1.0 + self.load_swing * day));
            let second = at as i64;
            if second / 60 != minute {
                (minute, shared) = (second / 60, self.together * noise.normal());
            }
            let now = trouble.filter(|(since, _)| second >= *since).map(|(_, trouble)| trouble);
            let log = self.wide * noise.normal() + shared + self.latency_swing * day;
            let tail = if noise.happens(self.heavy) { noise.pareto(1.2) } else { 1.0 };
            let stuck = if now.is_some_and(|now| noise.happens(now.stuck)) { 10.0 } else { 1.0 };
            let slower = now.map_or(1.0, |now| now.slower);
            let path = self.path + now.map_or(0.0, |now| now.path) + 0.08 * noise.normal();
            give(Request {
                at_unix_seconds: second,
                duration_ns: (self.median_ns * log.exp() * tail * stuck * slower) as i64,
                failed: noise.happens(self.fails + now.map_or(0.0, |now| now.fails)),
                path_share: Some(path.clamp(0.0, 1.0)),
            });
        }
    }
}

/// Healthy services of several kinds.
pub const HEALTHY: &[(&str, Service)] = &[
    ("usual: load by day x3", Service::USUAL),
    ("busy", Service { a_minute: 200.0, ..Service::USUAL }),
    ("few requests", Service { a_minute: 3.0, ..Service::USUAL }),
    ("heavy tails", Service { heavy: 0.3, wide: 1.2, ..Service::USUAL }),
    ("latency by day +-20 %", Service { latency_swing: 0.2, ..Service::USUAL }),
    ("latency by day x2.7", Service { latency_swing: 0.5, ..Service::USUAL }),
    ("minutes that are slow together", Service { together: 0.3, ..Service::USUAL }),
    ("fails at times", Service { fails: 0.05, ..Service::USUAL }),
    ("never fails", Service { fails: 0.0, ..Service::USUAL }),
];

const NONE: Trouble = Trouble { slower: 1.0, stuck: 0.0, fails: 0.0, path: 0.0 };

/// Shifts and how they are to be found.
pub const SHIFTS: &[(&str, Kind, Trouble)] = &[
    ("all 1.5 times as long", Kind::Slower, Trouble { slower: 1.5, ..NONE }),
    ("all twice as long", Kind::Slower, Trouble { slower: 2.0, ..NONE }),
    ("15 % ten times as long", Kind::SlowTail, Trouble { stuck: 0.15, ..NONE }),
    ("5 % more fail", Kind::Failing, Trouble { fails: 0.05, ..NONE }),
    ("20 % more fail", Kind::Failing, Trouble { fails: 0.2, ..NONE }),
    ("0.2 more of the critical path", Kind::Path, Trouble { path: 0.2, ..NONE }),
];
