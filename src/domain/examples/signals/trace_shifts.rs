//! Measures the detector of trace shifts on made requests: `cargo run --release -p domain --example signals -- trace-shifts`
//!
//! Prints how many false alarms there are in healthy service-days of several kinds, and for shifts of known size which share is
//! found within an hour and after how long; each from single requests, and from histograms of half a minute as TraceQL gives
//! them.

use super::made::requests::{HEALTHY, SHIFTS, Service, Trouble};
use domain::trace_shift::{Change, Detector, Histogram, Kind, Request, Rule};

/// Services of each healthy kind, and days of each.
const SERVICES: u64 = 12;
const DAYS: i64 = 7;
/// Services of each shift.
const SHIFTED: u64 = 40;
/// Seconds of health before a shift, and in which it is to be found.
const BEFORE: i64 = 6 * 3_600;
const WITHIN: i64 = 3_600;
/// Seconds that a histogram counts together.
const STEP: i64 = 30;

/// What the detector is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Requests,
    Histograms,
}

/// A detector, and the histogram that is not whole yet.
struct Watched {
    shown: Shown,
    detector: Detector,
    open: Option<Histogram>,
}

impl Watched {
    fn new(shown: Shown) -> Self {
        Self { shown, detector: Detector::new(Rule::default()), open: None }
    }

    fn observe(&mut self, request: Request) -> Vec<Change> {
        if self.shown == Shown::Requests {
            return self.detector.observe(request);
        }
        let step = request.at_unix_seconds.div_euclid(STEP);
        let whole = self.open.take_if(|open| open.at_unix_seconds.div_euclid(STEP) != step);
        let changes = whole.map(|whole| self.detector.observe_histogram(&whole)).unwrap_or_default();
        let fresh = || Histogram { at_unix_seconds: request.at_unix_seconds, ..Histogram::default() };
        let open = self.open.get_or_insert_with(fresh);
        let longest = (request.duration_ns.max(1) as f64 / 1e9).log2().ceil().exp2() * 1e9;
        match open.buckets.iter_mut().find(|(bucket, _)| *bucket == longest) {
            Some((_, count)) => *count += 1.0,
            None => open.buckets.push((longest, 1.0)),
        }
        open.failed += f64::from(u8::from(request.failed));
        changes
    }
}

pub(super) fn run() {
    println!("| healthy services | service-days | requests | false alarms | in 1,000 service-days | from histograms |");
    println!("|---|---|---|---|---|---|");
    for (name, service) in HEALTHY {
        let (requests, alarms) = false_alarms(service, Shown::Requests);
        let (_, counted) = false_alarms(service, Shown::Histograms);
        let days = SERVICES as f64 * DAYS as f64;
        let rate = alarms as f64 / days * 1_000.0;
        println!("| {name} | {days} | {requests} | {alarms} | {rate:.1} | {counted} |");
    }
    println!();
    println!(
        "| shift | requests a minute | as | found | median delay | 90 % within | from histograms: found | median | 90 % |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (name, kind, trouble) in SHIFTS {
        for a_minute in [6.0, 60.0, 600.0] {
            let single = delays(*kind, *trouble, a_minute, Shown::Requests);
            // Histograms know nothing of paths.
            let counted = match kind {
                Kind::Path => "- | - | -".to_owned(),
                _ => delays(*kind, *trouble, a_minute, Shown::Histograms),
            };
            println!("| {name} | {a_minute} | {kind:?} | {single} | {counted} |");
        }
    }
}

/// Requests, and alarms of them.
fn false_alarms(service: &Service, shown: Shown) -> (u64, usize) {
    let (mut alarms, mut requests) = (0, 0);
    for seed in 0..SERVICES {
        let mut watched = Watched::new(shown);
        service.run(seed, 0, DAYS * 86_400, None, |request| {
            requests += 1;
            let begun = |change: &&Change| matches!(change, Change::Begun(_));
            alarms += watched.observe(request).iter().filter(begun).count();
        });
    }
    (requests, alarms)
}

fn delays(kind: Kind, trouble: Trouble, a_minute: f64, shown: Shown) -> String {
    let mut delays = Vec::new();
    for seed in 0..SHIFTED {
        let service = Service { a_minute, ..Service::USUAL };
        let mut watched = Watched::new(shown);
        let mut found = None;
        service.run(seed + 1_000, 0, BEFORE + WITHIN, Some((BEFORE, trouble)), |request| {
            let changes = watched.observe(request);
            let is_it = |change: &Change| matches!(change, Change::Begun(shift) if shift.kind == kind);
            if found.is_none() && request.at_unix_seconds >= BEFORE && changes.iter().any(is_it) {
                found = Some(request.at_unix_seconds - BEFORE);
            }
        });
        delays.extend(found);
    }
    delays.sort_unstable();
    let at = |share: f64| {
        let place = (share * SHIFTED as f64) as usize;
        delays.get(place).map_or("-".to_owned(), |delay| format!("{:.1} min", *delay as f64 / 60.0))
    };
    let found = delays.len() as f64 / SHIFTED as f64 * 100.0;
    format!("{found:.0} % | {} | {}", at(0.5), at(0.9))
}
