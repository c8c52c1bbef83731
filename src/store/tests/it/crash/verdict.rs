//! What is there after a kill, held against what was acknowledged before it.

use super::{CREATED, SHARED, WRITERS};
use ports::store::query::{Condition, Query, TextQuery};
use ports::store::{Log, Store};
use std::collections::BTreeSet;
use std::fmt;
use store::sqlite::Sqlite;

/// What children told: acknowledged items.
#[derive(Debug, Default)]
pub struct Told {
    created: BTreeSet<String>,
    journal: BTreeSet<String>,
    audit: BTreeSet<String>,
    counted: u64,
}

impl Told {
    /// One line of a child.
    pub fn take(&mut self, line: &str) {
        let (what, id) = line.split_once(' ').unwrap_or_else(|| panic!("{line:?}"));
        let new = match what {
            "created" => self.created.insert(id.to_owned()),
            "journal" => self.journal.insert(id.to_owned()),
            "audit" => self.audit.insert(id.to_owned()),
            "counted" => {
                self.counted += 1;
                true
            }
            _ => panic!("{line:?}"),
        };
        assert!(new, "{line} was acknowledged twice");
    }

    /// With what another child told.
    pub fn add(&mut self, other: &Self) {
        self.created.extend(other.created.iter().cloned());
        self.journal.extend(other.journal.iter().cloned());
        self.audit.extend(other.audit.iter().cloned());
        self.counted += other.counted;
    }
}

/// What all rounds came to.
#[derive(Debug, Default)]
pub struct Figures {
    created: usize,
    appended: usize,
    counted: u64,
    unacknowledged: u64,
    torn: u64,
    beyond: u64,
}

impl Figures {
    /// Whether each kind of write was tried at all.
    pub fn wrote_something(&self) -> bool {
        self.created > 0 && self.appended > 0 && self.counted > 0
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "acknowledged, and each found once: {} documents created, {} increments, {} log records; written but not \
             acknowledged: {}; logs with a torn last record: {}, with records beyond the anchor: {}",
            self.created, self.counted, self.appended, self.unacknowledged, self.torn, self.beyond
        )
    }
}

/// Holds one reopened store against what was acknowledged. At most one item of each writer may stand without an
/// acknowledgement, in each of so many rounds.
pub async fn holds(store: &Sqlite, round: u64, told: &Told, all: &Told, rounds: u64, figures: &mut Figures) {
    store.check().await.unwrap_or_else(|error| panic!("round {round}: {error}"));
    let mut extra = created(store, round, told).await;
    extra += counted(store, round, all.counted, rounds).await;
    for (log, told) in [(Log::Journal, &all.journal), (Log::Audit, &all.audit)] {
        logged(store, round, log, told, rounds, figures).await;
    }
    figures.created += told.created.len();
    figures.appended += told.journal.len() + told.audit.len();
    figures.counted += told.counted;
    figures.unacknowledged += extra;
}

async fn created(store: &Sqlite, round: u64, told: &Told) -> u64 {
    let (mut found, mut cursor) = (BTreeSet::new(), None);
    loop {
        let query = Query::of(&CREATED).with("round", Condition::Is(round.cast_signed().into())).limited(1_000);
        let page = store.page(&query.after(cursor)).await.unwrap();
        for stored in page.documents {
            assert_eq!(stored.version, 1, "round {round}: {} was created twice", stored.id);
            assert_eq!(stored.document.body["of"], stored.id.as_str());
            found.insert(stored.id);
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let lost: Vec<_> = told.created.difference(&found).collect();
    assert!(lost.is_empty(), "round {round}: acknowledged and lost: {lost:?}");
    let extra = (found.len() - told.created.len()) as u64;
    assert!(extra <= WRITERS, "round {round}: {extra} documents that nobody was told of");
    let words = vec![format!("round{round}")];
    let query = TextQuery { collection: &CREATED, words, conditions: Vec::new(), limit: 1_000 };
    let hits = store.search(&query).await.unwrap();
    assert_eq!(hits.len(), found.len().min(1_000), "round {round}: documents and the index of words differ");
    extra
}

async fn counted(store: &Sqlite, round: u64, told: u64, rounds: u64) -> u64 {
    let found = store.get(&SHARED, "counter").await.unwrap();
    let value = found.map_or(0, |found| {
        assert_eq!(found.document.body["value"], found.version, "each version adds one");
        found.version
    });
    assert!(value >= told, "round {round}: {told} increments were acknowledged, {value} are there");
    assert!(value <= told + WRITERS * rounds, "round {round}: {value} increments, {told} acknowledged");
    value - told
}

async fn logged(store: &Sqlite, round: u64, log: Log, told: &BTreeSet<String>, rounds: u64, figures: &mut Figures) {
    let report = store.verify(log).await.unwrap();
    assert!(report.holds(), "round {round}: {report:?}");
    figures.torn += u64::from(report.torn_tail);
    figures.beyond += u64::from(report.beyond_anchor > 0);
    let (mut found, mut after) = (BTreeSet::new(), 0);
    loop {
        let lines = store.read(log, after, 1_000).await.unwrap();
        let Some(last) = lines.last() else { break };
        after = last.sequence;
        for line in &lines {
            let id = line.body["of"].as_str().unwrap().to_owned();
            assert!(found.insert(id.clone()), "round {round}: {id} stands twice in the {}", log.name());
        }
    }
    let lost: Vec<_> = told.difference(&found).collect();
    assert!(lost.is_empty(), "round {round}: acknowledged and lost from the {}: {lost:?}", log.name());
    let extra = (found.len() - told.len()) as u64;
    assert!(extra <= WRITERS * rounds, "round {round}: {extra} records that nobody was told of");
}
