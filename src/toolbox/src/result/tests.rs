//! Answers of our own and of foreign servers as envelopes.

use super::*;
use expect_test::{Expect, expect};
use rmcp::model::{Resource, ResourceContents};
use serde_json::json;

fn show(fetched: Result<Fetched, Failure>) -> String {
    match fetched {
        Ok(fetched) => {
            let written = serde_json::to_value(&fetched.envelope).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&fetched.json).unwrap(), written);
            written.to_string()
        }
        Err(failure) => format!("{:?}: {failure}", failure.kind),
    }
}

fn check_foreign(ceiling_bytes: usize, results: Vec<CallToolResult>, expected: Expect) {
    let lines = results.into_iter().map(|result| show(foreign("time", "now", result, ceiling_bytes)) + "\n");
    expected.assert_eq(&lines.collect::<String>());
}

fn text(text: &str) -> ContentBlock {
    ContentBlock::text(text)
}

#[test]
fn a_foreign_answer_of_many_levels_can_be_kept_and_read_back() {
    let deep = (0..120).fold(json!(1), |inner, _| json!([inner]));
    let fetched = foreign("time", "now", CallToolResult::structured(json!({"deep": deep})), 10_000).unwrap();
    assert!(fetched.envelope.truncated && fetched.envelope.hint.is_some());
    let kept = (0..40).fold(fetched.envelope.data, |inner, _| json!([inner])).to_string();
    assert!(kept.contains("deeper levels are left out") && serde_json::from_str::<Value>(&kept).is_ok());
}

#[test]
fn our_own_answers() {
    let results = [
        CallToolResult::success(vec![text(r#"{"data":[1,2],"returned":2}"#)]),
        CallToolResult::error(vec![text(r#"{"error":{"kind":"not_found","message":"no pod x","hint":"see list"}}"#)]),
        CallToolResult::error(vec![text("missing field `kind`")]),
        CallToolResult::success(vec![text("<html>")]),
        CallToolResult::success(vec![]),
    ];
    let lines = results.into_iter().map(|result| show(own("kubernetes", "list", result)) + "\n");
    expect![[r#"
        {"data":[1,2],"returned":2}
        NotFound: no pod x (see list)
        BadRequest: kubernetes, list: missing field `kind`
        BadAnswer: the answer of kubernetes, list cannot be used: it is not an envelope: expected value at line 1 column 1
        BadAnswer: the answer of kubernetes, list cannot be used: it is empty
    "#]].assert_eq(&lines.collect::<String>());
}

#[test]
fn foreign_answers_are_wrapped() {
    let several = vec![
        text("a"),
        ContentBlock::image("QUJD", "image/png"),
        ContentBlock::resource(ResourceContents::blob("QUJD", "file:///x")),
        ContentBlock::resource_link(Resource::new("file:///y", "y")),
    ];
    let results = vec![
        CallToolResult::success(vec![text("it is noon")]),
        CallToolResult::success(vec![text(" [1, 2]")]),
        CallToolResult::success(vec![text("42")]),
        CallToolResult::success(vec![]),
        CallToolResult::error(vec![text("no such zone")]),
        CallToolResult::structured(json!({"hour": 12})),
        CallToolResult::success(several),
    ];
    check_foreign(
        10_000,
        results,
        expect![[r#"
        {"data":"it is noon","returned":1,"source":"MCP server time","total":1}
        {"data":[1,2],"returned":2,"source":"MCP server time","total":2}
        {"data":"42","returned":1,"source":"MCP server time","total":1}
        {"data":null,"hint":"now of MCP server time returned nothing","returned":0,"source":"MCP server time","total":0}
        BadAnswer: MCP server time, tool now, answered with an error: no such zone
        {"data":{"hour":12},"returned":1,"source":"MCP server time","total":1}
        {"data":["a",{"base64_bytes":4,"image":"image/png"},{"base64_bytes":4,"resource":"file:///x","type":null},{"description":null,"name":"y","resource_link":"file:///y"}],"returned":4,"source":"MCP server time","total":4}
    "#]],
    );
}

#[test]
fn what_is_over_the_ceiling_is_cut_and_that_is_told() {
    let list: Vec<Value> = (0..60).map(Value::from).collect();
    let results = vec![
        CallToolResult::success(vec![text(&"é".repeat(30))]),
        CallToolResult::success(vec![text(&json!(list).to_string())]),
        CallToolResult::structured(json!({"text": "x".repeat(200)})),
    ];
    check_foreign(
        40,
        results,
        expect![[r#"
        {"data":"éééééééééééééééééééé…","hint":"the first 40 of 60 bytes; the rest is over the limit; ask for less, or raise the limit of the server in the settings","returned":1,"source":"MCP server time","total":1,"truncated":true}
        {"data":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15],"hint":"the first 16 of 60 items; the rest is over the limit of 40 bytes; ask for less, or raise the limit of the server in the settings","returned":16,"source":"MCP server time","total":60,"truncated":true}
        {"data":"{\"text\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…","hint":"the first 40 of 211 bytes; the rest is over the limit; ask for less, or raise the limit of the server in the settings","returned":1,"source":"MCP server time","total":1,"truncated":true}
    "#]],
    );
}

#[test]
fn secrets_of_a_foreign_server_stop_here() {
    let secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    for result in [
        CallToolResult::success(vec![text(&format!("token {secret} found"))]),
        CallToolResult::structured(json!({"nested": [{"password": "hunter2hunter2", "note": secret}]})),
        CallToolResult::error(vec![text(&format!("token {secret} rejected"))]),
    ] {
        let shown = show(foreign("time", "now", result, 10_000));
        assert!(!shown.contains(secret) && !shown.contains("hunter2"), "{shown}");
    }
}

proptest::proptest! {
    #[test]
    fn no_ceiling_cuts_in_the_middle_of_anything(text in "\\PC{0,60}", items in 0_usize..30, ceiling in 0_usize..80) {
        for result in [
            CallToolResult::success(vec![ContentBlock::text(text.clone())]),
            CallToolResult::structured(json!(vec![text.clone(); items])),
            CallToolResult::structured(json!({"text": text.clone()})),
        ] {
            let fetched = foreign("x", "y", result, ceiling).unwrap();
            let bytes = match &fetched.envelope.data {
                Value::String(text) => text.trim_end_matches('…').len(),
                other => other.to_string().len(),
            };
            proptest::prop_assert!(bytes <= ceiling.max(4), "{} bytes under {ceiling}", bytes);
            proptest::prop_assert_eq!(fetched.envelope.truncated, fetched.envelope.hint.as_deref().is_some_and(|hint| hint.contains("limit")));
        }
    }
}
