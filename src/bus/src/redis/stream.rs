//! One topic as a stream.

use super::Shared;
use super::connection::{milliseconds, number};
use super::errors::{is_group_there, told};
use super::scripts;
use fred::types::Value;
use ports::bus::BusError;
use std::time::Duration;

/// Consumers that hold nothing and were not seen for so long are forgotten.
const CONSUMER_GONE: Duration = Duration::from_secs(24 * 3_600);

/// One topic.
pub struct Stream<'a> {
    pub shared: &'a Shared,
    pub topic: &'a str,
}

impl Stream<'_> {
    /// The stream's key.
    pub fn key(&self) -> String {
        self.shared.settings.key("events", self.topic)
    }

    /// The key that says that a group has handled an event.
    pub fn handled_key(&self, group: &str, id: &str) -> String {
        self.shared.settings.key("handled", &format!("{}:{group}:{id}", self.topic))
    }

    /// Appends an event, once for its id; makes these groups first.
    pub async fn publish(&self, id: &str, json: String, groups: &[String]) -> Result<(), BusError> {
        let settings = &self.shared.settings;
        let seen = settings.key("seen", &format!("{}:{id}", self.topic));
        let mut arguments = vec![json.into(), milliseconds(settings.remember), number(settings.stream_length)];
        arguments.extend(groups.iter().map(|group| Value::from(group.as_str())));
        let what = format!("publishing to {}", self.key());
        let keys = vec![self.key(), seen];
        let answer = self.shared.link.connection()?.run(&what, scripts::PUBLISH, keys, arguments).await;
        let answer = self.shared.link.judge(answer)?;
        match answer.as_str().as_deref() {
            Some("taken" | "known") => Ok(()),
            Some(full) if full.starts_with("full:") => {
                let (key, most) = (self.key(), settings.stream_length);
                let group = full.trim_start_matches("full:");
                Err(BusError::Full(format!(
                    "{most} events wait in {key}, which is the most; the group {group} is the slowest: start its \
                     consumers, or remove it with XGROUP DESTROY {key} {group} where nobody needs it any more"
                )))
            }
            other => Err(BusError::Unreadable(format!("{what}: an answer that no script of ours gives: {other:?}"))),
        }
    }

    /// Makes the group where it is not there, for what comes from now on.
    pub async fn join(&self, group: &str) -> Result<(), BusError> {
        let settings = &self.shared.settings;
        let connection = self.shared.link.connection()?;
        let arguments = vec!["CREATE".into(), self.key().into(), group.into(), "$".into(), "MKSTREAM".into()];
        match connection.ask(settings.command_timeout, "XGROUP", arguments).await {
            Ok(_) => Ok(()),
            Err(error) if is_group_there(&error) => {
                let arguments = vec![group.into(), milliseconds(CONSUMER_GONE)];
                let what = "forgetting consumers that are gone";
                let gone = connection.run(what, scripts::FORGET_CONSUMERS, vec![self.key()], arguments).await;
                // They cost a little memory; that is no reason not to join.
                gone.map(drop).or_else(|error| {
                    tracing::debug!(%error, "consumers that are gone were not forgotten");
                    Ok(())
                })
            }
            Err(error) => {
                let what = format!("joining the group {group} of {}", self.key());
                self.shared.link.judge(Err(told(settings.place(), &what, &error)))
            }
        }
    }

    /// The group has handled the event of an entry.
    pub async fn acknowledge(&self, group: &str, id: &str, entry: &str) -> Result<(), BusError> {
        let arguments = vec![group.into(), entry.into(), milliseconds(self.shared.settings.remember)];
        let keys = vec![self.key(), self.handled_key(group, id)];
        let what = format!("acknowledging {id} of {}", self.key());
        let answer = self.shared.link.connection()?.run(&what, scripts::ACKNOWLEDGE, keys, arguments).await;
        self.shared.link.judge(answer).map(drop)
    }
}
