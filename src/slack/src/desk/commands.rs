//! `/jamie incidents|status|freeze|unfreeze|settings|help`, and the same question for incidents in a direct message.

use super::told::Ear;
use super::{Desk, again, is_answered};
use crate::inbox::Later;
use crate::incoming::{Body, Message, Received};
use chrono_tz::Tz;
use domain::approval::Approval;
use domain::guard::{Freeze, Scope};
use domain::incident::Incident;
use domain::person::{Person, Right};
use ports::freezing::FreezingError;
use ports::store::error::StoreError;
use slack_view::content::Content;
use slack_view::home::{Part, Status};
use slack_view::{help, home};

/// What a text behind the command asks the desk for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// Open incidents, of one environment where it is named.
    Incidents(Option<String>),
    /// How things stand.
    Status,
    /// Stop.
    Freeze(Scope, String),
    /// Go on.
    Unfreeze(Scope, String),
    /// Go on where no environment is named so.
    UnfreezeUnknown(String),
    /// The channel's settings.
    Settings,
    /// What can be done.
    Help,
}

impl Wish {
    /// The wish of a command's text; none where it is a question. `environments` are the names that can be meant.
    pub(super) fn of(text: &str, environments: &[String]) -> Option<Self> {
        let (word, rest) = first_word(text);
        let known = |name: &str| environments.iter().find(|known| known.eq_ignore_ascii_case(name)).cloned();
        let is_alone = rest.is_empty();
        match word.to_lowercase().as_str() {
            "" | "help" if is_alone => Some(Self::Help),
            "status" if is_alone => Some(Self::Status),
            "settings" if is_alone => Some(Self::Settings),
            "incidents" if is_alone => Some(Self::Incidents(None)),
            // "incidents of last week?" is a question; a name that is not known must not pass for none being open.
            "incidents" => known(rest).map(|name| Self::Incidents(Some(name))),
            "freeze" => Some(Self::freeze(rest, known)),
            "unfreeze" => Some(Self::unfreeze(rest, known)),
            _ => None,
        }
    }

    /// Where the first word is no environment, all is frozen: too much stopped is the safe mistake.
    fn freeze(rest: &str, known: impl Fn(&str) -> Option<String>) -> Self {
        let (word, why) = first_word(rest);
        match known(word) {
            Some(name) => Self::Freeze(Scope::Environment(name), why.to_owned()),
            None => Self::Freeze(Scope::All, rest.to_owned()),
        }
    }

    /// Where the first word is no environment, nothing is lifted: a name that was mistyped would let everything go on.
    fn unfreeze(rest: &str, known: impl Fn(&str) -> Option<String>) -> Self {
        let (word, why) = first_word(rest);
        match known(word) {
            Some(name) => Self::Unfreeze(Scope::Environment(name), why.to_owned()),
            None if word.is_empty() || word.eq_ignore_ascii_case("all") => Self::Unfreeze(Scope::All, why.to_owned()),
            None => Self::UnfreezeUnknown(word.to_owned()),
        }
    }
}

fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace).map_or((text, ""), |(word, rest)| (word, rest.trim()))
}

impl Desk {
    /// Handles a command that is no question.
    pub(super) async fn command(&self, received: &Received) -> Result<bool, Later> {
        let Body::Command { text, user, team, channel, response_url, trigger, .. } = &received.body else {
            return Ok(false);
        };
        let Some(wish) = Wish::of(text, &self.parts.offer.environments) else { return Ok(false) };
        let person = self.person(user, team.as_deref()).await?;
        if !is_answered(&person) {
            return Ok(true);
        }
        let ear = Ear { user, response_url: Some(response_url), channel: Some(channel), thread: None };
        let event = received.id.as_str();
        let content = match wish {
            Wish::Help => help::message(person.role),
            Wish::Settings => {
                self.open_settings(event, ear, &person, channel, Some(trigger)).await?;
                return Ok(true);
            }
            _ if !person.may(Right::SeeIncidents) => help::message(None),
            Wish::Incidents(environment) => self.incidents_of(&person, environment.as_deref()).await,
            Wish::Status => self.status(&person).await,
            Wish::Freeze(scope, why) => self.freeze(event, &person, scope, &why).await?,
            Wish::UnfreezeUnknown(word) => help::note(&format!(
                "Nothing was changed: {word} is no environment of the settings. Name one of them, or say `unfreeze all`."
            )),
            Wish::Unfreeze(scope, why) => self.unfreeze(event, &person, scope, &why).await?,
        };
        self.tell(event, ear, &content).await;
        Ok(true)
    }

    /// A direct message that asks for incidents in so many words. Whoever may not see them is told what everybody is
    /// told, and not that there are some.
    pub(super) async fn direct_message(&self, message: &Message) -> Result<bool, Later> {
        let (Some("im"), Some(user), Some(text)) = (message.channel_type.as_deref(), &message.user, &message.text)
        else {
            return Ok(false);
        };
        if message.subtype.is_some() || message.bot.is_some() {
            return Ok(false);
        }
        let text = text.trim().trim_end_matches(['?', '.', '!']);
        let Some(Wish::Incidents(environment)) = Wish::of(text, &self.parts.offer.environments) else {
            return Ok(false);
        };
        let person = self.person(user, message.team.as_deref()).await?;
        if !is_answered(&person) {
            return Ok(true);
        }
        let content = if person.may(Right::SeeIncidents) {
            self.incidents_of(&person, environment.as_deref()).await
        } else {
            help::message(None)
        };
        let key = format!("incidents-asked:{}/{}", message.channel, message.ts);
        let thread = message.thread.as_deref().unwrap_or(&message.ts);
        self.parts.outbox.put(&key, &message.channel, Some(thread), &content).await.map_err(again)?;
        Ok(true)
    }

