//! Lists that a watch keeps: right after whatever happens to the watch, and honest about how fresh they are.

mod fake;

use crate::world::call;
use domain::envelope::Envelope;
use domain::observed::kubernetes::{List, PodRow};
use fake::Fake;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig, Limits, Server, WatchLimits};

/// Longer than a watch needs to count as in sync, and than the first waits after a failure.
const A_WHILE: Duration = Duration::from_secs(5);

fn server_with(fake: &Arc<Fake>, limits: Limits, namespaces: Option<Vec<String>>) -> Server {
    let mut cluster = ClusterConfig::new("demo", ClusterSource::service(fake.router()));
    cluster.namespaces = namespaces;
    Server::new(KubernetesConfig { clusters: vec![cluster], limits, ..KubernetesConfig::default() })
}

fn watching() -> Limits {
    Limits { watch: Some(WatchLimits::default()), page: 4, ..Limits::default() }
}

async fn ask(server: &Server) -> Envelope {
    call(server, "list", json!({"kind": "pods", "limit": 500, "budget_tokens": 8000})).await.unwrap()
}

fn is_kept(envelope: &Envelope) -> bool {
    envelope.source.as_deref().unwrap().contains("watch cache of pods, in sync since ")
}

fn pods(envelope: &Envelope) -> Vec<String> {
    let list: List = serde_json::from_value(envelope.data.clone()).unwrap();
    let rows: Vec<PodRow> = list.table.typed().unwrap();
    let mut told: Vec<String> =
        rows.into_iter().map(|row| format!("{}/{} {}", row.namespace, row.name, row.status)).collect();
    told.sort();
    told
}

/// A server whose mirror is in sync after the first question.
async fn in_sync(fake: &Arc<Fake>) -> Server {
    let server = server_with(fake, watching(), None);
    assert!(!is_kept(&ask(&server).await), "the first answer is a list");
    sleep(A_WHILE).await;
    assert!(is_kept(&ask(&server).await));
    server
}

/// Asks, and holds the kept answer against a list that is read.
async fn agrees(server: &Server, fake: &Arc<Fake>) {
    let kept = ask(server).await;
    assert!(is_kept(&kept), "{:?}", kept.source);
    let read = ask(&server_with(fake, Limits::default(), None)).await;
    assert_eq!(kept.data, read.data);
    assert_eq!(read.source.as_deref(), Some("kubernetes demo"));
}

#[tokio::test(start_paused = true)]
async fn later_questions_are_answered_without_a_list_and_say_since_when() {
    let fake = Fake::new(10);
    let server = in_sync(&fake).await;
    let lists = fake.with(|inner| inner.lists);
    for _ in 0..5 {
        assert_eq!(pods(&ask(&server).await).len(), 10);
    }
    assert_eq!(fake.with(|inner| inner.lists), lists);
    fake.put("shop", "pod-0000", "Failed");
    fake.put("shop", "new", "Pending");
    fake.delete("data", "pod-0001");
    sleep(Duration::from_millis(10)).await;
    let told = pods(&ask(&server).await);
    assert!(told.contains(&"shop/pod-0000 Failed".to_owned()), "{told:?}");
    assert!(
        told.contains(&"shop/new Pending".to_owned()) && !told.iter().any(|pod| pod.contains("pod-0001")),
        "{told:?}"
    );
    assert_eq!(fake.with(|inner| (inner.lists, inner.watches.len(), inner.open)), (lists, 1, 1));
    agrees(&server, &fake).await;
}

