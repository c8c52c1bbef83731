//! The program in a real terminal: `script` (of Debian's essential bsdutils) gives it one.

use std::time::Duration;
use tokio::process::Command;

/// Logging once asked for coloured lines without the library's colours, and the program died wherever stderr was a
/// terminal: every test but the person's own looked at pipes.
#[tokio::test]
async fn the_program_does_not_die_where_stderr_is_a_terminal() {
    let line = format!("{} ask 'which targets are down?' --no-model", env!("CARGO_BIN_EXE_auto-devops"));
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env_clear().kill_on_drop(true);
    script.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("TERM", "xterm");
    script.env("HOME", env!("CARGO_TARGET_TMPDIR")).env("PROMETHEUS_URL", "http://127.0.0.1:1");
    let ended = tokio::time::timeout(Duration::from_secs(30), script.output()).await.unwrap().unwrap();
    let shown = String::from_utf8_lossy(&ended.stdout);
    assert!(shown.contains("→ e1 prometheus_targets"), "steps are shown as they go: {shown}");
    assert!(shown.contains("I could not read the scrape targets"), "{shown}");
    assert_eq!(ended.status.code(), Some(69), "{shown}");
}
