//! Everything that is kept, on its way: export and import, backup and restore, and a store that another version wrote.

use crate::process::{Ended, Home};
use crate::servers::Backend;
use std::path::Path;
use std::process::Stdio;

const QUESTION: &str = "which targets are down?";

/// A home in which something of most sorts is kept.
async fn full_home(backend: &Backend) -> Home {
    let home = Home::new().env("PROMETHEUS_URL", &backend.url);
    home.run(&["ask", QUESTION, "--no-model"]).await.code(0);
    home.run(&["memory", "add", "Rack 7 loses its power on Sundays."]).await.code(0);
    home.run(&["freeze", "on", "--reason", "power"]).await.code(0);
    home
}

/// The lines with counts and hashes.
fn totals(ended: &Ended) -> Vec<String> {
    ended.out.lines().filter(|line| line.contains("sha256")).map(str::to_owned).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn an_export_arrives_whole_in_another_store() {
    let backend = Backend::prometheus().await;
    let home = full_home(&backend).await;
    let file = home.path("state.jsonl");
    let exported = home.run(&["store", "export", text(&file)]).await.code(0).out_has(&["exported"]);
    for name in ["conversations", "turns", "evidence", "usage", "memory", "guards", "personal", "audit"] {
        assert!(totals(&exported).iter().any(|line| line.starts_with(name)), "{name} is missing: {exported}");
    }
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "it holds everything that people asked");
    let there = Home::new();
    let imported = there.run(&["store", "import", text(&file)]).await.code(0).out_has(&["read back the same"]);
    assert_eq!(totals(&imported), totals(&exported));
    let again = there.run(&["store", "export", "-"]).await.code(0);
    let told: Vec<String> = again.err.lines().filter(|line| line.contains("sha256")).map(str::to_owned).collect();
    assert_eq!(told, totals(&exported));
    there.run(&["conversations", "list"]).await.code(0).out_has(&[QUESTION]);
    there.run(&["freeze", "status"]).await.code(0).out_has(&["FROZEN", "power"]);
    there.run(&["audit", "verify"]).await.code(0).out_has(&["audit: holds"]);
    there.run(&["memory", "search", "rack", "power"]).await.code(0).out_has(&["Rack 7 loses its power"]);
}

#[tokio::test]
async fn nothing_is_overwritten_and_half_an_export_is_refused() {
    let backend = Backend::prometheus().await;
    let home = full_home(&backend).await;
    let file = home.path("state.jsonl");
    home.run(&["store", "export", text(&file)]).await.code(0);
    let whole = std::fs::read_to_string(&file).unwrap();
    let second = home.run(&["store", "export", text(&file)]).await.code(1);
    second.err_has(&["state.jsonl", "exists"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), whole, "the first one is as it was");
    home.run(&["store", "import", text(&file)]).await.code(64).err_has(&["holds", "already"]);
    let lines: Vec<&str> = whole.lines().collect();
    let cut = home.file("cut.jsonl", &(lines[..lines.len() - 1].join("\n") + "\n"));
    Home::new()
        .run(&["store", "import", text(&cut)])
        .await
        .code(64)
        .err_has(&["of the export", "make the export anew"]);
    let torn = home.file("torn.jsonl", &whole[..whole.len() / 2]);
    Home::new().run(&["store", "import", text(&torn)]).await.code(64).err_has(&["of the export"]);
    let altered = home.file("altered.jsonl", &whole.replace("Rack 7", "Rack 8"));
    let altered = Home::new().run(&["store", "import", text(&altered)]).await;
    assert!(altered.code != Some(0), "an export that was edited is told: {altered}");
    let none = home.file("none.jsonl", "{\"hello\": 1}\n");
    Home::new().run(&["store", "import", text(&none)]).await.code(64).err_has(&["line 1"]);
    Home::new().run(&["store", "import", "/nowhere/x.jsonl"]).await.code(1).err_has(&["/nowhere/x.jsonl"]);
}

#[tokio::test]
async fn a_backup_is_restored_in_the_place_of_a_store_that_is_gone_and_never_over_one() {
    let backend = Backend::prometheus().await;
    let home = full_home(&backend).await;
    let backup = home.path("backup");
    home.run(&["store", "backup", text(&backup)]).await.code(0).out_has(&["bytes backed up"]);
    home.run(&["store", "backup", text(&backup)]).await.code(1).err_has(&["is not overwritten"]);
    home.run(&["store", "restore", text(&backup)]).await.code(1).err_has(&["is not overwritten"]);
    std::fs::remove_dir_all(home.state()).unwrap();
    home.run(&["store", "restore", text(&backup)]).await.code(0).out_has(&["bytes restored"]);
    home.run(&["store", "check"]).await.code(0).out_has(&["nothing is damaged"]);
    home.run(&["conversations", "list"]).await.code(0).out_has(&[QUESTION]);
    home.run(&["store", "restore", text(&home.path("runtime"))]).await.code(1).err_has(&["is no backup"]);
}

#[tokio::test]
async fn the_state_is_readable_by_its_owner_alone() {
    let backend = Backend::prometheus().await;
    let home = full_home(&backend).await;
    let mode = |path: &Path| std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions());
    assert_eq!(mode(&home.state()) & 0o077, 0, "the folder");
    for entry in std::fs::read_dir(home.state()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path) & 0o077, 0, "{}", path.display());
    }
}

/// As a newer version would leave it: with a layout that this one does not know.
async fn make_newer(home: &Home) {
    let script = "import sqlite3, sys; store = sqlite3.connect(sys.argv[1]); store.execute('PRAGMA user_version = 99'); store.close()";
    let mut python = tokio::process::Command::new("python3");
    python.args(["-c", script]).arg(home.state().join("store.sqlite")).stdin(Stdio::null()).kill_on_drop(true);
    let ended = python.output().await.unwrap_or_else(|error| panic!("python3 cannot be started: {error}"));
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_left_as_it_is_and_questions_are_answered() {
    let backend = Backend::prometheus().await;
    let home = full_home(&backend).await;
    make_newer(&home).await;
    let before = std::fs::read(home.state().join("store.sqlite")).unwrap();
    let backup = home.path("backup");
    for arguments in [
        &["store", "status"] as &[&str],
        &["store", "check"],
        &["store", "sweep"],
        &["store", "export", "-"],
        &["store", "backup", text(&backup)],
        &["store", "erase-person", "local:ann", "--yes"],
        &["conversations", "list"],
        &["usage"],
        &["audit", "list"],
        &["audit", "verify"],
        &["freeze", "status"],
        &["freeze", "on"],
        &["memory", "search", "power"],
        &["chat", "--continue"],
        &["serve", "--listen", "0"],
    ] {
        let ended = home.run(arguments).await;
        let ended =
            ended.code(69).err_has(&["newer version of this program", "layout is 99", "start the newer version"]);
        assert_eq!(ended.out, "", "{ended}");
    }
    let asked = home.run(&["ask", QUESTION, "--no-model"]).await.code(0).out_has(&["10.0.0.7:9100"]);
    asked.err_has(&["Nothing of this is kept", "newer version of this program"]);
    let doctor = home.run(&["doctor"]).await.code(2);
    doctor.out_has(&["AWAY   store", "newer version of this program"]);
    assert_eq!(std::fs::read(home.state().join("store.sqlite")).unwrap(), before, "the file is as it was");
}
