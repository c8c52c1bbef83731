//! What the workspace is when the server starts: people, channels, groups, the app and what it may do.

use super::draw::Draw;
use std::collections::BTreeSet;

/// A person, or a program, of the workspace or of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// `U…`.
    pub id: String,
    /// The name that is shown.
    pub name: String,
    /// IANA time zone.
    pub zone: String,
    /// A program.
    pub is_bot: bool,
    /// A guest of several channels.
    pub is_restricted: bool,
    /// A guest of one channel.
    pub is_ultra_restricted: bool,
    /// Their workspace, where it is not this one (Slack Connect).
    pub external_team: Option<String>,
    /// Deactivated.
    pub is_deleted: bool,
}

impl User {
    /// A full member of this workspace, in London.
    pub fn new(id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            zone: "Europe/London".to_owned(),
            is_bot: false,
            is_restricted: false,
            is_ultra_restricted: false,
            external_team: None,
            is_deleted: false,
        }
    }
}

/// What a channel is to Slack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A public channel, `C…`.
    Public,
    /// A private channel, `G…` or `C…`.
    Private,
    /// The direct channel of the bot and one person, `D…`.
    Direct,
    /// A direct channel of several people.
    Group,
}

impl Kind {
    /// As events tell it in `channel_type`, and as scopes begin.
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "channel",
            Self::Private => "group",
            Self::Direct => "im",
            Self::Group => "mpim",
        }
    }

    /// What its scopes begin with: `channels:history`, `im:history`.
    pub(super) fn family(self) -> &'static str {
        match self {
            Self::Public => "channels",
            Self::Private => "groups",
            Self::Direct => "im",
            Self::Group => "mpim",
        }
    }
}

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// `C…`, `G…`, `D…`.
    pub id: String,
    /// Its name without `#`.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Ids of its members, with the bot's where it is one.
    pub members: BTreeSet<String>,
    /// Shared with another organisation.
    pub is_external: bool,
    /// Archived.
    pub is_archived: bool,
}

/// A user group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// `S…`.
    pub id: String,
    /// Its handle without `@`.
    pub handle: String,
    /// Ids of its members.
    pub users: Vec<String>,
}

/// A workspace with one app in it.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// `T…`.
    pub team: String,
    /// What stands before `.slack.com`.
    pub domain: String,
    /// The bot's user.
    pub bot_user: String,
    /// The bot.
    pub bot: String,
    /// The app.
    pub app: String,
    /// The bot's name.
    pub bot_name: String,
    /// `xoxb-…`.
    pub bot_token: String,
    /// `xapp-…`.
    pub app_token: String,
    /// What requests over HTTP are signed with.
    pub signing_secret: String,
    /// Scopes that were granted; for both tokens.
    pub scopes: BTreeSet<String>,
    /// Events that the app subscribed to. An event also needs its scope.
    pub subscriptions: BTreeSet<String>,
    /// Whether the workspace has the streaming methods.
    pub streaming: bool,
    /// Whether the workspace has the assistant pane.
    pub assistant: bool,
    /// The second that message ids count from (Unix time).
    pub starts_at_second: u64,
    /// What everything is drawn from that is drawn.
    pub seed: u64,
    pub(super) users: Vec<User>,
    pub(super) channels: Vec<Channel>,
    pub(super) groups: Vec<Group>,
}

/// All scopes that any served method or event needs.
pub const ALL_SCOPES: &[&str] = &[
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "connections:write",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "mpim:read",
    "reactions:read",
    "reactions:write",
    "usergroups:read",
    "users:read",
];

/// All events that the server sends.
pub const ALL_EVENTS: &[&str] = &[
    "app_home_opened",
    "app_mention",
    "assistant_thread_context_changed",
    "assistant_thread_started",
    "member_joined_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "reaction_removed",
];

impl Workspace {
    /// A workspace of the bot alone, with every scope, every event and every feature; tokens and secret are drawn from
    /// the seed.
    pub fn new(seed: u64) -> Self {
        let mut draw = Draw::new(seed);
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let mut workspace = Self {
            team: "T0ACME".to_owned(),
            domain: "acme".to_owned(),
            bot_user: "U0JAMIE".to_owned(),
            bot: "B0JAMIE".to_owned(),
            app: "A0JAMIE".to_owned(),
            bot_name: "jamie".to_owned(),
            bot_token: format!("xoxb-{}", draw.hex(32)),
            app_token: format!("xapp-1-A0JAMIE-{}", draw.hex(32)),
            signing_secret: draw.hex(32),
            scopes: owned(ALL_SCOPES),
            subscriptions: owned(ALL_EVENTS),
            streaming: true,
            assistant: true,
            starts_at_second: 1_750_000_000,
            seed,
            users: Vec::new(),
            channels: Vec::new(),
            groups: Vec::new(),
        };
        let bot = User { is_bot: true, ..User::new(&workspace.bot_user, &workspace.bot_name) };
        workspace.users.push(bot);
        workspace
    }

    /// With one more full member.
    pub fn with_user(self, id: &str, name: &str) -> Self {
        self.with(User::new(id, name))
    }

    /// With one more person as described.
    pub fn with(mut self, user: User) -> Self {
        self.users.push(user);
        self
    }

    /// With a public channel of these people and the bot.
    pub fn with_channel(self, id: &str, name: &str, members: &[&str]) -> Self {
        let bot = self.bot_user.clone();
        let members = members.iter().map(|member| (*member).to_owned()).chain([bot]).collect();
        let (id, name) = (id.to_owned(), name.to_owned());
        self.with_place(Channel { id, name, kind: Kind::Public, members, is_external: false, is_archived: false })
    }

    /// With the direct channel of the bot and a person.
    pub fn with_direct(self, id: &str, user: &str) -> Self {
        let members = [self.bot_user.clone(), user.to_owned()].into();
        let channel = Channel {
            id: id.to_owned(),
            name: format!("direct-{user}"),
            kind: Kind::Direct,
            members,
            is_external: false,
            is_archived: false,
        };
        self.with_place(channel)
    }

    /// With a channel as described.
    pub fn with_place(mut self, channel: Channel) -> Self {
        self.channels.push(channel);
        self
    }

    /// With a user group.
    pub fn with_group(mut self, id: &str, handle: &str, users: &[&str]) -> Self {
        let users = users.iter().map(|user| (*user).to_owned()).collect();
        self.groups.push(Group { id: id.to_owned(), handle: handle.to_owned(), users });
        self
    }

    /// Without this scope.
    pub fn without_scope(mut self, scope: &str) -> Self {
        self.scopes.remove(scope);
        self
    }
}
