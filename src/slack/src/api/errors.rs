//! What an error of slack-morphism means. No body, address or token of a call goes into a message.

use super::ApiError;
use hyper_util::client::legacy::Error as HyperError;
use serde_json::Value;
use slack_morphism::errors::SlackClientError;
use std::error::Error;
use std::time::Duration;

/// What Slack's Retry-After counts as where it is missing.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Codes of a limit: of the method, and of posts in a channel.
const LIMITED: &[&str] = &["ratelimited", "rate_limited"];

/// Codes of trouble on Slack's side that passes. Of some the pages of the methods say that a part may have been done.
const TROUBLE: &[&str] =
    &["internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"];

/// What to do about common codes.
const HINTS: &[(&str, &str)] = &[
    ("not_in_channel", "invite the bot with /invite in that channel"),
    ("channel_not_found", "invite the bot with /invite in that channel, or correct the channel's id"),
    ("is_archived", "the channel is archived"),
    ("invalid_auth", "check the token in the settings; install the app anew where it was removed"),
    ("not_authed", "no token was sent: set it in the settings"),
    ("account_inactive", "the app was removed from the workspace: install it anew"),
    ("token_revoked", "the token was revoked: install the app anew and set the new one"),
    ("token_expired", "the token is over: set a new one"),
    ("not_allowed_token_type", "this method takes another kind of token: xoxb for the bot, xapp for Socket Mode"),
    ("restricted_action", "an admin of the workspace forbids this in that channel"),
    ("msg_too_long", "the message is longer than Slack takes"),
    ("invalid_blocks", "the message's blocks are not such as Slack takes: please report this"),
    ("expired_trigger_id", "the modal came too late: press again"),
    ("trigger_expired", "the modal came too late: press again"),
];

/// The error of a call that failed.
pub(crate) fn read(method: &str, error: &SlackClientError) -> ApiError {
    let method = method.to_owned();
    match error {
        SlackClientError::ApiError(refused) if LIMITED.contains(&refused.code.as_str()) => {
            ApiError::Limited { method, retry_after: RETRY_AFTER }
        }
        SlackClientError::ApiError(refused) if TROUBLE.contains(&refused.code.as_str()) => {
            ApiError::Unknown { method, why: format!("Slack is in trouble: {}", name(&refused.code)) }
        }
        SlackClientError::ApiError(refused) => {
            let hint = hint(&refused.code, refused.http_response_body.as_deref());
            ApiError::Refused { method, code: name(&refused.code), hint }
        }
        SlackClientError::RateLimitError(limited) => {
            ApiError::Limited { method, retry_after: limited.retry_after.unwrap_or(RETRY_AFTER) }
        }
        SlackClientError::HttpError(answer) if answer.status_code.is_client_error() => {
            let (code, hint) = (format!("http_{}", answer.status_code.as_u16()), String::new());
            ApiError::Refused { method, code, hint }
        }
        SlackClientError::HttpError(answer) => {
            ApiError::Unknown { method, why: format!("HTTP status {}", answer.status_code.as_u16()) }
        }
        SlackClientError::HttpProtocolError(broken) => match broken.cause.as_deref() {
            Some(cause) => of_connection(method, cause),
            None => ApiError::Unknown { method, why: "the connection ended".to_owned() },
        },
        SlackClientError::ProtocolError(_) => {
            ApiError::Unknown { method, why: "the answer is not such as Slack gives".to_owned() }
        }
        _ => ApiError::Unknown { method, why: "the connection ended before the answer was whole".to_owned() },
    }
}

/// An error of the connection: only where none was made is it sure that nothing was sent.
fn of_connection(method: String, cause: &(dyn Error + Send + Sync + 'static)) -> ApiError {
    let mut why = cause.to_string();
    let mut inner = cause.source();
    while let Some(source) = inner {
        why = format!("{why}: {source}");
        inner = source.source();
    }
    match cause.downcast_ref::<HyperError>() {
        Some(error) if error.is_connect() => ApiError::Unreachable { method, why },
        Some(_) => ApiError::Unknown { method, why },
        // No request at all could be made of the address.
        None => ApiError::Unreachable { method, why: "the address of the call is none".to_owned() },
    }
}

fn hint(code: &str, body: Option<&str>) -> String {
    if code == "missing_scope" {
        let body: Option<Value> = body.and_then(|body| serde_json::from_str(body).ok());
        let needed = body.as_ref().and_then(|body| body.get("needed")).and_then(Value::as_str).map(name);
        let needed = needed.unwrap_or_else(|| "that the method names".to_owned());
        return format!("; give the app the scope {needed} and install it anew");
    }
    let known = HINTS.iter().find(|(known, _)| *known == code);
    known.map(|(_, hint)| format!("; {hint}")).unwrap_or_default()
}

/// A code or a list of scopes as it may stand in a message.
fn name(text: &str) -> String {
    text.chars().filter(|letter| letter.is_ascii_alphanumeric() || "_:.,-".contains(*letter)).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use slack_morphism::errors::SlackClientApiError;

    #[test]
    fn trouble_on_slacks_side_was_taken_for_a_refusal_and_the_question_was_lost() {
        let read_code =
            |code: &str| read("users.info", &SlackClientError::ApiError(SlackClientApiError::new(code.to_owned())));
        for code in TROUBLE {
            assert!(matches!(read_code(code), ApiError::Unknown { .. }), "{code}");
        }
        for code in LIMITED {
            assert!(matches!(read_code(code), ApiError::Limited { .. }), "{code}");
        }
        for code in ["user_not_found", "invalid_blocks", "missing_scope"] {
            assert_eq!(read_code(code).code(), Some(code));
        }
    }
}
