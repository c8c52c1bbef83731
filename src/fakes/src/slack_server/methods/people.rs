//! People, groups of people, and programs.

use super::{Method, Scopes, Token};
use crate::slack_server::call::{Answer, Arguments, Refusal, flag, text};
use crate::slack_server::state::State;
use crate::slack_server::workspace::Group;
use serde_json::{Value, json};

pub const METHODS: &[Method] = &[
    Method {
        name: "users.info",
        token: Token::Bot,
        scopes: Scopes::One("users:read"),
        takes_json: false,
        fields: &[text("user").required(), flag("include_locale")],
        answer: user,
    },
    Method {
        name: "usergroups.list",
        token: Token::Bot,
        scopes: Scopes::One("usergroups:read"),
        takes_json: false,
        fields: &[flag("include_users"), flag("include_count"), flag("include_disabled"), text("team_id")],
        answer: groups,
    },
    Method {
        name: "bots.info",
        token: Token::Bot,
        scopes: Scopes::One("users:read"),
        takes_json: false,
        fields: &[text("bot"), text("team_id")],
        answer: bot,
    },
];

fn user(state: &mut State, arguments: &Arguments) -> Answer {
    let user = state.users.get(arguments.text("user")).ok_or_else(|| Refusal::of("user_not_found"))?;
    let team = user.external_team.as_ref().unwrap_or(&state.workspace.team);
    let mut told = json!({
        "id": user.id, "team_id": team, "name": user.name, "real_name": user.name, "deleted": user.is_deleted,
        "profile": {"real_name": user.name, "display_name": user.name, "team": team},
        "is_bot": user.is_bot, "is_app_user": false, "updated": state.workspace.starts_at_second,
    });
    if user.external_team.is_some() {
        told["is_stranger"] = json!(true);
    } else {
        told["is_admin"] = json!(false);
        told["is_owner"] = json!(false);
        told["is_restricted"] = json!(user.is_restricted || user.is_ultra_restricted);
        told["is_ultra_restricted"] = json!(user.is_ultra_restricted);
    }
    if !user.is_deleted {
        told["tz"] = json!(user.zone);
    }
    Ok(json!({"user": told}))
}

fn groups(state: &mut State, arguments: &Arguments) -> Answer {
    let second = state.workspace.starts_at_second;
    let told = |group: &Group| {
        let mut told = json!({
            "id": group.id, "team_id": state.workspace.team, "is_usergroup": true, "is_subteam": true,
            "name": group.handle, "description": "", "handle": group.handle, "is_external": false,
            "date_create": second, "date_update": second, "date_delete": 0, "auto_type": null,
            "created_by": "U0ADMIN", "updated_by": "U0ADMIN", "deleted_by": null,
            "prefs": {"channels": [], "groups": []}, "user_count": group.users.len(),
        });
        if arguments.flag("include_users") {
            told["users"] = json!(group.users);
        }
        told
    };
    let told: Vec<Value> = state.groups.iter().map(told).collect();
    Ok(json!({"usergroups": told}))
}

fn bot(state: &mut State, arguments: &Arguments) -> Answer {
    let workspace = &state.workspace;
    if arguments.text("bot") != workspace.bot {
        return Err(Refusal::of("bot_not_found"));
    }
    Ok(json!({"bot": {
        "id": workspace.bot, "deleted": false, "name": workspace.bot_name, "updated": workspace.starts_at_second,
        "app_id": workspace.app, "user_id": workspace.bot_user, "icons": {},
    }}))
}
