//! The probe against the tests' own Slack.

use super::*;
use crate::doctor::State;
use crate::settings::{Imagined, Request, load};
use fakes::slack_server::{SlackServer, Workspace as Simulated};

async fn look(server: &SlackServer, bot_token: &str, app_token: Option<&str>) -> Sight {
    let mut surroundings = Imagined::default()
        .with_variable("SLACK_API_URL", &server.api_url)
        .with_variable("SLACK_BOT_TOKEN", bot_token)
        .with_variable("SLACK_SIGNING_SECRET", &server.signing_secret);
    if let Some(token) = app_token {
        surroundings = surroundings.with_variable("SLACK_APP_TOKEN", token);
    }
    let settings = load(&Request::default(), &surroundings).unwrap().settings;
    Workspace::new(settings.slack.as_ref().unwrap()).look().await
}

fn lacking(sight: &Sight) -> Vec<String> {
    let lacking = sight.details.iter().filter(|detail| !detail.well);
    lacking.map(|detail| format!("{}: {}", detail.name, detail.value)).collect()
}

#[tokio::test]
async fn a_workspace_that_knows_us_is_well() {
    let server = SlackServer::start(Simulated::new(1)).await;
    let sight = look(&server, &server.bot_token, Some(&server.app_token)).await;
    assert_eq!((sight.state, sight.hint.as_deref()), (State::Well, None), "{sight:?}");
    assert!(sight.summary.contains("acme") && sight.summary.contains("U0JAMIE"), "{sight:?}");
    assert_eq!(sight.details.len(), 4);
    server.assert_clean();
}

#[tokio::test]
async fn missing_scopes_are_named() {
    let poor = Simulated::new(1).without_scope("usergroups:read").without_scope("connections:write");
    let server = SlackServer::start(poor).await;
    let sight = look(&server, &server.bot_token, Some(&server.app_token)).await;
    assert_eq!(sight.state, State::Limited);
    assert_eq!(
        lacking(&sight),
        [
            "usergroups:read: roles by user group: the scope usergroups:read is missing",
            "socket: the scope connections:write is missing"
        ]
    );
    assert!(sight.hint.unwrap().contains("slack manifest"));
}

#[tokio::test]
async fn a_token_that_slack_does_not_know_is_told_and_not_shown() {
    let server = SlackServer::start(Simulated::new(1)).await;
    let wrong = look(&server, "xoxb-hunter2", Some(&server.app_token)).await;
    assert_eq!(wrong.state, State::Away);
    assert!(wrong.summary.contains("invalid_auth"), "{wrong:?}");
    let half = look(&server, &server.bot_token, Some("xapp-hunter2")).await;
    assert_eq!(half.state, State::Limited, "{half:?}");
    assert!(!format!("{wrong:?}{half:?}").contains("hunter2"));
}
