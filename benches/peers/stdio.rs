//! A client for MCP servers over standard input and output, the same for every server that is measured.
//!
//! It does as little as can be done, so that what is measured is the server: a line a message, answers told by their
//! ids, the clock stopped when the last byte of an answer was read and before it is parsed. Whatever a server asks of
//! its client is answered with "method not found". Guarantee: the server ends when its value is dropped.

use crate::{Fallible, Variables};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

/// The protocol version that all servers under measurement speak.
const PROTOCOL: &str = "2025-06-18";
/// After this long an answer does not come any more.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a server is started.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// All of its environment but `PATH` and `HOME`.
    pub variables: Variables,
}

/// One answer.
struct Answer {
    message: Value,
    took: Duration,
    wire_bytes: usize,
}

/// What a tool told.
#[derive(Debug, Clone)]
pub struct Told {
    /// The texts of the result, which is what a model reads.
    pub text: String,
    /// From before the call was written until its answer was read.
    pub took: Duration,
    /// The whole message as it came.
    pub wire_bytes: usize,
}

type Waiting = Arc<Mutex<BTreeMap<u64, oneshot::Sender<(Value, Instant, usize)>>>>;
type Writer = Arc<tokio::sync::Mutex<ChildStdin>>;

/// A server that runs, was greeted and has told its tools.
pub struct Server {
    child: Child,
    writer: Writer,
    waiting: Waiting,
    next_id: AtomicU64,
    /// What it offers, as it told.
    pub tools: Vec<Value>,
    /// From before the process was made until its tools were read.
    pub started_in: Duration,
}

impl Server {
    /// Starts it; `folder` is its home and takes its diagnostics.
    pub async fn start(launch: &Launch, folder: &Path) -> Fallible<Self> {
        let diagnostics = File::create(folder.join("diagnostics"))?;
        let began = Instant::now();
        let mut child = Command::new(&launch.program)
            .args(&launch.arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder)
            .envs(launch.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(diagnostics)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{} could not be started: {error}", launch.program.display()))?;
        let writer = Arc::new(tokio::sync::Mutex::new(child.stdin.take().ok_or("no standard input")?));
        let output = child.stdout.take().ok_or("no standard output")?;
        let waiting = Waiting::default();
        tokio::spawn(read(output, Arc::clone(&waiting), Arc::clone(&writer)));
        let mut server =
            Self { child, writer, waiting, next_id: AtomicU64::new(0), tools: Vec::new(), started_in: Duration::ZERO };
        let client = json!({"name": "auto-devops-benchmark", "version": "1"});
        let greeting = json!({"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": client});
        server.request("initialize", greeting).await.map_err(|error| {
            let told = std::fs::read_to_string(folder.join("diagnostics")).unwrap_or_default();
            format!("{} {:?} did not greet: {error}\n{told}", launch.program.display(), launch.arguments)
        })?;
        server.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await?;
        server.tools = server.all_tools().await?;
        server.started_in = began.elapsed();
        Ok(server)
    }

    async fn all_tools(&self) -> Fallible<Vec<Value>> {
        let mut tools = Vec::new();
        let mut parameters = json!({});
        loop {
            let answer = self.request("tools/list", parameters).await?.message;
            let page = answer.pointer("/result/tools").and_then(Value::as_array).ok_or("no tools in the answer")?;
            tools.extend(page.iter().cloned());
            match answer.pointer("/result/nextCursor") {
                Some(cursor) if !cursor.is_null() => parameters = json!({"cursor": cursor}),
                _ => return Ok(tools),
            }
        }
    }

    /// The process.
    pub fn id(&self) -> Fallible<u32> {
        Ok(self.child.id().ok_or("the server has ended")?)
    }

    /// Calls a tool; a result that is an error is one here.
    pub async fn call(&self, tool: &str, arguments: &Value) -> Fallible<Told> {
        let answer = self.request("tools/call", json!({"name": tool, "arguments": arguments})).await?;
        let content = answer.message.pointer("/result/content").and_then(Value::as_array);
        let texts = content.into_iter().flatten().filter_map(|part| part.get("text").and_then(Value::as_str));
        let text: String = texts.collect();
        let failed = answer.message.pointer("/result/isError").and_then(Value::as_bool).unwrap_or_default();
        if failed || text.is_empty() {
            return Err(format!("{tool} {arguments} failed: {}", shortened(&answer.message.to_string())).into());
        }
        Ok(Told { text, took: answer.took, wire_bytes: answer.wire_bytes })
    }

    async fn request(&self, method: &str, parameters: Value) -> Fallible<Answer> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id, sender);
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters});
        let began = Instant::now();
        self.send(&message).await?;
        let (message, read_at, wire_bytes) = timeout(PATIENCE, receiver)
            .await
            .map_err(|_| format!("{method} was not answered within {PATIENCE:?}"))?
            .map_err(|_| format!("the server ended before it answered {method}"))?;
        if let Some(error) = message.get("error") {
            return Err(format!("{method} was answered with {error}").into());
        }
        Ok(Answer { message, took: read_at - began, wire_bytes })
    }

    async fn send(&self, message: &Value) -> Fallible<()> {
        write(&self.writer, message).await
    }
}

async fn write(writer: &Writer, message: &Value) -> Fallible<()> {
    let mut writer = writer.lock().await;
    writer.write_all(format!("{message}\n").as_bytes()).await?;
    writer.flush().await?;
    Ok(())
}

/// Hands out answers until the server is gone; whoever waits then is told by the dropped sender.
async fn read(output: ChildStdout, waiting: Waiting, writer: Writer) {
    let mut output = BufReader::with_capacity(1 << 16, output);
    let mut line = Vec::new();
    while matches!(output.read_until(b'\n', &mut line).await, Ok(count) if count > 0) {
        let (read_at, wire_bytes) = (Instant::now(), line.len());
        let message: Value = serde_json::from_slice(&line).unwrap_or_default();
        line.clear();
        if message.get("method").is_some() {
            if let Some(id) = message.get("id") {
                let refusal = json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "not offered"}});
                let _ = write(&writer, &refusal).await;
            }
            continue;
        }
        let id = message.get("id").and_then(Value::as_u64);
        let waits = id.and_then(|id| waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id));
        if let Some(sender) = waits {
            let _ = sender.send((message, read_at, wire_bytes));
        }
    }
    waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

/// The beginning of a text that may be long.
pub fn shortened(text: &str) -> String {
    text.chars().take(600).collect()
}
