//! The built program as a child process: an environment of its own, a deadline, and what it printed.
//!
//! Guarantee: no run outlives its deadline, and every run is checked whatever it is about: it did not panic, none of
//! the planted secrets is in its output, and no terminal codes are, for its output is no terminal.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Stands in every planted secret. No output of the program may ever hold it.
pub const CANARY: &str = "CANARY";

/// The password of [`secrets`] and what it becomes in a header: `canary-user:CANARY-url-password` in Base64.
pub const BASIC: &str = "Y2FuYXJ5LXVzZXI6Q0FOQVJZLXVybC1wYXNzd29yZA==";

/// How long a program may take where a test says nothing else. Generous: this machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder of one test, taken away at its end.
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new, empty folder.
    pub fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("e2e-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A file in it.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What several runs share: home folder, settings and state of one person. Cheap to clone.
#[derive(Clone)]
pub struct Home {
    scratch: Arc<Scratch>,
    variables: Vec<(String, String)>,
}

impl Home {
    /// A new one, of `ann`.
    pub fn new() -> Self {
        Self { scratch: Arc::new(Scratch::new()), variables: vec![("USER".to_owned(), "ann".to_owned())] }
    }

    /// With a variable for every run.
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// A run of it.
    pub fn program(&self, arguments: &[&str]) -> Program {
        let program = Program::within_home(Arc::clone(&self.scratch), arguments);
        self.variables.iter().fold(program, |program, (name, value)| program.env(name, value))
    }

    /// Runs it to its end.
    pub async fn run(&self, arguments: &[&str]) -> Ended {
        self.program(arguments).run().await
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    /// A file in it.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        self.scratch.file(name, text)
    }

    /// Where the embedded store is.
    pub fn state(&self) -> PathBuf {
        self.path("state/auto-devops")
    }
}

/// A run to be started.
pub struct Program {
    command: Command,
    home: Arc<Scratch>,
    told: String,
    input: String,
    patience: Duration,
}

impl Program {
    /// The program with its arguments, in an environment that holds nothing but `PATH` and folders of its own.
    pub fn new(arguments: &[&str]) -> Self {
        Self::within_home(Arc::new(Scratch::new()), arguments)
    }

    fn within_home(home: Arc<Scratch>, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auto-devops"));
        command.args(arguments).env_clear().current_dir(&home.0).kill_on_drop(true);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", &home.0);
        for kind in ["CONFIG", "STATE", "DATA", "CACHE", "RUNTIME"] {
            let (name, folder) = match kind {
                "RUNTIME" => ("XDG_RUNTIME_DIR".to_owned(), home.path("runtime")),
                other => (format!("XDG_{other}_HOME"), home.path(&other.to_lowercase())),
            };
            std::fs::create_dir_all(&folder).unwrap();
            command.env(name, folder);
        }
        Self { command, home, told: arguments.join(" "), input: String::new(), patience: PATIENCE }
    }

    /// With a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// With a settings file where the program looks for one.
    pub fn settings(self, text: &str) -> Self {
        self.home.file("config/auto-devops/config.toml", text);
        self
    }

    /// With this on standard input.
    pub fn input(mut self, text: &str) -> Self {
        text.clone_into(&mut self.input);
        self
    }

    /// It must be over after so many seconds.
    pub fn within(mut self, seconds: u64) -> Self {
        self.patience = Duration::from_secs(seconds);
        self
    }

    /// A file in its folder, for a path in its settings.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        self.home.file(name, text)
    }

    /// Runs it to its end.
    pub async fn run(mut self) -> Ended {
        let input = std::mem::take(&mut self.input);
        let mut running = self.start();
        running.send(&input).await;
        running.finish().await
    }

    /// Starts it.
    pub fn start(mut self) -> Running {
        let started = Instant::now();
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        let (out, out_task) = collect(child.stdout.take().unwrap());
        let (err, err_task) = collect(child.stderr.take().unwrap());
        Running {
            input: child.stdin.take(),
            child,
            out,
            err,
            tasks: vec![out_task, err_task],
            told: self.told,
            started,
            deadline: started + self.patience,
            _home: self.home,
        }
    }
}

/// A run under way.
pub struct Running {
    child: Child,
    input: Option<ChildStdin>,
    out: watch::Receiver<Vec<u8>>,
    err: watch::Receiver<Vec<u8>>,
    tasks: Vec<JoinHandle<()>>,
    told: String,
    started: Instant,
    deadline: Instant,
    _home: Arc<Scratch>,
}

impl Running {
    /// Writes to its standard input.
    pub async fn send(&mut self, text: &str) {
        // A program that ended without reading its input is judged by its output.
        let _ = self.input.as_mut().unwrap().write_all(text.as_bytes()).await;
    }

