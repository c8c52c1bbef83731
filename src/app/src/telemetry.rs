//! Logs: to stderr, filtered as the settings say, as text for people or JSON for machines.
//!
//! Nothing here ever writes to stdout: `mcp --stdio` speaks a protocol there.

use crate::settings::TelemetrySettings;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time::SystemTime;

/// Installs the process's subscriber; a second call changes nothing.
pub fn install(settings: &TelemetrySettings, colour: bool) {
    // The settings have checked the filter; one that cannot be read all the same must not silence the log.
    let filter = EnvFilter::builder().parse(&settings.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_timer(SystemTime).with_writer(std::io::stderr);
    let installed = if settings.json {
        lines.json().flatten_event(true).try_init()
    } else {
        lines.with_ansi(colour && std::io::stderr().is_terminal()).try_init()
    };
    // Only tests of one process install twice; the first subscriber goes on.
    drop(installed);
}
