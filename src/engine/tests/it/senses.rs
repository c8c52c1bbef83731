//! Senses over a scripted toolbox and an intake that can be away, on a paused clock.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::evidence::ToolCall;
use domain::observed::Table;
use domain::observed::prometheus::{Forecasts, RunsOut};
use domain::sense::Telling;
use domain::sense::declared::Declared;
use domain::sense::endpoint::EndpointWatch;
use domain::sense::uptime::{Check, Found, Why};
use domain::signal::{Signal, Source, Status};
use engine::scarlet::health_log::{HealthLog, Rotation};
use engine::scarlet::senses::{Board, Keeper, Parts, Senses, Shown};
use fakes::ScriptedToolbox;
use ports::clock::Clock;
use ports::endpoint::{Answered, EndpointCheck};
use ports::signals::{Intake, IntakeError, SourceStatus, Taken};
use ports::store::Store;
use ports::store::collections;
use ports::toolbox::Toolbox;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

mod learned;

type Outcome = Result<Envelope, Failure>;

/// A clock that goes with tokio's.
struct Going {
    begun: Instant,
}

impl Clock for Going {
    fn now(&self) -> DateTime<Utc> {
        let passed = TimeDelta::from_std(self.begun.elapsed()).unwrap();
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + passed
    }
}

/// An intake that keeps what it takes, unless it is away.
#[derive(Default)]
struct Keeping {
    taken: Mutex<Vec<Signal>>,
    is_away: AtomicBool,
    troubles: Mutex<Vec<String>>,
    /// When the first senses began; those after a restart go on by the same clock.
    begun: OnceLock<Instant>,
}

impl Keeping {
    fn told(&self) -> Vec<(String, Status)> {
        self.taken.lock().unwrap().iter().map(|signal| (signal.name.clone(), signal.status)).collect()
    }

    fn names(&self) -> Vec<String> {
        self.told().into_iter().map(|(name, _)| name).collect()
    }
}

#[async_trait]
impl Intake for Keeping {
    async fn take(&self, signals: Vec<Signal>) -> Result<Taken, IntakeError> {
        if self.is_away.load(Ordering::Relaxed) {
            let message = "the store is away".to_owned();
            return Err(IntakeError::Away { message, retry_after: Duration::from_secs(1) });
        }
        let kept = signals.len();
        self.taken.lock().unwrap().extend(signals);
        Ok(Taken { kept, ..Taken::default() })
    }

    fn heard(&self, _: &Source) {}

    fn trouble(&self, source: &Source, problem: &str) {
        self.troubles.lock().unwrap().push(format!("{source}: {problem}"));
    }

    fn sources(&self) -> Vec<SourceStatus> {
        Vec::new()
    }
}

/// What a tool answers now, by its name.
#[derive(Clone, Default)]
struct World(Arc<Mutex<BTreeMap<&'static str, Outcome>>>);

impl World {
    fn set(&self, tool: &'static str, outcome: Outcome) {
        self.0.lock().unwrap().insert(tool, outcome);
    }

    fn tools(&self) -> ScriptedToolbox {
        let world = self.clone();
        ScriptedToolbox::answering(vec![], move |call: &ToolCall| {
            world.0.lock().unwrap().get(call.tool.as_str()).cloned()
        })
    }
}

struct Running {
    intake: Arc<Keeping>,
    board: Arc<Board>,
    leads: Arc<AtomicBool>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn begin(intake: Arc<Keeping>, keeper: Option<Keeper>, add: impl FnOnce(&mut Senses)) -> Self {
        let leads = Arc::new(AtomicBool::new(true));
        let leading = Arc::clone(&leads);
        let mut senses = Senses::new(Parts {
            intake: Arc::clone(&intake) as Arc<dyn Intake>,
            clock: Arc::new(Going { begun: *intake.begun.get_or_init(Instant::now) }),
            leads: Arc::new(move || leading.load(Ordering::Relaxed)),
            seed: 7,
            telling: Telling::default(),
            keeper,
        });
        add(&mut senses);
        let (board, stop) = (senses.board(), CancellationToken::new());
        let task = tokio::spawn(senses.run(stop.clone()));
        Self { intake, board, leads, stop, task }
    }

    async fn with(tools: ScriptedToolbox, declared: Value) -> Self {
        Self::kept(Arc::default(), None, tools, declared).await
    }

    async fn kept(intake: Arc<Keeping>, keeper: Option<Keeper>, tools: ScriptedToolbox, declared: Value) -> Self {
        let tools: Arc<dyn Toolbox> = Arc::new(tools);
        let declared: Declared = serde_json::from_value(declared).unwrap();
        Self::begin(intake, keeper, |senses| senses.watch("prod", &tools, &declared).unwrap()).await
    }

    fn shown(&self, name: &str) -> Shown {
        let all = self.board.senses();
        all.into_iter().find(|shown| shown.origin.source.name == name).unwrap()
    }

    async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(60), self.task).await.unwrap().unwrap();
    }
}

