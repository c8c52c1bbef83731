//! A message as the server keeps it and as Slack tells it.

use super::workspace::Workspace;
use serde_json::{Map, Value, json};

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// A person, by their id.
    User(String),
    /// The app under test.
    Us,
    /// Another app: the bot's id and the name that it goes by.
    App(String, String),
}

/// A reaction under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// Its name without colons.
    pub name: String,
    /// Who reacted, in their order.
    pub users: Vec<String>,
}

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its id within its channel.
    pub ts: String,
    /// The first message of its thread, where it is an answer.
    pub thread: Option<String>,
    /// Who wrote it.
    pub author: Author,
    /// Its text.
    pub text: String,
    /// Its blocks, each with a `block_id`.
    pub blocks: Vec<Value>,
    /// Its attachments.
    pub attachments: Vec<Value>,
    /// Its metadata.
    pub metadata: Option<Value>,
    /// Its reactions, in the order of their first.
    pub reactions: Vec<Reaction>,
    /// When it was edited last, as a ts.
    pub edited: Option<String>,
    /// How often it was edited.
    pub edits: usize,
    /// Ids of its files.
    pub files: Vec<String>,
    /// The only person who sees it.
    pub ephemeral_to: Option<String>,
    /// Whether it is being streamed.
    pub is_streaming: bool,
    /// What its stream told so far of steps, as `task_update` chunks, newest of each id.
    pub steps: Vec<Value>,
    /// Slack's subtype.
    pub subtype: Option<String>,
}

impl Message {
    /// With nothing but a text.
    pub(super) fn new(ts: String, author: Author, text: &str) -> Self {
        Self {
            ts,
            thread: None,
            author,
            text: text.to_owned(),
            blocks: Vec::new(),
            attachments: Vec::new(),
            metadata: None,
            reactions: Vec::new(),
            edited: None,
            edits: 0,
            files: Vec::new(),
            ephemeral_to: None,
            is_streaming: false,
            steps: Vec::new(),
            subtype: None,
        }
    }

    /// The first message of the thread that it is in or would begin.
    pub fn root(&self) -> &str {
        self.thread.as_deref().unwrap_or(&self.ts)
    }

    /// The `event_payload.key` of its metadata.
    pub fn key(&self) -> Option<&str> {
        self.metadata.as_ref()?["event_payload"]["key"].as_str()
    }

    /// The user that it is attributed to.
    pub(super) fn user<'a>(&'a self, workspace: &'a Workspace) -> Option<&'a str> {
        match &self.author {
            Author::User(user) => Some(user),
            Author::Us => Some(&workspace.bot_user),
            Author::App(..) => None,
        }
    }

    /// The object that Slack's answers and events carry.
    pub(super) fn told(&self, workspace: &Workspace, with_metadata: bool) -> Value {
        let mut told = Map::new();
        let mut put = |name: &str, value: Value| drop(told.insert(name.to_owned(), value));
        put("type", json!("message"));
        put("ts", json!(self.ts));
        put("text", json!(self.text));
        match &self.author {
            Author::User(user) => {
                put("user", json!(user));
                put("team", json!(workspace.team));
            }
            Author::Us => {
                put("user", json!(workspace.bot_user));
                put("bot_id", json!(workspace.bot));
                put("app_id", json!(workspace.app));
                put("team", json!(workspace.team));
            }
            Author::App(bot, name) => {
                put("bot_id", json!(bot));
                put("username", json!(name));
                put("subtype", json!("bot_message"));
            }
        }
        if let Some(subtype) = &self.subtype {
            put("subtype", json!(subtype));
        }
        if let Some(thread) = &self.thread {
            put("thread_ts", json!(thread));
        }
        if !self.blocks.is_empty() {
            put("blocks", json!(self.blocks));
        }
        if !self.attachments.is_empty() {
            put("attachments", json!(self.attachments));
        }
        if let (true, Some(metadata)) = (with_metadata, &self.metadata) {
            put("metadata", metadata.clone());
        }
        if !self.reactions.is_empty() {
            let reaction = |one: &Reaction| json!({"name": one.name, "users": one.users, "count": one.users.len()});
            put("reactions", self.reactions.iter().map(reaction).collect());
        }
        if let Some(edited) = &self.edited {
            put("edited", json!({"user": self.user(workspace).unwrap_or_default(), "ts": edited}));
        }
        if !self.files.is_empty() {
            let file = |id: &String| json!({"id": id, "file_access": "check_file_info"});
            put("files", self.files.iter().map(file).collect());
        }
        Value::Object(told)
    }
}
