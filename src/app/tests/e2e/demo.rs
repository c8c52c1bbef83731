//! `demo`: no cluster, no model, no network, and an incident all the same.

use crate::process::Program;
use fakes::{ModelServer, Script, ServerStep};
use serde_json::json;

/// The estate's world takes some seconds of one core in a debug build on a busy machine; the promise is 20 s.
const INCIDENT_SECONDS: u64 = 20;

#[tokio::test]
async fn the_root_cause_is_named_within_twenty_seconds() {
    let mut demo = Program::new(&["demo"]).within(INCIDENT_SECONDS).start();
    let welcome = demo.out_until(|out| out.contains("Worth asking:")).await;
    for wanted in ["An incident has been going on", "KUBECONFIG=", "PROMETHEUS_URL=http://127.0.0.1:", "LOKI_URL="] {
        assert!(welcome.contains(wanted), "{wanted}: {welcome}");
    }
    demo.send("what is wrong with checkout?\n").await;
    let ended = demo.finish().await.code(0);
    let ended = ended.out_has(&["ConfigMap shop/checkout-config", "PAYMENT_TIMEOUT", "[e1", "What you could do:"]);
    ended.err_has(&["no model"]);
}

#[tokio::test]
async fn a_model_that_is_named_is_used() {
    let script = Script::steps([
        ServerStep::call(
            "kubernetes_get",
            json!({"kind": "ConfigMap", "namespace": "shop", "name": "checkout-config"}),
        ),
        ServerStep::text("**The cause is ConfigMap shop/checkout-config [e1].**"),
    ]);
    let model = ModelServer::start(script).await;
    let demo = Program::new(&["demo"]).env("OLLAMA_HOST", model.url.trim_start_matches("http://"));
    let ended = demo.input("what is wrong with checkout?\n").run().await.code(0);
    let ended = ended.out_has(&["The model at", "The cause is ConfigMap shop/checkout-config"]);
    assert!(!ended.out.contains("(unconfirmed)"), "{ended}");
    ended.err_has(&["scripted:latest"]);
    assert_eq!(model.chats().len(), 2);
}

#[tokio::test]
async fn a_demo_without_questions_runs_until_it_is_stopped_and_cleans_up() {
    let mut demo = Program::new(&["demo", "--headless", "--scenario", "image-pull"]).start();
    let welcome = demo.out_until(|out| out.contains("Worth asking:")).await;
    let kubeconfig = welcome.split("KUBECONFIG=").nth(1).unwrap().lines().next().unwrap().to_owned();
    assert!(std::path::Path::new(&kubeconfig).exists(), "{kubeconfig}");
    demo.signal("TERM");
    demo.finish().await.code(0);
    assert!(!std::path::Path::new(&kubeconfig).exists(), "{kubeconfig} is left behind");
}

#[tokio::test]
async fn scenarios_are_listed_and_a_wrong_name_is_answered_with_them() {
    let listed = Program::new(&["demo", "--scenario", "list"]).run().await.code(0);
    assert_eq!(listed.out.lines().count(), 12, "{listed}");
    let wrong = Program::new(&["demo", "--scenario", "bad-confg"]).run().await.code(64);
    wrong.err_has(&["there is no scenario \"bad-confg\"", "bad-config", "network-policy"]);
}
