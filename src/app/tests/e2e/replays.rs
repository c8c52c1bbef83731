//! Replays from outside: files in and out, and series through the detectors. No backend is named in any of these homes.

use crate::process::Home;
use std::fmt::Write as _;

const RECORDING: &str = r#"{
  "form": 1,
  "recording": {
    "incident": "INC-17", "environment": "prod", "form": 1,
    "changed_at": "2026-09-14T09:30:00Z", "takes": [], "dropped_takes": 2
  },
  "outcome": ["rollout_undo Deployment shop/checkout (INC-17.1): it helped"]
}"#;

#[tokio::test]
async fn a_recording_goes_out_of_one_store_and_into_another() {
    let home = Home::new();
    let file = home.file("inc-17.json", RECORDING).display().to_string();
    let settings = home.file("settings.toml", "[environments.prod]\n").display().to_string();
    home.run(&["replay", "import", &file]).await.code(0).out_has(&["kept the recording of INC-17"]);
    home.run(&["replay", "import", &file]).await.code(1).err_has(&["there is a recording of INC-17 here already"]);
    home.run(&["replay", "list"]).await.code(0).out_has(&["INC-17", "prod: 0 takes", "2 takes and the results of 0"]);
    let exported = home.run(&["replay", "export", "INC-17"]).await.code(0).json();
    assert_eq!(exported["recording"]["dropped_takes"], 2, "{exported:#}");
    home.run(&["replay", "export", "INC-99"]).await.code(1).err_has(&["there is no recording of INC-99"]);
    // What found no room is told, and the exit code says that not everything could be told.
    let run = home.run(&["replay", "run", "INC-17", "--config", &settings]).await.code(2);
    run.out_has(&["the recording is not whole", "nothing was decided", "1 replayed; 0 decided otherwise"]);
    let elsewhere = home.run(&["replay", "run", "--file", &file]).await.code(64);
    elsewhere.err_has(&["the environment \"prod\" is not in the settings", "--environment"]);
    let run = ["replay", "run", "--file", &file, "--environment", "default", "--autonomy", "full", "--json"];
    let run = home.run(&run).await.code(2).json();
    assert_eq!(run["replays"][0]["terms"]["autonomy"], "full", "{run:#}");
    home.run(&["replay", "report"]).await.code(0).out_has(&["nothing was only told"]);
    let newer = home.file("newer.json", "{\"form\": 9}").display().to_string();
    home.run(&["replay", "run", "--file", &newer]).await.code(1).err_has(&["a newer version of this program"]);
}

#[tokio::test]
async fn a_series_of_a_file_tells_which_incidents_it_would_have_opened() {
    let home = Home::new();
    let mut csv = "timestamp,value\n".to_owned();
    for minute in 0..40 {
        let value = if (20..30).contains(&minute) { 95 } else { 10 };
        let _ = writeln!(csv, "2014-04-01 00:{minute:02}:00,{value}");
    }
    csv.push_str("broken line\n");
    let file = home.file("cpu.csv", &csv).display().to_string();
    let rules = home.file(
        "senses.toml",
        "[[series]]\nname = \"cpu-high\"\nquery = \"cpu\"\nseverity = \"high\"\n\
         detector = { kind = \"threshold\", side = \"above\", bound = 90.0, bad_for_seconds = 60, missing_after_seconds = 600 }\n\
         [[rules]]\nname = \"errors\"\nquery = \"up == 0\"\nfor_seconds = 60\nseverity = \"high\"\n",
    );
    let rules = rules.display().to_string();
    let ran = home.run(&["replay", "run", "--series", &file, "--rules", &rules]).await.code(2);
    let ran = ran.err_has(&["1 [[rules]] are PromQL", "line 42 is no point"]);
    let ran = ran.out_has(&["2014-04-01 00:21:00 UTC  opens #1 cpu-high value 95", "40 points"]);
    assert!(ran.out.contains("1 incidents would have been opened, 0 not over at the end"), "{ran}");
    let usual = home.run(&["replay", "run", "--series", &file, "--json"]).await.code(2).json();
    assert_eq!((&usual["run"]["points"], &usual["unread_lines"]), (&40.into(), &1.into()), "{usual:#}");
    let empty = home.file("empty.csv", "nothing\n").display().to_string();
    home.run(&["replay", "run", "--series", &empty]).await.code(64).err_has(&["no line of it is TIME,VALUE"]);
}
