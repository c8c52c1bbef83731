//! A server in a child process.
//!
//! Guarantees: the child sees the basics of our environment and what the settings name, nothing else (our own tokens
//! are not its business); it is killed when the connection or the program ends; it is in a process group of its own, so
//! that Ctrl-C in a terminal stops our turn and not the child; what it writes to standard error is bounded and redacted.

use super::not_started;
use crate::failures::{cut, told};
use crate::settings::StdioSettings;
use domain::envelope::Failure;
use rmcp::transport::TokioChildProcess;
use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

/// The variables of our environment that every child gets: where programs and its own files are, and the language.
const BASICS: &[&str] =
    &["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"];

/// Lines of standard error that are kept.
const KEPT_LINES: usize = 6;

/// Bytes of one line that are kept.
const KEPT_LINE_BYTES: usize = 300;

/// How long the end of standard error is awaited after the connection broke: the child's last words come with its exit.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// Starts the child.
///
/// # Errors
/// When the program cannot be run.
pub fn spawn(name: &str, settings: &StdioSettings) -> Result<(TokioChildProcess, StderrTail), Failure> {
    let mut command = Command::new(&settings.command);
    command.args(&settings.args).env_clear().kill_on_drop(true);
    for basic in BASICS {
        if let Some(value) = std::env::var_os(basic) {
            command.env(basic, value);
        }
    }
    command.envs(&settings.env);
    if let Some(folder) = &settings.cwd {
        command.current_dir(folder);
    }
    #[cfg(unix)]
    command.process_group(0);
    let place = format!("`{}`", settings.command);
    let spawned = TokioChildProcess::builder(command).stderr(Stdio::piped()).spawn();
    let (child, stderr) = spawned.map_err(|error| {
        let folder = settings.cwd.as_ref().map_or_else(String::new, |folder| format!(" in {}", folder.display()));
        not_started(name, &place, &format!("the program could not be run{folder}: {error}"))
            .with_hint(format!("check `command` and `cwd` of [mcp_servers.{name}] in the settings"))
    })?;
    let tail = StderrTail::default();
    match stderr {
        Some(stderr) => {
            tokio::spawn(tail.clone().read(name.to_owned(), stderr));
        }
        None => tail.ended.cancel(),
    }
    Ok((child, tail))
}

/// The last lines of a child's standard error.
#[derive(Clone, Default)]
pub struct StderrTail {
    lines: Arc<Mutex<VecDeque<String>>>,
    ended: CancellationToken,
}

impl StderrTail {
    /// The kept lines in one, once the stream has ended or shortly after; `None` when nothing was written.
    pub async fn last_lines(&self) -> Option<String> {
        // Silence of a child that lives on is no error; its lines so far are told then.
        let _ = tokio::time::timeout(LAST_WORDS, self.ended.cancelled()).await;
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let told: Vec<&str> = lines.iter().map(String::as_str).collect();
        (!told.is_empty()).then(|| told.join(" | "))
    }

    /// Reads until the child closes the stream; memory stays bounded whatever the child writes.
    async fn read(self, server: String, mut stream: impl AsyncRead + Unpin) {
        let mut chunk = [0_u8; 4096];
        let mut line: Vec<u8> = Vec::new();
        while let Ok(count) = stream.read(&mut chunk).await {
            let Some(bytes) = chunk.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
            for byte in bytes {
                if *byte == b'\n' {
                    self.keep(&server, &line);
                    line.clear();
                } else if line.len() < 4 * KEPT_LINE_BYTES {
                    line.push(*byte);
                }
            }
        }
        self.keep(&server, &line);
        self.ended.cancel();
    }

    fn keep(&self, server: &str, line: &[u8]) {
        // The line is longer here than what is kept of it, so that a secret at the edge is still seen whole.
        let text = told(&String::from_utf8_lossy(line));
        if text.is_empty() {
            return;
        }
        tracing::debug!(server, line = %text, "standard error of an MCP server");
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(cut(&text, KEPT_LINE_BYTES));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_tail_is_bounded_and_redacted() {
        let mut written = "x".repeat(1_000_000);
        for number in 0..20 {
            written.push_str(&format!("\nline {number}"));
        }
        written.push_str("\ntoken ghp_0123456789abcdefghijABCDEFGHIJ012345 refused\n\nlast without an end");
        let tail = StderrTail::default();
        tail.clone().read("x".to_owned(), written.as_bytes()).await;
        let lines = tail.last_lines().await.unwrap();
        assert!(lines.starts_with("line 16 | line 17") && lines.ends_with("| last without an end"), "{lines}");
        assert!(!lines.contains("ghp_0"), "{lines}");
    }
}
