//! Where the contract is held: an adapter over a backend, with the backend's name, and calls that tell it when they fail.

use chrono::{TimeDelta, Utc};
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use estate::Estate;
use estate::scenarios::Scenario;
use estate::world::World;
use serde_json::{Map, Value};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tools_common::act::{AuditFile, Authority};
use tools_common::http::{Endpoint, HttpSettings, InProcessService};
use tools_common::serve::Adapter;

/// A tool server over one backend.
pub struct Place {
    /// For messages: `estate`, `Debian's Prometheus`.
    pub name: String,
    /// The tools.
    pub adapter: Adapter,
    /// Ends with the place.
    _servers: Vec<Started>,
}

impl Place {
    /// A place whose servers end with it.
    pub fn new(name: impl Into<String>, adapter: Adapter, servers: Vec<Started>) -> Self {
        Self { name: name.into(), adapter, _servers: servers }
    }

    /// One call.
    pub async fn try_call(&self, tool: &str, arguments: Value) -> Result<Envelope, Failure> {
        let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
        self.adapter.call(tool, arguments, self.adapter.context()).await
    }

    /// One call that must succeed.
    pub async fn call(&self, tool: &str, arguments: Value) -> Envelope {
        let shown = arguments.to_string();
        let result = self.try_call(tool, arguments).await;
        result.unwrap_or_else(|failure| panic!("{}: {tool} {shown}: {failure}", self.name))
    }

    /// One call that must fail.
    pub async fn fails(&self, tool: &str, arguments: Value) -> Failure {
        let shown = arguments.to_string();
        match self.try_call(tool, arguments).await {
            Err(failure) => failure,
            Ok(envelope) => panic!("{}: {tool} {shown} succeeded: {envelope:?}", self.name),
        }
    }

    /// Fails with the place's name unless it holds.
    pub fn holds(&self, what: &str, holds: bool, seen: &impl std::fmt::Debug) {
        assert!(holds, "{}: {what}: {seen:?}", self.name);
    }

    /// The rows of all pages of so many rows each, and how many pages there were.
    pub async fn all_pages(&self, tool: &str, arguments: Value, limit: usize) -> (Vec<Map<String, Value>>, usize) {
        const MOST_PAGES: usize = 400;
        let Value::Object(mut arguments) = arguments else { panic!("arguments are an object") };
        arguments.insert("limit".to_owned(), Value::from(limit));
        let mut all = Vec::new();
        for page in 1..=MOST_PAGES {
            let envelope = self.call(tool, Value::Object(arguments.clone())).await;
            all.extend(rows(&envelope));
            match envelope.next_cursor {
                Some(cursor) => arguments.insert("cursor".to_owned(), Value::from(cursor)),
                None => return (all, page),
            };
        }
        panic!("{}: {tool} goes on after {MOST_PAGES} pages", self.name)
    }
}

/// The rows of a result: a table itself, or the table in it.
pub fn rows(envelope: &Envelope) -> Vec<Map<String, Value>> {
    let data = &envelope.data;
    let table = ["/table", "/rows", "/series", ""].iter().find_map(|pointer| {
        let part = data.pointer(pointer)?;
        serde_json::from_value::<Table>(part.clone()).ok()
    });
    table.and_then(|table| table.typed().ok()).unwrap_or_default()
}

/// A text of a row.
pub fn text<'a>(row: &'a Map<String, Value>, column: &str) -> &'a str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}

/// A world of the present with a fault in it, half an hour old.
pub fn live_estate() -> Arc<Estate> {
    let now = Utc::now();
    let world = World::new(7, now - TimeDelta::hours(2), Scenario::named("bad-config"), now - TimeDelta::minutes(30));
    Estate::new(world, Arc::new(Utc::now))
}

/// An endpoint within this process.
pub fn in_process(backend: &'static str, router: axum::Router) -> Endpoint {
    let settings = HttpSettings::new(backend, "http://estate");
    Endpoint { settings, in_process: Some(InProcessService::new(router)) }
}

/// Leave to act without grants, audited into a file that nobody sees.
pub fn authority() -> Authority {
    let path = scratch("audit");
    let audit = AuditFile::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    Authority::WithoutGrants(audit)
}

/// A path of this run's own.
pub fn scratch(name: &str) -> PathBuf {
    static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("contract-{name}-{}-{number}", std::process::id()))
}

/// The value of a variable that names a real server; says that it was not run where there is none.
pub fn named(variable: &str) -> Option<String> {
    let value = std::env::var(variable).ok().filter(|value| !value.is_empty());
    if value.is_none() {
        println!("not run: contract against the server of {variable}");
    }
    value
}

/// A server that was started for the test; killed when the test ends.
pub struct Started {
    child: Child,
    folder: PathBuf,
}

impl Started {
    /// Starts a program of Debian's packages; `.ci/test` installs it.
    pub fn new(program: &str, folder: PathBuf, arguments: &[String]) -> Self {
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program} cannot be started ({error}); `.ci/test` installs it"));
        Self { child, folder }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A port that nobody listens at.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
