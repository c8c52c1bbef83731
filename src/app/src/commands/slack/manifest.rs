//! The manifest of the Slack app: the built-in file, as it is for Socket Mode, with three addresses in it for HTTP.
//!
//! It is edited as text, so that the comments which say why each scope is needed reach whoever reviews the app.

/// The file as it is for Socket Mode.
pub const BUILT_IN: &str = include_str!("../../../../../config/slack-manifest.yaml");

/// Where the service hears each sort of request, under its public address.
pub const EVENTS: &str = "/slack/events";
/// Presses, modals, shortcuts.
pub const INTERACTIVITY: &str = "/slack/interactivity";
/// Slash commands.
pub const COMMANDS: &str = "/slack/commands";

/// How events come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayIn<'a> {
    /// Over connections that we open.
    Socket,
    /// Over HTTP, to this address without a slash at its end.
    Http(&'a str),
}

/// The manifest.
pub fn of(way_in: &WayIn<'_>) -> String {
    match way_in {
        WayIn::Socket => BUILT_IN.to_owned(),
        WayIn::Http(address) => BUILT_IN.lines().map(|line| over_http(line, address)).collect(),
    }
}

/// A line of the file as it is for HTTP, with what follows it there.
fn over_http(line: &str, address: &str) -> String {
    let (added, path) = match line {
        "    - command: /jamie" => ("      url", COMMANDS),
        "  event_subscriptions:" => ("    request_url", EVENTS),
        "    is_enabled: true" => ("    request_url", INTERACTIVITY),
        "  socket_mode_enabled: true" => return "  socket_mode_enabled: false\n".to_owned(),
        _ => return format!("{line}\n"),
    };
    format!("{line}\n{added}: \"{address}{path}\"\n")
}

#[cfg(test)]
mod tests;
