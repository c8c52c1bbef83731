//! What is known of the world while signals are placed, over a scripted toolbox, on a paused clock; and what is remembered
//! of an incident that is over.

mod remembering;

use chrono::{DateTime, TimeDelta, Utc};
use domain::correlation::{Quiet, Rules};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::evidence::ToolCall;
use domain::signal::ignore::Ignore;
use engine::scarlet::intake::Surroundings;
use engine::scarlet::surroundings::{LookedAround, Part, Place, Standing};
use fakes::ScriptedToolbox;
use ports::clock::Clock;
use ports::toolbox::Toolboxes;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

type Outcome = Result<Envelope, Failure>;

/// What a call answers now, by the kind that is listed or the tool, and by cluster or instance: `Pod`, `Pod/east`.
#[derive(Clone, Default)]
struct World(Arc<Mutex<BTreeMap<String, Outcome>>>);

impl World {
    /// Everything is there: web calls checkout, whose pod runs on n1.
    fn whole() -> Self {
        let world = Self::default();
        world.set("workloads", list(&[workload("web"), workload("checkout")]));
        world.set("Pod", list(&[pod("checkout")]));
        world.set("Service", list(&[service("pay", "app=checkout")]));
        world.set("tempo_service_map", map(&[("web", "pay")]));
        world.set("prometheus_silences", table(&[]));
        world
    }

    fn set(&self, what: &str, outcome: Outcome) {
        self.0.lock().unwrap().insert(what.to_owned(), outcome);
    }

    fn answer(&self, call: &ToolCall) -> Option<Outcome> {
        let text = |name: &str| call.arguments.get(name).and_then(Value::as_str);
        let what = text("kind").unwrap_or(&call.tool);
        let page = text("cursor").map(|cursor| format!("{what}@{cursor}"));
        let place = text("cluster").or(text("instance")).map(|place| format!("{what}/{place}"));
        let answers = self.0.lock().unwrap();
        let found = match &page {
            Some(page) => answers.get(page),
            None => place.and_then(|place| answers.get(&place)).or_else(|| answers.get(what)),
        };
        found.cloned()
    }

    fn tools(&self) -> ScriptedToolbox {
        let world = self.clone();
        ScriptedToolbox::answering(vec![], move |call: &ToolCall| world.answer(call))
    }
}

fn table(rows: &[Value]) -> Outcome {
    let table = domain::observed::Table::of(rows);
    Ok(Envelope::whole(serde_json::to_value(table).unwrap(), rows.len() as u64))
}

fn list(rows: &[Value]) -> Outcome {
    let table = domain::observed::Table::of(rows);
    Ok(Envelope::whole(json!({"kind": "any", "table": table}), rows.len() as u64))
}

fn map(calls: &[(&str, &str)]) -> Outcome {
    let edge = |(caller, callee): &(&str, &str)| json!({"caller": caller, "callee": callee, "calls": 1, "error_ratio": 0.0, "p50_ms": 1.0, "p95_ms": 1.0});
    let edges = domain::observed::Table::of(&calls.iter().map(edge).collect::<Vec<_>>());
    Ok(Envelope::whole(json!({"sampled_traces": 1, "trace_ids": [], "edges": edges}), calls.len() as u64))
}

fn workload(name: &str) -> Value {
    json!({"kind": "Deployment", "namespace": "shop", "name": name, "status": "ok", "desired": 1, "ready": 1,
        "updated": 1, "images": "", "created": "2027-01-01T00:00:00Z"})
}

fn pod(owner: &str) -> Value {
    json!({"namespace": "shop", "name": format!("{owner}-7d9f8b6c5-x2x9k"), "status": "Running", "ready": 1,
        "containers": 1, "restarts": 0, "created": "2027-01-01T00:00:00Z", "node": "n1",
        "owner": format!("Deployment/{owner}")})
}

fn service(name: &str, selector: &str) -> Value {
    json!({"namespace": "shop", "name": name, "type": "ClusterIP", "ports": "", "selector": selector,
        "created": "2027-01-01T00:00:00Z"})
}

/// A silence that ends so many minutes after the beginning of a test.
fn silence(id: &str, minutes: i64) -> Value {
    let (starts, ends) = (begun() - TimeDelta::minutes(5), begun() + TimeDelta::minutes(minutes));
    json!({"id": id, "state": "active", "matchers": "alertname=\"HighErrorRate\"", "starts": starts, "ends": ends})
}

fn away() -> Outcome {
    Err(Failure::new(FailureKind::Unreachable, "no connection"))
}

