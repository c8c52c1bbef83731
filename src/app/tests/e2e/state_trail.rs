//! The audit trail in the hands of somebody who changes it behind the program's back.

use crate::process::Home;

/// A trail of five records.
async fn home_with_a_trail() -> Home {
    let home = Home::new();
    for reason in ["one", "two", "three", "four", "five"] {
        home.run(&["freeze", "on", "--reason", reason]).await.code(0);
    }
    home.run(&["audit", "verify"]).await.code(0).out_has(&["audit: holds, records 1 to 5", "journal: empty"]);
    home
}

/// As `audit anchor` prints the end of the trail.
async fn anchor(home: &Home) -> String {
    let anchors = home.run(&["audit", "anchor"]).await.code(0);
    let line = anchors.out.lines().find(|line| line.starts_with("audit")).unwrap();
    line.split_whitespace().nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn an_edited_byte_is_found_and_its_record_named() {
    let home = home_with_a_trail().await;
    let file = home.state().join("audit.log");
    let before = std::fs::read_to_string(&file).unwrap();
    let mut lines: Vec<String> = before.lines().map(str::to_owned).collect();
    lines[2] = lines[2].replacen("freeze.on", "freeze.of", 1);
    std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    let verified = home.run(&["audit", "verify"]).await.code(1).out_has(&["audit: does NOT hold", "3"]);
    assert!(verified.out.lines().any(|line| line.contains("record 3")), "the record is named: {verified}");
    let document = home.run(&["audit", "verify", "--json"]).await.code(1).json();
    assert_eq!((&document["audit"]["holds"], &document["journal"]["holds"]), (&false.into(), &true.into()));
    home.run(&["store", "check"]).await.code(1).out_has(&["audit: does NOT hold"]);
}

#[tokio::test]
async fn records_that_were_cut_off_are_missed_and_a_torn_one_is_not_held_against_it() {
    let home = home_with_a_trail().await;
    let file = home.state().join("audit.log");
    let before = std::fs::read_to_string(&file).unwrap();
    // What a crash leaves of a record that nobody was told of.
    std::fs::write(&file, format!("{before}{{\"sequence\":6,\"at")).unwrap();
    home.run(&["audit", "verify"]).await.code(0).out_has(&["records 1 to 5", "its last record is torn"]);
    let kept: Vec<&str> = before.lines().take(3).collect();
    std::fs::write(&file, kept.join("\n") + "\n").unwrap();
    let verified = home.run(&["audit", "verify"]).await.code(1).out_has(&["audit: does NOT hold"]);
    verified.out_has(&["ends at record 3, but 5 were acknowledged"]);
    // A trail that lost what was acknowledged takes nothing further, and the freeze stands all the same.
    home.run(&["freeze", "on", "--reason", "six"]).await.code(2).out_has(&["FROZEN"]).err_has(&["audit trail"]);
}

#[tokio::test]
async fn an_anchor_kept_elsewhere_tells_a_trail_that_was_written_anew() {
    let home = Home::new();
    home.run(&["freeze", "on", "--reason", "one"]).await.code(0);
    let backup = home.path("before");
    home.run(&["store", "backup", backup.to_str().unwrap()]).await.code(0);
    home.run(&["freeze", "on", "--reason", "what somebody would rather not have done"]).await.code(0);
    let kept_elsewhere = anchor(&home).await;
    home.run(&["audit", "verify", "--anchor", &kept_elsewhere]).await.code(0).out_has(&["record 2: holds"]);
    // The same person puts the older state back and goes on as if nothing had been.
    std::fs::remove_dir_all(home.state()).unwrap();
    home.run(&["store", "restore", backup.to_str().unwrap()]).await.code(0);
    home.run(&["freeze", "on", "--reason", "something harmless"]).await.code(0);
    home.run(&["audit", "verify"]).await.code(0).out_has(&["audit: holds, records 1 to 2"]);
    let held_against = home.run(&["audit", "verify", "--anchor", &kept_elsewhere]).await.code(1);
    held_against.out_has(&["record 2: does NOT hold", "written anew or lost records"]);
    for wrong in ["2", "2:abc", "x:y"] {
        home.run(&["audit", "verify", "--anchor", wrong]).await.code(64).err_has(&["COUNT:HASH"]);
    }
}
