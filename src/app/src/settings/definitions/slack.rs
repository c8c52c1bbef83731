//! Keys of Slack: tokens, channels, who may what, voice, links.

use crate::settings::definition::{Definition, key};
use crate::settings::kind::Kind;

/// The keys.
pub const KEYS: &[Definition] = &[
    key("slack.bot_token", Kind::Secret, "The bot's token (`xoxb-…`). Without it `serve` has no Slack. docs/slack.md tells where the tokens come from.")
        .filled_by(&["SLACK_BOT_TOKEN"]),
    key(
        "slack.app_token",
        Kind::Secret,
        "The app's token (`xapp-…`) with the scope `connections:write`: events come over connections that we open (Socket Mode), which needs no public address.",
    )
    .filled_by(&["SLACK_APP_TOKEN"]),
    key(
        "slack.signing_secret",
        Kind::Secret,
        "The app's signing secret: events come over HTTP to `web.listen`, under `/slack/`. Needed only without `slack.app_token`; with both, both ways are open.",
    )
    .filled_by(&["SLACK_SIGNING_SECRET"]),
    key("slack.api_url", Kind::Url, "Slack's Web API; another one for proxies and tests.").filled_by(&["SLACK_API_URL"]),
    key(
        "slack.public_url",
        Kind::Url,
        "Where Slack reaches this service over HTTP (`https://…`), for the request URLs that `slack manifest` prints.",
    ),
    key(
        "slack.connections",
        Kind::Whole { min: 1, max: 10 },
        "Socket Mode connections of one process. Two, so that one is there while Slack renews the other.",
    ),
    key(
        "slack.channel",
        Kind::Text,
        "The id of the channel that incidents come to where no channel asked for them in its own settings, such as `C0123456789`.",
    ),
    key(
        "slack.approvals_channel",
        Kind::Text,
        "The id of the channel that approvals are asked for in. Without it `slack.channel`.",
    ),
    key(
        "slack.viewers",
        Kind::TextList,
        "Who may ask, beside all full members of the workspace, who may anyway: ids of people (`U…`, `W…`) and user groups (`S…`). Guests and people of other organisations ask only where they are named.",
    ),
    key("slack.responders", Kind::TextList, "As `slack.viewers`: who claims, resolves and escalates incidents."),
    key("slack.approvers", Kind::TextList, "As `slack.viewers`: who approves and rejects, and lifts a freeze."),
    key("slack.admins", Kind::TextList, "As `slack.viewers`: who changes the settings of channels."),
    key(
        "slack.guests",
        Kind::OneOf(&["nothing", "viewer"]),
        "What guests of the workspace may who are not named above. People of other organisations (Slack Connect) may nothing unless they are named.",
    ),
    key(
        "slack.voice",
        Kind::OneOf(&["friendly", "neutral"]),
        "In which voice answers are given, unless the person chose another in App Home. Facts, incidents and approvals are the same in each.",
    ),
    key("slack.portal_url", Kind::Url, "The portal that answers link to; without it they do not."),
    key("slack.grafana_url", Kind::Url, "The Grafana that charts and queries link to; without it they do not."),
    key("slack.digest_hour", Kind::Whole { min: 0, max: 23 }, "The hour of the day in which the digests are sent; that of the week on Mondays."),
    key("slack.digest_zone", Kind::TimeZone, "The zone of `slack.digest_hour`, and of times that are told to everybody in a channel. Without it `output.time_zone`."),
    key(
        "slack.answers_at_once",
        Kind::Whole { min: 1, max: 256 },
        "Questions that one process answers at the same time; others wait in their order, and are told so.",
    ),
];
