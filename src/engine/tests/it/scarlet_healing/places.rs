//! Telling people: places in turn, until one takes it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::approval::Approval;
use domain::incident::Incident;
use engine::scarlet::escalating::{ByChat, Escalator, Parts};
use engine::scarlet::reconciler::seams::Tells as _;
use fakes::ManualClock;
use ports::chat::{Chat, ChatError};
use ports::store::collections;
use std::sync::{Arc, Mutex, PoisonError};
use store::memory::Memory;

/// A chat system: `hangs` never answers, `refuses` does not take it, every other place does.
#[derive(Default)]
struct Places(Mutex<Vec<(String, String)>>);

#[async_trait]
impl Chat for Places {
    async fn show_incident(&self, _: &Incident, _: DateTime<Utc>) -> Result<(), ChatError> {
        Ok(())
    }

    async fn show_approval(&self, _: &Approval, _: DateTime<Utc>) -> Result<(), ChatError> {
        Ok(())
    }

    async fn tell(&self, place: &str, key: &str, _: &str) -> Result<(), ChatError> {
        match place {
            "hangs" => std::future::pending().await,
            "refuses" => Err(ChatError::Unavailable("no room".to_owned())),
            _ => {
                self.0.lock().unwrap_or_else(PoisonError::into_inner).push((place.to_owned(), key.to_owned()));
                Ok(())
            }
        }
    }
}

async fn told(places: &[&str]) -> (Result<String, String>, Vec<(String, String)>) {
    let chat = Arc::new(Places::default());
    let declared: Vec<String> = places.iter().map(|place| (*place).to_owned()).collect();
    let clock = Arc::new(ManualClock::at(DateTime::UNIX_EPOCH));
    let store = Memory::new(collections::ALL, clock.clone());
    let escalator = Escalator::new(Parts {
        store: store.clone(),
        clock,
        delivers: Arc::new(ByChat::new(chat.clone(), store)),
        destinations: Arc::new(move |_| declared.clone()),
        leads: Arc::new(|| true),
    });
    let answer = escalator.escalate("prod", "INC-1.escalation.0", "needs people").await;
    let told = chat.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (answer, told)
}

#[tokio::test(start_paused = true)]
async fn the_next_place_is_told_where_one_does_not_take_it() {
    let one = |place: &str| vec![(place.to_owned(), format!("INC-1.escalation.0 {place}"))];
    assert_eq!(told(&["takes", "other"]).await, (Ok("takes".to_owned()), one("takes")));
    assert_eq!(told(&["refuses", "takes"]).await, (Ok("takes".to_owned()), one("takes")));
    assert_eq!(told(&["hangs", "refuses", "takes"]).await, (Ok("takes".to_owned()), one("takes")));
}

#[tokio::test(start_paused = true)]
async fn what_no_place_took_is_told_with_every_reason() {
    let (answer, told) = told(&["hangs", "refuses"]).await;
    let why = answer.unwrap_err();
    assert!(why.contains("hangs: no answer") && why.contains("refuses: no room"), "{why}");
    assert!(told.is_empty());
}

#[tokio::test]
async fn an_environment_without_a_place_says_what_to_set() {
    assert!(told(&[]).await.0.unwrap_err().contains("scarlet.escalate_to"));
}
