//! Channels, and what was said in them.

use super::{Method, Scopes, Token, is_ts, ours, place};
use crate::slack_server::call::{Answer, Arguments, Field, Refusal, flag, ids, number, text};
use crate::slack_server::message::Message;
use crate::slack_server::state::{Place, State};
use crate::slack_server::workspace::{Kind, Workspace};
use serde_json::{Value, json};

const REPLIES: &[Field] = &[
    text("channel").required(),
    text("ts").required(),
    text("cursor"),
    number("limit"),
    text("oldest"),
    text("latest"),
    flag("inclusive"),
    flag("include_all_metadata"),
];

const HISTORY: &[Field] = &[
    text("channel").required(),
    text("cursor"),
    number("limit"),
    text("oldest"),
    text("latest"),
    flag("inclusive"),
    flag("include_all_metadata"),
];

/// A method that reads forms and queries only.
const fn reading(
    name: &'static str,
    right: &'static str,
    fields: &'static [Field],
    answer: fn(&mut State, &Arguments) -> Answer,
) -> Method {
    Method { name, token: Token::Bot, scopes: Scopes::OfChannel(right), takes_json: false, fields, answer }
}

pub const METHODS: &[Method] = &[
    reading("conversations.replies", "history", REPLIES, replies),
    reading("conversations.history", "history", HISTORY, history),
    reading(
        "conversations.info",
        "read",
        &[text("channel").required(), flag("include_locale"), flag("include_num_members")],
        info,
    ),
    reading("conversations.members", "read", &[text("channel").required(), text("cursor"), number("limit")], members),
    Method {
        name: "conversations.open",
        token: Token::Bot,
        scopes: Scopes::One("im:write"),
        takes_json: true,
        fields: &[ids("users"), text("channel"), flag("return_im"), flag("prevent_creation")],
        answer: open,
    },
];

/// The most that a page holds, and what it holds where nothing was said.
const PAGE_MOST: usize = 1_000;
const PAGE: usize = 100;

/// One page of what there is, with the cursor of the next.
fn page<T: Clone>(all: &[T], arguments: &Arguments) -> Result<(Vec<T>, String), Refusal> {
    let start = match arguments.optional("cursor") {
        None => 0,
        Some(cursor) => {
            let number = cursor.strip_prefix("cursor-").and_then(|number| number.parse::<usize>().ok());
            number.ok_or_else(|| Refusal::broken("invalid_cursor", "a cursor that was never given"))?
        }
    };
    let limit = arguments.number("limit").unwrap_or(PAGE);
    if limit == 0 || limit > PAGE_MOST {
        return Err(Refusal::broken("invalid_limit", &format!("limit {limit} is not within 1 and {PAGE_MOST}")));
    }
    let end = (start + limit).min(all.len());
    let next = if end < all.len() { format!("cursor-{end}") } else { String::new() };
    Ok((all.get(start..end).unwrap_or_default().to_vec(), next))
}

/// Whether a ts lies within `oldest` and `latest`.
fn within(arguments: &Arguments, ts: &str) -> bool {
    let is_in = |bound: Option<&str>, outside: std::cmp::Ordering| {
        bound.is_none_or(|bound| {
            let order = ts.cmp(bound);
            order != outside && (order.is_ne() || arguments.flag("inclusive"))
        })
    };
    is_in(arguments.optional("oldest"), std::cmp::Ordering::Less)
        && is_in(arguments.optional("latest"), std::cmp::Ordering::Greater)
}

fn seen(place: &Place) -> impl Iterator<Item = &Message> {
    place.messages.iter().filter(|message| message.ephemeral_to.is_none())
}

/// A message with what is known of its thread.
fn told(place: &Place, workspace: &Workspace, message: &Message, arguments: &Arguments) -> Value {
    let mut told = message.told(workspace, arguments.flag("include_all_metadata"));
    let answers: Vec<&Message> =
        seen(place).filter(|answer| answer.thread.as_deref() == Some(message.ts.as_str())).collect();
    if let Some(last) = answers.last() {
        told["thread_ts"] = json!(message.ts);
        told["reply_count"] = json!(answers.len());
        told["latest_reply"] = json!(last.ts);
    }
    told
}

