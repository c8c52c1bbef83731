//! A redis-server (Debian's package) of one test: on a free port, in a folder of its own, killed when it is dropped.

use crate::process::Scratch;
use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// How long a server may take to answer; generous, since the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server.
pub struct RedisServer {
    /// The port of the loopback on which it listens.
    pub port: u16,
    password: String,
    folder: Scratch,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts one that wants this password.
    pub async fn start(password: &str) -> Self {
        let mut server = Self { port: 0, password: password.to_owned(), folder: Scratch::new(), child: None };
        for _ in 0..10 {
            // Somebody else may take the port in between: then with another one.
            server.port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
            if server.try_start().await {
                return server;
            }
        }
        panic!("redis-server could not be started: {}", server.log());
    }

    /// With its password in it.
    pub fn url(&self) -> String {
        format!("redis://:{}@127.0.0.1:{}", self.password, self.port)
    }

    /// Ends it at once (SIGKILL).
    pub async fn kill(&mut self) {
        self.child.take().unwrap().kill().await.unwrap();
    }

    /// Starts it again on the same port and data.
    pub async fn start_again(&mut self) {
        assert!(self.try_start().await, "redis-server did not start again: {}", self.log());
    }

    async fn try_start(&mut self) -> bool {
        let log = std::fs::File::create(self.folder.path("log")).unwrap();
        let mut command = Command::new("redis-server");
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"]);
        command.arg(self.folder.path(".")).args(["--appendonly", "yes", "--appendfsync", "always"]);
        command.args(["--requirepass", &self.password]).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let started = command.spawn();
        self.child = Some(started.unwrap_or_else(|error| {
            panic!("redis-server cannot be started: {error}; it comes with Debian's package redis-server")
        }));
        let answering = async {
            while !self.answers().await {
                if self.child.as_mut().unwrap().try_wait().unwrap().is_some() {
                    return false;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            true
        };
        tokio::time::timeout(PATIENCE, answering).await.unwrap_or(false)
    }

    /// Without the password it says that it wants one, which is an answer.
    async fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)).await else { return false };
        let mut answer = [0; 7];
        let asked = async {
            stream.write_all(b"PING\r\n").await?;
            stream.read_exact(&mut answer).await
        };
        matches!(tokio::time::timeout(Duration::from_secs(5), asked).await, Ok(Ok(_))) && &answer == b"-NOAUTH"
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path("log")).unwrap_or_default()
    }
}
