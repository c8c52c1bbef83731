//! What outlives a run: conversations, memory, what answers cost, the freeze, and the audit trail over all of it.

use crate::process::{Ended, Home};
use crate::servers::{Backend, Simulated};
use fakes::{ModelServer, Script, ServerStep};
use serde_json::Value;

const QUESTION: &str = "which targets are down?";

/// The home of somebody whose Prometheus knows one target, which is down.
async fn home_with_targets() -> (Home, Backend) {
    let backend = Backend::prometheus().await;
    (Home::new().env("PROMETHEUS_URL", &backend.url), backend)
}

fn ids(listed: &Ended) -> Vec<String> {
    let document = listed.json();
    let listed = document["conversations"].as_array().unwrap();
    listed.iter().map(|conversation| conversation["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_second_run_knows_what_the_first_one_was_about() {
    let estate = Simulated::start("bad-config").await;
    let home = Home::new().env("PROMETHEUS_URL", &estate.prometheus);
    let kubeconfig = home.file("kubeconfig", &estate.kubeconfig);
    let home = home.env("KUBECONFIG", kubeconfig.display().to_string());
    let first = home.run(&["ask", "what is wrong with checkout?", "--no-model", "--json"]).await.code(0);
    let id = first.json()["conversation"].as_str().unwrap().to_owned();
    let second = home.run(&["ask", "and its logs?", "--no-model", "--conversation", &id]).await;
    second.code(0).out_has(&["The logs of Deployment shop/checkout"]);
    let continued = home.program(&["chat", "--continue", "--no-model"]).input("and its logs?\n").run().await;
    let continued = continued.code(0).out_has(&["The logs of Deployment shop/checkout"]);
    continued.err_has(&["Going on with “what is wrong with checkout?” (2 turns so far)."]);
    let listed = home.run(&["conversations", "list", "--json"]).await.code(0);
    assert_eq!(ids(&listed), std::slice::from_ref(&id), "one conversation, not three: {listed}");
    let shown = home.run(&["conversations", "show", &id]).await.code(0);
    let shown = shown.out_has(&["local:ann: what is wrong with checkout?", "ConfigMap shop/checkout-config"]);
    assert_eq!(shown.out.matches("local:ann: and its logs?").count(), 2, "{shown}");
    let named = home.run(&["chat", "--continue", &id, "--no-model"]).await.code(0);
    named.err_has(&["(3 turns so far)"]);
}

#[tokio::test]
async fn conversations_are_listed_newest_first_and_are_each_persons_own() {
    let (home, _backend) = home_with_targets().await;
    home.run(&["chat", "--continue", "--no-model"]).await.code(64).err_has(&["there is no such conversation"]);
    home.run(&["ask", QUESTION, "--no-model"]).await.code(0);
    home.run(&["ask", "which scrape targets are down?", "--no-model"]).await.code(0);
    let listed = home.run(&["conversations", "list"]).await.code(0);
    let titles: Vec<&str> = listed.out.lines().map(|line| line.rsplit("1 turn   ").next().unwrap()).collect();
    assert_eq!(titles, ["which scrape targets are down?", QUESTION], "{listed}");
    let bob = home.clone().env("USER", "bob");
    bob.run(&["conversations", "list"]).await.code(0).out_has(&["no conversation of yours is kept"]);
}

#[tokio::test]
async fn usage_is_summed_by_person_channel_and_day() {
    let (home, backend) = home_with_targets().await;
    let model = ModelServer::start(Script::answering(|_| ServerStep::text("Nothing is down that I know of."))).await;
    home.program(&["ask", QUESTION]).env("OLLAMA_HOST", &model.url).run().await.code(0);
    home.run(&["ask", QUESTION, "--no-model"]).await.code(0);
    home.clone().env("USER", "bob").run(&["ask", QUESTION, "--no-model"]).await.code(0);
    let by_person = home.run(&["usage", "--by", "person", "--json"]).await.code(0).json();
    let (ann, bob) = (&by_person["usage"]["local:ann"], &by_person["usage"]["local:bob"]);
    assert_eq!((&ann["questions"], &bob["questions"]), (&2.into(), &1.into()), "{by_person:#}");
    assert!(ann["prompt_tokens"].as_u64().unwrap() > 0, "{by_person:#}");
    assert_eq!(bob["prompt_tokens"], 0, "{by_person:#}");
    let by_channel = home.run(&["usage", "--by", "channel", "--json"]).await.code(0).json();
    assert_eq!(by_channel["usage"]["terminal"]["questions"], 3, "{by_channel:#}");
    let by_day = home.run(&["usage"]).await.code(0).out_has(&["questions", "tool calls"]);
    assert_eq!(by_day.out.lines().count(), 2, "{by_day}");
    drop(backend);
}

#[tokio::test]
async fn where_the_days_tokens_are_used_up_the_playbooks_answer_and_say_why() {
    let (home, _backend) = home_with_targets().await;
    let model = ModelServer::start(Script::answering(|_| ServerStep::text("Nothing is down that I know of."))).await;
    let home = home.env("OLLAMA_HOST", &model.url).env("AUTO_DEVOPS__BUDGETS__PERSON_TOKENS_A_DAY", "1");
    home.run(&["ask", QUESTION]).await.code(0).out_has(&["by scripted:latest"]);
    let asked = model.chats().len();
    let second = home.run(&["ask", QUESTION]).await.code(0);
    second.out_has(&["10.0.0.7:9100", "model tokens of today are used up", "00:00 UTC", "by the playbooks"]);
    assert_eq!(model.chats().len(), asked, "the model is not asked any more");
    let bob = home.clone().env("USER", "bob").run(&["ask", QUESTION]).await.code(0);
    bob.out_has(&["by scripted:latest"]);
}

#[tokio::test]
async fn a_note_is_found_moves_with_ratings_and_is_forgotten() {
    let (home, _backend) = home_with_targets().await;
    let note = "The node exporter of rack 7 dies after kernel updates; restart it by hand (RACK-7-EXPORTER).";
    let added = home.run(&["memory", "add", note, "--title", "Rack 7 exporter"]).await.code(0);
    let id = added.out.trim().strip_prefix("remembered as ").unwrap().to_owned();
    let found = home.run(&["memory", "search", "RACK-7-EXPORTER", "--json"]).await.code(0).json();
    assert_eq!(found["entries"][0]["id"], Value::from(id.clone()), "{found:#}");
    let shown = home.run(&["memory", "search", "kernel", "updates", "--kind", "note"]).await.code(0);
    shown.out_has(&["Rack 7 exporter", "| The node exporter of rack 7 dies", &id]);
    home.run(&["memory", "show", &id]).await.code(0).out_has(&["Rack 7 exporter", "restart it by hand"]);
    let page = home.run(&["memory", "show", "builtin:runbooks/service-latency.md"]).await.code(0);
    page.out_has(&["A service answers slowly", "Likely causes"]);
    home.run(&["memory", "show", "0123"]).await.code(1).err_has(&["there is no such entry"]);
    home.run(&["memory", "rate", &id, "helpful"]).await.code(0).out_has(&["noted"]);
    home.run(&["memory", "rate", "0123", "unhelpful"]).await.code(1).err_has(&["there is no such entry"]);
    let stats = home.run(&["memory", "stats", "--json"]).await.code(0).json();
    assert_eq!(stats["entries"]["note"], 1, "{stats:#}");
    assert!(stats["entries"]["runbook"].as_u64().unwrap() >= 30, "the built-in ones: {stats:#}");
    home.run(&["memory", "forget", &id]).await.code(0).out_has(&["forgotten"]);
    let gone = home.run(&["memory", "search", "RACK-7-EXPORTER", "--kind", "note"]).await.code(0);
    gone.out_has(&["nothing that is remembered fits"]);
    home.program(&["memory", "add", "-"]).input("  \n").run().await.code(64).err_has(&["the note is empty"]);
}

#[tokio::test]
async fn what_is_recalled_is_dated_and_apart_from_the_evidence() {
    let (home, _backend) = home_with_targets().await;
    home.run(&["memory", "add", "Targets of rack 7 are down every Saturday while their disks are checked."])
        .await
        .code(0);
    let answered = home.run(&["ask", QUESTION, "--no-model"]).await.code(0);
    let today = chrono::Utc::now().format("%Y-").to_string();
    let answered =
        answered.out_has(&["From memory, not seen now:", "Targets of rack 7 are down every Saturday", &today]);
    let evidence = answered.out.split("Evidence:").nth(1).unwrap();
    assert!(!evidence.contains("Saturday"), "a memory is no evidence: {answered}");
    let document = home.run(&["ask", QUESTION, "--no-model", "--json"]).await.code(0).json();
    let kinds: Vec<&str> =
        document["memory"].as_array().unwrap().iter().map(|memory| memory["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"note"), "{document:#}");
    let off = home.program(&["ask", QUESTION, "--no-model"]).env("AUTO_DEVOPS__MEMORY__RECALL", "false").run().await;
    assert!(!off.out.contains("Saturday"), "{off}");
}

#[tokio::test]
async fn a_freeze_stands_and_is_lifted_without_the_service_and_is_in_the_trail() {
    let home = Home::new();
    let frozen = home.run(&["freeze", "on", "--reason", "the database is being moved"]).await.code(0);
    frozen.out_has(&["FROZEN: everything", "by local:ann: the database is being moved"]);
    let status = home.run(&["freeze", "status", "--json"]).await.code(0).json();
    assert_eq!(status["frozen"], true, "{status:#}");
    home.run(&["freeze", "off", "--reason", "moved"]).await.code(0).out_has(&["not frozen"]);
    home.run(&["freeze", "status"]).await.code(0).out_has(&["not frozen"]);
    home.run(&["freeze", "off"]).await.code(1);
    home.run(&["freeze", "off", "--plan", "3f2a"]).await.code(64).err_has(&["at least 12 digits"]);
    home.run(&["freeze", "off", "--plan", "3f2a9c81d0b4"])
        .await
        .code(1)
        .err_has(&["no plan that waits", "actions list"]);
    home.run(&["actions", "undo", "INC-1.2", "--why", "x"]).await.code(1).err_has(&["no incident or action INC-1.2"]);
    let listed = home.run(&["audit", "list"]).await.code(0);
    let first = listed.out.lines().next().unwrap();
    assert!(first.contains("freeze.off") && first.contains("[local:ann: moved]"), "the newest comes first: {listed}");
    let listed = listed.out_has(&["freeze.on", "[local:ann: the database is being moved]"]);
    assert_eq!(listed.out.lines().count(), 2, "what was refused left no record of a lifting: {listed}");
    let kept = std::fs::read_to_string(home.state().join("audit.log")).unwrap();
    assert!(!kept.contains("ann") && !kept.contains("database"), "no personal data is in the chain: {kept}");
    let only = home.run(&["audit", "list", "--kind", "freeze.on", "--json"]).await.code(0).json();
    assert_eq!(only["audit"].as_array().unwrap().len(), 1, "{only:#}");
    home.run(&["audit", "verify"]).await.code(0).out_has(&["audit: holds, records 1 to 2"]);
}

#[tokio::test]
async fn the_trail_of_an_erased_person_still_holds() {
    let (home, _backend) = home_with_targets().await;
    home.run(&["ask", QUESTION, "--no-model"]).await.code(0);
    home.run(&["freeze", "on", "--reason", "ann-was-here"]).await.code(0);
    home.run(&["freeze", "off"]).await.code(0);
    home.run(&["store", "erase-person", "local:ann"]).await.code(64).err_has(&["--yes"]);
    let boss = home.clone().env("USER", "boss");
    let erased = boss.run(&["store", "erase-person", "local:ann", "--yes"]).await.code(0);
    erased.out_has(&["conversations", "turns", "usage", "personal", "removed"]);
    let listed = boss.run(&["audit", "list"]).await.code(0);
    let listed = listed.out_has(&["person.erased", "[personal data erased]"]);
    assert!(!listed.out.contains("ann"), "{listed}");
    let verified = boss.run(&["audit", "verify", "--json"]).await.code(0).json();
    assert_eq!((&verified["audit"]["holds"], &verified["audit"]["last"]), (&true.into(), &3.into()), "{verified:#}");
    home.run(&["conversations", "list"]).await.code(0).out_has(&["no conversation of yours is kept"]);
    let everything = boss.run(&["store", "export", "-"]).await.code(0);
    assert!(!everything.out.contains("local:ann") && !everything.out.contains("ann-was-here"), "{everything}");
    boss.run(&["store", "erase-person", "local:nobody", "--yes"]).await.code(0).out_has(&["nothing is kept"]);
}
