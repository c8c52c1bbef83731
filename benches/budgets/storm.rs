//! A storm of alerts: webhooks over HTTP into the embedded store, while they are put into incidents.
//!
//! The rate is held from outside: each request has a time at which it is due, and its answer is counted from then, so that
//! one slow answer does not hide those that it held up. Afterwards every signal must be in the store and in an incident.

use crate::Fallible;
use async_trait::async_trait;
use benches::samples::{Samples, told};
use benches::table::Row;
use chrono::{DateTime, Utc};
use domain::correlation::Rules;
use domain::incident::Incident;
use domain::secret::Secret;
use domain::topology::Topology;
use engine::approvals::ApprovalDesk;
use engine::scarlet::intake::{Herald, Parts, SignalIntake, Surroundings};
use ports::clock::{Clock, SystemClock};
use ports::store::Store;
use ports::store::collections::{ALL, INCIDENTS, SIGNALS};
use ports::store::query::{Condition, Query};
use ports::store::record;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::sqlite::{Options, Sqlite};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use web::webhooks::{Access, Receiver, Shape, routes};

const RATE: u64 = 1_000;
const SECONDS: u64 = 30;

/// Connections that the callers hold open.
const CONNECTIONS: u64 = 64;

/// Workloads that are in trouble: so many incidents there are at most.
const WORKLOADS: u64 = 20;

/// How long it may take until everything is in an incident, after the last webhook.
const PATIENCE: Duration = Duration::from_secs(60);

const BUDGET: Duration = Duration::from_millis(20);
const TOKEN: &str = "token-of-the-benchmark";

struct Around;

impl Surroundings for Around {
    fn rules(&self) -> Arc<Rules> {
        Arc::default()
    }

    fn topology(&self, _environment: &str) -> Arc<Topology> {
        Arc::default()
    }
}

#[async_trait]
impl Herald for Around {
    async fn changed(&self, _incidents: &[&str]) {}
}

/// The storm's rows.
pub async fn rows() -> Fallible<Vec<Row>> {
    let folder = Path::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/storm"));
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    let rows = storm(folder).await;
    std::fs::remove_dir_all(folder)?;
    rows
}

async fn storm(folder: &Path) -> Fallible<Vec<Row>> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(Options::new(folder, ALL, clock.clone())).await?);
    let approvals = Arc::new(ApprovalDesk::new(store.clone(), clock.clone(), Arc::new(|| "drawn".to_owned())));
    let (surroundings, herald, sources) = (Arc::new(Around), Arc::new(Around), Vec::new());
    let parts = Parts { store: store.clone(), clock: clock.clone(), approvals, surroundings, herald, sources };
    let intake = Arc::new(SignalIntake::new(parts));
    let stop = CancellationToken::new();
    let (running, until) = (Arc::clone(&intake), stop.clone());
    let working = tokio::spawn(async move { running.run(until).await });
    let access = Access::bearer(&Secret::new(TOKEN));
    let receiver = Receiver { name: "prod".to_owned(), access, shape: Shape::Alertmanager };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let serving = tokio::spawn(web::serve(listener, routes(vec![receiver], intake, clock), stop.clone()));

    let (took, refused) = sent(address, Utc::now()).await?;
    let settled = settled(store.as_ref()).await?;
    stop.cancel();
    working.await?;
    serving.await?;

    let total = RATE * SECONDS;
    let kept = store.count(&Query::of(&SIGNALS)).await?;
    let page = record::page::<Incident>(store.as_ref(), &Query::of(&INCIDENTS).limited(Query::LIMIT)).await?;
    let reported: u32 = page.records.iter().flat_map(|one| &one.value.members).map(|member| member.count).sum();
    if kept + refused != total || u64::from(reported) != kept {
        let told = format!("of {total} webhooks {kept} are kept, {refused} were refused, {reported} are in incidents");
        return Err(told.into());
    }
    let is_kept = took.p99() <= BUDGET && refused == 0;
    let budget = format!("{} p99, no loss", told(BUDGET));
    let what = format!("alert storm: {RATE} webhooks a second for {SECONDS} s, durable when acknowledged");
    let measured = format!("{}; {refused} refused, 0 lost", took.told());
    let incidents = page.records.len();
    Ok(vec![
        Row::against(what, measured, budget, is_kept),
        Row::information(
            "its signals in incidents, after the last webhook",
            format!("{}; {incidents} incidents", told(settled)),
        ),
    ])
}

