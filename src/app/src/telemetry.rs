//! Logs: to stderr, filtered as the settings say, as text for people or JSON for machines.
//!
//! Nothing here ever writes to stdout: `mcp --stdio` speaks a protocol there.

use crate::settings::TelemetrySettings;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time::SystemTime;

/// Crates whose log lines hold what they received, before our redaction, or addresses that are secrets themselves (the
/// ticket of a Slack connection, an answer's `response_url`): kept silent unless the settings name them.
const SILENT: &str =
    "async_openai=off,kube_client=off,rmcp=warn,slack_morphism=off,tungstenite=off,tokio_tungstenite=off,h2=warn";

/// Installs the process's subscriber; a second call changes nothing. Lines carry no colour: they are read by grep as
/// often as by people.
pub fn install(settings: &TelemetrySettings) {
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter(&settings.log))
        .with_timer(SystemTime)
        .with_writer(std::io::stderr);
    let installed =
        if settings.json { lines.json().flatten_event(true).try_init() } else { lines.with_ansi(false).try_init() };
    // Only tests of one process install twice; the first subscriber goes on.
    drop(installed);
}

/// What is logged. The settings have checked the directives; such as cannot be read all the same must not silence the
/// log. A later directive wins over an earlier one for the same target.
fn filter(directives: &str) -> EnvFilter {
    let all = format!("{SILENT},{directives}");
    EnvFilter::builder().parse(all).unwrap_or_else(|_| EnvFilter::new(format!("{SILENT},info")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::layer::SubscriberExt as _;

    /// Whether an error of the Slack client, of its sockets and of our own would be logged.
    fn logged(directives: &str) -> [bool; 3] {
        let subscriber = tracing_subscriber::registry().with(filter(directives));
        tracing::subscriber::with_default(subscriber, || {
            [
                tracing::enabled!(target: "slack_morphism::hyper_tokio", tracing::Level::ERROR),
                tracing::enabled!(target: "tungstenite::handshake::client", tracing::Level::ERROR),
                tracing::enabled!(target: "slack::socket", tracing::Level::ERROR),
            ]
        })
    }

    #[test]
    fn no_ticket_of_a_connection_is_logged_unless_the_settings_name_the_crate() {
        for directives in ["warn", "trace", "slack=debug"] {
            assert_eq!(logged(directives), [false, false, true], "{directives}");
        }
        assert_eq!(logged("warn,slack_morphism=trace"), [true, false, true]);
    }
}
