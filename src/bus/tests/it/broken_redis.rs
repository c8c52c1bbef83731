//! A Redis that answers errors: it counts as away, the reason and the remedy are told, and nothing is lost.

use crate::server::RedisServer;
use crate::worlds::{NEVER, event, handle, memory, settings, until};
use bus::{Redis, RedisSettings, Resilient};
use ports::bus::{Bus, BusError};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// While the server is broken events are taken, and told about in health; once it is mended they are in it.
async fn broken_and_mended(server: RedisServer, breaking: &[&[&str]], mending: &[&[&str]], words: &[&str]) {
    let bus = Resilient::start(settings(server.address(), NEVER), Some(memory()), "one").await.unwrap();
    let mut consumer = bus.subscribe("t", "g", "c").await.unwrap();
    bus.publish("t", event("before")).await.unwrap();
    assert_eq!(handle(&mut consumer, 1).await, ["before"]);
    for command in breaking {
        server.ask(command);
    }
    for id in ["a", "b"] {
        bus.publish("t", event(id)).await.unwrap();
    }
    until("it is told", || bus.health().degraded.is_some()).await;
    let why = bus.health().degraded.unwrap();
    assert!(words.iter().all(|word| why.contains(word)), "{why}");
    assert_eq!(handle(&mut consumer, 2).await, ["a", "b"], "they are handled meanwhile");
    for command in mending {
        server.ask(command);
    }
    until("it is mended", || bus.health().degraded.is_none()).await;
    bus.publish("t", event("after")).await.unwrap();
    assert_eq!(handle(&mut consumer, 1).await, ["after"]);
    assert_eq!(server.ask(&["XLEN", "auto-devops:events:t"]), "4");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_memory() {
    let server = RedisServer::with(&["--maxmemory-policy", "noeviction"]);
    let breaking: &[&[&str]] = &[&["CONFIG", "SET", "maxmemory", "1"]];
    let mending: &[&[&str]] = &[&["CONFIG", "SET", "maxmemory", "0"]];
    broken_and_mended(server, breaking, mending, &["OOM", "raise its maxmemory"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_became_a_replica() {
    let gone = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port().to_string();
    let breaking: &[&[&str]] = &[&["REPLICAOF", "127.0.0.1", &gone]];
    let mending: &[&[&str]] = &[&["REPLICAOF", "NO", "ONE"]];
    broken_and_mended(RedisServer::start(), breaking, mending, &["READONLY", "primary"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_too_few_replicas() {
    let breaking: &[&[&str]] = &[&["CONFIG", "SET", "min-replicas-to-write", "1"]];
    let mending: &[&[&str]] = &[&["CONFIG", "SET", "min-replicas-to-write", "0"]];
    broken_and_mended(RedisServer::start(), breaking, mending, &["NOREPLICAS", "replication"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_refused_and_not_repeated() {
    let server = RedisServer::with(&["--requirepass", "right"]);
    let url = |password: &str| format!("redis://:{password}@{}", server.address());
    let open = |url: &str| RedisSettings::from_url(url).unwrap();
    let wrong = Redis::connect(open(&url("wr0ng-pass"))).await.map(drop).unwrap_err();
    assert!(matches!(&wrong, BusError::Denied(text) if text.contains("URL of Redis")), "{wrong:?}");
    assert!(!wrong.to_string().contains("wr0ng-pass"), "{wrong}");
    let none = Redis::connect(open(&format!("redis://{}", server.address()))).await.map(drop).unwrap_err();
    assert!(matches!(&none, BusError::Denied(text) if text.contains("password")), "{none:?}");

    let bus = Resilient::start(open(&url("wr0ng-pass")), Some(memory()), "one").await.unwrap();
    let mut consumer = bus.subscribe("t", "g", "c").await.unwrap();
    bus.publish("t", event("e")).await.unwrap();
    assert_eq!(handle(&mut consumer, 1).await, ["e"]);
    let why = bus.health().degraded.unwrap();
    assert!(why.contains("WRONGPASS") && !why.contains("wr0ng-pass"), "{why}");
    assert!(!format!("{:?}", bus.health()).contains("wr0ng-pass"));

    let right = Redis::connect(open(&url("right"))).await.unwrap();
    right.publish("t", event("e")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_there_is_told_with_its_place() {
    let gone = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let error = Redis::connect(settings(gone, NEVER)).await.map(drop).unwrap_err();
    assert!(matches!(&error, BusError::Unavailable(text) if text.contains(&gone.to_string())), "{error:?}");
}

/// A server that answers every command with one error, until it is told to answer as an empty one does.
struct Scripted {
    address: SocketAddr,
    mended: Arc<AtomicBool>,
}

impl Scripted {
    async fn start(error: &'static str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (address, mended) = (listener.local_addr().unwrap(), Arc::new(AtomicBool::new(false)));
        let state = Arc::clone(&mended);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Self::serve(stream, error, Arc::clone(&state)));
            }
        });
        Self { address, mended }
    }

    async fn serve(stream: TcpStream, error: &'static str, mended: Arc<AtomicBool>) {
        let mut stream = BufReader::new(stream);
        while let Some(words) = command(&mut stream).await {
            let word = words.first().map(|word| word.to_ascii_uppercase()).unwrap_or_default();
            let answer = match word.as_str() {
                _ if !mended.load(Ordering::SeqCst) => format!("-{error}\r\n"),
                "PING" => "+PONG\r\n".to_owned(),
                "SET" | "XGROUP" | "CLIENT" | "SELECT" => "+OK\r\n".to_owned(),
                "EVAL" => "$5\r\ntaken\r\n".to_owned(),
                "XREADGROUP" => {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    "*-1\r\n".to_owned()
                }
                "XAUTOCLAIM" => "*3\r\n$3\r\n0-0\r\n*0\r\n*0\r\n".to_owned(),
                "INFO" => "$22\r\nredis_version:7.0.15\r\n\r\n".to_owned(),
                other => panic!("a command that nobody expects: {other} {words:?}"),
            };
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

/// One command as clients send it: an array of bulk strings.
async fn command(stream: &mut BufReader<TcpStream>) -> Option<Vec<String>> {
    let count: usize = line(stream).await?.strip_prefix('*')?.parse().ok()?;
    let mut words = Vec::with_capacity(count);
    for _ in 0..count {
        let length: usize = line(stream).await?.strip_prefix('$')?.parse().ok()?;
        let mut word = vec![0; length + 2];
        tokio::io::AsyncReadExt::read_exact(stream, &mut word).await.ok()?;
        words.push(String::from_utf8_lossy(&word[..length]).into_owned());
    }
    Some(words)
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_only_answers_errors() {
    let cases = [
        ("LOADING Redis is loading the dataset in memory", "comes by itself"),
        ("MISCONF Redis is configured to save RDB snapshots, but it's unable to persist to disk", "disk"),
        ("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", "replication"),
        ("BUSY Redis is busy running a script.", "SCRIPT KILL"),
        ("NOPERM this user has no permissions to run the 'ping' command", "ACL SETUSER"),
        ("ERR something that nobody has heard of", "something that nobody has heard of"),
    ];
    for (error, advice) in cases {
        let server = Scripted::start(error).await;
        let bus = Resilient::start(settings(server.address, NEVER), Some(memory()), "one").await.unwrap();
        let mut consumer = bus.subscribe("t", "g", "c").await.unwrap();
        bus.publish("t", event("e")).await.unwrap();
        assert_eq!(handle(&mut consumer, 1).await, ["e"], "{error}");
        let why = bus.health().degraded.unwrap_or_else(|| panic!("{error}: not told"));
        assert!(why.contains(advice) && why.contains(error.split(' ').next().unwrap()), "{why}");
        server.mended.store(true, Ordering::SeqCst);
        until("it is mended", || bus.health().degraded.is_none()).await;
    }
}

/// What is no Redis at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_behind_which_something_else_speaks() {
    for speech in ["HTTP/1.1 400 Bad Request\r\n\r\n", "\r\n\r\n\r\n", "*99999999999\r\n", "$-7\r\nx\r\n", "\u{0}\u{1}"]
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let _ = stream.write_all(speech.as_bytes()).await;
                    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
                });
            }
        });
        let bus = Resilient::start(settings(address, NEVER), Some(memory()), "one").await.unwrap();
        let mut consumer = bus.subscribe("t", "g", "c").await.unwrap();
        bus.publish("t", event("e")).await.unwrap();
        assert_eq!(handle(&mut consumer, 1).await, ["e"], "{speech:?}");
        assert!(bus.health().degraded.is_some(), "{speech:?}");
    }
}