    /// Waits until standard output is as wanted.
    pub async fn out_until(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        until(&mut self.out, self.deadline, &self.told, wanted).await
    }

    /// Waits until standard error is as wanted.
    pub async fn err_until(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        until(&mut self.err, self.deadline, &self.told, wanted).await
    }

    /// Sends a signal, such as `INT`.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().unwrap();
        let sent = std::process::Command::new("sh").args(["-c", &format!("kill -{name} {id}")]).status().unwrap();
        assert!(sent.success(), "kill -{name} {id}: {sent}");
    }

    /// Closes its standard input and waits for the end.
    pub async fn finish(mut self) -> Ended {
        drop(self.input.take());
        self.ended().await
    }

    /// Ends it at once (SIGKILL), as a machine that loses its power would.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Waits for the end with its standard input open.
    pub async fn ended(mut self) -> Ended {
        let ended = tokio::time::timeout_at(self.deadline, self.child.wait()).await;
        let took = self.started.elapsed();
        if ended.is_err() {
            self.child.kill().await.unwrap();
        }
        for task in self.tasks {
            task.await.unwrap();
        }
        let text = |bytes: &watch::Receiver<Vec<u8>>| String::from_utf8_lossy(&bytes.borrow()).into_owned();
        let (out, err) = (text(&self.out), text(&self.err));
        let Ok(status) = ended else {
            panic!("{}: not over after {took:.1?}\n--- out\n{out}\n--- err\n{err}", self.told)
        };
        let ended = Ended { code: status.unwrap().code(), out, err, told: self.told, took };
        ended.never();
        ended
    }
}

/// A run that is over.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// How long it took.
    pub took: Duration,
    told: String,
}

impl Ended {
    /// Fails the test unless it ended with this code.
    pub fn code(self, wanted: i32) -> Self {
        assert_eq!(self.code, Some(wanted), "{self}");
        self
    }

    /// Fails the test unless standard output holds each of these.
    pub fn out_has(self, wanted: &[&str]) -> Self {
        for text in wanted {
            assert!(self.out.contains(text), "standard output lacks {text:?}: {self}");
        }
        self
    }

    /// Fails the test unless standard error holds each of these.
    pub fn err_has(self, wanted: &[&str]) -> Self {
        for text in wanted {
            assert!(self.err.contains(text), "standard error lacks {text:?}: {self}");
        }
        self
    }

    /// Standard output as the one JSON document that it must be.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// What must never happen.
    fn never(&self) {
        for text in [&self.out, &self.err] {
            assert!(!text.contains("panicked at"), "{self}");
            assert!(!text.contains(CANARY) && !text.contains(BASIC), "a secret is told: {self}");
            assert!(!text.contains('\u{1b}'), "terminal codes: {self}");
        }
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, out: stdout, err, told, took } = self;
        write!(out, "auto-devops {told}: {code:?} after {took:.1?}\n--- out\n{stdout}\n--- err\n{err}")
    }
}

/// Settings with a secret at every place that takes one, for a Prometheus and a model.
pub fn secrets(prometheus: &str, model: Option<&str>) -> String {
    let host = prometheus.trim_start_matches("http://");
    let mut text = format!(
        "[prometheus.main]\nurl = \"http://canary-user:{CANARY}-url-password@{host}\"\n\
         headers = {{ \"X-Api-Key\" = \"{CANARY}-header\" }}\n"
    );
    if let Some(endpoint) = model {
        text.push_str(&format!(
            "[model]\nendpoint = \"{endpoint}\"\napi_key = \"sk-{CANARY}-key-0123456789\"\n\
             headers = {{ \"X-Gateway\" = \"{CANARY}-gateway\" }}\n"
        ));
    }
    text
}

fn collect(mut from: impl AsyncRead + Unpin + Send + 'static) -> (watch::Receiver<Vec<u8>>, JoinHandle<()>) {
    let (sender, receiver) = watch::channel(Vec::new());
    let task = tokio::spawn(async move {
        let mut part = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut part).await {
            sender.send_modify(|all| all.extend_from_slice(&part[..read]));
        }
    });
    (receiver, task)
}

async fn until(
    stream: &mut watch::Receiver<Vec<u8>>,
    deadline: Instant,
    told: &str,
    wanted: impl Fn(&str) -> bool,
) -> String {
    let waiting = stream.wait_for(|bytes| wanted(&String::from_utf8_lossy(bytes)));
    let found = match tokio::time::timeout_at(deadline, waiting).await {
        Ok(Ok(bytes)) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        _ => None,
    };
    found.unwrap_or_else(|| {
        panic!("{told}: never printed what was waited for, only:\n{}", String::from_utf8_lossy(&stream.borrow()))
    })
}
