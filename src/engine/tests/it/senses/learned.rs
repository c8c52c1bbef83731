//! What senses learn, and keep over a restart: series, and the requests of declared services.

use super::*;

/// Looks at a series that goes up and down by a little, each with its own value.
async fn live_through(world: &World, looks: u32) {
    for look in 0..looks {
        world.set("prometheus_query", vector(&[("cart", 10.0 + f64::from(look % 7))]));
        pass(30).await;
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_a_detector_had_to_learn_anew_what_is_usual() {
    let (keeper, world) = (keeper(), World::default());
    let watch = json!({"name": "Orders", "query": "orders", "severity": "low", "detector": {"kind": "anomaly"}});
    let (intake, declared) = (Arc::new(Keeping::default()), json!({"series": [watch]}));
    let before = Running::kept(Arc::clone(&intake), Some(keeper.clone()), world.tools(), declared.clone()).await;
    live_through(&world, 130).await;
    before.end().await;
    assert_eq!(intake.names(), Vec::<String>::new());
    let after = Running::kept(Arc::clone(&intake), Some(keeper), world.tools(), declared).await;
    live_through(&world, 3).await;
    world.set("prometheus_query", vector(&[("cart", 900.0)]));
    pass(60).await;
    assert_eq!(intake.told(), [firing("Orders")]);
    after.end().await;
}

/// What Tempo tells of a call of its metrics: of 60 requests each half minute most take up to 64 ms; from `slow_from` on most
/// take up to 256 ms.
fn metrics(call: &ToolCall, slow_from: DateTime<Utc>) -> Outcome {
    let text = |name: &str| call.arguments[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (text("service"), text("step"), &call.arguments["attributes"]),
        ("cart".to_owned(), "30s".to_owned(), &json!(["kind=server"]))
    );
    let time = |name: &str| text(name).parse::<DateTime<Utc>>().unwrap().timestamp();
    let series = |labels: Value, count: fn(bool) -> f64| {
        let ends = ((time("start") + 30)..=time("end")).step_by(30);
        let points: Vec<Value> = ends.map(|end| json!([end, count(end > slow_from.timestamp())])).collect();
        json!({"labels": labels, "min": 0, "max": 0, "mean": 0, "last": 0, "points": points})
    };
    let all = match text("function").as_str() {
        "histogram" => vec![
            series(json!({"__bucket": "0.064"}), |slow| if slow { 10.0 } else { 50.0 }),
            series(json!({"__bucket": "0.256"}), |slow| if slow { 50.0 } else { 10.0 }),
        ],
        other => {
            assert_eq!((other, text("status").as_str()), ("count", "error"));
            vec![series(json!({}), |_| 0.0)]
        }
    };
    Ok(Envelope::whole(json!({"query": "q", "step_seconds": 30, "series": all}), all.len() as u64))
}

fn service_map() -> Outcome {
    let services = json!({
        "columns": ["service", "requests_per_second", "error_ratio", "p95_ms"], "rows": [["cart", 2.0, 0.0, 200.0]]
    });
    let edges = json!({"columns": [], "rows": []});
    Ok(Envelope::whole(json!({"sampled_traces": 1, "trace_ids": [], "edges": edges, "services": services}), 1))
}

#[tokio::test(start_paused = true)]
async fn the_requests_of_a_declared_service_are_learned_over_a_restart_and_their_shift_is_told() {
    let keeper = keeper();
    let slow_from = Going { begun: Instant::now() }.now() + TimeDelta::minutes(60);
    let away = Arc::new(AtomicBool::new(false));
    let tools = |away: &Arc<AtomicBool>| {
        let away = Arc::clone(away);
        ScriptedToolbox::answering(vec![], move |call: &ToolCall| match call.tool.as_str() {
            "tempo_service_map" => Some(service_map()),
            "tempo_metrics" if away.load(Ordering::Relaxed) => Some(refused()),
            "tempo_metrics" => Some(metrics(call, slow_from)),
            _ => None,
        })
    };
    let declared = json!({"traces": [{"name": "shop", "services": ["cart"], "learns": true}]});
    let intake = Arc::new(Keeping::default());
    // It learns before a restart; after it there is not the quarter of an hour that learning takes.
    let before = Running::kept(Arc::clone(&intake), Some(keeper.clone()), tools(&away), declared.clone()).await;
    pass(50 * 60).await;
    before.end().await;
    let running = Running::kept(Arc::clone(&intake), Some(keeper), tools(&away), declared).await;
    away.store(true, Ordering::Relaxed);
    pass(240).await;
    let why = running.shown("shop").standing.not_looked.join("; ");
    assert!(why.contains("the requests of cart could not be read: GET http://prometheus:9090"), "{why}");
    away.store(false, Ordering::Relaxed);
    pass(5 * 60).await;
    assert_eq!(intake.told(), []);
    pass(9 * 60).await;
    assert!(intake.told().contains(&firing("trace-latency-shift")), "{:?}", intake.told());
    let text = intake.taken.lock().unwrap()[0].text.clone();
    assert!(text.starts_with("cart: since 09:00:") && text.contains("take longer than"), "{text}");
    running.end().await;
}

/// The windows were judged, and would have been lost with the look.
#[tokio::test(start_paused = true)]
async fn requests_that_are_read_slowly_do_not_hold_up_the_look() {
    let long_ago = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let tools = ScriptedToolbox::answering(vec![], move |call: &ToolCall| match call.tool.as_str() {
        "tempo_service_map" => Some(service_map()),
        _ => Some(metrics(call, long_ago)),
    });
    let declared = json!({"traces": [{"name": "shop", "services": ["cart"], "learns": true}]});
    let running = Running::with(tools.slow("tempo_metrics", Duration::from_secs(60)), declared).await;
    pass(120).await;
    let standing = running.shown("shop").standing;
    assert_eq!(standing.problem, None);
    let why = standing.not_looked.join("; ");
    assert!(why.contains("the requests of 1 services could not be read in time: cart"), "{why}");
    running.end().await;
}
