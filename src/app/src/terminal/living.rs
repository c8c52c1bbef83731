//! Incidents and proposals told in a terminal, as they change: what a chat shows as one message that is edited is here
//! one line for each thing that happens, so that nothing is said twice.
//!
//! Guarantees: telling the same again prints nothing; a line names its incident; texts from outside hold no control
//! characters. Deliberately absent: keeping. A terminal that was closed has nothing to be told later.

use super::{approval, incident};
use crate::terminal::markdown::lines_without_control;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::approval::{Approval, State as ApprovalState};
use domain::incident::{Incident, State};
use ports::chat::{Chat, ChatError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Incidents and proposals that are remembered at most; the oldest ids go.
const REMEMBERED: usize = 1_000;

/// What happened last is told, this much of it, of an incident that is seen for the first time: it may be with people already.
const CAUGHT_UP: usize = 5;

/// What was told of one incident.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    state: State,
    happenings: usize,
    cause: Option<String>,
}

#[derive(Default)]
struct Memory {
    incidents: BTreeMap<String, Told>,
    approvals: BTreeMap<String, ApprovalState>,
    told: BTreeSet<String>,
}

/// Where lines go.
pub type Line = Box<dyn Fn(&str) + Send + Sync>;

/// The terminal as a chat.
pub struct TerminalChat {
    zone: Tz,
    line: Line,
    memory: Mutex<Memory>,
}

impl TerminalChat {
    /// A chat that writes lines with times of this zone.
    pub fn new(zone: Tz, line: Line) -> Self {
        Self { zone, line, memory: Mutex::default() }
    }

    fn say(&self, text: &str) {
        (self.line)(&lines_without_control(text));
    }

    fn say_cause(&self, shown: &Incident, cause: Option<&str>) {
        if let Some(cause) = cause {
            self.say(&format!("{}  the cause: {cause}", shown.id));
        }
    }

    /// What happened since so many happenings.
    fn say_what_came(&self, shown: &Incident, since: usize) {
        for happening in shown.timeline.iter().skip(since) {
            self.say(&format!("{}  {}", shown.id, incident::happened(happening, self.zone)));
        }
    }

    fn with_memory<T>(&self, change: impl FnOnce(&mut Memory) -> T) -> T {
        // A panic in between leaves a line untold at worst.
        change(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn remember<T>(map: &mut BTreeMap<String, T>, key: &str, value: T) -> Option<T> {
    let before = map.insert(key.to_owned(), value);
    while map.len() > REMEMBERED {
        map.pop_first();
    }
    before
}

#[async_trait]
impl Chat for TerminalChat {
    async fn show_incident(&self, shown: &Incident, _now: DateTime<Utc>) -> Result<(), ChatError> {
        let cause = shown.cause.as_ref().map(|cause| format!("{}: {}", cause.object, cause.summary));
        let told = Told { state: shown.state, happenings: shown.timeline.len(), cause: cause.clone() };
        let before = self.with_memory(|memory| remember(&mut memory.incidents, &shown.id, told));
        let Some(before) = before else {
            self.say(&incident::in_a_line(shown, self.zone));
            self.say_cause(shown, cause.as_deref());
            let earlier = shown.timeline.len().saturating_sub(CAUGHT_UP);
            if earlier > 0 {
                self.say(&format!("{}  {earlier} of its steps came before these", shown.id));
            }
            self.say_what_came(shown, earlier);
            return Ok(());
        };
        self.say_cause(shown, cause.as_deref().filter(|_| before.cause != cause));
        self.say_what_came(shown, before.happenings);
        if before.state != shown.state {
            self.say(&format!("{}  is {} now", shown.id, incident::state(shown.state)));
        }
        Ok(())
    }

    async fn show_approval(&self, shown: &Approval, _now: DateTime<Utc>) -> Result<(), ChatError> {
        let before = self.with_memory(|memory| remember(&mut memory.approvals, &shown.id, shown.state));
        match before {
            None => self.say(&approval::whole(shown, self.zone)),
            Some(before) if before != shown.state => self.say(&approval::in_a_line(shown, self.zone)),
            Some(_) => {}
        }
        Ok(())
    }

    async fn tell(&self, place: &str, key: &str, markdown: &str) -> Result<(), ChatError> {
        let is_new = self.with_memory(|memory| {
            while memory.told.len() >= REMEMBERED {
                memory.told.pop_first();
            }
            memory.told.insert(format!("{place} {key}"))
        });
        if is_new {
            self.say(markdown);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::incident::{Happening, Impact, Severity};
    use std::sync::Arc;

    fn opened() -> Incident {
        let at = "2026-11-21T03:00:00Z".parse().unwrap();
        serde_json::from_value(serde_json::json!({
            "id": "INC-1", "title": "checkout is \u{1b}[31mdown", "environment": "prod", "state": "open",
            "severity": Severity::High, "impact": Impact::Low, "signals": 3, "opened_at": at, "changed_at": at,
            "timeline": [],
        }))
        .map(|incident: Incident| Incident { changed_at: at, ..incident })
        .unwrap()
    }

    #[tokio::test]
    async fn an_incident_that_was_over_before_it_was_first_seen_was_told_without_its_cause() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let chat = TerminalChat::new(Tz::UTC, Box::new(move |line: &str| kept.lock().unwrap().push(line.to_owned())));
        let mut late = opened();
        late.state = State::Escalated;
        late.cause = serde_json::from_value(serde_json::json!({
            "object": {"kind": "Certificate", "namespace": "edge", "name": "shop-tls"}, "summary": "it expires", "confidence": 900,
        }))
        .unwrap();
        let happened =
            |text: &str| Happening { at: late.changed_at, actor: "scarlet".to_owned(), text: text.to_owned() };
        late.timeline = ["1", "2", "3", "4", "5", "6", "handed over"].map(happened).to_vec();
        chat.show_incident(&late, late.changed_at).await.unwrap();
        let lines = lines.lock().unwrap().clone();
        assert_eq!(lines.len(), 8, "{lines:#?}");
        assert_eq!(lines[2], "INC-1  2 of its steps came before these");
        assert!(lines[1].ends_with("the cause: Certificate edge/shop-tls: it expires"), "{lines:#?}");
        assert!(lines[3].ends_with("scarlet: 3") && lines[7].ends_with("scarlet: handed over"), "{lines:#?}");
    }

    #[tokio::test]
    async fn what_was_told_is_not_told_again_and_what_happens_is_told_once() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let chat = TerminalChat::new(Tz::UTC, Box::new(move |line: &str| kept.lock().unwrap().push(line.to_owned())));
        let first = opened();
        let now = first.changed_at;
        chat.show_incident(&first, now).await.unwrap();
        chat.show_incident(&first, now).await.unwrap();
        let happening = Happening { at: now, actor: "scarlet".to_owned(), text: "rolled back".to_owned() };
        let second = Incident { state: State::Acting, timeline: vec![happening], ..first.clone() };
        chat.show_incident(&second, now).await.unwrap();
        chat.show_incident(&second, now).await.unwrap();
        chat.tell("slack:C1", "k", "nobody answers").await.unwrap();
        chat.tell("slack:C1", "k", "nobody answers").await.unwrap();
        let lines = lines.lock().unwrap().clone();
        assert_eq!(lines.len(), 4, "{lines:#?}");
        assert!(lines[0].contains("INC-1") && !lines[0].contains('\u{1b}'), "{lines:#?}");
        assert!(lines[1].contains("scarlet: rolled back"), "{lines:#?}");
        assert_eq!(lines[2], "INC-1  is acting now");
        assert_eq!(lines[3], "nobody answers");
    }
}
