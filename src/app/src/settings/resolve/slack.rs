//! Slack: tokens of the right sort, ids in the place of names, and what belongs together.

use crate::settings::path::KeyPath;
use crate::settings::pick::Pick;
use crate::settings::secret::shown;
use crate::settings::types::slack::{SlackSettings, WaysIn};
use chrono_tz::Tz;
use domain::person::Roles;
use domain::preferences::Voice;
use domain::secret::Secret;
use std::collections::BTreeSet;

/// What ids of each sort begin with.
const CHANNELS: &[char] = &['C', 'G'];
const PEOPLE_AND_GROUPS: &[char] = &['U', 'W', 'S'];

/// Slack; `None` where no bot token is there, or after a problem was told. Everything is looked at in either case.
pub fn slack(pick: &Pick<'_>, zone: Option<Tz>) -> Option<SlackSettings> {
    let bot_token = bot_token(pick);
    let ways_in = ways_in(pick);
    let (channel, approvals_channel) = (channel(pick, "channel"), channel(pick, "approvals_channel"));
    let roles = Roles {
        viewers: ids(pick, "viewers"),
        responders: ids(pick, "responders"),
        approvers: ids(pick, "approvers"),
        admins: ids(pick, "admins"),
    };
    let (portal_url, grafana_url) = (link(pick, "portal_url"), link(pick, "grafana_url"));
    Some(SlackSettings {
        bot_token: bot_token?,
        ways_in: ways_in?,
        api_url: without_slash(&pick.text(&key("api_url"))?),
        connections: pick.count(&key("connections"))?,
        approvals_channel: approvals_channel.or_else(|| channel.clone()),
        channel,
        roles,
        guests_may: pick.text(&key("guests"))? == "viewer",
        voice: if pick.text(&key("voice"))? == "neutral" { Voice::Neutral } else { Voice::Friendly },
        portal_url,
        grafana_url,
        digest_hour: u32::try_from(pick.whole(&key("digest_hour"))?).ok()?,
        digest_zone: pick.zone(&key("digest_zone")).or(zone)?,
        answers_at_once: pick.count(&key("answers_at_once"))?,
    })
}

/// Where Slack reaches this service, for the manifest: there with or without tokens.
pub fn public_url(pick: &Pick<'_>) -> Option<String> {
    let path = key("public_url");
    let url = pick.text(&path)?;
    match https_address(&url) {
        Some(address) => Some(address),
        None => {
            pick.complain(&path, &format!("{:?}", shown(&url)), ACCEPTED_ADDRESS);
            None
        }
    }
}

/// What [`https_address`] takes, in words.
pub const ACCEPTED_ADDRESS: &str =
    "an address that Slack can reach: https://HOST or https://HOST/PATH, without user, password, query or fragment";

/// An address as Slack takes it for a request URL, without a slash at its end.
pub fn https_address(url: &str) -> Option<String> {
    let is_plain = |one: char| one.is_ascii_alphanumeric() || "-._~:/%[]".contains(one);
    let uri: http::Uri = url.parse().ok().filter(|_| url.chars().all(is_plain))?;
    let is_fit = uri.scheme_str() == Some("https") && uri.host().is_some_and(|host| !host.is_empty());
    is_fit.then(|| without_slash(url))
}

fn key(name: &str) -> KeyPath {
    KeyPath::of("slack").key(name)
}

fn without_slash(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

fn bot_token(pick: &Pick<'_>) -> Option<Secret> {
    let path = key("bot_token");
    if pick.entry(&path).is_none() {
        for other in ["app_token", "signing_secret"] {
            if pick.entry(&key(other)).is_some() {
                let found = format!("{other} without bot_token");
                pick.complain(&key(other), &found, "slack.bot_token or SLACK_BOT_TOKEN set as well");
            }
        }
        return None;
    }
    token(pick, "bot_token", "xoxb-", "the Bot User OAuth Token, which begins with xoxb-")
}

fn ways_in(pick: &Pick<'_>) -> Option<WaysIn> {
    let is_named = |name: &str| pick.entry(&key(name)).is_some();
    if is_named("bot_token") && !is_named("app_token") && !is_named("signing_secret") {
        let found = "bot_token with neither app_token nor signing_secret: nothing would come in";
        let accepted = "slack.app_token (SLACK_APP_TOKEN), or slack.signing_secret (SLACK_SIGNING_SECRET), set as well";
        pick.complain(&key("bot_token"), found, accepted);
    }
    let app_token = token(pick, "app_token", "xapp-", "the App-Level Token, which begins with xapp-");
    match (app_token, signing_secret(pick)) {
        (Some(app_token), Some(signing_secret)) => Some(WaysIn::Both { app_token, signing_secret }),
        (Some(app_token), None) => Some(WaysIn::Socket(app_token)),
        (None, Some(signing_secret)) => Some(WaysIn::Http(signing_secret)),
        (None, None) => None,
    }
}

/// A token that begins as this sort does. What is found wrong is not shown.
fn token(pick: &Pick<'_>, name: &str, beginning: &str, accepted: &str) -> Option<Secret> {
    let secret = pick.secret(&key(name))?;
    let is_fit = |rest: &str| !rest.is_empty() && rest.chars().all(|one| one.is_ascii_graphic());
    if secret.reveal().strip_prefix(beginning).is_some_and(is_fit) {
        return Some(secret);
    }
    pick.complain(&key(name), "a token of another sort", accepted);
    None
}

fn signing_secret(pick: &Pick<'_>) -> Option<Secret> {
    let path = key("signing_secret");
    let secret = pick.secret(&path)?;
    let text = secret.reveal();
    if ["xoxb-", "xapp-", "xoxp-", "xoxe"].iter().any(|token| text.starts_with(token)) {
        let accepted = "the Signing Secret of the app's Basic Information page";
        pick.complain(&path, "a token", accepted);
        return None;
    }
    Some(secret)
}

/// A link that people are shown: one with a password in it would show the password.
fn link(pick: &Pick<'_>, name: &str) -> Option<String> {
    let path = key(name);
    let url = pick.text(&path)?;
    let uri: http::Uri = url.parse().ok()?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        pick.complain(&path, "an address with a user in it", "an address that everybody in Slack may see");
        return None;
    }
    Some(without_slash(&url))
}

fn channel(pick: &Pick<'_>, name: &str) -> Option<String> {
    let path = key(name);
    let written = pick.text(&path)?;
    if is_id(&written, CHANNELS) {
        return Some(written);
    }
    let accepted = "the id of a channel, such as C0123456789: it stands at the end of the channel's details in Slack";
    pick.complain(&path, &format!("{written:?}, which is no id"), accepted);
    None
}

/// People and groups by id, as the domain names them.
fn ids(pick: &Pick<'_>, name: &str) -> BTreeSet<String> {
    let path = key(name);
    let fits = |written: &String| {
        let is_fit = is_id(written, PEOPLE_AND_GROUPS);
        if !is_fit {
            let accepted =
                "ids of people (U0123456789, W…) and user groups (S0123456789): a profile has \"Copy member ID\"";
            pick.complain(&path, &format!("{written:?}, which is no id"), accepted);
        }
        is_fit
    };
    pick.list(&path).into_iter().filter(fits).map(|id| format!("slack:{id}")).collect()
}

/// Slack's ids: a letter that tells the sort, then capital letters and digits.
fn is_id(written: &str, sorts: &[char]) -> bool {
    let rest = written.strip_prefix(sorts).unwrap_or_default();
    !rest.is_empty() && rest.chars().all(|one| one.is_ascii_uppercase() || one.is_ascii_digit())
}

#[cfg(test)]
mod tests;