/// Sends the storm over some connections. Answers with how long each acknowledgement took from when its request was due,
/// and with how many requests were told to come again.
async fn sent(address: SocketAddr, now: DateTime<Utc>) -> Fallible<(Samples, u64)> {
    let begun = Instant::now() + Duration::from_millis(100);
    let callers: Vec<_> = (0..CONNECTIONS)
        .map(|first| {
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                let mut answers = Vec::new();
                for number in (first..RATE * SECONDS).step_by(usize::try_from(CONNECTIONS)?) {
                    let request = request(number, now);
                    let due = begun + Duration::from_micros(number * 1_000_000 / RATE);
                    tokio::time::sleep_until(due).await;
                    answers.push((ask(&mut stream, &request).await?, due.elapsed()));
                }
                Fallible::Ok(answers)
            })
        })
        .collect();
    let (mut took, mut refused) = (Vec::new(), 0);
    for caller in callers {
        for (status, elapsed) in caller.await?? {
            match status.as_str() {
                "200" => took.push(elapsed),
                "503" => refused += 1,
                _ => return Err(format!("a webhook was answered with {status}").into()),
            }
        }
    }
    Ok((Samples::of(took), refused))
}

fn request(number: u64, now: DateTime<Utc>) -> String {
    let body = webhook(number, now);
    format!(
        "POST /webhooks/alertmanager/prod HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// One request on a connection that stays; its status.
async fn ask(stream: &mut TcpStream, request: &str) -> Fallible<String> {
    stream.write_all(request.as_bytes()).await?;
    let (mut answer, mut chunk) = (String::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut chunk).await?;
        if read == 0 {
            return Err(format!("the connection ended after {answer:?}").into());
        }
        answer.push_str(&String::from_utf8_lossy(chunk.get(..read).unwrap_or_default()));
        let Some((head, body)) = answer.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        if length.is_some_and(|length| body.len() >= length) {
            return Ok(head.split(' ').nth(1).unwrap_or_default().to_owned());
        }
    }
}

/// Waits until nothing waits any more.
async fn settled(store: &dyn Store) -> Fallible<Duration> {
    let begun = Instant::now();
    let waiting = Query::of(&SIGNALS).with("stand", Condition::Is("waiting".into()));
    while store.count(&waiting).await? > 0 {
        if begun.elapsed() > PATIENCE {
            return Err(format!("signals still wait {} s after the last webhook", PATIENCE.as_secs()).into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(begun.elapsed())
}

fn webhook(number: u64, now: DateTime<Utc>) -> String {
    let workload = number % WORKLOADS;
    let alert = json!({
        "status": "firing",
        "labels": {
            "alertname": "PodCrashLooping",
            "namespace": "shop",
            "deployment": format!("service-{workload}"),
            "pod": format!("service-{workload}-{number}"),
            "container": "main",
            "severity": "critical",
            "cluster": "prod",
            "team": "shop",
        },
        "annotations": {
            "summary": format!("Pod service-{workload}-{number} restarts again and again"),
            "description": "It has restarted more than five times within the last ten minutes.",
        },
        "startsAt": now.to_rfc3339(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus/graph?g0.expr=increase%28restarts%5B10m%5D%29+%3E+5",
        "fingerprint": format!("{number:016x}"),
    });
    json!({
        "version": "4", "groupKey": "{}", "truncatedAlerts": 0, "status": "firing", "receiver": "auto-devops",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://alertmanager",
        "alerts": [alert],
    })
    .to_string()
}
