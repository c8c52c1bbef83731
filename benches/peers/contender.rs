//! A server under measurement: how it is started, what it costs before the first call, how fast it answers.

use crate::memory::{self, Resident};
use crate::report;
use crate::report::Comparison;
use crate::stdio::{Launch, Server, Told, shortened};
use crate::{Fallible, tell};
use benches::samples::{Runs, Samples, told};
use serde_json::Value;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two calls whose latency is taken: long enough that a server's own throttle has recovered.
pub const PAUSE: Duration = Duration::from_millis(250);
/// Calls in flight when pressed.
pub const IN_FLIGHT: usize = 8;
/// How long a server is pressed.
pub const PRESSED: Duration = Duration::from_secs(5);
/// A server is idle this long after it told its tools.
const IDLE: Duration = Duration::from_secs(2);

/// One server in one setting.
pub struct Contender<'a> {
    /// Its column.
    pub name: &'a str,
    /// How it is started.
    pub launch: Launch,
    /// Its home.
    pub folder: &'a Path,
}

/// A call, and what its answer must be.
pub struct Question<'a> {
    /// The row.
    pub what: &'a str,
    /// The tool.
    pub tool: &'a str,
    /// Its arguments.
    pub arguments: Value,
    /// How often.
    pub runs: Runs,
    /// Says what is wrong with an answer.
    pub check: &'a (dyn Fn(&str) -> Result<(), String> + Sync),
}

impl Contender<'_> {
    /// Starts it.
    pub async fn start(&self) -> Fallible<Server> {
        Server::start(&self.launch, self.folder).await
    }

    /// Measures the start.
    pub async fn start_up(&self, runs: Runs, table: &mut Comparison) -> Fallible<()> {
        tell(&format!("{}: start-up", self.name))?;
        let samples = runs.make_waiting(async || Fallible::Ok(self.start().await?.started_in)).await?;
        table.put("start: process made until `initialize` and `tools/list` are answered", self.name, samples.told());
        Ok(())
    }

    /// What stays resident when nothing was asked yet.
    pub async fn idle(&self, server: &Server, table: &mut Comparison) -> Fallible<()> {
        sleep(IDLE).await;
        let resident = memory::of_tree(server.id()?);
        table.put("resident memory, idle after the start", self.name, resident.told(resident.now_kib));
        Ok(())
    }

    /// The largest memory until now.
    pub fn peak(&self, what: &str, server: &Server, table: &mut Comparison) -> Fallible<Resident> {
        let resident = memory::of_tree(server.id()?);
        table.put(what, self.name, resident.told(resident.peak_kib));
        Ok(resident)
    }

    /// Bytes of what the tools cost a model's prompt.
    pub fn schemas(&self, what: &str, server: &Server, table: &mut Comparison) {
        let told = format!("{}, {} tools", report::size(schema_bytes(&server.tools)), server.tools.len());
        table.put(what, self.name, told);
    }

    /// Asks again and again, one call after the other, and checks each answer. Returns the last text. `requests` counts
    /// what the backend was asked.
    pub async fn ask(
        &self,
        server: &Server,
        question: &Question<'_>,
        requests: Option<&AtomicU64>,
        table: &mut Comparison,
    ) -> Fallible<Told> {
        tell(&format!("{}: {}", self.name, question.what))?;
        let before = requests.map(|requests| requests.load(Ordering::Relaxed));
        let mut last = None;
        let samples = question
            .runs
            .make_waiting(async || {
                sleep(PAUSE).await;
                let told = server.call(question.tool, &question.arguments).await?;
                self.check(question, &told)?;
                let took = told.took;
                last = Some(told);
                Fallible::Ok(took)
            })
            .await?;
        let last = last.ok_or("nothing was asked")?;
        table.put(&format!("{}: time", question.what), self.name, samples.told());
        table.put(&format!("{}: result", question.what), self.name, report::size(last.text.len()));
        table.put(&format!("{}: message on the wire", question.what), self.name, bytes(last.wire_bytes));
        if let (Some(before), Some(requests)) = (before, requests) {
            let calls = (question.runs.warm_up + question.runs.counted) as f64;
            let each = (requests.load(Ordering::Relaxed) - before) as f64 / calls;
            table.put(
                &format!("{}: requests to the API a call, the server's own polling included", question.what),
                self.name,
                format!("{each:.1}"),
            );
        }
        Ok(last)
    }

    /// Keeps several calls in flight for a while, each answer checked.
    pub async fn press(&self, server: &Server, question: &Question<'_>, table: &mut Comparison) -> Fallible<()> {
        tell(&format!("{}: pressed with {}", self.name, question.what))?;
        let began = Instant::now();
        let callers = (0..IN_FLIGHT).map(|_| async {
            let mut took = Vec::new();
            while began.elapsed() < PRESSED {
                let told = server.call(question.tool, &question.arguments).await?;
                self.check(question, &told)?;
                took.push(told.took);
            }
            Fallible::Ok(took)
        });
        let finished = futures::future::try_join_all(callers).await?;
        let elapsed = began.elapsed().as_secs_f64();
        let samples = Samples::of(finished.into_iter().flatten().collect());
        let what = format!("pressed, {IN_FLIGHT} in flight for {} s: {}", PRESSED.as_secs(), question.what);
        let rate = samples.count() as f64 / elapsed;
        let latency = format!("p50 {}, p99 {}", told(samples.p50()), told(samples.p99()));
        table.put(&what, self.name, format!("{rate:.1} calls a second, {latency}"));
        Ok(())
    }

    fn check(&self, question: &Question<'_>, told: &Told) -> Fallible<()> {
        (question.check)(&told.text).map_err(|wrong| {
            let (name, tool, arguments) = (self.name, question.tool, &question.arguments);
            format!("{name} answered {tool} {arguments} wrongly: {wrong}\n{}", shortened(&told.text)).into()
        })
    }
}

fn bytes(count: usize) -> String {
    format!("{} bytes", report::grouped(count))
}

/// Names, descriptions and input schemas, as JSON without spaces.
pub fn schema_bytes(tools: &[Value]) -> usize {
    let part = |tool: &Value, name: &str| {
        tool.get(name).map_or(0, |value| match value {
            Value::String(text) => text.len(),
            other => other.to_string().len(),
        })
    };
    tools.iter().map(|tool| part(tool, "name") + part(tool, "description") + part(tool, "inputSchema")).sum()
}
