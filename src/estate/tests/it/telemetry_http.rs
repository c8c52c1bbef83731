//! The four HTTP ends, asked by clients that nobody here wrote (promtool, amtool) and by hand for their exact shapes.

use std::process::Command;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use estate::Estate;
use estate::scenarios::Scenario;
use estate::telemetry::{alertmanager, loki, prometheus, tempo};
use estate::world::World;
use serde_json::{Value, json};
use tower::ServiceExt;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_300, 0).expect("a time")
}

/// An estate five minutes after a fault, its clock at rest.
fn estate(scenario: &str) -> Arc<Estate> {
    let scenario = Scenario::named(scenario).expect("a scenario of that name");
    let start = now() - TimeDelta::minutes(5);
    Estate::new(World::new(7, start, Some(scenario), start), Arc::new(now))
}

async fn ask(router: &Router, method: Method, path: &str, body: Option<(&str, String)>) -> (StatusCode, String) {
    let mut request = Request::builder().method(method).uri(path);
    let content = match body {
        None => Body::empty(),
        Some((kind, text)) => {
            request = request.header("content-type", kind);
            Body::from(text)
        }
    };
    let response = router.clone().oneshot(request.body(content).expect("a request")).await.expect("an answer");
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 64 << 20).await.expect("a body");
    (status, String::from_utf8(bytes.to_vec()).expect("text"))
}

async fn get(router: &Router, path: &str) -> (StatusCode, Value) {
    let (status, text) = ask(router, Method::GET, path, None).await;
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

async fn data(router: &Router, path: &str) -> Value {
    let (status, body) = get(router, path).await;
    assert_eq!((status, &body["status"]), (StatusCode::OK, &json!("success")), "{path}: {body}");
    body["data"].clone()
}

/// Serves a router on a loopback port; it ends with the runtime.
async fn served(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn run(program: &'static str, package: &'static str, arguments: Vec<String>) -> (bool, String) {
    let outcome = tokio::task::spawn_blocking(move || Command::new(program).args(&arguments).output());
    let output = outcome.await.expect("it runs").unwrap_or_else(|error| {
        panic!("{program} must be on the PATH (Debian package {package}): {error}");
    });
    let told = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&told).into_owned())
}