/// Keeps what senses told and learned in memory.
fn keeper() -> Keeper {
    let clock = Arc::new(Going { begun: Instant::now() });
    let store: Arc<dyn Store> = store::memory::Memory::new(collections::ALL, clock);
    Keeper::new(store, &collections::HANDLED)
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

fn vector(samples: &[(&str, f64)]) -> Outcome {
    let sample =
        |(app, value): &(&str, f64)| json!({"labels": {"namespace": "shop", "deployment": app}, "value": value});
    let samples: Vec<Value> = samples.iter().map(sample).collect();
    let data = json!({"query": "q", "at": "2027-01-15T08:00:00Z", "result_type": "vector", "samples": samples});
    Ok(Envelope::whole(data, 1))
}

fn refused() -> Outcome {
    Err(Failure::new(FailureKind::Unreachable, "GET http://prometheus:9090: connection refused"))
}

fn rule(name: &str) -> Value {
    json!({"name": name, "query": "errors > 0.05", "severity": "high"})
}

fn firing(name: &str) -> (String, Status) {
    (name.to_owned(), Status::Firing)
}

fn resolved(name: &str) -> (String, Status) {
    (name.to_owned(), Status::Resolved)
}

#[tokio::test(start_paused = true)]
async fn a_trouble_is_told_and_its_end_only_after_two_looks_that_succeeded() {
    let world = World::default();
    world.set("prometheus_query", vector(&[("cart", 0.2)]));
    let running = Running::with(world.tools(), json!({"rules": [rule("CartErrors")]})).await;
    pass(61).await;
    assert_eq!(running.intake.told(), [firing("CartErrors")]);
    let signal = running.intake.taken.lock().unwrap()[0].clone();
    assert_eq!(signal.object.unwrap().to_string(), "Deployment shop/cart");
    assert_eq!(signal.query.as_deref(), Some("errors > 0.05"));

    world.set("prometheus_query", refused());
    pass(1_200).await;
    assert_eq!(running.shown("CartErrors").standing.problem.as_deref(), Some(refused().unwrap_err().message.as_str()));
    assert!(!running.intake.told().contains(&resolved("CartErrors")));

    world.set("prometheus_query", vector(&[]));
    pass(700).await;
    assert_eq!(running.intake.told().into_iter().rfind(|told| told.0 == "CartErrors"), Some(resolved("CartErrors")));
    assert!(running.shown("CartErrors").is_well);
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_away_is_told_and_never_as_all_being_well() {
    let world = World::default();
    world.set("prometheus_query", refused());
    let running = Running::with(world.tools(), json!({"rules": [rule("CartErrors")]})).await;
    assert!(running.shown("CartErrors").is_away, "what was never heard is away");
    pass(400).await;
    assert_eq!(running.intake.told(), [firing("sense-away")]);
    let text = running.intake.taken.lock().unwrap()[0].text.clone();
    assert!(text.starts_with("rule CartErrors cannot be heard: never heard; "), "{text}");
    assert!(text.ends_with("GET http://prometheus:9090: connection refused"), "{text}");
    assert!(running.intake.troubles.lock().unwrap()[0].contains("connection refused"));
    world.set("prometheus_query", vector(&[]));
    pass(400).await;
    assert_eq!(running.intake.told().last(), Some(&resolved("sense-away")));
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn troubles_of_foreign_namespaces_were_taken_for_those_of_the_environment() {
    let world = World::default();
    world.set("prometheus_query", vector(&[("cart", 0.2)]));
    let tools: Arc<dyn Toolbox> = Arc::new(world.tools());
    let declared: Declared = serde_json::from_value(json!({"rules": [rule("CartErrors")]})).unwrap();
    for (environment, namespace, told) in [("staging", "staging", 0), ("prod", "shop", 1), ("all", "", 1)] {
        let running = Running::begin(Arc::default(), None, |senses| {
            senses
                .keep_to(environment, Some(namespace.to_owned()).filter(|name| !name.is_empty()).into_iter().collect());
            senses.watch(environment, &tools, &declared).unwrap();
        })
        .await;
        pass(61).await;
        assert_eq!(running.intake.told().len(), told, "{environment}");
        assert!(running.shown("CartErrors").is_well, "it was heard");
        running.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_runs_out_soon_is_told_by_the_forecast_of_the_tool() {
    let world = World::default();
    let soon = Going { begun: Instant::now() }.now() + TimeDelta::hours(30);
    let row = |labels: Value, more: Value| {
        let mut row = json!({"series": labels.to_string(), "labels": labels, "last": 0.8});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value::<RunsOut>(row).unwrap()
    };
    let rows = [
        row(
            json!({"node": "worker-1"}),
            json!({"at_median": soon, "earliest": soon, "chance": 1.0, "how": "it grows by 0.1 a day"}),
        ),
        row(json!({"node": "worker-2"}), json!({"silence": "too_short", "silent": "the history is too short"})),
    ];
    let foretold = Forecasts {
        query: "used".to_owned(),
        history_start: soon,
        step_seconds: 600.0,
        bound: 1.0,
        falls: false,
        series: Table::of(&rows),
    };
    world.set("prometheus_forecast", Ok(Envelope::whole(serde_json::to_value(&foretold).unwrap(), 2)));
    let watch = json!({"name": "disk-fills", "query": "used", "bound": 1.0, "severity": "medium"});
    let running = Running::with(world.tools(), json!({"forecasts": [watch]})).await;
    pass(700).await;
    assert_eq!(running.intake.told(), [firing("disk-fills")]);
    let signal = running.intake.taken.lock().unwrap()[0].clone();
    assert_eq!(signal.object.unwrap().to_string(), "Node worker-1");
    assert!(signal.text.contains("it grows by 0.1 a day"), "{}", signal.text);
    let not_looked = running.shown("disk-fills").standing.not_looked;
    assert_eq!(not_looked, ["of 1 series nothing can be foretold: too few or too old points"]);
    world.set("prometheus_forecast", refused());
    pass(3_000).await;
    assert!(!running.intake.told().contains(&resolved("disk-fills")), "a look that failed ends nothing");
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_source_that_hangs_holds_up_no_other() {
    let world = World::default();
    world.set("prometheus_query", vector(&[("cart", 0.2)]));
    world.set("kubernetes_cluster_health", refused());
    let tools = world.tools().slow("kubernetes_cluster_health", Duration::from_secs(1_000_000));
    let declared = json!({"clusters": [{"name": "demo"}], "rules": [rule("CartErrors")]});
    let running = Running::with(tools, declared).await;
    pass(40).await;
    assert_eq!(running.intake.names(), ["CartErrors"]);
    pass(60).await;
    let problem = running.shown("demo").standing.problem.unwrap();
    assert_eq!(problem, "the look did not end within 30 s");
    let begun = Instant::now();
    running.end().await;
    assert!(begun.elapsed() < Duration::from_secs(1), "a stop does not wait for a look that hangs");
}

#[tokio::test(start_paused = true)]
async fn senses_do_not_begin_at_one_moment_and_failures_are_repeated_ever_more_rarely() {
    let world = World::default();
    world.set("prometheus_query", refused());
    let times: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let seen = Arc::clone(&times);
    let tools = ScriptedToolbox::answering(vec![], move |_| {
        seen.lock().unwrap().push(Instant::now());
        Some(refused())
    });
    let rules: Vec<Value> = (0..20).map(|number| rule(&format!("r{number}"))).collect();
    let running = Running::with(tools, json!({"rules": rules})).await;
    pass(30).await;
    let first: std::collections::BTreeSet<Instant> = times.lock().unwrap().iter().copied().collect();
    assert!(first.len() >= 15, "{} moments of 20 senses", first.len());
    pass(3_570).await;
    let looks = times.lock().unwrap().len() / 20;
    // Each 300 s at the latest, and far fewer than the 120 looks of an hour without failures.
    assert!((12..30).contains(&looks), "{looks}");
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_the_intake_did_not_take_is_told_again() {
    let world = World::default();
    world.set("prometheus_query", vector(&[("cart", 0.2)]));
    let running = Running::with(world.tools(), json!({"rules": [rule("CartErrors")]})).await;
    running.intake.is_away.store(true, Ordering::Relaxed);
    pass(100).await;
    assert!(running.shown("CartErrors").standing.problem.unwrap().contains("the store is away"));
    running.intake.is_away.store(false, Ordering::Relaxed);
    pass(300).await;
    assert_eq!(running.intake.told()[0], firing("CartErrors"));
    // The end as well.
    running.intake.is_away.store(true, Ordering::Relaxed);
    world.set("prometheus_query", vector(&[]));
    pass(200).await;
    running.intake.is_away.store(false, Ordering::Relaxed);
    pass(400).await;
    let of_rule: Vec<_> = running.intake.told().into_iter().filter(|told| told.0 == "CartErrors").collect();
    assert_eq!(of_rule.last(), Some(&resolved("CartErrors")));
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_trouble_from_before_a_restart_is_told() {
    let (keeper, world) = (keeper(), World::default());
    world.set("prometheus_query", vector(&[("cart", 0.2)]));
    let (intake, declared) = (Arc::new(Keeping::default()), json!({"rules": [rule("CartErrors")]}));
    let before = Running::kept(Arc::clone(&intake), Some(keeper.clone()), world.tools(), declared.clone()).await;
    pass(61).await;
    before.end().await;
    world.set("prometheus_query", vector(&[]));
    let after = Running::kept(Arc::clone(&intake), Some(keeper), world.tools(), declared).await;
    pass(100).await;
    assert_eq!(intake.told(), [firing("CartErrors"), resolved("CartErrors")]);
    let taken = intake.taken.lock().unwrap().clone();
    assert_eq!((&taken[0].fingerprint, taken[0].started_at), (&taken[1].fingerprint, taken[1].started_at));
    after.end().await;
}

#[tokio::test(start_paused = true)]
async fn who_does_not_lead_looks_at_nothing() {
    let world = World::default();
    world.set("prometheus_query", vector(&[("cart", 0.2)]));
    let running = Running::with(world.tools(), json!({"rules": [rule("CartErrors")]})).await;
    running.leads.store(false, Ordering::Relaxed);
    pass(600).await;
    assert_eq!(running.intake.told(), []);
    assert!(!running.shown("CartErrors").looks);
    running.leads.store(true, Ordering::Relaxed);
    pass(61).await;
    assert_eq!(running.intake.told(), [firing("CartErrors")]);
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn every_sort_of_source_becomes_signals() {
    let table = |columns: Value, rows: Value| json!({"columns": columns, "rows": rows});
    let whole = |data: Value| Ok(Envelope::whole(data, 1));
    let world = World::default();
    world.set("prometheus_query", vector(&[("cart", 0.2)]));
    world.set(
        "kubernetes_cluster_health",
        whole(json!({
            "findings": [{
                "check": "pod-crash-loop", "severity": "critical", "why": "it crashes", "evidence": [], "next": "",
                "object": {"kind": "Deployment", "namespace": "shop", "name": "cart"}
            }],
            "checked": {"pod-crash-loop": 3}
        })),
    );
    let columns = json!(["name", "state", "severity", "labels", "seen_in"]);
    let labels = json!({"namespace": "shop", "deployment": "cart"});
    let alerts = table(columns, json!([["HighErrorRate", "firing", "critical", labels, "prometheus"]]));
    world.set("prometheus_alerts", whole(alerts));
    let columns = json!(["group", "name", "kind", "query", "health"]);
    let rules = table(columns, json!([["shop", "HighErrorRate", "alerting", "errors > 0.01", "ok"]]));
    world.set("prometheus_rules", whole(rules));
    let columns = json!(["change", "count", "baseline", "first", "last", "pattern", "streams", "example"]);
    let errors = table(columns, json!([["new", 9, 0, "", "", "refused <*>", [], "refused 7"]]));
    world.set(
        "loki_new_errors",
        whole(json!({
            "query": "q", "baseline_start": "", "lines_read": 9, "baseline_lines_read": 0, "steady": 0, "errors": errors
        })),
    );
    let now =
        table(json!(["service", "requests_per_second", "error_ratio", "p95_ms"]), json!([["cart", 5.0, 0.3, 100.0]]));
    let before =
        table(json!(["service", "requests_per_second", "error_ratio", "p95_ms"]), json!([["cart", 5.0, 0.0, 100.0]]));
    let map = move |services: Value| {
        Ok(Envelope::whole(
            json!({"sampled_traces": 1, "trace_ids": [], "edges": {"columns": [], "rows": []}, "services": services}),
            1,
        ))
    };
    let (world_of, calls) = (world.clone(), Arc::new(Mutex::new(0)));
    let tools = ScriptedToolbox::answering(vec![], move |call: &ToolCall| match call.tool.as_str() {
        "tempo_service_map" => {
            let mut calls = calls.lock().unwrap();
            *calls += 1;
            // The later window is asked for first.
            Some(map(if *calls % 2 == 1 { now.clone() } else { before.clone() }))
        }
        tool => world_of.0.lock().unwrap().get(tool).cloned(),
    });
    let threshold = json!({
        "kind": "threshold", "side": "above", "bound": 0.1, "bad_for_seconds": 0, "missing_after_seconds": 600
    });
    let declared = json!({
        "clusters": [{"name": "demo"}],
        "alerts": [{"name": "main"}],
        "rules": [rule("CartErrors")],
        "series": [{"name": "cart-errors", "query": "errors", "severity": "medium", "detector": threshold}],
        "logs": [{"name": "cart", "labels": {"app": "cart"}, "service": "cart"}],
        "traces": [{"name": "shop", "services": ["cart"]}]
    });
    let running = Running::with(tools, declared).await;
    pass(70).await;
    let mut names = running.intake.names();
    names.sort();
    assert_eq!(
        names,
        ["CartErrors", "HighErrorRate", "cart-errors", "new-log-pattern", "pod-crash-loop", "trace-error-shift"]
    );
    let taken = running.intake.taken.lock().unwrap().clone();
    let alert = taken.iter().find(|signal| signal.name == "HighErrorRate").unwrap();
    assert_eq!(alert.query.as_deref(), Some("errors > 0.01"));
    assert!(running.board.senses().iter().all(|shown| shown.is_well), "{:?}", running.board.senses());
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_alert_by_a_look_is_the_trouble_that_a_webhook_tells() {
    let columns = json!(["name", "state", "severity", "labels", "seen_in"]);
    let labels = json!({"namespace": "shop", "deployment": "cart", "pod": "cart-7d4b9c6f5d-x2x4q"});
    let rows = json!({"columns": columns, "rows": [["HighErrorRate", "firing", "critical", labels, "prometheus"]]});
    let world = World::default();
    world.set("prometheus_alerts", Ok(Envelope::whole(rows, 1)));
    let running = Running::with(world.tools(), json!({"alerts": [{"name": "main"}]})).await;
    pass(40).await;
    let mut labels = labels;
    labels["alertname"] = json!("HighErrorRate");
    labels["severity"] = json!("critical");
    let body = json!({"version": "4", "alerts": [{"status": "firing", "labels": labels}]}).to_string();
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let (sent, _) = domain::signal::alertmanager::read(body.as_bytes(), "prod", "web", now).unwrap();
    let looked = running.intake.taken.lock().unwrap()[0].clone();
    assert_eq!((looked.fingerprint, looked.object), (sent[0].fingerprint.clone(), sent[0].object.clone()));
    assert_eq!((looked.severity, looked.service), (sent[0].severity, sent[0].service.clone()));
    running.end().await;
}

/// Answers as it is told, and breaks where it is told so.
#[derive(Default)]
struct Endpoint {
    is_down: AtomicBool,
    breaks: AtomicBool,
}

#[async_trait]
impl EndpointCheck for Endpoint {
    async fn check(&self, _: &EndpointWatch) -> Answered {
        assert!(!self.breaks.swap(false, Ordering::Relaxed), "a mistake in the program");
        match self.is_down.load(Ordering::Relaxed) {
            true => Answered::down(Some(503), Why::Status, "GET http://shop/: status 503"),
            false => Answered::up(200),
        }
    }
}

/// A folder of a test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("auto-devops-senses-{}-{number}", std::process::id())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn checking(endpoint: &Arc<Endpoint>, log: &Arc<HealthLog>) -> Running {
    let watch = json!({"name": "shop", "url": "http://shop.example/", "service": "shop"});
    let watch: EndpointWatch = serde_json::from_value(watch).unwrap();
    let checker: Arc<dyn EndpointCheck> = Arc::<Endpoint>::clone(endpoint);
    Running::begin(Arc::default(), None, |senses| {
        senses.check_endpoints("prod", &[watch], &checker, log).unwrap();
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_is_checked_each_30_seconds_and_each_check_is_a_line() {
    let folder = Folder::new();
    let log = HealthLog::new(&folder.0, "prod", Rotation::default()).unwrap();
    let endpoint = Arc::new(Endpoint::default());
    let running = checking(&endpoint, &log).await;
    pass(615).await;
    endpoint.is_down.store(true, Ordering::Relaxed);
    pass(180).await;
    endpoint.is_down.store(false, Ordering::Relaxed);
    pass(120).await;
    assert_eq!(
        running.intake.told(),
        [firing("endpoint-down"), firing("endpoint-uptime-low"), resolved("endpoint-down")]
    );
    running.end().await;
    let text = std::fs::read_to_string(log.path()).unwrap();
    let checks: Vec<Check> = text.lines().filter_map(Check::read).collect();
    assert!((29..=31).contains(&checks.len()), "{}", checks.len());
    assert!(
        checks.windows(2).all(|pair| (pair[1].at - pair[0].at - TimeDelta::seconds(30)).num_milliseconds().abs() < 20)
    );
    assert_eq!(checks.iter().filter(|check| check.found == Found::Down).count(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_sense_that_breaks_is_told_and_begun_anew() {
    let folder = Folder::new();
    let log = HealthLog::new(&folder.0, "prod", Rotation::default()).unwrap();
    let endpoint = Arc::new(Endpoint { breaks: AtomicBool::new(true), ..Endpoint::default() });
    let running = checking(&endpoint, &log).await;
    pass(31).await;
    let problem = running.shown("shop").standing.problem.unwrap();
    assert!(problem.starts_with("the sense broke"), "{problem}");
    pass(90).await;
    assert!(running.shown("shop").is_well);
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_address_that_cannot_be_asked_is_a_mistake_at_the_start() {
    let folder = Folder::new();
    let log = HealthLog::new(&folder.0, "prod", Rotation::default()).unwrap();
    let checker: Arc<dyn EndpointCheck> = Arc::new(Endpoint::default());
    let watch: EndpointWatch = serde_json::from_value(json!({"name": "shop", "url": "file:///etc/passwd"})).unwrap();
    let running = Running::begin(Arc::default(), None, |senses| {
        let mistakes = senses.check_endpoints("prod", &[watch], &checker, &log).unwrap_err();
        assert_eq!(mistakes[0].place, "endpoints.shop.url");
    })
    .await;
    assert_eq!(running.board.senses(), []);
    running.end().await;
}
