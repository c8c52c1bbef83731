//! `slack …`: what is needed to set Slack up. Nothing here connects.

mod manifest;

use crate::cli::slack::Slack as Command;
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use manifest::WayIn;

/// Runs one of them.
///
/// # Errors
/// It is not known where Slack reaches this service, or stdout cannot be written.
pub fn run(command: &Command, settings: &Settings) -> Result<Exit, Stop> {
    let Command::Manifest { request_url } = command;
    let way_in = way_in(request_url.as_deref(), settings)?;
    output::print(&manifest::of(&way_in))?;
    Ok(Exit::Done)
}

/// What was asked for wins; then what the tokens of the settings can do; without tokens what the settings prepare for.
fn way_in<'a>(asked: Option<&'a str>, settings: &'a Settings) -> Result<WayIn<'a>, Stop> {
    let public_url = settings.slack_public_url.as_deref();
    match (asked, &settings.slack, public_url) {
        (Some(url), _, _) => Ok(WayIn::Http(url)),
        (None, Some(slack), _) if slack.ways_in.app_token().is_some() => Ok(WayIn::Socket),
        (None, _, Some(url)) => Ok(WayIn::Http(url)),
        (None, None, None) => Ok(WayIn::Socket),
        (None, Some(_), None) => Err(Stop::new(
            Exit::Usage,
            "slack.signing_secret without slack.app_token: events come over HTTP, but it is not known where Slack reaches \
             this service: --request-url https://HOST, or slack.public_url",
        )),
    }
}
