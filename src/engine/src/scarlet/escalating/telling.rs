//! What the healing has told: that an incident needs people, that an approval waits, that an incident is over.
//!
//! Each only while it is so ([`While`]). That an incident is over is told at each place that was told of it, under a key of
//! its own that is made of what was told there last: however often it is asked for, and however often the incident came back
//! before the place took it, it is told once.

use super::{ASKED_WAIT, Escalator, Standing};
use crate::scarlet::reconciler::seams::Tells;
use async_trait::async_trait;
use domain::escalation::{Message, While};
use domain::heal::{Page, reminder_key};
use domain::incident::Incident;
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::Instant;

impl Escalator {
    /// Keeps what people are to be told, and tells it where it was not kept before; what was is told by the passes. Whether
    /// people were told by now.
    async fn begin(&self, message: &Message, places: &[String]) -> Result<bool, String> {
        let kept = self.keep(message, places).await.map_err(|error| error.to_string())?;
        if !kept.is_begun {
            return Ok(kept.state == Standing::Told);
        }
        match self.drive(message, Instant::now() + ASKED_WAIT).await {
            Ok(place) => Ok(place.is_some()),
            Err(why) => {
                tracing::error!(key = message.key, why, "nobody was reached yet; it is tried again");
                Ok(false)
            }
        }
    }

    /// The places at which people were told, each with the key under which they are told the end. What is still to be told
    /// under an older key is not told any more.
    async fn to_hear_the_end(&self, pages: &[Page]) -> Result<BTreeMap<String, String>, String> {
        let mut keys = BTreeMap::new();
        for page in pages {
            let mut places: BTreeSet<String> = self.ended_at(&page.key).await?.into_iter().collect();
            places.extend(page.place.clone());
            for place in places {
                let key = format!("{}.over {place}", page.key);
                if let Some(older) = keys.insert(place, key) {
                    self.ended_at(&older).await?;
                }
            }
        }
        Ok(keys)
    }
}

#[async_trait]
impl Tells for Escalator {
    async fn escalate(&self, environment: &str, key: &str, markdown: &str) -> Result<String, String> {
        // Keys of incidents begin with the incident: what is told of one belongs together.
        let about = key.split('.').next().unwrap_or(key).to_owned();
        self.tell(Message {
            key: key.to_owned(),
            only_while: Some(While::Open(about.clone())),
            about,
            environment: environment.to_owned(),
            text: markdown.to_owned(),
            is_over: false,
        })
        .await
    }

    async fn remind(&self, incident: &Incident, approval: &str) -> Result<(), String> {
        let message = Message {
            key: reminder_key(approval),
            about: incident.id.clone(),
            environment: incident.environment.clone(),
            text: format!("{approval} for {} still waits for a yes or a no.", incident.id),
            is_over: false,
            only_while: Some(While::Waits(approval.to_owned())),
        };
        if !self.is_so(&message).await? {
            return Ok(());
        }
        let places = self.places(&message.environment)?;
        self.begin(&message, &places).await.map(|_| ())
    }

    async fn over(&self, incident: &Incident, pages: &[Page], markdown: &str) -> Result<(), String> {
        let of = |key: String| Message {
            key,
            about: incident.id.clone(),
            environment: incident.environment.clone(),
            text: markdown.to_owned(),
            // What goes on as part of another is no all clear.
            is_over: incident.part_of.is_none(),
            only_while: Some(While::Over(incident.id.clone())),
        };
        if !self.is_so(&of(String::new())).await? {
            return Err(format!("{} is not over", incident.id));
        }
        let keys = self.to_hear_the_end(pages).await?;
        let told = keys.into_iter().map(|(place, key)| (of(key), place)).map(|(message, place)| async move {
            // What was given up is said in `/health` and not begun anew: nobody waits for it.
            match self.is_done(&message.key).await? || self.begin(&message, std::slice::from_ref(&place)).await? {
                true => Ok(()),
                false => Err(format!("{place} was not told yet; it is kept, and tried again")),
            }
        });
        futures::future::join_all(told).await.into_iter().collect()
    }
}
