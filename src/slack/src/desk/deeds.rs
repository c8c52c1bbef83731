//! What people do to incidents.

use super::told::Ear;
use super::{AGAIN, Desk, again, is_answered};
use crate::inbox::Later;
use domain::incident::{Deed, Incident, Refusal};
use domain::person::{Person, Right};
use ports::chat::Chat as _;

impl Desk {
    /// Does it, shows the incident anew, and tells the person where it was refused.
    pub(super) async fn deed(
        &self,
        event: &str,
        ear: Ear<'_>,
        id: &str,
        person: &Person,
        deed: Deed,
    ) -> Result<(), Later> {
        if !is_answered(person) {
            return Ok(());
        }
        let is_release = deed == Deed::Release;
        match self.parts.incidents.act(id, person, deed).await.map_err(again)? {
            None => self.tell_text(event, ear, "Nothing was changed: this incident is not kept any more.").await,
            // Taking eyes off what one does not have is no wish.
            Some(Err(Refusal::SaidBefore | Refusal::HasOwner { .. } | Refusal::NotPermitted { .. }))
                if is_release && ear.response_url.is_none() => {}
            Some(Err(refusal)) if self.told.is_new(event) => {
                self.tell_now(ear, &slack_view::help::note(&refused(&refusal))).await
            }
            // It was done when this was handled before, and perhaps not shown.
            Some(Err(_)) => {
                if let Some(incident) = self.parts.incidents.get(id).await.map_err(again)? {
                    self.show(&incident).await?;
                }
            }
            Some(Ok(incident)) => {
                self.told.is_new(event);
                self.show(&incident).await?;
            }
        }
        Ok(())
    }

    /// The incident, where this person has the right to handle it so; else they are told why not.
    pub(super) async fn handled(
        &self,
        event: &str,
        ear: Ear<'_>,
        id: &str,
        person: &Person,
        right: Right,
    ) -> Result<Option<Incident>, Later> {
        if !is_answered(person) {
            return Ok(None);
        }
        let why = if person.may(right) {
            match self.parts.incidents.get(id).await.map_err(again)? {
                Some(incident) if incident.is_open() => return Ok(Some(incident)),
                Some(_) => refused(&Refusal::Over),
                None => "Nothing was changed: this incident is not kept any more.".to_owned(),
            }
        } else {
            refused(&Refusal::NotPermitted { person: person.name.clone(), role: right.least_role() })
        };
        self.tell_text(event, ear, &why).await;
        Ok(None)
    }

    async fn show(&self, incident: &Incident) -> Result<(), Later> {
        let shown = self.parts.chat.show_incident(incident, self.parts.clock.now()).await;
        shown.map_err(|error| Later { after: AGAIN, why: error.to_string() })
    }
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::HasOwner { owner } => {
            format!("Nothing was changed: {} has it already.", owner.trim_start_matches("slack:"))
        }
        other => format!("Nothing was changed: {other}."),
    }
}
