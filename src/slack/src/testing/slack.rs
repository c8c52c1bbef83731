//! Slack at the edge of a unit test: it holds channels with messages, hands out `ts` in order, refuses what a test scripts.

use crate::api::{ApiError, Chunk, Group, Me, Seen, Slack, Ts, Upload, User};
use async_trait::async_trait;
use serde_json::{Value, json};
use slack_morphism::prelude::SlackView;
use slack_view::content::Content;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One call, as Slack got it.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The method's name at Slack: `chat.postMessage`.
    pub method: &'static str,
    /// The channel, the user of a view, or the address of a response.
    pub to: String,
    /// The message or thread that it is about.
    pub at: Option<String>,
    /// What was said: the text and the JSON of the blocks or the view; the name of a file, a reaction.
    pub said: String,
}

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    messages: BTreeMap<(String, Ts), Seen>,
    users: BTreeMap<String, User>,
    groups: Vec<Group>,
    failures: BTreeMap<&'static str, VecDeque<ApiError>>,
    always: BTreeMap<&'static str, ApiError>,
    minted: u32,
    /// Messages that are streamed now.
    streaming: BTreeSet<(String, Ts)>,
}

/// The double.
pub struct ScriptedSlack(Mutex<State>);

impl Default for ScriptedSlack {
    /// With the full members `U1` (anna), `U2` (bob), `U3` (cleo), the guest `UG`, the stranger `UX` and the program `UB`.
    fn default() -> Self {
        let slack = Self(Mutex::default());
        for (id, name) in [("U1", "anna"), ("U2", "bob"), ("U3", "cleo"), ("UG", "gus"), ("UX", "xena"), ("UB", "ci")] {
            slack.user_is(User {
                id: id.to_owned(),
                name: name.to_owned(),
                team: if id == "UX" { "T2" } else { "T1" }.to_owned(),
                is_bot: id == "UB",
                is_deleted: false,
                is_restricted: id == "UG",
                is_stranger: id == "UX",
                zone: Some("Europe/London".to_owned()),
            });
        }
        slack
    }
}

impl ScriptedSlack {
    /// Puts a user there, or changes one.
    pub fn user_is(&self, user: User) {
        self.state().users.insert(user.id.clone(), user);
    }

    /// Puts a user group there.
    pub fn group_is(&self, id: &str, users: &[&str]) {
        let users = users.iter().map(|user| (*user).to_owned()).collect();
        self.state().groups.push(Group { id: id.to_owned(), handle: id.to_lowercase(), users });
    }

    /// Puts a message there that somebody wrote.
    pub fn message_is(&self, channel: &str, seen: Seen) {
        self.state().messages.insert((channel.to_owned(), seen.ts.clone()), seen);
    }

    /// The next call of a method fails.
    pub fn fail_next(&self, method: &'static str, error: ApiError) {
        self.state().failures.entry(method).or_default().push_back(error);
    }

    /// Every call of a method fails.
    pub fn fail_always(&self, method: &'static str, error: ApiError) {
        self.state().always.insert(method, error);
    }

    /// All methods work again.
    pub fn heal(&self) {
        let mut state = self.state();
        state.always.clear();
        state.failures.clear();
    }

    /// Slack's refusal by a code.
    pub fn refusal(method: &'static str, code: &str) -> ApiError {
        ApiError::Refused { method: method.to_owned(), code: code.to_owned(), hint: String::new() }
    }

    /// All calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// The calls of one method.
    pub fn calls_of(&self, method: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.method == method).collect()
    }

    /// What stands in a channel: each message's `ts` with what is in it.
    pub fn standing(&self, channel: &str) -> Vec<Seen> {
        let state = self.state();
        state.messages.iter().filter(|((at, _), _)| at == channel).map(|(_, seen)| seen.clone()).collect()
    }

    /// The messages with this key: more than one is a post that was doubled.
    pub fn keyed(&self, key: &str) -> Vec<Seen> {
        let state = self.state();
        state.messages.values().filter(|seen| seen.key.as_deref() == Some(key)).cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a call and fails it where a test says so.
    fn note(&self, method: &'static str, to: &str, at: Option<&str>, said: String) -> Result<(), ApiError> {
        let mut state = self.state();
        state.calls.push(Call { method, to: to.to_owned(), at: at.map(str::to_owned), said });
        if let Some(error) = state.failures.get_mut(method).and_then(VecDeque::pop_front) {
            return Err(error);
        }
        state.always.get(method).cloned().map_or(Ok(()), Err)
    }

    fn write(&self, channel: &str, thread: Option<&str>, key: Option<&str>, text: String, files: Vec<String>) -> Ts {
        let mut state = self.state();
        state.minted += 1;
        let ts = format!("1800.{:06}", state.minted);
        let seen = Seen {
            ts: ts.clone(),
            thread: thread.map(str::to_owned),
            user: None,
            bot: Some("BBOT".to_owned()),
            text,
            key: key.map(str::to_owned),
            files,
        };
        state.messages.insert((channel.to_owned(), ts.clone()), seen);
        ts
    }

    /// Changes a message, or tells that there is none.
    fn alter(
        &self,
        method: &'static str,
        channel: &str,
        ts: &str,
        change: impl FnOnce(&mut Seen),
    ) -> Result<(), ApiError> {
        let mut state = self.state();
        match state.messages.get_mut(&(channel.to_owned(), ts.to_owned())) {
            Some(seen) => {
                change(seen);
                Ok(())
            }
            None => Err(Self::refusal(method, "message_not_found")),
        }
    }
}

fn written(content: &Content) -> String {
    format!("{}\n{}", content.text, serde_json::to_string(&content.blocks).unwrap())
}

