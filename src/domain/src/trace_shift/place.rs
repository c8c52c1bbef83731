//! The detector of one place: its past, the half minute that is open, and the evidence for each kind of shift.

use super::evidence::{Counted, Evidence, Step};
use super::past::{Past, cell_of, cell_of_share, cells_below, largest_share, longest_ns};
use super::{Change, Histogram, Kind, Request, Shift};
use serde::{Deserialize, Serialize};

/// The kinds, in the order of their evidence.
const KINDS: [Kind; 4] = [Kind::Failing, Kind::Slower, Kind::SlowTail, Kind::Path];
/// A time this many half minutes before the open one is a clock that was set back.
const SET_BACK: i64 = 120;

/// When a shift is told: one setting for all places.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// Seconds that are counted together.
    pub bucket_seconds: i64,
    /// The natural logarithm of how much better a shift explains the requests than chance does.
    pub evidence: f64,
    /// Requests and buckets that are only learned.
    pub learn_requests: f64,
    /// See `learn_requests`.
    pub learn_buckets: u64,
    /// After so many seconds what shifted is what is usual.
    pub adopt_after_seconds: i64,
    /// Buckets after which half of the past is forgotten.
    pub half_life_buckets: f64,
    /// A share of failures counts as grown from so much more on, of 1, or twice what it was.
    pub more_failures: f64,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            bucket_seconds: 30,
            evidence: 16.0,
            learn_requests: 200.0,
            learn_buckets: 30,
            adopt_after_seconds: 6 * 3_600,
            half_life_buckets: 2_880.0,
            more_failures: 0.02,
        }
    }
}

/// What a kind of shift is counted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Bar {
    cell: usize,
    usual: f64,
    grown: f64,
}

/// The detector of one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detector {
    rule: Rule,
    /// The open bucket: its number, what came in it.
    open: Option<i64>,
    open_durations: Past,
    open_shares: Past,
    counted: [Counted; 4],
    /// The past.
    durations: Past,
    shares: Past,
    failures: Counted,
    buckets: u64,
    bars: [Bar; 4],
    evidence: [Evidence; 4],
}

impl Detector {
    /// A detector that has seen nothing.
    pub fn new(rule: Rule) -> Self {
        let rule = Rule { bucket_seconds: rule.bucket_seconds.max(1), ..rule };
        Self {
            rule,
            open: None,
            open_durations: Past::default(),
            open_shares: Past::default(),
            counted: Default::default(),
            durations: Past::default(),
            shares: Past::default(),
            failures: Counted::default(),
            buckets: 0,
            bars: Default::default(),
            evidence: Default::default(),
        }
    }

    /// Counts a request; a request of a later bucket first closes the one before. One that comes late counts in the open
    /// bucket.
    pub fn observe(&mut self, request: Request) -> Vec<Change> {
        let changes = self.go_to(request.at_unix_seconds);
        self.count(request);
        changes
    }

    /// Counts requests that were counted by their durations already. Within a bucket they are taken to be spread evenly, so
    /// that a shift shows when it moves requests from one bucket to another.
    pub fn observe_histogram(&mut self, histogram: &Histogram) -> Vec<Change> {
        let changes = self.go_to(histogram.at_unix_seconds);
        let is_usable = |count: f64| count.is_finite() && count > 0.0;
        let mut all = 0.0;
        for (longest_ns, count) in histogram.buckets.iter().filter(|(_, count)| is_usable(*count)) {
            all += count;
            let cells = cells_below(*longest_ns);
            let each = count / cells.len() as f64;
            cells.for_each(|cell| self.count_duration(cell, each));
        }
        let failed = if is_usable(histogram.failed) { histogram.failed.min(all) } else { 0.0 };
        self.count_failing(failed, true);
        self.count_failing(all - failed, false);
        changes
    }

    /// Whether enough was learned to judge what comes.
    pub fn knows(&self) -> bool {
        self.buckets >= self.rule.learn_buckets && self.failures.requests >= self.rule.learn_requests
    }

    /// The shifts that are there.
    pub fn there(&self) -> Vec<Shift> {
        let shifted = |(index, kind): (usize, &Kind)| {
            self.evidence.get(index).filter(|evidence| evidence.is_shifted).and_then(|_| self.shift(index, *kind))
        };
        KINDS.iter().enumerate().filter_map(shifted).collect()
    }

    /// How many bytes of memory this takes.
    pub fn memory_bytes(&self) -> usize {
        let heap = [&self.open_durations, &self.open_shares, &self.durations, &self.shares];
        size_of::<Self>() + heap.iter().map(|past| past.bytes()).sum::<usize>()
    }

    /// The number of the bucket of the newest request.
    pub(super) fn last_at(&self) -> i64 {
        self.open.unwrap_or(i64::MIN)
    }

    /// Closes the open bucket where the time belongs to a later one, or to one before the clock was set back.
    fn go_to(&mut self, at_unix_seconds: i64) -> Vec<Change> {
        let bucket = at_unix_seconds.div_euclid(self.rule.bucket_seconds);
        let changes = match self.open {
            Some(open) if bucket > open || open.saturating_sub(bucket) > SET_BACK => self.close(open),
            _ => Vec::new(),
        };
        self.open.get_or_insert(bucket);
        changes
    }

