//! Measures the detector of trace shifts on made requests: `cargo run --release -p domain --example signals -- trace-shifts`
//!
//! Prints how many false alarms there are in healthy service-days of several kinds, and for shifts of known size which share is
//! found within an hour and after how long.

use super::made::requests::{HEALTHY, SHIFTS, Service, Trouble};
use domain::trace_shift::{Change, Detector, Kind, Rule};

/// Services of each healthy kind, and days of each.
const SERVICES: u64 = 12;
const DAYS: i64 = 7;
/// Services of each shift.
const SHIFTED: u64 = 40;
/// Seconds of health before a shift, and in which it is to be found.
const BEFORE: i64 = 6 * 3_600;
const WITHIN: i64 = 3_600;

pub(super) fn run() {
    println!("| healthy services | service-days | requests | false alarms | in 1,000 service-days |");
    println!("|---|---|---|---|---|");
    for (name, service) in HEALTHY {
        let (mut alarms, mut requests) = (0, 0);
        for seed in 0..SERVICES {
            let mut detector = Detector::new(Rule::default());
            service.run(seed, 0, DAYS * 86_400, None, |request| {
                requests += 1;
                let begun = |change: &&Change| matches!(change, Change::Begun(_));
                alarms += detector.observe(request).iter().filter(begun).count();
            });
        }
        let days = SERVICES as f64 * DAYS as f64;
        println!("| {name} | {days} | {requests} | {alarms} | {:.1} |", alarms as f64 / days * 1_000.0);
    }
    println!();
    println!("| shift | requests a minute | found | as | median delay | 90 % within |");
    println!("|---|---|---|---|---|---|");
    for (name, kind, trouble) in SHIFTS {
        for a_minute in [6.0, 60.0, 600.0] {
            print_delay(name, *kind, *trouble, a_minute);
        }
    }
}

fn print_delay(name: &str, kind: Kind, trouble: Trouble, a_minute: f64) {
    let mut delays = Vec::new();
    for seed in 0..SHIFTED {
        let service = Service { a_minute, ..Service::USUAL };
        let mut detector = Detector::new(Rule::default());
        let mut found = None;
        service.run(seed + 1_000, 0, BEFORE + WITHIN, Some((BEFORE, trouble)), |request| {
            let changes = detector.observe(request);
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
    println!("| {name} | {a_minute} | {found:.0} % | {kind:?} | {} | {} |", at(0.5), at(0.9));
}
