//! Log lines as a pure function of seed, pod and time: nothing is stored but when processes ran and what they said as they ended.

mod voices;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::World;
use super::container::Run;
use super::object::uid;
use super::random::{hash, unit};
use super::seed::topology::application;
use super::timeline::{NamespacedName, PodTrack};
use voices::{Moment, Trouble};

/// Seconds between two lines of a pod.
const SLOT_SECONDS: i64 = 2;
/// How far back the file on the node goes; older lines were rotated away (a log store may still have them).
const KEPT_ON_NODE: TimeDelta = TimeDelta::hours(2);

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written.
    pub at: DateTime<Utc>,
    /// The line without its end.
    pub text: String,
}

impl World {
    /// The lines of a pod (by uid) in `[from, to)`, over all its processes. The log store's view.
    pub fn log_lines(&self, pod_uid: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<LogLine> {
        let Some(track) = self.timeline.pod(pod_uid) else { return Vec::new() };
        let runs = self.runs.get(pod_uid).map(Vec::as_slice).unwrap_or_default();
        runs.iter().flat_map(|run| self.lines_of_run(track, run, from, to.min(self.now))).collect()
    }

    /// The lines of the present or the previous process of a pod, as its node has them. `None` when there is no such process.
    pub fn logs(&self, pod: &Value, since: Option<DateTime<Utc>>, previous: bool) -> Option<Vec<LogLine>> {
        let track = self.timeline.pod(uid(pod))?;
        let runs = self.runs.get(uid(pod))?;
        let waits = pod.pointer("/status/containerStatuses/0/state/waiting").is_some();
        // While it waits to be started again, the newest process is both the present and the previous one, as on a real node.
        let index = if previous && !waits { runs.len().checked_sub(2)? } else { runs.len().checked_sub(1)? };
        let run = runs.get(index)?;
        if previous && run.ended.is_none() {
            return None;
        }
        let oldest = self.now - KEPT_ON_NODE;
        let from = since.map_or(oldest, |since| since.max(oldest));
        Some(self.lines_of_run(track, run, from, self.now + TimeDelta::milliseconds(1)))
    }

    /// The namespace and uid pairs of all pods that ever had a log and whose life touches `[from, to)`.
    pub fn logged_pods(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<&PodTrack> {
        self.timeline
            .pods
            .iter()
            .filter(|track| {
                track.created < to
                    && track.ended.is_none_or(|ended| ended >= from)
                    && self.runs.contains_key(&track.uid)
            })
            .collect()
    }

    fn lines_of_run(&self, track: &PodTrack, run: &Run, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<LogLine> {
        let end = run.ended.unwrap_or(to).min(to);
        let mut lines = Vec::new();
        let mut push = |at: DateTime<Utc>, text: String| {
            if at >= from && at < to {
                lines.push(LogLine { at, text });
            }
        };
        let voice = voices::of(track);
        if run.started >= from - TimeDelta::seconds(5) {
            for (index, text) in voices::banner(voice, track, run.started).into_iter().enumerate() {
                push(run.started + TimeDelta::milliseconds(40 + 90 * index as i64), text);
            }
        }
        if run.farewell.is_empty() {
            let begin = (run.started + TimeDelta::seconds(2)).max(from);
            let mut slot = begin.timestamp().div_euclid(SLOT_SECONDS);
            while slot * SLOT_SECONDS < end.timestamp() + SLOT_SECONDS {
                let dice = hash(self.seed, &[&track.uid, &slot.to_string()]);
                let milliseconds = slot * SLOT_SECONDS * 1000 + (dice % 1900) as i64;
                if let Some(at) = DateTime::from_timestamp_millis(milliseconds).filter(|at| *at >= begin && *at < end)
                    && let Some(moment) = self.moment(track, at, dice)
                {
                    for text in voices::speak(voice, &moment) {
                        push(at, text);
                    }
                }
                slot += 1;
            }
        }
        if let Some(ended) = run.ended {
            for text in &run.farewell {
                push(ended - TimeDelta::milliseconds(8), text.clone());
            }
        }
        lines
    }

    /// What goes on in a pod at a moment.
    fn moment<'a>(&self, track: &'a PodTrack, at: DateTime<Utc>, dice: u64) -> Option<Moment<'a>> {
        let node = track.node.at(at).and_then(|node| self.timeline.nodes.get(node));
        if node.is_some_and(|node| node.alive.at(at) == Some(&false)) {
            return None;
        }
        let own = track.labels.get("app").map(String::as_str).unwrap_or_default();
        let served = application(&track.namespace, own);
        let service = self.timeline.services.get(&NamespacedName::new(&track.namespace, own));
        let load = service.and_then(|service| service.load.at(at));
        let roll = unit(hash(dice, &["roll"]));
        let mut moment =
            Moment { pod: track, application: served, at, dice, milliseconds: 0.0, status: 200, trouble: None };
        if let (Some(served), Some(load)) = (served, load) {
            let spread = 0.55 + 0.9 * unit(hash(dice, &["latency"]));
            moment.milliseconds = served.latency_seconds * load.latency_factor * 1000.0 * spread;
            let behaviour = super::image::look_up(&track.image).unwrap_or_default();
            let ready = track.ready.at(at) == Some(&true);
            let error_ratio = if ready { load.error_ratio } else { load.error_ratio - load.own_error_ratio };
            let own_share = if load.error_ratio > 0.0 { behaviour.error_ratio / load.error_ratio } else { 0.0 };
            if error_ratio > 0.002 && roll < error_ratio.max(0.08) {
                moment.status = 500;
                moment.trouble = if unit(hash(dice, &["cause"])) < own_share {
                    Some(Trouble::Own)
                } else {
                    self.guilty_callee(served.namespace, served.name, at)
                };
                if moment.trouble.is_none() && load.own_error_ratio > 0.0 {
                    moment.trouble = Some(Trouble::Own);
                }
                if moment.trouble.is_none() {
                    moment.status = 200;
                }
            }
        }
        self.special_trouble(&mut moment, roll);
        Some(moment)
    }

    /// The callee that does worst, if one does badly.
    fn guilty_callee(&self, ns: &str, own: &str, at: DateTime<Utc>) -> Option<Trouble> {
        let service = self.timeline.services.get(&NamespacedName::new(ns, own))?;
        let mut worst: Option<(f64, Trouble)> = None;
        for callee in &service.callees {
            let load = self.timeline.services.get(&callee.service).and_then(|service| service.load.at(at));
            let base = self.timeline.services.get(&callee.service).map_or(0.0, |service| service.base_latency_seconds);
            let host = format!("{}.{}", callee.service.name, callee.service.namespace);
            let port = application(&callee.service.namespace, &callee.service.name).map_or(8080, |callee| callee.port);
            let (weight, trouble) = match load {
                _ if callee.unreachable.at(at) == Some(&true) => (10.0, Trouble::Unreachable { host, port }),
                Some(load) if base * load.latency_factor > base + 0.15 => {
                    (5.0 + load.latency_factor / 1000.0, Trouble::Slow { host, port })
                }
                Some(load) if load.error_ratio > 0.002 => (load.error_ratio, Trouble::Failing { host }),
                _ => continue,
            };
            if worst.as_ref().is_none_or(|(heaviest, _)| weight > *heaviest) {
                worst = Some((weight, trouble));
            }
        }
        worst.map(|(_, trouble)| trouble)
    }

    fn special_trouble(&self, moment: &mut Moment<'_>, roll: f64) {
        let (track, at) = (moment.pod, moment.at);
        let claim = NamespacedName::new(&track.namespace, &format!("data-{}", track.name));
        if let Some(volume) = self.timeline.volumes.get(&claim)
            && let (Some(used), Some(capacity)) = (volume.used.bytes_at(at), volume.capacity_bytes.at(at))
            && used / capacity >= 0.9
            && roll < 0.4
        {
            moment.trouble = Some(Trouble::Disk { part: used / capacity });
        } else if track.memory_limit_bytes > 0.0
            && let Some(used) = track.memory.bytes_at(at)
            && used / track.memory_limit_bytes > 0.8
            && track.memory.last().is_some_and(|ramp| ramp.bytes_per_second > 0.0)
            && roll < 0.5
        {
            moment.trouble = Some(Trouble::Memory { used_bytes: used, limit_bytes: track.memory_limit_bytes });
        } else if track.labels.get("app").is_some_and(|own| own == "cert-manager") {
            let failing = |track: &&super::timeline::CertificateTrack| track.renewal_failing.at(at) == Some(&true);
            if let Some(certificate) = self.timeline.certificates.values().find(failing)
                && roll < 0.1
            {
                let name = &certificate.certificate;
                moment.trouble = Some(Trouble::Certificate { name: format!("{}/{}", name.namespace, name.name) });
            }
        } else if moment.milliseconds > 1000.0 && namespace_is_database(track) {
            moment.trouble = Some(Trouble::Query);
        }
    }
}

fn namespace_is_database(track: &PodTrack) -> bool {
    track.labels.get("app").is_some_and(|own| own == "orders-db")
}
