//! Somewhere to keep things that cannot be used: answers come all the same, say so, and tell no password.

use crate::process::{CANARY, Home};
use crate::servers::Backend;
use std::time::Duration;

const QUESTION: &str = "which targets are down?";

/// The default of `turn.deadline_seconds`.
const TURN: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_state_folder_that_cannot_be_made() {
    let backend = Backend::prometheus().await;
    let home = Home::new().env("PROMETHEUS_URL", &backend.url);
    // A file where the folder should be refuses the superuser too, as whom tests may run.
    home.file("flat/state", "a file, no folder");
    let folder = home.path("flat/state/auto-devops");
    let home = home.env("AUTO_DEVOPS__STORE__FOLDER", folder.display().to_string());
    let asked = home.run(&["ask", QUESTION, "--no-model"]).await.code(0).out_has(&["10.0.0.7:9100"]);
    asked.err_has(&["Nothing of this is kept", "flat/state"]);
    let document = home.run(&["ask", QUESTION, "--no-model", "--json"]).await.code(0);
    assert_eq!(document.json()["conversation"], serde_json::Value::Null, "{document}");
    let status = home.run(&["store", "status"]).await;
    assert!(matches!(status.code, Some(69 | 77)), "{status}");
    status.err_has(&["flat/state"]);
    home.run(&["doctor"]).await.code(2).out_has(&["AWAY   store", "flat/state"]);
}

#[tokio::test]
async fn nothing_is_made_by_looking() {
    let home = Home::new();
    home.run(&["doctor"]).await.out_has(&["none   store", "not made yet"]);
    home.run(&["config", "show"]).await.code(0);
    home.run(&["tools", "list"]).await;
    assert!(!home.state().exists(), "looking made {}", home.state().display());
}

#[tokio::test]
async fn where_nothing_shall_be_kept_nothing_is() {
    let backend = Backend::prometheus().await;
    let home = Home::new().env("PROMETHEUS_URL", &backend.url).env("AUTO_DEVOPS__STORE__KIND", "none");
    let asked = home.run(&["ask", QUESTION, "--no-model"]).await.code(0);
    assert!(!asked.err.contains("kept") && !asked.out.contains("kept"), "as wished, so nothing to tell: {asked}");
    home.run(&["usage"]).await.code(64).err_has(&["nothing is kept", "store.kind"]);
    assert!(!home.state().exists());
}

#[tokio::test]
async fn a_mongodb_that_is_away_keeps_no_answer_from_coming() {
    let backend = Backend::prometheus().await;
    let uri = format!("mongodb://jamie:{CANARY}-mongo@127.0.0.1:1/jamie?authSource=admin");
    let home = Home::new().env("PROMETHEUS_URL", &backend.url).env("MONGODB_URI", &uri);
    let asked = home.run(&["ask", QUESTION, "--no-model", "--trace", "-vvv"]).await.code(0).out_has(&["10.0.0.7:9100"]);
    assert!(asked.took < TURN, "the answer came late: {asked}");
    assert!(asked.out.contains("kept") && asked.out.contains("127.0.0.1:1"), "what is not kept is told: {asked}");
    let asked = asked.err_has(&["this answer was not kept"]);
    assert!(!asked.out.contains(".."), "sentences end once: {asked}");
    let status = home.run(&["store", "status"]).await.code(69).err_has(&["127.0.0.1:1"]);
    assert_eq!(status.out, "", "{status}");
    home.run(&["doctor"]).await.code(2).out_has(&["AWAY   store", "mongodb://127.0.0.1:1/jamie"]);
    home.run(&["config", "show"]).await.code(0).out_has(&["store.mongodb_uri"]);
    assert!(!home.state().exists(), "nothing is kept elsewhere in secret");
}

#[tokio::test]
async fn a_mongodb_uri_that_is_none_is_told_without_its_password() {
    for uri in [format!("mongodb://jamie:{CANARY}@@host/"), format!("mongodb://jamie:{CANARY}/x@host")] {
        let home = Home::new().env("MONGODB_URI", uri);
        home.run(&["store", "status"]).await.err_has(&["MongoDB connection string cannot be read"]);
        home.run(&["doctor"]).await.out_has(&["AWAY   store"]);
        home.run(&["config", "check"]).await;
    }
    let wrong = Home::new().env("MONGODB_URI", format!("postgres://jamie:{CANARY}@host"));
    wrong.run(&["store", "status"]).await.code(64).err_has(&["store.mongodb_uri", "mongodb://"]);
}
