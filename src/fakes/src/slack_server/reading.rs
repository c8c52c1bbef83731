//! What a test reads.

use super::SlackServer;
use super::files::File;
use super::message::Message;
use super::record::{AckTime, Recorded};
use super::state::AssistantThread;
use super::views::View;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// How often a condition is looked at again where nothing changed.
const POLL: Duration = Duration::from_millis(20);

impl SlackServer {
    /// Everything that everybody sees in a channel, in order, threads too.
    pub fn messages(&self, channel: &str) -> Vec<Message> {
        self.all(channel, |message| message.ephemeral_to.is_none())
    }

    /// A thread: its first message and the answers.
    pub fn thread(&self, channel: &str, ts: &str) -> Vec<Message> {
        self.all(channel, |message| message.ephemeral_to.is_none() && message.root() == ts)
    }

    /// What only this person sees, in order, with its channel.
    pub fn ephemerals(&self, user: &str) -> Vec<(String, Message)> {
        self.shared.read(|state| {
            let mut all = Vec::new();
            for (channel, place) in &state.places {
                let theirs = place.messages.iter().filter(|message| message.ephemeral_to.as_deref() == Some(user));
                all.extend(theirs.map(|message| (channel.clone(), message.clone())));
            }
            all.sort_by(|(_, left), (_, right)| left.ts.cmp(&right.ts));
            all
        })
    }

    fn all(&self, channel: &str, is_wanted: impl Fn(&Message) -> bool) -> Vec<Message> {
        self.shared.read(|state| {
            let messages = state.places.get(channel).map(|place| place.messages.as_slice()).unwrap_or_default();
            messages.iter().filter(|message| is_wanted(message)).cloned().collect()
        })
    }

    /// One message.
    pub fn message(&self, channel: &str, ts: &str) -> Option<Message> {
        self.all(channel, |message| message.ts == ts).pop()
    }

    /// The modals that this person sees, the uppermost last.
    pub fn views(&self, user: &str) -> Vec<View> {
        self.shared.read(|state| state.views.modals.iter().filter(|view| view.user == user).cloned().collect())
    }

    /// What the app said was wrong with what this person submitted last: block id and text.
    pub fn view_errors(&self, user: &str) -> BTreeMap<String, String> {
        let ids: Vec<String> = self.views(user).into_iter().map(|view| view.id).collect();
        self.shared
            .read(|state| ids.iter().filter_map(|id| state.views.errors.get(id)).flat_map(BTreeMap::clone).collect())
    }

    /// This person's App Home.
    pub fn home(&self, user: &str) -> Option<View> {
        self.shared.read(|state| state.views.homes.get(user).cloned())
    }

    /// Every file that was uploaded.
    pub fn files(&self) -> Vec<File> {
        self.shared.read(|state| state.files.all.values().filter(|file| file.is_uploaded).cloned().collect())
    }

    /// A thread of the assistant pane.
    pub fn assistant_thread(&self, channel: &str, ts: &str) -> Option<AssistantThread> {
        self.shared.read(|state| state.assistants.get(&(channel.to_owned(), ts.to_owned())).cloned())
    }

    /// The direct channel of the bot and a person, made where there is none.
    pub fn direct(&self, user: &str) -> String {
        self.shared.with(|state| state.direct(user))
    }

    /// Every call of this method so far; of all methods where it is empty.
    pub fn calls(&self, method: &str) -> Vec<Recorded> {
        self.shared.read(|state| {
            let is_wanted = |call: &&Recorded| method.is_empty() || call.method == method;
            state.record.calls.iter().filter(is_wanted).cloned().collect()
        })
    }

    /// How long each acknowledgement took.
    pub fn ack_times(&self) -> Vec<AckTime> {
        self.shared.read(|state| state.record.acks.clone())
    }

    /// What was never acknowledged, so that Slack gave it up.
    pub fn given_up(&self) -> Vec<String> {
        self.shared.read(|state| state.record.given_up.clone())
    }

    /// What was called although it was limited, well after the 429 and well before its time.
    pub fn early_calls(&self) -> Vec<String> {
        self.shared.read(|state| state.record.early.clone())
    }

    /// What would have notified somebody or led somewhere, unless it was allowed.
    pub fn pings(&self) -> Vec<String> {
        self.shared.read(|state| state.record.pings.clone())
    }

    /// What is permitted, but against a recommendation of Slack's.
    pub fn notes(&self) -> Vec<String> {
        self.shared.read(|state| state.record.notes.clone())
    }

    /// What no working client sends.
    pub fn violations(&self) -> Vec<String> {
        self.shared.read(|state| state.record.violations.clone())
    }

    /// # Panics
    /// When the server was sent anything that no working client sends.
    pub fn assert_clean(&self) {
        let violations = self.violations();
        assert!(violations.is_empty(), "violations of Slack's rules:\n{}", violations.join("\n"));
    }

    /// Whether everything that the app was told is acknowledged or given up.
    pub fn is_idle(&self) -> bool {
        self.shared.read(|state| state.delivery.is_idle())
    }

    /// Waits until the condition holds.
    ///
    /// # Panics
    /// When it does not within the time; with the transcript of every channel.
    pub async fn wait_until(&self, what: &str, timeout: Duration, mut holds: impl FnMut(&Self) -> bool) {
        let deadline = Instant::now() + timeout;
        let mut changed = self.shared.changed.subscribe();
        while !holds(self) {
            if Instant::now() > deadline {
                let (transcripts, violations) = (self.transcripts(), self.violations());
                assert!(holds(self), "{what}: not within {timeout:?}\n{transcripts}\nviolations: {violations:#?}");
            }
            // A change wakes at once; the clock wakes for conditions that look elsewhere.
            let _ = tokio::time::timeout(POLL, changed.changed()).await;
        }
    }

    /// # Panics
    /// When the app writes what everybody in this channel can read after the message `since`, within so long from now.
    pub async fn assert_silence(&self, channel: &str, since: &str, lasting: Duration) {
        let deadline = Instant::now() + lasting;
        loop {
            let said = self.all(channel, |message| {
                message.author == super::Author::Us && message.ephemeral_to.is_none() && message.ts.as_str() > since
            });
            let transcript = self.transcript(channel);
            assert!(said.is_empty(), "silence was due in {channel} after {since}:\n{transcript}");
            if Instant::now() > deadline {
                return;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The transcripts of all channels.
    pub fn transcripts(&self) -> String {
        let channels: Vec<String> = self.shared.read(|state| state.places.keys().cloned().collect());
        let of = |channel: &String| format!("== {channel}\n{}", self.transcript(channel));
        channels.iter().map(of).collect::<Vec<_>>().join("\n")
    }
}
