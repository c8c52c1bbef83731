//! Act mode and structured content, on a server of one read and one write.

use super::*;
use crate::act::{AuditFile, Authority, GRANT_META_KEY, Grant, GrantSigner, GrantVerifier};
use crate::{CallContext, ServerInfo, ToolServer, ToolSpec, wire};
use async_trait::async_trait;
use chrono::Utc;
use domain::envelope::{Envelope, Failure, FailureKind};
use rmcp::ServiceExt;
use rmcp::model::{CallToolRequestParams, CallToolResult};
use serde_json::{Map, Value, json};

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[expect(dead_code, reason = "only its schema is of interest")]
struct Args {
    query: String,
}

fn decoded(result: &CallToolResult) -> Result<Envelope, Failure> {
    let text = result.content.first().and_then(|block| block.as_text()).map(|text| text.text.clone());
    wire::decode(&text.unwrap_or_default(), result.is_error.unwrap_or_default())
}

/// A server with one read and one write.
struct Scaler;

#[async_trait]
impl ToolServer for Scaler {
    fn info(&self) -> ServerInfo {
        ServerInfo { name: "kubernetes", version: "1.2.3", instructions: "For tests." }
    }

    fn tools(&self) -> Vec<ToolSpec> {
        vec![ToolSpec::new::<Args>("list", "List", "Lists."), ToolSpec::act::<Args>("scale", "Scale", "Scales.")]
    }

    async fn call(&self, tool: &str, _: Map<String, Value>, context: CallContext) -> Result<Envelope, Failure> {
        match tool {
            "list" => Ok(Envelope::whole(json!([]), 0)),
            _ => {
                let act = context.act()?;
                Ok(Envelope::whole(json!({"dry_run": act.is_dry_run(), "reason": act.reason()}), 1))
            }
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

#[tokio::test]
async fn read_mode_does_not_even_list_the_writes_and_act_mode_serves_nothing_else() {
    let names = |adapter: &Adapter| adapter.specs().map(|spec| spec.name).collect::<Vec<_>>();
    let reading = Adapter::new(Scaler);
    assert_eq!(names(&reading), ["list"]);
    let refused = reading.call("scale", object(json!({"query": "x", "reason": "because"})), reading.context()).await;
    assert_eq!(refused.unwrap_err().kind, FailureKind::BadRequest);
    let verifier = GrantVerifier::new(vec![0; 32], Utc::now());
    assert_eq!(names(&Adapter::acting(Scaler, Authority::Grants(verifier))), ["scale"]);
}

#[tokio::test]
async fn an_act_server_serves_only_calls_that_carry_a_grant() {
    let signer = GrantSigner::from_seed(&[1; 32]).unwrap();
    let start = Utc::now();
    let acting = Adapter::acting(Scaler, Authority::Grants(GrantVerifier::new(signer.public_key(), start)));
    let client = ().serve(in_process(acting)).await.unwrap();
    let arguments = object(json!({"query": "x", "reason": "because of load", "dry_run": false}));
    let grant = Grant {
        id: "1".to_owned(),
        plan: "p".to_owned(),
        server: "kubernetes".to_owned(),
        tool: "scale".to_owned(),
        arguments: Grant::digest_of(&arguments),
        dry_run: false,
        issued_at_ms: start.timestamp_millis() + 1,
        not_after_ms: start.timestamp_millis() + 60_000,
    };
    let call = || CallToolRequestParams::new("scale").with_arguments(arguments.clone());
    let without = client.call_tool(call()).await.unwrap();
    assert_eq!(decoded(&without).unwrap_err().kind, FailureKind::Refused);
    let mut with = call();
    with.meta = Some(object_meta(json!({GRANT_META_KEY: signer.sign(&grant)})));
    let done = decoded(&client.call_tool(with.clone()).await.unwrap()).unwrap();
    assert_eq!(done.data, json!({"dry_run": false, "reason": "because of load"}));
    assert_eq!(decoded(&client.call_tool(with).await.unwrap()).unwrap_err().kind, FailureKind::Refused, "used twice");
}

fn object_meta(value: Value) -> rmcp::model::RequestMetaObject {
    let mut meta = rmcp::model::RequestMetaObject::default();
    meta.0.0.extend(object(value));
    meta
}

#[tokio::test]
async fn without_grants_every_call_stands_in_the_audit_file_before_and_after() {
    let path = std::env::temp_dir().join(format!("auto-devops-audit-{}.jsonl", std::process::id()));
    let acting = Adapter::acting(Scaler, Authority::WithoutGrants(AuditFile::open(&path).unwrap()));
    let arguments = object(json!({"query": "password=hunter2", "reason": "because of load"}));
    let rehearsed = acting.call("scale", arguments, acting.context()).await.unwrap();
    assert_eq!(rehearsed.data["dry_run"], json!(true));
    let audit = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(audit.lines().count(), 2, "{audit}");
    assert!(audit.contains("\"asked\"") && audit.contains("\"done\"") && !audit.contains("hunter2"), "{audit}");
}

#[tokio::test]
async fn structured_content_is_sent_once_and_announced() {
    let client = ().serve(in_process(Adapter::new(Scaler).with_structured_content())).await.unwrap();
    let tools = client.list_all_tools().await.unwrap();
    assert!(tools.iter().all(|tool| tool.output_schema.is_some()));
    let asked = CallToolRequestParams::new("list").with_arguments(object(json!({"query": "x"})));
    let result = client.call_tool(asked).await.unwrap();
    assert_eq!(result.structured_content, Some(json!({"data": [], "returned": 0, "total": 0})));
    assert!(!serde_json::to_string(&result.content).unwrap().contains("\"data\\\""), "the text is no second copy");
}