fn words(line: &str) -> Vec<String> {
    line.split('|').map(|word| word.trim().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promtool_believes_our_prometheus() {
    let url = served(prometheus::router(estate("bad-config"))).await;
    let cases = [
        (
            "query|instant|URL|sum(kube_node_status_condition{condition=\"Ready\",status=\"true\"})|--time=1790000300",
            true,
            "{} => 4 @[1790000300]",
        ),
        ("query|instant|URL|42", true, "scalar: 42"),
        ("query|instant|URL|sum(|--time=1790000300", false, "bad_data"),
        (
            "query|range|URL|up{job=\"node-exporter\"}|--start=1789999000|--end=1790000300|--step=60s",
            true,
            "worker-1:9100",
        ),
        (
            "query|series|URL|--match=kube_deployment_spec_replicas|--start=1790000000|--end=1790000300",
            true,
            "deployment=\"checkout\"",
        ),
        ("query|labels|URL|namespace", true, "shop"),
    ];
    for (line, succeeds, expected) in cases {
        let (success, told) = run("promtool", "prometheus", words(&line.replace("URL", &url))).await;
        assert_eq!(success, succeeds, "{line}: {told}");
        assert!(told.contains(expected), "{line}: {told}");
    }
}

#[tokio::test]
async fn prometheus_answers_in_its_shapes() {
    let router = prometheus::router(estate("bad-config"));
    let vector = data(&router, "/api/v1/query?query=vector(1.5)&time=1790000000.25").await;
    assert_eq!(vector, json!({"resultType": "vector", "result": [{"metric": {}, "value": [1_790_000_000.25, "1.5"]}]}));
    let form = ("application/x-www-form-urlencoded", "query=1%2B1&start=1789999970&end=1790000000&step=15".to_owned());
    let (status, body) = ask(&router, Method::POST, "/api/v1/query_range", Some(form)).await;
    let expected = "{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[1789999970,\"2\"],[1789999985,\"2\"],[1790000000,\"2\"]]}]}";
    let matrix = serde_json::from_str::<Value>(&body).expect("JSON")["data"].clone();
    assert_eq!((status, matrix), (StatusCode::OK, serde_json::from_str(expected).expect("JSON")));
    let refused = [
        ("/api/v1/query?query=sum(", 400, "bad_data", "invalid parameter \"query\""),
        ("/api/v1/query?query=", 400, "bad_data", "invalid parameter \"query\""),
        (
            "/api/v1/query?query=up&time=noon",
            400,
            "bad_data",
            "invalid parameter \"time\": cannot parse \"noon\" to a valid timestamp",
        ),
        (
            "/api/v1/query?query=label_replace(kube_node_info,%22node%22,%22x%22,%22%22,%22%22)",
            422,
            "execution",
            "vector cannot contain metrics",
        ),
        (
            "/api/v1/query_range?query=up&start=10&end=5&step=1",
            400,
            "bad_data",
            "end timestamp must not be before start time",
        ),
        ("/api/v1/query_range?query=up&start=5&end=10&step=0", 400, "bad_data", "zero or negative query resolution"),
        (
            "/api/v1/query_range?query=up&start=0&end=100000&step=1",
            400,
            "bad_data",
            "exceeded maximum resolution of 11,000 points",
        ),
        ("/api/v1/series", 400, "bad_data", "no match[] parameter provided"),
        ("/api/v1/label/1x/values", 400, "bad_data", "invalid label name"),
    ];
    for (path, status, kind, reason) in refused {
        let (got, body) = get(&router, path).await;
        assert_eq!(
            (got.as_u16(), &body["status"], &body["errorType"]),
            (status, &json!("error"), &json!(kind)),
            "{path}: {body}"
        );
        assert!(body["error"].as_str().is_some_and(|text| text.contains(reason)), "{path}: {body}");
    }
    let names = data(&router, "/api/v1/label/__name__/values").await;
    assert!(names.as_array().is_some_and(|names| names.contains(&json!("up")) && names.len() > 60), "{names}");
    let metadata = data(&router, "/api/v1/metadata?metric=up").await;
    assert_eq!(metadata["up"][0]["type"], "gauge");
    let targets = data(&router, "/api/v1/targets").await;
    let active = targets["activeTargets"].as_array().expect("targets");
    assert!(
        active.iter().any(|target| target["health"] == "down" && target["labels"]["job"] == "checkout"),
        "checkout is down"
    );
    for path in ["buildinfo", "runtimeinfo", "config", "flags", "tsdb"] {
        data(&router, &format!("/api/v1/status/{path}")).await;
    }
}

#[tokio::test]
async fn rules_and_alerts_tell_since_when() {
    let router = prometheus::router(estate("bad-config"));
    let alerts = data(&router, "/api/v1/alerts").await;
    let alerts = alerts["alerts"].as_array().expect("alerts").clone();
    let crash =
        alerts.iter().find(|alert| alert["labels"]["alertname"] == "KubePodCrashLooping").expect("it crash loops");
    assert_eq!(crash["state"], "firing");
    let active_at = DateTime::parse_from_rfc3339(crash["activeAt"].as_str().expect("a time")).expect("a time");
    assert!((now() - active_at.to_utc()).num_seconds() < 300, "{active_at}");
    assert!(crash["annotations"]["summary"].as_str().expect("a text").contains("checkout"));
    let rules = data(&router, "/api/v1/rules").await;
    let all: Vec<&Value> = rules["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .flat_map(|group| group["rules"].as_array().expect("rules"))
        .collect();
    let state = |name: &str| all.iter().find(|rule| rule["name"] == name).map(|rule| rule["state"].clone());
    assert_eq!(state("Watchdog"), Some(json!("firing")));
    assert_eq!(state("KubeNodeNotReady"), Some(json!("inactive")));
    let series =
        data(&router, "/api/v1/query?query=ALERTS%7Balertstate%3D%22firing%22%2Calertname%3D%22Watchdog%22%7D").await;
    assert_eq!(series["result"][0]["value"][1], "1", "{series}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn amtool_believes_our_alertmanager_and_a_silence_mutes() {
    // amtool writes silences by its own clock, so this estate follows it.
    let router = alertmanager::router(Estate::live(7, Scenario::named("error-burst"), TimeDelta::minutes(5)));
    let url = served(router.clone()).await;
    let amtool = async |line: &str| {
        let all = words(&format!("--alertmanager.url={url}|{line}"));
        run("amtool", "prometheus-alertmanager", all).await
    };
    let (success, told) = amtool("alert|query|-o|json").await;
    assert!(success && told.contains("HighErrorRate") && told.contains("Watchdog"), "{told}");
    let (success, id) = amtool("silence|add|--comment=known|--author=test|--duration=1h|service=payments").await;
    assert!(success, "{id}");
    let (_, told) = amtool("silence|query|-o|json").await;
    assert!(told.contains("payments"), "{told}");
    let muted = |alerts: &Value| -> Vec<Value> {
        let of = |alert: &&Value| alert["labels"]["service"] == "payments";
        alerts.as_array().expect("alerts").iter().filter(of).map(|alert| alert["status"]["state"].clone()).collect()
    };
    let (_, alerts) = get(&router, "/api/v2/alerts").await;
    assert_eq!(muted(&alerts), [json!("suppressed")], "{alerts}");
    let (_, alerts) = get(&router, "/api/v2/alerts?silenced=false&filter=service%3D%22payments%22").await;
    assert_eq!(alerts, json!([]));
    let (success, told) = amtool(&format!("silence|expire|{}", id.trim())).await;
    assert!(success, "{told}");
    let (_, alerts) = get(&router, "/api/v2/alerts").await;
    assert_eq!(muted(&alerts), [json!("active")]);
    let (_, groups) = get(&router, "/api/v2/alerts/groups").await;
    assert!(groups.as_array().is_some_and(|groups| groups.len() >= 2), "{groups}");
    let bad = json!({"matchers": [], "startsAt": Utc::now(), "endsAt": Utc::now() + TimeDelta::hours(1), "createdBy": "x", "comment": "y"});
    let (status, _) = ask(&router, Method::POST, "/api/v2/silences", Some(("application/json", bad.to_string()))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, _) = ask(&router, Method::DELETE, "/api/v2/silence/none", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn loki_tells_lines_and_their_rates() {
    let router = loki::router(estate("error-burst"));
    let logs = data(&router, "/loki/api/v1/query_range?query=%7Bapp%3D%22payments%22%7D&limit=7").await;
    let lines = |logs: &Value| -> Vec<(i64, String)> {
        let streams = logs["result"].as_array().expect("streams").clone();
        let values = streams.iter().flat_map(|stream| stream["values"].as_array().expect("values").clone());
        values
            .map(|pair| {
                (pair[0].as_str().expect("ns").parse().expect("ns"), pair[1].as_str().expect("a line").to_owned())
            })
            .collect()
    };
    assert_eq!((logs["resultType"].as_str(), lines(&logs).len()), (Some("streams"), 7), "{logs}");
    let newest = now().timestamp_nanos_opt().expect("ns");
    assert!(
        lines(&logs).iter().all(|(at, _)| *at > newest - 60_000_000_000 && *at <= newest + 1_000_000),
        "the newest come first"
    );
    let again = data(&router, "/loki/api/v1/query_range?query=%7Bapp%3D%22payments%22%7D&limit=7").await;
    assert_eq!(logs, again);
    let rate =
        data(&router, "/loki/api/v1/query?query=sum%20by%20(app)%20(rate(%7Bnamespace%3D%22shop%22%7D%5B5m%5D))").await;
    let apps = rate["result"].as_array().expect("a vector");
    assert!(apps.len() >= 7, "{rate}");
    let matrix = data(&router, "/loki/api/v1/query_range?query=count_over_time(%7Bapp%3D%22payments%22%7D%5B1m%5D)&step=60&start=1790000000&end=1790000300").await;
    assert_eq!(matrix["resultType"], "matrix");
    let labels = data(&router, "/loki/api/v1/labels").await;
    assert!(labels.as_array().is_some_and(|labels| labels.contains(&json!("namespace"))), "{labels}");
    let values = data(&router, "/loki/api/v1/label/app/values?query=%7Bnamespace%3D%22data%22%7D").await;
    assert!(
        values
            .as_array()
            .is_some_and(|values| values.contains(&json!("orders-db")) && !values.contains(&json!("cart"))),
        "{values}"
    );
    let series = data(&router, "/loki/api/v1/series?match[]=%7Bapp%3D%22cart%22%7D").await;
    assert!(series.as_array().is_some_and(|series| !series.is_empty()), "{series}");
    let (_, stats) = get(&router, "/loki/api/v1/index/stats?query=%7Bnamespace%3D%22shop%22%7D").await;
    assert!(stats["bytes"].as_i64().is_some_and(|bytes| bytes > 1000), "{stats}");
    for query in ["%7B%7D", "%7Bapp%3D%22x%22", "up", "%7Bapp%3D~%22.%2B%22%7D&start=1788000000&end=1790000300"] {
        let (status, _) = get(&router, &format!("/loki/api/v1/query_range?query={query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn tempo_finds_the_traces_that_fail_and_serves_them() {
    let router = tempo::router(estate("error-burst"));
    let (status, found) = get(&router, "/api/search?q=%7B%20status%20%3D%20error%20%26%26%20resource.service.name%20%3D%20%22payments%22%20%7D&limit=5&start=1790000000&end=1790000300").await;
    assert_eq!(status, StatusCode::OK);
    let traces = found["traces"].as_array().expect("traces");
    assert_eq!(traces.len(), 5, "{found}");
    let id = traces[0]["traceID"].as_str().expect("an id");
    let (status, trace) = get(&router, &format!("/api/traces/{id}")).await;
    assert_eq!(status, StatusCode::OK);
    let batches = trace["batches"].as_array().expect("batches");
    let spans: Vec<&Value> =
        batches.iter().flat_map(|batch| batch["scopeSpans"][0]["spans"].as_array().expect("spans")).collect();
    let roots = spans.iter().filter(|span| span.get("parentSpanId").is_none()).count();
    assert_eq!(roots, 1, "{trace}");
    let ids: Vec<&Value> = spans.iter().map(|span| &span["spanId"]).collect();
    for span in spans.iter().filter(|span| span.get("parentSpanId").is_some()) {
        assert!(ids.contains(&&span["parentSpanId"]), "every parent is in the trace");
    }
    let time = |span: &Value, field: &str| span[field].as_str().expect("ns").parse::<i64>().expect("ns");
    assert!(spans.iter().all(|span| time(span, "endTimeUnixNano") >= time(span, "startTimeUnixNano")));
    let (status, _) = get(&router, "/api/traces/0123456789abcdef0123456789abcdef").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = get(&router, "/api/traces/nothex").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (_, values) = get(&router, "/api/search/tag/service.name/values").await;
    assert!(values["tagValues"].as_array().is_some_and(|values| values.contains(&json!("payments"))), "{values}");
    for path in ["/api/search/tags", "/api/v2/search/tags", "/api/v2/search/tag/resource.service.name/values"] {
        assert_eq!(get(&router, path).await.0, StatusCode::OK, "{path}");
    }
}
