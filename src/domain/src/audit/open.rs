//! Which actions have begun, or were going to, and have no end: what a process looks at after a crash, before it does
//! anything else (invariant 6).

use super::kind::Kind;
use super::record::Record;
use crate::chain::Line;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// How far an action is known to have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It was going to be done; its effect had not begun.
    Intended,
    /// Its effect had begun.
    Begun,
}

/// An action without an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAction {
    /// Its id; `record N` where record N names none, which nothing can end.
    pub action: String,
    /// How far it came.
    pub stage: Stage,
    /// The first record of it that has no end.
    pub sequence: u64,
    /// When that was.
    pub since: DateTime<Utc>,
    /// What it is on.
    pub on: Option<String>,
}

/// The open actions of a journal that is read record by record; memory is bounded by how many are open.
#[derive(Debug, Clone, Default)]
pub struct OpenActions {
    open: BTreeMap<String, OpenAction>,
}

impl OpenActions {
    /// The next record.
    pub fn see(&mut self, line: &Line) {
        let stage = match Kind::of(&line.kind) {
            Kind::ActionIntent => Stage::Intended,
            Kind::ActionBegun => Stage::Begun,
            Kind::ActionEnded | Kind::ActionAbandoned => return self.end(line),
            _ => return,
        };
        let record = Record::of(line);
        let (action, on) = record.map_or((None, None), |record| (record.action, record.on));
        let action = action.unwrap_or_else(|| format!("record {}", line.sequence));
        let open = self.open.entry(action.clone()).or_insert_with(|| OpenAction {
            action,
            stage,
            sequence: line.sequence,
            since: line.at,
            on: None,
        });
        open.stage = open.stage.max(stage);
        open.on = open.on.take().or(on);
    }

    fn end(&mut self, line: &Line) {
        if let Some(action) = Record::of(line).and_then(|record| record.action) {
            self.open.remove(&action);
        }
    }

    /// The first record that belongs to an open action: up to here a journal must not be cut.
    pub fn first(&self) -> Option<u64> {
        self.open.values().map(|open| open.sequence).min()
    }

    /// What is open, the oldest first.
    pub fn list(self) -> Vec<OpenAction> {
        let mut open: Vec<OpenAction> = self.open.into_values().collect();
        open.sort_by_key(|open| open.sequence);
        open
    }
}

/// The actions that have no end among these records, the oldest first.
pub fn open_actions<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Vec<OpenAction> {
    let mut open = OpenActions::default();
    lines.into_iter().for_each(|line| open.see(line));
    open.list()
}
