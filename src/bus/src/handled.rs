//! What each group has handled, or has in hand, kept in the store: the same for all processes, with or without Redis.
//!
//! Guarantees: of all who ask for one event of one group at the same time, one gets it; what was handled stays handled
//! until it is forgotten, after the time that the limits say; what somebody had in hand and left is free again after
//! the time that was asked for.

use crate::outbox::away;
use chrono::{DateTime, TimeDelta, Utc};
use ports::bus::BusError;
use ports::store::Store;
use ports::store::collections::HANDLED;
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// One event of one group of one topic.
#[derive(Debug, Clone, Copy)]
pub struct Owed<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The group.
    pub group: &'a str,
    /// The event's id.
    pub id: &'a str,
}

/// Who may handle an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The one who asked.
    Yours,
    /// Nobody; it was handled.
    Handled,
    /// Somebody else has it in hand.
    Theirs,
}

/// What was handled.
pub struct Handled {
    store: Arc<dyn Store>,
    remember: Duration,
}

impl Handled {
    /// Kept in this store, for so long.
    pub fn new(store: Arc<dyn Store>, remember: Duration) -> Self {
        Self { store, remember }
    }

    /// Whether it was handled.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn has(&self, owed: Owed<'_>) -> Result<bool, BusError> {
        let found = self.store.get(&HANDLED, &document_id(owed)).await;
        let found = found.map_err(|error| away(&unread(owed), &error))?;
        Ok(found.is_some_and(|stored| stored.document.body.get("by").is_none()))
    }

    /// It was handled; durable when this returns.
    ///
    /// # Errors
    /// When that could not be kept.
    pub async fn put(&self, owed: Owed<'_>) -> Result<(), BusError> {
        let document = Document { body: json!({}), words: None, expires_at: Some(after(self.remember)) };
        let written = self.store.write(Write::put(&HANDLED, document_id(owed), Expect::Any, document)).await;
        let what = || format!("that {} was handled by {} of {} could not be kept", owed.id, owed.group, owed.topic);
        written.map(drop).map_err(|error| away(&what(), &error))
    }

    /// Asks for it, for so long, in the name of one consumer, who gets it again when it asks again.
    ///
    /// # Errors
    /// When it is not known whose it is.
    pub async fn claim(&self, owed: Owed<'_>, by: &str, hold: Duration) -> Result<Claim, BusError> {
        let id = document_id(owed);
        // Once more where the one who had it let go in between.
        for _ in 0..2 {
            let document = Document { body: json!({ "by": by }), words: None, expires_at: Some(after(hold)) };
            match self.store.write(Write::put(&HANDLED, id.clone(), Expect::Absent, document)).await {
                Ok(_) => return Ok(Claim::Yours),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(away(&unread(owed), &error)),
            }
            let found = self.store.get(&HANDLED, &id).await.map_err(|error| away(&unread(owed), &error))?;
            let Some(found) = found else { continue };
            return Ok(match found.document.body.get("by").and_then(serde_json::Value::as_str) {
                None => Claim::Handled,
                Some(holder) if holder == by => Claim::Yours,
                Some(_) => Claim::Theirs,
            });
        }
        Ok(Claim::Theirs)
    }

    /// Lets go of what was claimed and not handled.
    pub async fn let_go(&self, topic: &str, group: &str, id: &str) {
        let id = document_id(Owed { topic, group, id });
        let Ok(Some(found)) = self.store.get(&HANDLED, &id).await else { return };
        if found.document.body.get("by").is_some() {
            // Where it fails or was handled meanwhile, the claim ends by itself.
            let _ = self.store.write(Write::delete(&HANDLED, id, Expect::Version(found.version))).await;
        }
    }
}

fn document_id(owed: Owed<'_>) -> String {
    format!("{}/{}/{}", owed.topic, owed.group, owed.id)
}

fn unread(owed: Owed<'_>) -> String {
    format!("whether {} was handled by {} of {} could not be told", owed.id, owed.group, owed.topic)
}

fn after(duration: Duration) -> DateTime<Utc> {
    let delta = TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX);
    Utc::now().checked_add_signed(delta).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
