//! `serve` from outside: `/health`, Redis that goes away and comes back, stopping, two of them on one store, and a backup
//! while it works.

use crate::process::{CANARY, Home, Running};
use crate::redis::RedisServer;
use crate::servers::{Backend, http};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::Instant;

/// How long something that must happen may take; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// `serve` at a free port.
async fn serve(home: &Home) -> (Running, SocketAddr) {
    let mut running = home.program(&["serve", "--listen", "0"]).within(240).start();
    let told = running.err_until(|err| err.contains("listening at http://") && err.contains('\n')).await;
    let address = told.split("listening at http://").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    (running, address)
}

/// The status code and document of `/health`.
async fn health(address: SocketAddr) -> (u16, Value) {
    let answer = http(address, "GET", "/health", &[], "").await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer of HTTP: {answer:?}"));
    let code = head.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(!answer.contains(CANARY), "a secret is told: {answer}");
    (code, serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}")))
}

fn component<'a>(document: &'a Value, name: &str) -> &'a Value {
    let components = document["components"].as_array().unwrap();
    components.iter().find(|component| component["name"] == name).unwrap_or_else(|| panic!("no {name}: {document:#}"))
}

/// Asks `/health` until a component stands as wanted.
async fn until(address: SocketAddr, name: &str, wanted: &str) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (code, document) = health(address).await;
        if component(&document, name)["status"] == wanted {
            assert_eq!(code, 200, "it does its work: {document:#}");
            return document;
        }
        assert!(Instant::now() < deadline, "{name} never became {wanted}: {document:#}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn redis_goes_away_and_comes_back_without_a_restart() {
    let mut redis = RedisServer::start(&format!("{CANARY}-redis")).await;
    let home = Home::new().env("REDIS_URL", redis.url());
    let (running, address) = serve(&home).await;
    let there = until(address, "bus", "ok").await;
    assert_eq!(there["status"], "ok", "{there:#}");
    assert!(component(&there, "bus")["detail"].as_str().unwrap().contains("edis"), "{there:#}");
    redis.kill().await;
    let away = until(address, "bus", "degraded").await;
    assert_eq!(away["status"], "degraded", "{away:#}");
    assert!(component(&away, "bus")["detail"].as_str().unwrap().contains("served from this process"), "{away:#}");
    assert_eq!(component(&away, "store")["status"], "ok", "{away:#}");
    redis.start_again().await;
    let back = until(address, "bus", "ok").await;
    assert_eq!(back["status"], "ok", "{back:#}");
    home.run(&["doctor"]).await.out_has(&["ok     bus", &format!("redis://127.0.0.1:{}", redis.port)]);
    running.signal("TERM");
    running.ended().await.code(0).err_has(&["stopping"]);
}

#[tokio::test]
async fn a_redis_that_is_away_at_start_keeps_the_service_from_nothing() {
    let home = Home::new().env("REDIS_URL", format!("redis://:{CANARY}-redis@127.0.0.1:1"));
    let (running, address) = serve(&home).await;
    let (code, document) = health(address).await;
    assert_eq!((code, &component(&document, "bus")["status"]), (200, &"degraded".into()), "{document:#}");
    home.run(&["doctor"]).await.out_has(&["AWAY   bus", "redis://127.0.0.1:1"]);
    running.signal("INT");
    running.ended().await.code(0);
}

#[tokio::test]
async fn with_mongodb_away_it_ended_and_called_that_a_mistake_in_the_settings() {
    let uri = format!("mongodb://jamie:{CANARY}-mongo@127.0.0.1:1/jamie?authSource=admin");
    let home = Home::new().env("MONGODB_URI", &uri).env("AUTO_DEVOPS__STORE__DEADLINE_SECONDS", "1");
    let (running, address) = serve(&home).await;
    let (code, document) = health(address).await;
    assert_eq!((code, &component(&document, "store")["status"]), (503, &"failing".into()), "{document:#}");
    let bus = component(&document, "bus");
    assert_eq!(bus["status"], "degraded", "{document:#}");
    assert!(bus["detail"].as_str().unwrap().contains("not started"), "{document:#}");
    running.signal("TERM");
    running.ended().await.code(0).err_has(&["the bus starts when the store is back", "127.0.0.1:1"]);
}

#[tokio::test]
async fn it_stops_on_a_signal_and_gives_its_lease_back() {
    let home = Home::new();
    let (running, address) = serve(&home).await;
    let (code, document) = health(address).await;
    assert_eq!((code, &document["status"]), (200, &"ok".into()), "{document:#}");
    assert_eq!(document["components"].as_array().unwrap().len(), 2, "{document:#}");
    let answer = http(address, "GET", "/nothing-here", &[], "").await;
    assert!(answer.starts_with("HTTP/1.0 404") || answer.starts_with("HTTP/1.1 404"), "{answer}");
    running.signal("TERM");
    running.ended().await.code(0).err_has(&["stopping"]);
    // The next one leads at once, without waiting for the end of a lease.
    let (next, address) = serve(&home).await;
    assert_eq!(health(address).await.0, 200);
    leader(&home).await;
    next.signal("TERM");
    next.ended().await.code(0);
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = Home::new().run(&["serve", "--listen", &address]).await.code(69);
    ended.err_has(&[&address, "cannot be listened at", "--listen"]);
    Home::new().run(&["serve", "--listen", "nowhere"]).await.code(64);
}

