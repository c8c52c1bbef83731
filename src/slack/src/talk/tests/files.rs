//! Charts beside an answer.

use super::house::House;
use crate::testing::{answer, message, received_mention, told};
use domain::envelope::Envelope;
use domain::evidence::{Evidence, EvidenceId, ToolCall};
use ports::conversations::Told;
use serde_json::json;

fn with_range() -> Told {
    let points: Vec<_> = (0..10).map(|minute| json!([1_700_000_000 + 60 * minute, minute])).collect();
    let data = json!({"query": "up", "step_seconds": 60.0, "series": [{"labels": {"job": "api"}, "min": 0.0, "max": 9.0, "mean": 4.5, "last": 9.0, "points": points}]});
    let envelope: Envelope = serde_json::from_value(json!({"data": data, "returned": 1})).unwrap();
    let call = ToolCall::new("prometheus_query_range", json!({"query": "up"}));
    let evidence = vec![Evidence { id: EvidenceId(1), call, result: Ok(envelope) }];
    Told { evidence, ..told("t", answer("It went up.")) }
}

#[tokio::test(start_paused = true)]
async fn a_chart_is_uploaded_once_however_often_the_question_is_handled() {
    let house = House::new();
    house.conversations.answers(Ok(with_range()));
    let received = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"));
    for _ in 0..3 {
        house.handled(&house.replica(), &received).await;
    }
    let uploads = house.slack.calls_of("files.completeUploadExternal");
    assert_eq!(uploads.len(), 1);
    assert_eq!(uploads[0].at.as_deref(), Some("1700.000001"), "in the thread");
    assert!(uploads[0].said.ends_with(".png"), "{}", uploads[0].said);
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_failed_is_made_when_the_question_is_handled_again() {
    const METHOD: &str = "files.completeUploadExternal";
    let house = House::new();
    house.conversations.answers(Ok(with_range()));
    let why = "no route".to_owned();
    house.slack.fail_next(METHOD, crate::api::ApiError::Unreachable { method: METHOD.to_owned(), why });
    let received = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"));
    house.handled(&house.replica(), &received).await;
    let there = house.slack.standing("C1").into_iter().filter(|seen| !seen.files.is_empty()).count();
    assert_eq!(there, 1);
    assert!(house.answer(&received).contains("It went up"));
}