    async fn incidents_of(&self, person: &Person, environment: Option<&str>) -> Content {
        if let Some(name) = environment.filter(|name| !self.parts.sight.shows(person, name)) {
            // "No open incident" would be read as if all were well there.
            return help::not_for(name, self.parts.sight.least_role(name));
        }
        let incidents = self.open_incidents(person, environment).await;
        let is_partial = environment.is_none() && self.parts.sight.hides_from(person);
        let status = Status { freezes: Part::Hidden, incidents, is_partial, health: Vec::new() };
        home::status(&status, &self.parts.links, self.zone_of(person), self.parts.clock.now())
    }

    async fn status(&self, person: &Person) -> Content {
        let status = Status {
            freezes: self.standing_freezes().await,
            incidents: self.open_incidents(person, None).await,
            is_partial: self.parts.sight.hides_from(person),
            health: (self.parts.health)().await,
        };
        home::status(&status, &self.parts.links, self.zone_of(person), self.parts.clock.now())
    }

    /// Open incidents that somebody sees, of one environment where it is named.
    pub(super) async fn open_incidents(&self, person: &Person, environment: Option<&str>) -> Part<Incident> {
        let wanted = |incident: &Incident| {
            environment.is_none_or(|name| incident.environment == name)
                && self.parts.sight.shows(person, &incident.environment)
        };
        part(self.parts.incidents.open().await.map(|open| open.into_iter().filter(wanted).collect()))
    }

    /// Whether somebody sees an approval: where they see what happens in its environment, and where they may decide on
    /// it. Nobody can answer for what they may not read.
    pub(super) fn sees(&self, person: &Person, approval: &Approval) -> bool {
        self.parts.sight.shows(person, &approval.shown.environment) || approval.permitted.permits(person)
    }

    /// What is frozen.
    pub(super) async fn standing_freezes(&self) -> Part<Freeze> {
        match self.parts.freezing.standing().await {
            Ok(standing) => Part::There(standing),
            Err(error) => Part::Unavailable(error.to_string()),
        }
    }

    async fn freeze(&self, event: &str, person: &Person, scope: Scope, why: &str) -> Result<Content, Later> {
        if !person.may(Right::Freeze) {
            return Ok(help::message(None));
        }
        let done = self.parts.freezing.freeze(scope, person, why).await;
        self.switched(event, person, done, "frozen").await
    }

    async fn unfreeze(&self, event: &str, person: &Person, scope: Scope, why: &str) -> Result<Content, Later> {
        if !person.may(Right::LiftFreeze) {
            return Ok(help::note("Nothing was changed: it takes an approver or an admin to let actions go on."));
        }
        let done = self.parts.freezing.lift(scope, person, why).await;
        self.switched(event, person, done, "lifted").await
    }

    /// What a person is told of the switch, and everybody in the channel of incidents.
    async fn switched(
        &self,
        event: &str,
        person: &Person,
        done: Result<Vec<Freeze>, FreezingError>,
        what: &str,
    ) -> Result<Content, Later> {
        let standing = match done {
            Ok(standing) => standing,
            Err(FreezingError::Refused(why)) => return Ok(help::note(&format!("Nothing was changed: {why}"))),
            Err(FreezingError::Unavailable(why)) => {
                return Ok(help::note(&format!("It is not known whether it was {what}: {why}. Please try again.")));
            }
        };
        let content = self.standing_content(standing, self.zone_of(person));
        self.parts.chat.announce(&format!("switch:{event}"), &content).await.map_err(again)?;
        Ok(content)
    }

    fn standing_content(&self, standing: Vec<Freeze>, zone: Tz) -> Content {
        let freezes = Part::There(standing);
        let status = Status { freezes, incidents: Part::Hidden, is_partial: false, health: Vec::new() };
        home::status(&status, &self.parts.links, zone, self.parts.clock.now())
    }
}

/// A part of a page out of what a port answered.
pub(super) fn part<T>(answer: Result<Vec<T>, StoreError>) -> Part<T> {
    match answer {
        Ok(items) => Part::There(items),
        Err(error) => Part::Unavailable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_a_wish_or_a_question() {
        let environments = ["prod".to_owned(), "staging".to_owned()];
        let prod = Scope::Environment("prod".to_owned());
        for (text, expected) in [
            ("", Some(Wish::Help)),
            ("help", Some(Wish::Help)),
            ("Help", Some(Wish::Help)),
            ("help me with checkout", None),
            ("status", Some(Wish::Status)),
            ("status of checkout", None),
            ("incidents", Some(Wish::Incidents(None))),
            ("incidents PROD", Some(Wish::Incidents(Some("prod".to_owned())))),
            ("incidents of last week", None),
            ("freeze", Some(Wish::Freeze(Scope::All, String::new()))),
            ("freeze prod the bank is away", Some(Wish::Freeze(prod.clone(), "the bank is away".to_owned()))),
            ("freeze production now", Some(Wish::Freeze(Scope::All, "production now".to_owned()))),
            ("unfreeze prod", Some(Wish::Unfreeze(prod, String::new()))),
            ("unfreeze", Some(Wish::Unfreeze(Scope::All, String::new()))),
            ("unfreeze all the bank is back", Some(Wish::Unfreeze(Scope::All, "the bank is back".to_owned()))),
            ("unfreeze prodd", Some(Wish::UnfreezeUnknown("prodd".to_owned()))),
            ("settings", Some(Wish::Settings)),
            ("why is checkout slow", None),
        ] {
            assert_eq!(Wish::of(text, &environments), expected, "{text}");
        }
    }
}
