//! A storm of alerts: Alertmanager's webhooks over HTTP into the built `auto-devops serve`, which keeps them and makes
//! incidents of them meanwhile.
//!
//! The rate is held from outside: each request has a time at which it is due, and its answer is counted from then, so that
//! one slow answer does not hide those that it held up. Afterwards the store is opened and counted: every signal that was
//! acknowledged must be in it, and every one that fires in an incident. The end of an alert that an incident does not know
//! one by one (it keeps track of 1,000 places) belongs to none; how many those are is told.

mod bodies;
pub mod callers;

use crate::Fallible;
use crate::servers::Folder;
use crate::service::Service;
use crate::whole_process::built;
use benches::samples::told;
use benches::table::Row;
use callers::Sent;
use domain::incident::Incident;
use domain::intake_queue::Kept;
use domain::signal::Status;
use ports::clock::SystemClock;
use ports::store::Store;
use ports::store::collections::{ALL, INCIDENTS, SIGNALS};
use ports::store::query::{Condition, Query};
use ports::store::record;
use std::sync::Arc;
use std::time::Duration;
use store::sqlite::{Options, Sqlite};
use tokio::time::Instant;

const RATE: u64 = 1_000;
const SECONDS: u64 = 30;
const BUDGET: Duration = Duration::from_millis(20);

/// How long it may take until everything is in an incident, after the last webhook.
const PATIENCE: Duration = Duration::from_secs(120);

const TOKEN: &str = "token-of-the-benchmark";

/// An environment that is only watched, and the receiver of its alerts.
const SETTINGS: &str = "[environments.prod]\nautonomy = \"observe\"\n\
    [receivers.alerts]\nenvironment = \"prod\"\nbearer = \"token-of-the-benchmark\"\n";

/// What the store holds in the end.
struct Held {
    signals: u64,
    /// That fire, and are in no incident.
    lost_firing: u64,
    /// Ends that are in no incident.
    ends_of_none: u64,
    incidents: usize,
    still_open: usize,
}

/// The storm's rows.
pub async fn rows() -> Fallible<Vec<Row>> {
    let program = built()?;
    let folder = Folder::named("storm")?;
    let service = Service::start(&program, &folder.0, SETTINGS)?;
    let idle = service.peak_kib()?;
    let sent = callers::storm(service.address, TOKEN, RATE, SECONDS).await?;
    let store = Sqlite::open(Options::new(service.state(), ALL, Arc::new(SystemClock))).await?;
    let settled = settled(&store).await?;
    let peak = service.peak_kib()?;
    service.stop()?;
    let held = held(&store).await?;
    check(&sent, &held)?;
    Ok(report(&sent, &held, settled, idle, peak))
}

fn check(sent: &Sent, held: &Held) -> Fallible<()> {
    if held.signals == sent.kept && held.lost_firing == 0 && sent.left_out == 0 {
        return Ok(());
    }
    let told = format!(
        "{} signals were acknowledged; the store holds {}, of which {} fire and are in no incident; {} alerts were left out",
        sent.kept, held.signals, held.lost_firing, sent.left_out
    );
    Err(told.into())
}

fn report(sent: &Sent, held: &Held, settled: Duration, idle: u64, peak: u64) -> Vec<Row> {
    let lost = sent.kept - held.signals;
    let is_kept = sent.took.p99() <= BUDGET && sent.refused == 0 && lost == 0;
    let mebibytes = |kib: u64| format!("{:.1} MiB", kib as f64 / 1024.0);
    vec![
        Row::against(
            format!("alert storm: {RATE} webhooks a second for {SECONDS} s into `serve`, durable when acknowledged"),
            format!("{}; {} refused, {lost} of {} signals lost", sent.took.told(), sent.refused, sent.kept),
            format!("{} p99, no loss", told(BUDGET)),
            is_kept,
        ),
        Row::information(
            "the same: what people are told of",
            format!(
                "{} incidents of {} alerts, {} still open; {} ends came for alerts beyond those that an incident knows one by one",
                held.incidents, sent.kept, held.still_open, held.ends_of_none
            ),
        ),
        Row::information("the same: the last signal is in its incident, after the last webhook", told(settled)),
        Row::information(
            "the same: largest resident set of `serve`",
            format!("{}; {} before the storm", mebibytes(peak), mebibytes(idle)),
        ),
    ]
}

/// Waits until no signal waits any more.
async fn settled(store: &dyn Store) -> Fallible<Duration> {
    let begun = Instant::now();
    let waiting = Query::of(&SIGNALS).with("stand", Condition::Is("waiting".into()));
    loop {
        let left = store.count(&waiting).await?;
        if left == 0 {
            return Ok(begun.elapsed());
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("{left} signals still wait {} s after the last webhook", PATIENCE.as_secs()).into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn held(store: &dyn Store) -> Fallible<Held> {
    let page = record::page::<Incident>(store, &Query::of(&INCIDENTS).limited(Query::LIMIT)).await?;
    let (mut lost_firing, mut ends_of_none) = (0, 0);
    let mut signals = Query::of(&SIGNALS).limited(Query::LIMIT);
    loop {
        let part = record::page::<Kept>(store, &signals).await?;
        for kept in part.records.iter().filter(|kept| kept.value.incident.is_none()) {
            match kept.value.signal.status {
                Status::Firing => lost_firing += 1,
                Status::Resolved => ends_of_none += 1,
            }
        }
        signals.cursor = part.next_cursor;
        if signals.cursor.is_none() {
            break;
        }
    }
    Ok(Held {
        signals: store.count(&Query::of(&SIGNALS)).await?,
        lost_firing,
        ends_of_none,
        incidents: page.records.len(),
        still_open: page.records.iter().filter(|incident| incident.value.is_open()).count(),
    })
}