#[tokio::test(start_paused = true)]
async fn without_the_setting_nothing_is_watched() {
    let fake = Fake::new(3);
    let server = server_with(&fake, Limits::default(), None);
    for _ in 0..3 {
        assert_eq!(ask(&server).await.source.as_deref(), Some("kubernetes demo"));
        sleep(A_WHILE).await;
    }
    assert_eq!(fake.with(|inner| (inner.lists, inner.watches.len())), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_ends_goes_on_where_it_was() {
    let fake = Fake::new(6);
    let server = in_sync(&fake).await;
    let lists = fake.with(|inner| inner.lists);
    for round in 0..4 {
        fake.close_watches();
        fake.put("shop", &format!("later-{round}"), "Running");
        sleep(A_WHILE).await;
        assert_eq!(pods(&ask(&server).await).len(), 7 + round);
    }
    assert_eq!(fake.with(|inner| inner.lists), lists, "nothing was listed anew");
    agrees(&server, &fake).await;
}

#[tokio::test(start_paused = true)]
async fn an_expired_version_is_listed_anew() {
    for by_event in [false, true] {
        let fake = Fake::new(6);
        let server = in_sync(&fake).await;
        fake.with(|inner| inner.expire_by_event = by_event);
        let lists = fake.with(|inner| inner.lists);
        // The watch is away while things happen that the server then forgets.
        fake.with(|inner| inner.silent = true);
        fake.put("shop", "later", "Running");
        fake.delete("shop", "pod-0000");
        fake.compact();
        fake.with(|inner| inner.silent = false);
        fake.close_watches();
        sleep(Duration::from_secs(20)).await;
        assert!(fake.with(|inner| inner.lists) > lists || !by_event);
        agrees(&server, &fake).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_expires_between_its_pages_is_begun_anew() {
    let fake = Fake::new(10);
    let server = server_with(&fake, watching(), None);
    fake.with(|inner| inner.expire_pages = 1);
    assert_eq!(pods(&ask(&server).await).len(), 10, "a list that is read");
    assert_eq!(fake.with(|inner| std::mem::replace(&mut inner.expire_pages, 3)), 0);
    sleep(Duration::from_secs(20)).await;
    assert_eq!(fake.with(|inner| inner.expire_pages), 0, "a list that is kept");
    agrees(&server, &fake).await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_watch_is_not_believed_for_ever() {
    let fake = Fake::new(4);
    let server = in_sync(&fake).await;
    fake.with(|inner| inner.silent = true);
    fake.delete("shop", "pod-0000");
    sleep(Duration::from_secs(60)).await;
    let stale = ask(&server).await;
    assert!(is_kept(&stale) && stale.source.as_deref().unwrap().contains("last heard 64 s ago"), "{:?}", stale.source);
    assert_eq!(pods(&stale).len(), 4);
    // A server that hangs accepts the next watch too: only a list tells how things are.
    sleep(Duration::from_secs(26)).await;
    assert_eq!(pods(&ask(&server).await).len(), 3);
    fake.with(|inner| inner.silent = false);
    sleep(A_WHILE).await;
    agrees(&server, &fake).await;
}

#[tokio::test(start_paused = true)]
async fn bookmarks_are_a_sign_of_life_and_move_on() {
    let fake = Fake::new(4);
    let server = in_sync(&fake).await;
    for _ in 0..5 {
        sleep(Duration::from_secs(60)).await;
        let version = fake.with(|inner| inner.at_version());
        fake.say(&json!({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": version}}}).to_string());
        sleep(Duration::from_millis(10)).await;
        assert!(is_kept(&ask(&server).await));
    }
    assert_eq!(fake.with(|inner| inner.watches.len()), 1);
}

#[tokio::test(start_paused = true)]
async fn errors_and_nonsense_in_a_watch_are_survived() {
    for line in [
        r#"{"type":"ERROR","object":{"kind":"Status","code":500,"message":"boom"}}"#,
        r#"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}"#,
        "<html>login</html>",
        r#"{"type":"ADDED","object":{"metadata":{}}}"#,
        r#"{"type":"ADDED","object":{"kind":"Pod","metadata":{"namespace":"shop","name":"ghost","resourceVersion":"3"}}}"#,
        r#"{"type":"MODIFIED","object":{"kind":"Pod","metadata":{"namespace":"shop","name":"pod-0000","resourceVersion":"3"}}}"#,
        r#"{"type":"LATER","object":{}}"#,
    ] {
        let fake = Fake::new(4);
        let server = in_sync(&fake).await;
        fake.say(line);
        sleep(Duration::from_millis(10)).await;
        fake.put("shop", "pod-0002", "Failed");
        sleep(A_WHILE).await;
        let kept = ask(&server).await;
        assert!(is_kept(&kept), "{line}");
        assert!(pods(&kept).contains(&"shop/pod-0002 Failed".to_owned()), "{line}: {:?}", pods(&kept));
        assert!(!pods(&kept).iter().any(|pod| pod.contains("ghost")), "{line}");
        agrees(&server, &fake).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_watch_is_told_once_with_its_verb_and_lists_go_on() {
    let fake = Fake::new(4);
    fake.with(|inner| inner.refuse_watches = Some(403));
    let server = server_with(&fake, watching(), None);
    ask(&server).await;
    sleep(A_WHILE).await;
    let hint = ask(&server).await.hint.unwrap_or_default();
    assert!(
        hint.contains("Lists are read at each call: ") && hint.contains(r#"verb "watch" on resource "pods""#),
        "{hint}"
    );
    for _ in 0..3 {
        let later = ask(&server).await;
        assert!(!later.hint.unwrap().contains("watch"));
        assert_eq!(later.source.as_deref(), Some("kubernetes demo"));
    }
    assert_eq!(fake.with(|inner| inner.watches.len()), 1, "a refused watch is not asked for again and again");
    fake.with(|inner| inner.refuse_watches = None);
    sleep(Duration::from_secs(601)).await;
    ask(&server).await;
    sleep(A_WHILE).await;
    agrees(&server, &fake).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_fails_is_asked_less_and_less() {
    let fake = Fake::new(4);
    fake.with(|inner| inner.refuse_watches = Some(500));
    let server = server_with(&fake, watching(), None);
    ask(&server).await;
    sleep(Duration::from_secs(300)).await;
    assert!(!is_kept(&ask(&server).await));
    let watches = fake.with(|inner| inner.watches.len());
    assert!((5..25).contains(&watches), "{watches} watches in five minutes");
    fake.with(|inner| inner.refuse_watches = None);
    sleep(Duration::from_secs(70)).await;
    agrees(&server, &fake).await;
}

#[tokio::test(start_paused = true)]
async fn what_nobody_asks_for_is_let_go() {
    let fake = Fake::new(4);
    let server = in_sync(&fake).await;
    for _ in 0..11 {
        sleep(Duration::from_secs(60)).await;
        let version = fake.with(|inner| inner.at_version());
        fake.say(&json!({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": version}}}).to_string());
    }
    assert_eq!(fake.with(|inner| (inner.watches.len(), inner.open)), (1, 0));
    assert!(!is_kept(&ask(&server).await));
    sleep(A_WHILE).await;
    agrees(&server, &fake).await;
}

#[tokio::test(start_paused = true)]
async fn watches_end_with_their_server() {
    let fake = Fake::new(4);
    let server = in_sync(&fake).await;
    assert_eq!(fake.with(|inner| inner.open), 1);
    drop(server);
    sleep(Duration::from_millis(10)).await;
    assert_eq!(fake.with(|inner| inner.open), 0);
}

#[tokio::test(start_paused = true)]
async fn lists_over_a_bound_are_read_each_time() {
    let bounds = [
        WatchLimits { objects: 9, ..WatchLimits::default() },
        WatchLimits { bytes: 3_000, ..WatchLimits::default() },
        WatchLimits { mirrors: 0, ..WatchLimits::default() },
    ];
    for watch in bounds {
        let fake = Fake::new(10);
        let server = server_with(&fake, Limits { watch: Some(watch), ..watching() }, None);
        for _ in 0..3 {
            let read = ask(&server).await;
            assert!(!is_kept(&read) && pods(&read).len() == 10);
            sleep(A_WHILE).await;
        }
        assert_eq!(fake.with(|inner| inner.open), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn only_open_namespaces_are_watched() {
    let fake = Fake::new(6);
    let server = server_with(&fake, watching(), Some(vec!["shop".to_owned()]));
    ask(&server).await;
    sleep(A_WHILE).await;
    let kept = ask(&server).await;
    assert!(is_kept(&kept) && pods(&kept).len() == 3);
    assert_eq!(fake.with(|inner| inner.watches.clone()), ["/api/v1/namespaces/shop/pods"]);
}

#[tokio::test(start_paused = true)]
async fn a_namespace_is_answered_from_what_all_of_them_hold() {
    let fake = Fake::new(6);
    let server = in_sync(&fake).await;
    let kept = call(&server, "list", json!({"kind": "pods", "namespace": "data"})).await.unwrap();
    assert!(is_kept(&kept));
    assert_eq!(pods(&kept), ["data/pod-0001 Running", "data/pod-0003 Running", "data/pod-0005 Running"]);
    assert_eq!(fake.with(|inner| inner.watches.len()), 1);
}

#[tokio::test(start_paused = true)]
async fn secrets_and_config_maps_are_never_watched() {
    let fake = Fake::new(0);
    let server = server_with(&fake, watching(), None);
    for kind in ["secrets", "configmaps"] {
        for _ in 0..3 {
            call(&server, "list", json!({"kind": kind})).await.unwrap();
            sleep(A_WHILE).await;
        }
    }
    assert_eq!(fake.with(|inner| inner.watches.len()), 0);
}

/// Everything that the tools tell of the estate is the same from lists that are read and from lists that are kept.
#[tokio::test(start_paused = true)]
async fn all_tools_tell_the_same_of_the_estate_from_kept_lists() {
    let now = crate::world::now();
    let start = now - chrono::TimeDelta::minutes(30);
    let world = estate::world::World::new(7, now, estate::scenarios::Scenario::named("bad-config"), start);
    let router = estate::kubernetes::router(estate::Estate::new(world, Arc::new(move || now)));
    let over = |limits: Limits| {
        let cluster = ClusterConfig::new("demo", ClusterSource::service(router.clone()));
        Server::new(KubernetesConfig { clusters: vec![cluster], limits, ..KubernetesConfig::default() })
    };
    let (kept, read) = (over(Limits { page: 500, ..watching() }), over(Limits::default()));
    let mut looks = vec![
        ("cluster_health", json!({})),
        ("cluster_health", json!({"namespace": "shop"})),
        ("list", json!({"kind": "pods", "selector": "app=checkout"})),
        ("list", json!({"kind": "pods", "selector": "app in (checkout, cart),app!=cart"})),
        ("list", json!({"kind": "pods", "selector": "!app"})),
        ("list", json!({"kind": "pods", "namespace": "shop", "status": "unhealthy"})),
        ("count", json!({"kind": "pods", "group_by": "node"})),
        ("events", json!({"warnings_only": false})),
        ("events", json!({"object": "deployment/checkout", "namespace": "shop"})),
        ("owner_tree", json!({"kind": "Deployment", "name": "checkout", "namespace": "shop"})),
        ("rollout_history", json!({"name": "checkout", "namespace": "shop"})),
        ("recent_changes", json!({"since": "7d"})),
        ("top", json!({"kind": "pods"})),
        ("logs", json!({"target": "deployment/checkout", "namespace": "shop"})),
    ];
    for kind in ["pods", "workloads", "nodes", "services", "replicasets", "jobs", "hpa", "pvc", "ingresses", "pdb"] {
        looks.push(("list", json!({"kind": kind, "limit": 200, "budget_tokens": 8000})));
    }
    for round in 0..2 {
        for (tool, arguments) in &looks {
            // Starts what it needs, at the first time.
            call(&kept, tool, arguments.clone()).await.unwrap();
        }
        sleep(A_WHILE).await;
        let mut from_watch = 0;
        for (tool, arguments) in &looks {
            let told = call(&kept, tool, arguments.clone()).await.unwrap();
            let expected = call(&read, tool, arguments.clone()).await.unwrap();
            from_watch += usize::from(told.source.as_deref().unwrap().contains("watch cache"));
            assert_eq!((told.data, told.hint), (expected.data, expected.hint), "round {round}: {tool} {arguments}");
        }
        assert!(from_watch >= 18, "{from_watch} of {} answers came from kept lists", looks.len());
        let pods = call(&read, "list", json!({"kind": "pods", "selector": "app=cart"})).await.unwrap();
        let list: List = serde_json::from_value(pods.data).unwrap();
        let row: PodRow = list.table.typed::<PodRow>().unwrap().remove(0);
        let request = axum::http::Request::delete(format!("/api/v1/namespaces/{}/pods/{}", row.namespace, row.name));
        let request = request.body(axum::body::Body::empty()).unwrap();
        let answer = tower::ServiceExt::oneshot(router.clone(), request).await.unwrap();
        assert!(answer.status().is_success());
    }
}

/// Over a socket, where the client has timeouts of its own: a quiet watch outlives the bound of a request.
#[tokio::test]
async fn a_quiet_watch_outlives_the_timeout_of_a_request() {
    let fake = Fake::new(4);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = fake.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: x\ncontexts:\n- name: x\n  context: {{cluster: c, user: u}}\n\
         clusters:\n- name: c\n  cluster: {{server: 'http://{address}'}}\nusers:\n- name: u\n  user: {{token: x}}\n"
    );
    let cluster = ClusterConfig::new("demo", ClusterSource::KubeconfigText { text, context: None });
    let limits = Limits { request_timeout: Duration::from_secs(1), ..watching() };
    let server = Server::new(KubernetesConfig { clusters: vec![cluster], limits, ..KubernetesConfig::default() });
    for _ in 0..100 {
        if is_kept(&ask(&server).await) {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    sleep(Duration::from_millis(1_500)).await;
    fake.put("shop", "later", "Running");
    sleep(Duration::from_millis(500)).await;
    let kept = ask(&server).await;
    assert!(is_kept(&kept), "{:?}", kept.source);
    assert_eq!((pods(&kept).len(), fake.with(|inner| inner.watches.len())), (5, 1));
}
