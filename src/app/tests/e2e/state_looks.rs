//! Looking at what is kept: it makes nothing, says where it looked, tells nobody what is another's, and ends with the code
//! of the contract.

use crate::process::{CANARY, Home};
use crate::servers::Backend;
use fakes::{ModelServer, Script, ServerStep};
use std::time::Duration;

const QUESTION: &str = "which targets are down?";

#[tokio::test]
async fn looking_at_a_store_that_was_not_there_made_an_empty_one_and_reported_success() {
    let home = Home::new();
    let (file, folder) = (home.path("x.jsonl"), home.path("backup"));
    let (file, folder) = (file.to_str().unwrap(), folder.to_str().unwrap());
    for arguments in [
        &["store", "status"] as &[&str],
        &["store", "check"],
        &["store", "sweep"],
        &["store", "export", file],
        &["store", "backup", folder],
        &["store", "erase-person", "local:ann", "--yes"],
        &["conversations", "list"],
        &["conversations", "show", "0123"],
        &["conversations", "delete", "0123", "--yes"],
        &["usage"],
        &["audit", "list"],
        &["audit", "verify"],
        &["audit", "anchor"],
        &["freeze", "status"],
        &["freeze", "off"],
        &["memory", "search", "power"],
        &["memory", "show", "0123"],
        &["memory", "forget", "0123"],
        &["memory", "stats"],
    ] {
        let ended = home.run(arguments).await.code(69);
        let ended = ended.err_has(&["no store at", "state/auto-devops", "store.folder", "nothing was kept there"]);
        assert_eq!(ended.out, "", "{ended}");
        assert!(!home.state().exists(), "it was made by {arguments:?}");
    }
    let empty = home.clone().env("MONGODB_URI", "mongodb://127.0.0.1:1/jamie");
    empty.run(&["store", "migrate", "--to-mongodb"]).await.code(69).err_has(&["no store at"]);
    assert!(!home.state().exists() && !home.path("x.jsonl").exists() && !home.path("backup").exists());
}

#[tokio::test]
async fn a_freeze_in_another_place_than_meant_did_not_say_where_it_stands() {
    let home = Home::new();
    let place = home.state().display().to_string();
    home.run(&["freeze", "on"]).await.code(0).out_has(&["FROZEN", &place, "made new"]);
    let again = home.run(&["freeze", "on"]).await.code(0).out_has(&["FROZEN", &place]);
    assert!(!again.out.contains("made new"), "{again}");
    home.run(&["freeze", "status"]).await.code(0).out_has(&["FROZEN", "looked at", &place]);
    assert_eq!(home.run(&["freeze", "status", "--json"]).await.code(0).json()["store"], place);
}

#[tokio::test]
async fn a_secret_in_the_reason_of_a_freeze_was_kept_in_clear() {
    let home = Home::new();
    let reason = format!("leaked: postgres://app:{CANARY}-word@db/shop");
    home.run(&["freeze", "on", "--reason", &reason]).await.code(0).out_has(&["leaked: postgres://"]);
    home.run(&["audit", "list"]).await.code(0).out_has(&["[local:ann: leaked: postgres://"]);
    home.run(&["store", "export", "-"]).await.code(0).out_has(&["leaked: postgres://"]);
    for entry in std::fs::read_dir(home.state()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let is_there = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
        assert!(!is_there, "it is in {}", path.display());
    }
    home.run(&["audit", "verify"]).await.code(0);
}

#[tokio::test]
async fn a_freeze_lifted_by_somebody_who_may_not_ended_as_a_failure() {
    let home = Home::new();
    home.file("config/auto-devops/config.toml", "[environments.prod]\npeople = [\"boss\"]\n");
    home.run(&["freeze", "on"]).await.code(0);
    home.run(&["freeze", "off"]).await.code(77).err_has(&["local:ann"]);
    home.run(&["freeze", "status"]).await.code(0).out_has(&["FROZEN"]);
    home.clone().env("USER", "boss").run(&["freeze", "off"]).await.code(0).out_has(&["not frozen"]);
}

#[tokio::test]
async fn what_a_stopped_question_cost_was_not_kept() {
    let prometheus = Backend::prometheus().await;
    let model = ModelServer::start(Script::steps([ServerStep::Silent])).await;
    let home = Home::new().env("PROMETHEUS_URL", &prometheus.url).env("OLLAMA_HOST", &model.url);
    let ask = home.program(&["ask", QUESTION]).start();
    tokio::time::timeout(Duration::from_secs(20), model.wait_for_chats(1)).await.unwrap();
    ask.signal("INT");
    ask.finish().await.code(1).err_has(&["stopped"]);
    let usage = home.run(&["usage", "--by", "person", "--json"]).await.code(0).json();
    assert_eq!(usage["usage"]["local:ann"]["questions"], 1, "{usage:#}");
}

#[tokio::test]
async fn a_mistyped_conversation_began_another_one() {
    let backend = Backend::prometheus().await;
    let home = Home::new().env("PROMETHEUS_URL", &backend.url);
    home.run(&["ask", QUESTION, "--no-model"]).await.code(0);
    let words = ["no such conversation; `conversations list` has yours"];
    for typo in ["0123456789abcdef0123", "what is this?", "../../x"] {
        let asked = home.run(&["ask", QUESTION, "--no-model", "--conversation", typo]).await.code(64).err_has(&words);
        assert_eq!(asked.out, "", "{asked}");
        home.run(&["conversations", "show", typo]).await.code(64).err_has(&words);
        home.run(&["chat", "--no-model", "--continue", typo]).await.code(64).err_has(&words);
        home.run(&["conversations", "delete", typo, "--yes"]).await.code(64).err_has(&words);
    }
    let listed = home.run(&["conversations", "list"]).await.code(0);
    assert_eq!(listed.out.lines().count(), 1, "{listed}");
}