    fn count(&mut self, request: Request) {
        self.count_duration(cell_of(request.duration_ns), 1.0);
        self.count_failing(1.0, request.failed);
        if let Some(share) = request.path_share {
            let cell = cell_of_share(share);
            self.open_shares.count(cell, 1.0);
            let ([.., path], [.., bar]) = (&mut self.counted, self.bars);
            path.count(1.0, cell > bar.cell);
        }
    }

    fn count_duration(&mut self, cell: usize, requests: f64) {
        self.open_durations.count(cell, requests);
        let ([_, slower, tail, _], [_, median_bar, tail_bar, _]) = (&mut self.counted, self.bars);
        slower.count(requests, cell > median_bar.cell);
        tail.count(requests, cell > tail_bar.cell);
    }

    fn count_failing(&mut self, requests: f64, failed: bool) {
        let [failing, ..] = &mut self.counted;
        failing.count(requests, failed);
    }

    fn close(&mut self, bucket: i64) -> Vec<Change> {
        let at = bucket.saturating_mul(self.rule.bucket_seconds);
        let changes = if self.knows() { self.judge(at) } else { Vec::new() };
        let adopts = self.evidence.iter().any(|evidence| {
            let since = evidence.since().filter(|_| evidence.is_shifted);
            since.is_some_and(|since| at.saturating_sub(since) >= self.rule.adopt_after_seconds)
        });
        if adopts {
            return self.begin_anew(changes);
        }
        if self.evidence.iter().all(|evidence| evidence.is_calm(self.rule.evidence)) {
            self.learn();
        }
        self.open = None;
        self.counted = Default::default();
        self.open_durations.clear();
        self.open_shares.clear();
        changes
    }

    fn judge(&mut self, at: i64) -> Vec<Change> {
        let mut changes = Vec::new();
        for (index, kind) in KINDS.into_iter().enumerate() {
            let (Some(counted), Some(bar)) = (self.counted.get(index).copied(), self.bars.get(index).copied()) else {
                continue;
            };
            let Some(evidence) = self.evidence.get_mut(index) else { continue };
            match evidence.step(at, counted, bar.usual, bar.grown, self.rule.evidence) {
                Step::Same => {}
                Step::Begun => changes.extend(self.shift(index, kind).map(Change::Begun)),
                Step::Over => changes.push(Change::Over(kind)),
            }
        }
        changes
    }

    fn learn(&mut self) {
        let keep = 0.5_f64.powf(1.0 / self.rule.half_life_buckets.max(1.0));
        self.durations.fade(keep as f32);
        self.durations.add(&self.open_durations);
        self.shares.fade(keep as f32);
        self.shares.add(&self.open_shares);
        self.failures.fade(keep);
        self.failures.add(self.counted.first().copied().unwrap_or_default());
        self.buckets = self.buckets.saturating_add(1);
        self.set_bars();
    }

    /// What shifted is usual now: all is learned anew, and the shifts are over.
    fn begin_anew(&mut self, mut changes: Vec<Change>) -> Vec<Change> {
        changes.extend(self.there().into_iter().map(|shift| Change::Over(shift.kind)));
        *self = Self::new(self.rule);
        changes
    }

    fn set_bars(&mut self) {
        let bar = |past: &Past, share: f64, grown: fn(f64) -> f64| {
            let (cell, hits) = past.quantile(share);
            let usual = Counted { requests: past.all(), hits }.careful_share();
            Bar { cell, usual, grown: grown(usual) }
        };
        let failing = self.failures.careful_share();
        let more = self.rule.more_failures;
        self.bars = [
            Bar { cell: 0, usual: failing, grown: (failing * 2.0).max(failing + more).min((1.0 + failing) / 2.0) },
            bar(&self.durations, 0.5, |usual| (1.0 + usual) / 2.0),
            bar(&self.durations, 0.95, |usual| (usual * 3.0).min((1.0 + usual) / 2.0)),
            bar(&self.shares, 0.75, |usual| (usual * 2.5).min((1.0 + usual) / 2.0)),
        ];
    }

    fn shift(&self, index: usize, kind: Kind) -> Option<Shift> {
        let (evidence, bar) = (self.evidence.get(index)?, self.bars.get(index)?);
        let bound = match kind {
            Kind::Failing => None,
            Kind::Slower | Kind::SlowTail => Some(longest_ns(bar.cell)),
            Kind::Path => Some(largest_share(bar.cell)),
        };
        Some(Shift {
            kind,
            since_unix_seconds: evidence.since()?,
            bound,
            share_before: bar.usual,
            share_now: evidence.share(),
        })
    }
}

/// Places and their detectors as a list.
pub(super) mod listed {
    use super::super::Place;
    use super::Detector;
    use serde::{Deserialize, Deserializer, Serializer};
    use std::collections::BTreeMap;

    pub(in super::super) fn serialize<S: Serializer>(
        places: &BTreeMap<Place, Detector>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(places)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Place, Detector>, D::Error> {
        Ok(Vec::<(Place, Detector)>::deserialize(deserializer)?.into_iter().collect())
    }
}