#[async_trait]
impl Slack for ScriptedSlack {
    async fn me(&self) -> Result<Me, ApiError> {
        self.note("auth.test", "", None, String::new())?;
        Ok(super::me())
    }

    async fn post(&self, key: &str, channel: &str, thread: Option<&str>, content: &Content) -> Result<Ts, ApiError> {
        self.note("chat.postMessage", channel, thread, written(content))?;
        Ok(self.write(channel, thread, Some(key), written(content), Vec::new()))
    }

    async fn update(&self, _key: &str, channel: &str, ts: &str, content: &Content) -> Result<(), ApiError> {
        self.note("chat.update", channel, Some(ts), written(content))?;
        if self.state().streaming.contains(&(channel.to_owned(), ts.to_owned())) {
            return Err(Self::refusal("chat.update", "streaming_state_conflict"));
        }
        self.alter("chat.update", channel, ts, |seen| seen.text = written(content))
    }

    async fn whisper(
        &self,
        channel: &str,
        user: &str,
        _thread: Option<&str>,
        content: &Content,
    ) -> Result<(), ApiError> {
        self.note("chat.postEphemeral", channel, Some(user), written(content))
    }

    async fn respond(&self, url: &str, content: &Content) -> Result<(), ApiError> {
        self.note("response_url", url, None, written(content))
    }

    async fn replies(&self, channel: &str, thread: &str, most: usize) -> Result<Vec<Seen>, ApiError> {
        self.note("conversations.replies", channel, Some(thread), String::new())?;
        let of_thread = |seen: &Seen| seen.ts == thread || seen.thread.as_deref() == Some(thread);
        Ok(self.standing(channel).into_iter().filter(of_thread).take(most).collect())
    }

    async fn history(&self, channel: &str, since: Option<&str>, most: usize) -> Result<Vec<Seen>, ApiError> {
        self.note("conversations.history", channel, since, String::new())?;
        let mut found = self.standing(channel);
        found.retain(|seen| since.is_none_or(|since| seen.ts.as_str() > since));
        found.reverse();
        found.truncate(most);
        Ok(found)
    }

    async fn message(&self, channel: &str, ts: &str) -> Result<Option<Seen>, ApiError> {
        self.note("conversations.replies", channel, Some(ts), String::new())?;
        Ok(self.state().messages.get(&(channel.to_owned(), ts.to_owned())).cloned())
    }

    async fn upload(&self, channel: &str, thread: Option<&str>, file: &Upload) -> Result<(), ApiError> {
        self.note("files.completeUploadExternal", channel, thread, file.name.clone())?;
        self.write(channel, thread, None, String::new(), vec![file.name.clone()]);
        Ok(())
    }

    async fn user(&self, id: &str) -> Result<User, ApiError> {
        self.note("users.info", id, None, String::new())?;
        self.state().users.get(id).cloned().ok_or_else(|| Self::refusal("users.info", "user_not_found"))
    }

    async fn groups(&self) -> Result<Vec<Group>, ApiError> {
        self.note("usergroups.list", "", None, String::new())?;
        Ok(self.state().groups.clone())
    }

    async fn direct(&self, user: &str) -> Result<String, ApiError> {
        self.note("conversations.open", user, None, String::new())?;
        Ok(format!("D{user}"))
    }

    async fn open_view(&self, trigger: &str, view: &SlackView) -> Result<(), ApiError> {
        self.note("views.open", trigger, None, serde_json::to_string(view).unwrap())
    }

    async fn publish_home(&self, user: &str, view: &SlackView) -> Result<(), ApiError> {
        self.note("views.publish", user, None, serde_json::to_string(view).unwrap())
    }

    async fn set_status(&self, channel: &str, thread: &str, status: &str) -> Result<(), ApiError> {
        self.note("assistant.threads.setStatus", channel, Some(thread), status.to_owned())
    }

    async fn set_title(&self, channel: &str, thread: &str, title: &str) -> Result<(), ApiError> {
        self.note("assistant.threads.setTitle", channel, Some(thread), title.to_owned())
    }

    async fn suggest(&self, channel: &str, thread: &str, prompts: &[(String, String)]) -> Result<(), ApiError> {
        let said = prompts.iter().map(|(_, asked)| asked.as_str()).collect::<Vec<_>>().join("\n");
        self.note("assistant.threads.setSuggestedPrompts", channel, Some(thread), said)
    }

    async fn start_stream(&self, channel: &str, thread: &str, user: &str, team: &str) -> Result<Ts, ApiError> {
        self.note("chat.startStream", channel, Some(thread), format!("{user} {team}"))?;
        let ts = self.write(channel, Some(thread), None, String::new(), Vec::new());
        self.state().streaming.insert((channel.to_owned(), ts.clone()));
        Ok(ts)
    }

    async fn append_stream(&self, channel: &str, ts: &str, chunks: &[Chunk]) -> Result<(), ApiError> {
        self.note("chat.appendStream", channel, Some(ts), format!("{chunks:?}"))?;
        self.alter("chat.appendStream", channel, ts, |seen| {
            for chunk in chunks {
                if let Chunk::Text(text) = chunk {
                    seen.text.push_str(text);
                }
            }
        })
    }

    async fn stop_stream(&self, channel: &str, ts: &str) -> Result<(), ApiError> {
        self.note("chat.stopStream", channel, Some(ts), String::new())?;
        match self.state().streaming.remove(&(channel.to_owned(), ts.to_owned())) {
            true => Ok(()),
            false => Err(Self::refusal("chat.stopStream", "message_not_in_streaming_state")),
        }
    }

    async fn call(&self, method: &str, body: &Value) -> Result<Value, ApiError> {
        self.note("other", method, None, body.to_string())?;
        Ok(json!({"ok": true}))
    }
}
