//! Pausing one environment from outside: it stands over runs of the program, is told where people look, and is in the trail.

use crate::process::Home;

const SETTINGS: &str = "\
[environments.prod]
[environments.staging]
people = [\"somebody-else\"]
";

#[tokio::test]
async fn a_pause_stands_is_told_where_people_look_and_ends_without_the_service() {
    let home = Home::new();
    let settings = home.file("settings.toml", SETTINGS);
    let settings = settings.display().to_string();
    let run = async |arguments: &[&str]| {
        let arguments = [arguments, &["--config", &settings]].concat();
        home.run(&arguments).await
    };
    let mistyped = run(&["pause", "on", "production"]).await.code(64);
    mistyped.err_has(&["no such environment in the settings", "prod, staging"]);
    let paused = run(&["pause", "on", "prod", "--reason", "the bank is away", "--until", "2h"]).await.code(0);
    paused.out_has(&["PAUSED: the environment prod", "by local:ann until", "the bank is away"]);
    run(&["pause", "on", "prod", "--until", "2020-01-01T00:00:00Z"]).await.code(64).err_has(&["that time is over"]);
    run(&["incidents", "list"]).await.code(0).out_has(&["PAUSED: the environment prod", "no incident is open"]);
    run(&["actions", "list"]).await.code(0).out_has(&["PAUSED: the environment prod"]);
    run(&["freeze", "status"]).await.code(0).out_has(&["not frozen", "PAUSED: the environment prod"]);
    let status = run(&["pause", "status", "--json"]).await.code(0).json();
    assert_eq!(status["pauses"]["prod"]["by"], "local:ann", "{status:#}");
    run(&["pause", "status", "staging"]).await.code(0).out_has(&["staging is not paused"]);
    run(&["pause", "on", "staging"]).await.code(0);
    run(&["pause", "off", "staging"]).await.code(77).err_has(&["an approver must"]);
    run(&["pause", "off", "prod", "--reason", "back"]).await.code(0).out_has(&["prod is not paused"]);
    run(&["pause", "off", "prod"]).await.code(1).err_has(&["prod is not paused; paused: staging"]);
    let listed = run(&["audit", "list"]).await.code(0);
    let kinds: Vec<&str> = listed
        .out
        .lines()
        .filter_map(|line| ["pause.on", "pause.off"].into_iter().find(|kind| line.contains(kind)))
        .collect();
    assert_eq!(kinds, ["pause.off", "pause.on", "pause.on"], "{listed}");
    run(&["audit", "verify"]).await.code(0).out_has(&["audit: holds, records 1 to 3"]);
}