fn replies(state: &mut State, arguments: &Arguments) -> Answer {
    let ts = arguments.text("ts");
    if !is_ts(ts) {
        return Err(Refusal::broken("invalid_ts", "ts is no ts"));
    }
    let place = ours(state, arguments.text("channel"))?;
    let found = seen(place).find(|message| message.ts == ts).ok_or_else(|| Refusal::of("thread_not_found"))?;
    let root = found.root().to_owned();
    // As Slack does: the first message is always there, an answer alone is a thread of itself.
    let is_theirs = |message: &&Message| {
        let is_first = message.ts == ts;
        is_first || (ts == root && message.thread.as_deref() == Some(root.as_str()) && within(arguments, &message.ts))
    };
    let told: Vec<Value> =
        seen(place).filter(is_theirs).map(|message| told(place, &state.workspace, message, arguments)).collect();
    paged("messages", &told, arguments)
}

fn history(state: &mut State, arguments: &Arguments) -> Answer {
    let place = ours(state, arguments.text("channel"))?;
    let is_in = |message: &&Message| message.thread.is_none() && within(arguments, &message.ts);
    let mut told: Vec<Value> =
        seen(place).filter(is_in).map(|message| told(place, &state.workspace, message, arguments)).collect();
    told.reverse();
    paged("messages", &told, arguments)
}

fn paged(name: &str, all: &[Value], arguments: &Arguments) -> Answer {
    let (some, next) = page(all, arguments)?;
    let mut answer = json!({"has_more": !next.is_empty(), "response_metadata": {"next_cursor": next}});
    answer[name] = json!(some);
    Ok(answer)
}

fn members(state: &mut State, arguments: &Arguments) -> Answer {
    let place = place(state, arguments.text("channel"))?;
    let members: Vec<Value> = place.channel.members.iter().map(|member| json!(member)).collect();
    paged("members", &members, arguments)
}

fn info(state: &mut State, arguments: &Arguments) -> Answer {
    let channel = &place(state, arguments.text("channel"))?.channel;
    let bot = &state.workspace.bot_user;
    let mut told = json!({
        "id": channel.id, "created": state.workspace.starts_at_second, "is_archived": channel.is_archived,
        "is_channel": channel.kind == Kind::Public, "is_group": channel.kind == Kind::Private,
        "is_im": channel.kind == Kind::Direct, "is_mpim": channel.kind == Kind::Group,
        "is_private": channel.kind != Kind::Public, "is_member": channel.members.contains(bot),
        "is_ext_shared": channel.is_external, "is_shared": channel.is_external, "is_org_shared": false,
        "context_team_id": state.workspace.team,
    });
    if channel.kind == Kind::Direct {
        told["user"] = json!(channel.members.iter().find(|member| *member != bot));
    } else {
        told["name"] = json!(channel.name);
        told["name_normalized"] = json!(channel.name);
    }
    if arguments.flag("include_num_members") {
        told["num_members"] = json!(channel.members.len());
    }
    Ok(json!({"channel": told}))
}

fn open(state: &mut State, arguments: &Arguments) -> Answer {
    let users = arguments.ids("users");
    let [user] = users.as_slice() else {
        return Err(Refusal::broken("invalid_arguments", "this server opens channels with one person only"));
    };
    let known = state.users.get(user).ok_or_else(|| Refusal::of("user_not_found"))?;
    if known.is_deleted {
        return Err(Refusal::of("user_disabled"));
    }
    if known.is_bot {
        return Err(Refusal::of("cannot_dm_bot"));
    }
    let id = state.direct(user);
    let mut channel = json!({"id": id});
    if arguments.flag("return_im") {
        channel["user"] = json!(user);
        channel["is_im"] = json!(true);
        channel["created"] = json!(state.workspace.starts_at_second);
    }
    Ok(json!({"channel": channel, "no_op": false, "already_open": false}))
}