#[tokio::test]
async fn a_conversation_could_not_be_removed() {
    let backend = Backend::prometheus().await;
    let home = Home::new().env("PROMETHEUS_URL", &backend.url);
    let asked = home.run(&["ask", QUESTION, "--no-model", "--json"]).await.code(0).json();
    let id = asked["conversation"].as_str().unwrap();
    home.run(&["memory", "search", QUESTION, "--kind", "turn"]).await.code(0).out_has(&["10.0.0.7:9100"]);
    home.run(&["conversations", "delete", id]).await.code(64).err_has(&["--yes"]);
    home.run(&["conversations", "show", id]).await.code(0);
    home.run(&["conversations", "delete", id, "--yes"]).await.code(0).out_has(&["removed: 1 turns"]);
    home.run(&["conversations", "show", id]).await.code(64);
    home.run(&["conversations", "list"]).await.code(0).out_has(&["no conversation of yours is kept"]);
    let found = home.run(&["memory", "search", QUESTION, "--kind", "turn"]).await.code(0);
    found.out_has(&["nothing that is remembered fits"]);
    let usage = home.run(&["usage", "--by", "person", "--json"]).await.code(0).json();
    assert_eq!(usage["usage"]["local:ann"]["questions"], 1, "what it cost stays: {usage:#}");
}

#[tokio::test]
async fn the_past_questions_of_others_were_printed_by_a_search() {
    let backend = Backend::prometheus().await;
    let home = Home::new().env("PROMETHEUS_URL", &backend.url);
    home.run(&["ask", QUESTION, "--no-model"]).await.code(0);
    let found = home.run(&["memory", "search", QUESTION, "--kind", "turn", "--json"]).await.code(0).json();
    let (id, source) = (&found["entries"][0]["id"], &found["entries"][0]["source"]);
    let bob = home.clone().env("USER", "bob");
    let searched = bob.run(&["memory", "search", QUESTION, "--kind", "turn"]).await.code(0);
    searched.out_has(&["nothing that is remembered fits"]);
    let all = bob.run(&["memory", "search", QUESTION, "--json", "--limit", "100"]).await.code(0);
    assert!(!all.out.contains("\"turn\""), "{all}");
    for wanted in [id, source] {
        let wanted = wanted.as_str().unwrap();
        home.run(&["memory", "show", wanted]).await.code(0).out_has(&["10.0.0.7:9100"]);
        let shown = bob.run(&["memory", "show", wanted]).await.code(1).err_has(&["there is no such entry"]);
        assert_eq!(shown.out, "", "{shown}");
    }
}

#[tokio::test]
async fn one_page_of_runbooks_could_not_be_added() {
    let home = Home::new();
    let first = home.file("pages/first.md", "# Rack seven is dark\n\nSwitch the breaker (RACK-SEVEN-DARK).\n");
    let second = home.file("pages/second.md", "# Rack eight is dark\n\nCall the house (RACK-EIGHT-DARK).\n");
    let pages = home.path("pages");
    home.run(&["memory", "add", "--runbooks", pages.to_str().unwrap()]).await.code(0).out_has(&["2 pages remembered"]);
    std::fs::write(&first, "# Rack seven is dark\n\nSwitch the other breaker (RACK-SEVEN-DARK).\n").unwrap();
    home.run(&["memory", "add", "--runbooks", first.to_str().unwrap()]).await.code(0).out_has(&["remembered as"]);
    let changed = home.run(&["memory", "search", "RACK-SEVEN-DARK", "--json"]).await.code(0).json();
    assert!(changed["entries"][0]["text"].as_str().unwrap().contains("the other breaker"), "{changed:#}");
    let stays = home.run(&["memory", "search", "RACK-EIGHT-DARK"]).await.code(0);
    stays.out_has(&["Rack eight is dark", second.to_str().unwrap()]);
    let added = home.run(&["memory", "stats", "--json"]).await.code(0).json();
    let again = home.run(&["memory", "add", "--runbooks", pages.to_str().unwrap()]).await.code(0);
    again.out_has(&["0 pages remembered, 2 unchanged, 0 forgotten"]);
    assert_eq!(home.run(&["memory", "stats", "--json"]).await.code(0).json()["entries"], added["entries"]);
    let broken = home.file("broken.md", "no title here\n");
    let told = home.run(&["memory", "add", "--runbooks", broken.to_str().unwrap()]).await.code(64);
    told.err_has(&["broken.md", "it has no title"]);
}

#[tokio::test]
async fn a_broken_page_of_the_settings_was_left_out_in_silence() {
    let home = Home::new();
    home.file("pages/broken.md", "no title here\n");
    let pages = home.path("pages").display().to_string();
    home.file("config/auto-devops/config.toml", &format!("[memory]\nrunbooks = [\"{pages}\"]\n"));
    home.run(&["memory", "add", "Rack 7 loses its power on Sundays."]).await.code(0);
    let found = home.run(&["memory", "search", "rack", "power"]).await.code(2).out_has(&["Rack 7 loses its power"]);
    found.err_has(&[&pages, "broken.md", "it has no title"]);
    home.run(&["memory", "stats"]).await.code(2).out_has(&["note"]).err_has(&[&pages, "broken.md"]);
}
