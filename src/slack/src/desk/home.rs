//! App Home, and the preferences in it.

use super::commands::part;
use super::{Desk, again, passing};
use crate::inbox::Later;
use crate::incoming::Press;
use domain::approval::Approval;
use domain::person::{Person, Right};
use domain::preferences::Preferences;
use ports::store::record::{change, load};
use slack_view::home::{Home, Part, chosen, render};

/// Questions that are asked for.
const RECENT: usize = 10;

impl Desk {
    /// Shows a person their App Home as things stand.
    pub(super) async fn publish_home(&self, user: &str, team: Option<&str>) -> Result<(), Later> {
        let person = self.person(user, team).await?;
        let preferences = match load::<Preferences>(self.parts.store.as_ref(), &person.id).await {
            Ok(kept) => kept.map(|kept| kept.value).unwrap_or_default(),
            Err(error) => {
                tracing::warn!(person = person.id, %error, "preferences could not be read; the page is shown without them");
                Preferences::default()
            }
        };
        let zone = preferences.zone.as_deref().and_then(|zone| zone.parse().ok()).unwrap_or(self.zone_of(&person));
        let home = self.gathered(&person, preferences).await;
        let view = render(&home, zone, self.parts.clock.now());
        self.parts.slack.publish_home(user, &view).await.map_err(passing)
    }

    /// What the person may see. What they may not see is not even asked for.
    async fn gathered(&self, person: &Person, preferences: Preferences) -> Home {
        let sees = person.may(Right::SeeIncidents);
        Home {
            role: person.role.filter(|_| person.standing.can_have_role()),
            freezes: if sees { self.standing_freezes().await } else { Part::Hidden },
            incidents: if sees { self.open_incidents(person, None).await } else { Part::Hidden },
            approvals: if sees { self.pending_approvals(person).await } else { Part::Hidden },
            is_partial: sees && self.parts.sight.hides_from(person),
            recent: if person.may(Right::Ask) {
                part(self.parts.conversations.recent(&person.id, RECENT).await)
            } else {
                Part::Hidden
            },
            preferences,
            links: self.parts.links.clone(),
            workspace: self.parts.slack.me().await.ok().map(|me| me.url),
        }
    }

    async fn pending_approvals(&self, person: &Person) -> Part<Approval> {
        let pending = self.parts.approvals.pending().await;
        part(pending.map(|pending| pending.into_iter().filter(|it| self.sees(person, it)).collect()))
    }

    /// Keeps what was chosen, and shows the page anew.
    pub(super) async fn prefer(&self, press: &Press) -> Result<(), Later> {
        let person = self.person(&press.user, press.team.as_deref()).await?;
        if !person.may(Right::Ask) {
            return Ok(());
        }
        let kept = change(self.parts.store.as_ref(), &person.id, |kept: Option<Preferences>| {
            let before = kept.unwrap_or_else(|| Preferences { person: person.id.clone(), ..Preferences::default() });
            match chosen(&before, &press.action, &press.value) {
                Ok(next) => (Some(next), Ok(())),
                Err(error) => (None, Err(error)),
            }
        });
        if let Err(error) = kept.await.map_err(again)? {
            tracing::warn!(person = person.id, %error, "a preference was not taken");
        }
        self.publish_home(&press.user, press.team.as_deref()).await
    }
}