/// Who holds the lease of the upkeep, as the store has it; waits until somebody does.
async fn leader(home: &Home) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let exported = home.run(&["store", "export", "-"]).await.code(0);
        let lease = exported.out.lines().find(|line| line.contains("lease:upkeep"));
        let line: Option<Value> = lease.map(|line| serde_json::from_str(line).unwrap());
        let holder = line.as_ref().and_then(|line| find(line, "holder"));
        if let Some(holder) = holder {
            return holder;
        }
        assert!(Instant::now() < deadline, "nobody leads: {line:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The first text under this name, at any depth.
fn find(value: &Value, name: &str) -> Option<String> {
    match value {
        Value::Object(members) => match members.get(name).and_then(Value::as_str) {
            Some(text) if !text.is_empty() => Some(text.to_owned()),
            _ => members.values().find_map(|member| find(member, name)),
        },
        Value::Array(items) => items.iter().find_map(|item| find(item, name)),
        _ => None,
    }
}

#[tokio::test]
async fn of_two_on_one_store_one_leads() {
    let home = Home::new();
    let (first, first_address) = serve(&home).await;
    let leads = leader(&home).await;
    let (second, second_address) = serve(&home).await;
    for address in [first_address, second_address] {
        assert_eq!(health(address).await.0, 200);
    }
    assert_eq!(leader(&home).await, leads, "the second takes nothing from the first");
    first.signal("TERM");
    first.ended().await.code(0);
    let deadline = Instant::now() + PATIENCE;
    while leader(&home).await == leads {
        assert!(Instant::now() < deadline, "the second never led after the first was gone");
    }
    second.signal("TERM");
    second.ended().await.code(0);
    home.run(&["store", "check"]).await.code(0).out_has(&["nothing is damaged"]);
}

#[tokio::test]
async fn a_backup_is_taken_while_the_service_runs_and_others_write() {
    let backend = Backend::prometheus().await;
    let home = Home::new().env("PROMETHEUS_URL", &backend.url);
    let (running, address) = serve(&home).await;
    home.run(&["memory", "add", "Written before the backup (BEFORE-BACKUP)."]).await.code(0);
    let backup = home.path("backup");
    let writing = async {
        for number in 0..3 {
            let note = format!("Written around the backup, number {number}.");
            tokio::join!(
                async { home.run(&["memory", "add", &note]).await.code(0) },
                async { home.run(&["ask", "which targets are down?", "--no-model"]).await.code(0) },
                async { home.run(&["freeze", "on", "--reason", &note]).await.code(0) }
            );
        }
    };
    let copying = async { home.run(&["store", "backup", backup.to_str().unwrap()]).await.code(0) };
    tokio::join!(writing, copying);
    assert_eq!(health(address).await.0, 200);
    running.signal("TERM");
    running.ended().await.code(0);
    let elsewhere = Home::new();
    elsewhere.run(&["store", "restore", backup.to_str().unwrap()]).await.code(0);
    elsewhere.run(&["store", "check"]).await.code(0).out_has(&["nothing is damaged"]);
    elsewhere.run(&["audit", "verify"]).await.code(0);
    elsewhere.run(&["memory", "search", "BEFORE-BACKUP"]).await.code(0).out_has(&["Written before the backup"]);
    home.run(&["store", "check"]).await.code(0).out_has(&["nothing is damaged"]);
    let trail = home.run(&["audit", "verify"]).await.code(0);
    trail.out_has(&["audit: holds, records 1 to 3"]);
}

#[tokio::test]
async fn what_was_kept_is_there_after_the_service_was_killed() {
    let home = Home::new();
    let (running, _) = serve(&home).await;
    let leads = leader(&home).await;
    home.run(&["freeze", "on", "--reason", "a leak"]).await.code(0);
    running.kill().await;
    home.run(&["freeze", "status"]).await.code(0).out_has(&["FROZEN", "a leak"]);
    home.run(&["store", "check"]).await.code(0).out_has(&["nothing is damaged"]);
    // Its lease ends by itself.
    let (next, address) = serve(&home).await;
    assert_eq!(health(address).await.0, 200);
    let deadline = Instant::now() + PATIENCE + PATIENCE;
    while leader(&home).await == leads {
        assert!(Instant::now() < deadline, "nobody leads after the leader was killed");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    next.signal("TERM");
    next.ended().await.code(0);
}
