//! Appending: in batches as an import does, one by one from many tasks, and to the audit log.

use crate::{Fallible, events};
use benches::samples::{Samples, told};
use benches::table::Row;
use chrono::Utc;
use domain::chain::Entry;
use futures::future::join_all;
use ports::store::{Log, Store};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const BATCH: u64 = 500;
const TASKS: u64 = 50;
const EACH: u64 = 100;

/// All events, 500 a request, the next after the one before was acknowledged.
pub async fn in_batches(store: &dyn Store, count: u64) -> Fallible<Row> {
    let mut spent = Duration::ZERO;
    for first in (0..count).step_by(usize::try_from(BATCH)?) {
        let writes = (first..count.min(first + BATCH)).map(|number| events::event(number, count)).collect();
        let begun = Instant::now();
        for answer in store.write_all(writes).await {
            answer?;
        }
        spent += begun.elapsed();
    }
    let rate = count as f64 / spent.as_secs_f64();
    let what = format!("append {count} events with their words, {BATCH} a request");
    Ok(Row::information(what, format!("{rate:.0} a second ({} s)", spent.as_secs())))
}

/// Events one by one, each acknowledged when it is durable.
pub async fn by_many(store: &Arc<dyn Store>, count: u64) -> Fallible<Vec<Row>> {
    let one_by_one = async |task: u64| {
        let mut took = Vec::new();
        for number in 0..EACH {
            let begun = Instant::now();
            store.write(events::event(count + task * EACH + number, count)).await?;
            took.push(begun.elapsed());
        }
        Fallible::Ok(took)
    };
    let mut rows = Vec::new();
    for tasks in [1, TASKS] {
        let begun = Instant::now();
        let offset = if tasks == 1 { TASKS } else { 0 };
        let all = join_all((0..tasks).map(|task| one_by_one(task + offset))).await;
        let took = all.into_iter().collect::<Fallible<Vec<_>>>()?.concat();
        let rate = took.len() as f64 / begun.elapsed().as_secs_f64();
        let what = format!("append one event, durable when acknowledged, {tasks} at once");
        rows.push(Row::information(what, format!("{}; {rate:.0} a second", Samples::of(took).told())));
    }
    Ok(rows)
}

/// Records of the audit log, each acknowledged when it and its anchor are durable; then the whole log is verified.
pub async fn to_the_log(store: &Arc<dyn Store>) -> Fallible<Vec<Row>> {
    let one_by_one = async || {
        let mut took = Vec::new();
        for number in 0..EACH {
            let entry = Entry {
                at: Utc::now(),
                kind: "tool.called".to_owned(),
                body: json!({"number": number}),
                personal: None,
            };
            let begun = Instant::now();
            store.append(Log::Audit, vec![entry]).await?;
            took.push(begun.elapsed());
        }
        Fallible::Ok(took)
    };
    let begun = Instant::now();
    let all = join_all((0..TASKS).map(|_| one_by_one())).await;
    let took = all.into_iter().collect::<Fallible<Vec<_>>>()?.concat();
    let rate = took.len() as f64 / begun.elapsed().as_secs_f64();
    let what = format!("append one audit record, durable and anchored when acknowledged, {TASKS} at once");
    let appended = Row::information(what, format!("{}; {rate:.0} a second", Samples::of(took).told()));
    let begun = Instant::now();
    let report = store.verify(Log::Audit).await?;
    if !report.holds() || report.end.count != TASKS * EACH {
        return Err(format!("the audit log does not hold: {report:?}").into());
    }
    let verified = Row::information(format!("verify the {} audit records", TASKS * EACH), told(begun.elapsed()));
    Ok(vec![appended, verified])
}
