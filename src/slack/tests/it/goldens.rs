//! Every golden of the renderer is a payload that Slack takes, by the limits of the tests' own server, which were written
//! from Slack's reference and not from the renderer.

use fakes::slack_server::payload_faults;
use serde_json::Value;
use std::path::Path;

#[test]
fn every_golden_is_within_slacks_published_limits() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../slack_view/tests/goldens");
    let mut complaints = Vec::new();
    let mut checked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let payload: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            complaints.extend(payload_faults(&payload).into_iter().map(|fault| format!("{name}: {fault}")));
            checked += 1;
        }
    }
    assert!(checked >= 40, "{checked} goldens were found");
    assert_eq!(complaints, Vec::<String>::new());
}
