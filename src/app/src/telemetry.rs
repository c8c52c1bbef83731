//! Logs: to stderr, filtered as the settings say, as text for people or JSON for machines.
//!
//! Nothing here ever writes to stdout: `mcp --stdio` speaks a protocol there.

use crate::settings::TelemetrySettings;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time::SystemTime;

/// Crates whose log lines hold what they received, before our redaction: kept silent unless the settings name them.
const SILENT: &str = "async_openai=off,kube_client=off,rmcp=warn";

/// Installs the process's subscriber; a second call changes nothing. Lines carry no colour: they are read by grep as
/// often as by people.
pub fn install(settings: &TelemetrySettings) {
    // The settings have checked the filter; one that cannot be read all the same must not silence the log. A later
    // directive wins over an earlier one for the same target.
    let directives = format!("{SILENT},{}", settings.log);
    let filter = EnvFilter::builder().parse(directives).unwrap_or_else(|_| EnvFilter::new(format!("{SILENT},info")));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_timer(SystemTime).with_writer(std::io::stderr);
    let installed =
        if settings.json { lines.json().flatten_event(true).try_init() } else { lines.with_ansi(false).try_init() };
    // Only tests of one process install twice; the first subscriber goes on.
    drop(installed);
}
