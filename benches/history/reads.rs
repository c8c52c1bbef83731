//! Reading what was appended.

use crate::{Fallible, events};
use benches::samples::Runs;
use benches::table::Row;
use domain::memory::words;
use ports::store::Store;
use ports::store::collections::EVENTS;
use ports::store::query::{Condition, Direction, Query, TextQuery};
use tokio::time::Instant;

const RUNS: Runs = Runs { warm_up: 5, counted: 200 };

/// Searches for a word that a tenth of all events hold are slow, and made less often.
const FEW_RUNS: Runs = Runs { warm_up: 1, counted: 20 };

/// A row for each way of reading.
pub async fn rows(store: &dyn Store, count: u64) -> Fallible<Vec<Row>> {
    let mut rows = vec![newest(store).await?, walked(store, count).await?, incidents(store, count).await?];
    rows.push(rare(store, count).await?);
    rows.push(common(store, "oomkilled", FEW_RUNS).await?);
    rows.push(common(store, "checkout connection pool exhausted", FEW_RUNS).await?);
    Ok(rows)
}

async fn newest(store: &dyn Store) -> Fallible<Row> {
    let samples = RUNS
        .make_waiting(async || {
            let begun = Instant::now();
            let page = store.page(&Query::of(&EVENTS).by("at", Direction::Descending)).await?;
            let took = begun.elapsed();
            if page.documents.len() == 100 { Fallible::Ok(took) } else { Err("the page is not full".into()) }
        })
        .await?;
    Ok(Row::information("the newest 100 events", samples.told()))
}

/// Pages from the middle on: a cursor must not cost what it skips.
async fn walked(store: &dyn Store, count: u64) -> Fallible<Row> {
    let middle = events::at(count / 2);
    let query = Query::of(&EVENTS).with("at", Condition::AtLeast(middle.into())).by("at", Direction::Ascending);
    let mut cursor = None;
    let mut expected = count / 2;
    let samples = RUNS
        .make_waiting(async || {
            let query = query.clone().after(cursor.take());
            let begun = Instant::now();
            let page = store.page(&query).await?;
            let took = begun.elapsed();
            if page.documents.first().map(|first| first.id.clone()) != Some(events::id(expected)) {
                return Err(format!("the page does not begin with event {expected}").into());
            }
            expected += 100;
            cursor = page.next_cursor;
            Fallible::Ok(took)
        })
        .await?;
    Ok(Row::information("page after page of 100 from the middle on", samples.told()))
}

async fn incidents(store: &dyn Store, count: u64) -> Fallible<Row> {
    let mut number = 0;
    let samples = RUNS
        .make_waiting(async || {
            number += 4_999;
            let incident = events::incident(number % count, count);
            let query = Query::of(&EVENTS)
                .with("incident", Condition::Is(incident.as_str().into()))
                .by("at", Direction::Ascending);
            let begun = Instant::now();
            let page = store.page(&query).await?;
            let took = begun.elapsed();
            let all_its_own = page.documents.iter().all(|found| found.document.body["incident"] == incident.as_str());
            if page.documents.is_empty() || !all_its_own {
                return Err(format!("the events of {incident} are not what was written").into());
            }
            Fallible::Ok(took)
        })
        .await?;
    Ok(Row::information("all events of one incident (about 40), in order", samples.told()))
}

async fn rare(store: &dyn Store, count: u64) -> Fallible<Row> {
    let mut number = 0;
    let samples = RUNS
        .make_waiting(async || {
            number = (number + 7_919) % count;
            let words = words::words(&events::rare_word(number));
            let query = TextQuery { collection: &EVENTS, words, conditions: Vec::new(), limit: 10 };
            let begun = Instant::now();
            let hits = store.search(&query).await?;
            let took = begun.elapsed();
            if hits.first().map(|hit| hit.stored.id.clone()) != Some(events::id(number)) {
                return Err(format!("event {number} is not found by its own word").into());
            }
            Fallible::Ok(took)
        })
        .await?;
    Ok(Row::information("search for a word that one event holds", samples.told()))
}

async fn common(store: &dyn Store, question: &str, runs: Runs) -> Fallible<Row> {
    let words = words::words(question);
    let samples = runs
        .make_waiting(async || {
            let query = TextQuery { collection: &EVENTS, words: words.clone(), conditions: Vec::new(), limit: 10 };
            let begun = Instant::now();
            let hits = store.search(&query).await?;
            let took = begun.elapsed();
            if hits.len() == 10 { Fallible::Ok(took) } else { Err(format!("{} hits", hits.len()).into()) }
        })
        .await?;
    Ok(Row::information(format!("search for `{question}`, ten best of very many"), samples.told()))
}