fn begun() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// A clock that goes with tokio's.
struct Going(Instant);

impl Clock for Going {
    fn now(&self) -> DateTime<Utc> {
        begun() + TimeDelta::from_std(self.0.elapsed()).unwrap()
    }
}

fn prod() -> Vec<Place> {
    vec![Place::new("prod", None)]
}

/// Looks around from now on.
struct Running {
    around: Arc<LookedAround>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    fn over(tools: ScriptedToolbox, places: Vec<Place>) -> Self {
        Self::with(LookedAround::new(
            Toolboxes::everywhere(Arc::new(tools)),
            clock(),
            places,
            Vec::new(),
            Rules::default(),
        ))
    }

    fn with(around: LookedAround) -> Self {
        let (around, stop) = (Arc::new(around), CancellationToken::new());
        let task = tokio::spawn({
            let (around, stop) = (around.clone(), stop.clone());
            async move { around.run(stop).await }
        });
        Self { around, stop, task }
    }

    fn depends(&self, environment: &str, from: &str, on: &str) -> bool {
        self.around.topology(environment).depends(from, on)
    }

    fn silences(&self) -> Vec<(String, String)> {
        let of = |quiet: &Quiet| (quiet.environment.clone(), quiet.why.clone());
        self.around.rules().quiets.iter().map(of).collect()
    }

    fn standing(&self, environment: &str, part: Part) -> Standing {
        let of = |standing: &Standing| standing.environment == environment && standing.part == part;
        self.around.standing().into_iter().find(of).unwrap()
    }

    async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(1), self.task).await.unwrap().unwrap();
    }
}

