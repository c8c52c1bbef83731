//! A redis-server of the test's own: on a free port, in a folder of its own, killed when it is dropped; and the few words
//! of its protocol that a test speaks behind the bus's back.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// A running server.
pub struct RedisServer {
    port: u16,
    folder: PathBuf,
    arguments: Vec<String>,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts one that loses nothing: every write is on the disk before it is answered.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// As [`RedisServer::start`], with more arguments.
    pub fn with(arguments: &[&str]) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("redis-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let mut server = Self { port: 0, folder, arguments, child: None };
        for _ in 0..10 {
            // Somebody else may take the port in between: then with another one.
            server.port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
            if server.try_start() {
                return server;
            }
        }
        panic!("redis-server could not be started; its log is in {}", server.folder.display());
    }

    fn try_start(&mut self) -> bool {
        let log = std::fs::File::create(self.folder.join("log")).unwrap();
        let mut command = Command::new("redis-server");
        command
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"])
            .arg(&self.folder);
        command.args(["--appendonly", "yes", "--appendfsync", "always"]).args(&self.arguments);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let child = command.spawn().unwrap_or_else(|error| {
            panic!("redis-server cannot be started: {error}; it comes with Debian's package redis-server")
        });
        self.child = Some(child);
        for _ in 0..1_000 {
            if self.child.as_mut().unwrap().try_wait().unwrap().is_some() {
                return false;
            }
            if self.answers() {
                return true;
            }
            pause();
        }
        panic!("redis-server does not answer; its log is in {}", self.folder.display());
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(self.address()) else { return false };
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut answer = String::new();
        stream.write_all(b"PING\r\n").is_ok()
            && BufReader::new(stream).read_line(&mut answer).is_ok()
            && (answer.starts_with("+PONG") || answer.starts_with("-NOAUTH"))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Ends it at once (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts it again, on the same port and data.
    pub fn restart(&mut self) {
        self.kill();
        assert!(self.try_start(), "redis-server did not start again; its log is in {}", self.folder.display());
    }

    /// Asks it something.
    pub fn ask(&self, words: &[&str]) -> String {
        let bytes: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        self.ask_bytes(&bytes)
    }

    /// Asks it something that need not be text. Answers with the reply, its parts separated by blanks.
    pub fn ask_bytes(&self, words: &[&[u8]]) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut request = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            request.extend(format!("${}\r\n", word.len()).into_bytes());
            request.extend(*word);
            request.extend(b"\r\n");
        }
        stream.write_all(&request).unwrap();
        reply(&mut BufReader::new(stream))
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

fn reply(from: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    let line = line.trim_end();
    let (kind, rest) = line.split_at(1);
    match kind {
        "*" => {
            let parts: Vec<String> = (0..rest.parse::<i64>().unwrap()).map(|_| reply(from)).collect();
            parts.join(" ")
        }
        "$" => {
            let Ok(length) = usize::try_from(rest.parse::<i64>().unwrap()) else { return String::new() };
            let mut text = vec![0; length + 2];
            from.read_exact(&mut text).unwrap();
            String::from_utf8_lossy(&text[..length]).into_owned()
        }
        "-" => format!("error {rest}"),
        _ => rest.to_owned(),
    }
}

#[expect(clippy::disallowed_methods, reason = "the server is another process, and this is no task of the runtime's")]
fn pause() {
    std::thread::sleep(Duration::from_millis(5));
}