fn clock() -> Arc<Going> {
    Arc::new(Going(Instant::now()))
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_read_tools_show_becomes_the_graph() {
    let running = Running::over(World::whole().tools(), prod());
    assert!(!running.depends("prod", "shop/web", "shop/checkout"), "nothing was seen yet");
    assert_eq!(running.standing("prod", Part::Pods).to_string(), "prod: pods: unknown: never seen");
    pass(1).await;
    assert!(running.depends("prod", "shop/web", "shop/checkout"), "by traces, through the service that leads to it");
    assert!(running.depends("prod", "shop/checkout", "Node n1"));
    assert!(!running.depends("staging", "shop/web", "shop/checkout"), "nobody looks at staging");
    let standing = running.around.standing();
    assert_eq!(standing.len(), 5);
    assert!(
        standing.iter().all(|one| one.is_known() && one.problem.is_none() && one.partly.is_empty()),
        "{standing:?}"
    );
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn it_is_looked_again_after_the_pause_that_was_set() {
    for (around, seconds) in [(None, 60), (Some(10), 10)] {
        let world = World::whole();
        let tools = Arc::new(world.tools());
        let mut looked =
            LookedAround::new(Toolboxes::everywhere(tools.clone()), clock(), prod(), Vec::new(), Rules::default());
        if let Some(seconds) = around {
            looked = looked.every(Duration::from_secs(seconds));
        }
        let running = Running::with(looked);
        pass(seconds - 1).await;
        assert_eq!(tools.calls().len(), 5, "workloads, pods, services, calls, silences: once each");
        world.set("workloads", list(&[workload("web"), workload("checkout"), workload("cart")]));
        world.set("tempo_service_map", map(&[("web", "cart")]));
        pass(2).await;
        assert_eq!(tools.calls().len(), 10);
        assert!(running.depends("prod", "shop/web", "shop/cart"));
        assert!(running.depends("prod", "shop/web", "shop/checkout"), "another sample of traces takes nothing away");
        running.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_failed_keeps_what_was_seen_with_its_age() {
    let world = World::whole();
    let running = Running::over(world.tools(), prod());
    pass(1).await;
    for what in ["workloads", "Pod", "Service", "tempo_service_map", "prometheus_silences"] {
        world.set(what, away());
    }
    pass(599).await;
    assert!(running.depends("prod", "shop/web", "shop/checkout"));
    let told = running.standing("prod", Part::Workloads);
    assert!(told.is_known(), "{told}");
    assert_eq!(told.to_string(), "prod: workloads: seen 600 s ago; the last look failed: no connection");
    assert_eq!(told.seen_at, Some(begun()));
    pass(60).await;
    for standing in running.around.standing() {
        assert!(!standing.is_known(), "{standing}");
        assert!(standing.to_string().contains("unknown: last seen 11 min ago; the last look failed"), "{standing}");
    }
    assert!(running.depends("prod", "shop/web", "shop/checkout"), "an outage of the cluster is one incident still");
    world.set("Pod", list(&[pod("checkout")]));
    pass(60).await;
    let told = running.standing("prod", Part::Pods);
    assert!(told.is_known() && told.problem.is_none(), "{told}");
    assert!(!running.standing("prod", Part::Workloads).is_known(), "the others still cannot be seen");
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_at_never_passes_for_empty() {
    let world = World::whole();
    let running = Running::over(world.tools(), prod());
    pass(1).await;
    let nothing =
        list(&[]).map(|envelope| Envelope { not_looked: vec!["Not looked at: forbidden.".into()], ..envelope });
    world.set("Pod", nothing);
    world.set("workloads", Ok(Envelope::whole(json!("<html>"), 1)));
    pass(60).await;
    assert!(running.depends("prod", "shop/checkout", "Node n1"));
    let why = |part| running.standing("prod", part).problem.unwrap();
    assert_eq!(why(Part::Pods), "nothing was seen: Not looked at: forbidden.");
    assert!(why(Part::Workloads).contains("an unexpected shape"));
    world.set("Pod", list(&[]));
    pass(60).await;
    assert!(!running.depends("prod", "shop/checkout", "Node n1"), "no pods at all are no pods");
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn one_list_that_hangs_holds_up_no_other_and_ends_by_its_deadline() {
    let world = World::whole();
    let running = Running::over(world.tools().slow("tempo_service_map", Duration::from_secs(86_400)), prod());
    pass(31).await;
    assert!(running.depends("prod", "shop/checkout", "Node n1"));
    assert!(
        running
            .standing("prod", Part::Calls)
            .to_string()
            .contains("unknown: never seen; the last look failed: no answer")
    );
    pass(5 * 60).await;
    assert!(running.standing("prod", Part::Pods).age.unwrap() <= Duration::from_secs(60), "it is still looked again");
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn environments_know_nothing_of_each_other() {
    let world = World::whole();
    world.set("Pod/east", away());
    world.set("workloads/east", list(&[workload("only-east")]));
    world.set("tempo_service_map/east", map(&[("only-east", "ledger")]));
    world.set("prometheus_silences/east", table(&[silence("e1", 60)]));
    let east = Place {
        prometheus: Some("east".into()),
        tempo: Some("east".into()),
        ..Place::new("staging", Some("east".into()))
    };
    let running = Running::over(world.tools(), vec![Place::new("prod", Some("west".into())), east]);
    pass(1).await;
    assert!(running.depends("staging", "shop/only-east", "service ledger"));
    assert!(!running.depends("prod", "shop/only-east", "service ledger"));
    assert!(
        running.depends("prod", "shop/checkout", "Node n1") && !running.depends("staging", "shop/checkout", "Node n1")
    );
    assert_eq!(running.silences(), [("staging".to_owned(), "silence e1".to_owned())]);
    assert!(running.standing("prod", Part::Pods).is_known() && !running.standing("staging", Part::Pods).is_known());
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_environment_whose_look_breaks_stops_no_other() {
    let world = World::whole();
    let tools = ScriptedToolbox::answering(vec![], move |call: &ToolCall| {
        assert!(call.arguments.get("cluster") != Some(&json!("broken")), "a mistake in the program");
        world.answer(call)
    });
    let places = vec![Place::new("first", Some("broken".into())), Place::new("prod", None)];
    let running = Running::over(tools, places);
    pass(121).await;
    assert!(running.depends("prod", "shop/web", "shop/checkout"));
    assert!(running.standing("prod", Part::Pods).age.unwrap() < Duration::from_secs(60));
    assert!(!running.standing("first", Part::Pods).is_known());
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn silences_hold_for_their_time_and_no_longer() {
    let world = World::whole();
    world.set("prometheus_silences", table(&[silence("short", 5), silence("long", 60)]));
    let running = Running::over(world.tools(), prod());
    pass(1).await;
    let [short, long] = ["short", "long"].map(|id| ("prod".to_owned(), format!("silence {id}")));
    assert_eq!(running.silences(), [short, long.clone()]);
    // What comes while the list cannot be read silences nothing; what ends meanwhile is forgotten.
    world.set("prometheus_silences", away());
    pass(5 * 60).await;
    assert_eq!(running.silences(), [long]);
    assert_eq!(
        running.standing("prod", Part::Silences).to_string(),
        "prod: silences: seen 301 s ago; the last look failed: no connection"
    );
    // Taken away at its source before its time.
    world.set("prometheus_silences", table(&[]));
    pass(60).await;
    assert_eq!(running.silences(), []);
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_silence_that_is_not_understood_silences_nothing_and_is_told() {
    let strange = {
        let mut strange = silence("strange", 60);
        strange["matchers"] = json!("not a matcher");
        strange
    };
    let everything = {
        let mut everything = silence("everything", 60);
        everything["matchers"] = json!("");
        everything
    };
    let world = World::whole();
    world.set("prometheus_silences", table(&[strange, silence("good", 60), everything]));
    let running = Running::over(world.tools(), prod());
    pass(1).await;
    assert_eq!(running.silences(), [("prod".to_owned(), "silence good".to_owned())]);
    let told = running.standing("prod", Part::Silences).partly;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("strange") && told[1].contains("everything"), "{told:?}");
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn declared_noise_and_maintenance_stay_whatever_is_seen() {
    let noise = |reason: &str| Ignore {
        matchers: Vec::new(),
        environment: None,
        reason: reason.to_owned(),
        until: begun() + TimeDelta::days(1),
    };
    let maintenance =
        Quiet { environment: "prod".into(), matchers: Vec::new(), why: "maintenance".into(), windows: Vec::new() };
    let base = Rules { storm: 7, ignores: vec![noise("base")], quiets: vec![maintenance], ..Rules::default() };
    let world = World::whole();
    world.set("prometheus_silences", table(&[silence("s", 2)]));
    let around =
        LookedAround::new(Toolboxes::everywhere(Arc::new(world.tools())), clock(), prod(), vec![noise("given")], base);
    let told = |around: &LookedAround| {
        let rules = around.rules();
        let quiets: Vec<String> = rules.quiets.iter().map(|quiet| quiet.why.clone()).collect();
        let ignores: Vec<String> = rules.ignores.iter().map(|ignore| ignore.reason.clone()).collect();
        (rules.storm, ignores.join(" "), quiets.join(", "))
    };
    let expected = |quiets: &str| (7, "base given".to_owned(), quiets.to_owned());
    assert_eq!(told(&around), expected("maintenance"), "before the first look");
    let running = Running::with(around);
    pass(1).await;
    assert_eq!(told(&running.around), expected("maintenance, silence s"));
    pass(120).await;
    assert_eq!(told(&running.around), expected("maintenance"));
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn long_lists_are_read_page_by_page_and_only_so_far() {
    let world = World::whole();
    let on = |outcome: Outcome, cursor: &str| {
        outcome.map(|envelope| Envelope { truncated: true, next_cursor: Some(cursor.to_owned()), ..envelope })
    };
    world.set("workloads", on(list(&[workload("web")]), "2"));
    world.set("workloads@2", list(&[workload("checkout")]));
    // A tool that never comes to an end.
    world.set("Pod", on(list(&[pod("checkout")]), "again"));
    world.set("Pod@again", on(list(&[pod("checkout")]), "again"));
    let tools = Arc::new(world.tools());
    let running = Running::with(LookedAround::new(
        Toolboxes::everywhere(tools.clone()),
        clock(),
        prod(),
        Vec::new(),
        Rules::default(),
    ));
    pass(1).await;
    assert!(running.depends("prod", "shop/web", "shop/checkout"), "by the workload of the second page");
    assert!(running.standing("prod", Part::Workloads).partly.is_empty());
    let told = running.standing("prod", Part::Pods);
    assert!(told.is_known() && told.to_string().contains("only the first 40 were read"), "{told}");
    // A page that cannot be read: the list is not seen, and the old one counts.
    world.set("workloads@2", away());
    pass(60).await;
    assert!(running.depends("prod", "shop/web", "shop/checkout"));
    assert!(running.standing("prod", Part::Workloads).problem.is_some());
    assert_eq!(tools.unexpected(), []);
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_a_look_that_hangs_at_once() {
    let world = World::whole();
    let running = Running::over(world.tools().slow("kubernetes_list", Duration::from_secs(86_400)), prod());
    pass(5).await;
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_first_look_that_saw_no_pods_was_taken_for_one_and_not_made_again_for_a_minute() {
    let world = World::whole();
    world.set("Pod", away());
    let around = LookedAround::new(
        Toolboxes::everywhere(Arc::new(world.tools())),
        clock(),
        prod(),
        Vec::new(),
        Rules::default(),
    );
    let running = Running::with(around);
    pass(1).await;
    assert!(!running.around.has_looked());
    world.set("Pod", list(&[pod("checkout")]));
    pass(5).await;
    assert!(running.around.has_looked());
    world.set("Pod", away());
    pass(60).await;
    assert!(running.around.has_looked(), "what was seen still counts");
    running.end().await;
}
