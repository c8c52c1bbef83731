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
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

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
#[derive(Default)]
struct Scaler {
    begun: Arc<Notify>,
}

#[async_trait]
impl ToolServer for Scaler {
    fn info(&self) -> ServerInfo {
        ServerInfo { name: "kubernetes", version: "1.2.3", instructions: "For tests." }
    }

    fn tools(&self) -> Vec<ToolSpec> {
        vec![ToolSpec::new::<Args>("list", "List", "Lists."), ToolSpec::act::<Args>("scale", "Scale", "Scales.")]
    }

    async fn call(&self, tool: &str, arguments: Map<String, Value>, context: CallContext) -> Result<Envelope, Failure> {
        match tool {
            "list" => Ok(Envelope::whole(json!([]), 0)),
            _ => {
                let act = context.act()?;
                match arguments.get("query").and_then(Value::as_str) {
                    Some("panics") => panic!("a mistake of the tool's own"),
                    Some("hangs") => std::future::pending().await,
                    Some("tells what it did") => {
                        self.begun.notify_one();
                        context.cancel.cancelled().await;
                        tokio::time::sleep(Duration::from_secs(1)).await;
                        Ok(Envelope::whole(json!("2 of 5 pods are gone"), 1))
                    }
                    _ => Ok(Envelope::whole(json!({"dry_run": act.is_dry_run(), "reason": act.reason()}), 1)),
                }
            }
        }
    }
}

/// An audit file of one test's own.
struct Audit(std::path::PathBuf);

impl Audit {
    fn new(test: &str) -> Self {
        Self(std::env::temp_dir().join(format!("auto-devops-audit-{test}-{}.jsonl", std::process::id())))
    }

    fn open(&self) -> AuditFile {
        AuditFile::open(&self.0).unwrap()
    }

    fn lines(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.0).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What the lines tell, up to the reason.
    fn told(&self) -> Vec<String> {
        let what = |line: &Value| line["what"].as_str().unwrap().split(':').next().unwrap().to_owned();
        self.lines().iter().map(what).collect()
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn acting(audit: &Audit) -> Adapter {
    Adapter::acting(Scaler::default(), Authority::WithoutGrants(audit.open()))
}

/// A call that is no rehearsal.
fn real(query: &str) -> Map<String, Value> {
    object(json!({"query": query, "reason": "because of load", "dry_run": false}))
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

#[tokio::test]
async fn read_mode_does_not_even_list_the_writes_and_act_mode_serves_nothing_else() {
    let names = |adapter: &Adapter| adapter.specs().map(|spec| spec.name).collect::<Vec<_>>();
    let reading = Adapter::new(Scaler::default());
    assert_eq!(names(&reading), ["list"]);
    let refused = reading.call("scale", object(json!({"query": "x", "reason": "because"})), reading.context()).await;
    assert_eq!(refused.unwrap_err().kind, FailureKind::BadRequest);
    assert_eq!(names(&acting(&Audit::new("listed"))), ["scale"]);
}

#[tokio::test]
async fn an_act_server_serves_only_calls_that_carry_a_grant() {
    let signer = GrantSigner::from_seed(&[1; 32]).unwrap();
    let start = Utc::now();
    let (audit, verifier) = (Audit::new("granted"), GrantVerifier::new(signer.public_key(), "production", start));
    let acting = Adapter::acting(Scaler::default(), Authority::grants(verifier, audit.open()));
    let client = ().serve(in_process(acting)).await.unwrap();
    let arguments = object(json!({"query": "x", "reason": "because of load", "dry_run": false}));
    let grant = Grant {
        id: "1".to_owned(),
        plan: "p".to_owned(),
        audience: "production".to_owned(),
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
    let twin = CallToolRequestParams::new("scale").with_arguments(object(json!({"quory": "x"})));
    assert_eq!(decoded(&client.call_tool(twin).await.unwrap()).unwrap_err().kind, FailureKind::BadRequest);
    with_grants_nothing_was_written_down(&audit);
}

fn with_grants_nothing_was_written_down(audit: &Audit) {
    assert_eq!(audit.told(), ["refused", "asked", "done", "refused", "refused"]);
    let lines = audit.lines();
    let grants: Vec<&Value> = lines.iter().map(|line| &line["grant"]).collect();
    assert_eq!(grants, [&Value::Null, &json!("1"), &json!("1"), &json!("1"), &Value::Null]);
    assert!(lines.iter().all(|line| line["plan"].is_null() == line["grant"].is_null()), "{lines:#?}");
    let calls: std::collections::BTreeSet<&str> = lines.iter().filter_map(|line| line["call"].as_str()).collect();
    assert_eq!(calls.len(), 4, "{lines:#?}");
    assert_eq!(lines[1]["call"], lines[2]["call"]);
    assert!(lines[3]["what"].as_str().unwrap().contains("already been used"), "{lines:#?}");
}

#[tokio::test]
async fn what_was_refused_after_it_was_asked_had_no_end() {
    let audit = Audit::new("blank");
    let acting = acting(&audit);
    let arguments = object(json!({"query": "x", "reason": "    ", "dry_run": false}));
    let refused = acting.call("scale", arguments, acting.context()).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::BadRequest);
    assert_eq!(audit.told(), ["refused"]);
}

#[tokio::test]
async fn a_refused_caller_filled_the_disk_with_its_arguments() {
    let audit = Audit::new("long");
    let acting = acting(&audit);
    let arguments = object(json!({"query": "x".repeat(100_000)}));
    acting.call("scale", arguments, acting.context()).await.unwrap_err();
    let lines = audit.lines();
    assert!(lines[0]["arguments"]["sha256"].is_string(), "{lines:#?}");
    assert!(std::fs::metadata(&audit.0).unwrap().len() < 10_000);
}

#[tokio::test]
async fn a_panic_did_not_say_that_the_change_may_have_been_made() {
    let audit = Audit::new("panic");
    let acting = acting(&audit);
    let failed = acting.call("scale", real("panics"), acting.context()).await.unwrap_err();
    assert_eq!(failed.kind, FailureKind::BadAnswer);
    assert!(failed.message.contains("may have been done"), "{failed}");
    let mut rehearsal = real("panics");
    rehearsal.insert("dry_run".to_owned(), json!(true));
    let failed = acting.call("scale", rehearsal, acting.context()).await.unwrap_err();
    assert!(!failed.message.contains("may have been done"), "{failed}");
    assert_eq!(audit.told(), ["asked", "failed", "asked", "failed"]);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_was_stopped_could_not_tell_what_it_had_done() {
    let audit = Audit::new("stopped");
    let acting = acting(&audit);
    let stopped_at_once = |query: &'static str| {
        let (context, acting) = (acting.context(), acting.clone());
        let cancel = context.cancel.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(3)).await;
            cancel.cancel();
        });
        async move { acting.call("scale", real(query), context).await }
    };
    assert_eq!(stopped_at_once("tells what it did").await.unwrap().data, json!("2 of 5 pods are gone"));
    let cut = stopped_at_once("hangs").await.unwrap_err();
    assert_eq!(cut.kind, FailureKind::Cancelled);
    assert!(cut.message.contains("may have been done"), "{cut}");
    assert_eq!(audit.told(), ["asked", "done", "asked", "failed"]);
}

#[tokio::test(start_paused = true)]
async fn a_change_at_its_deadline_could_not_tell_what_it_had_done() {
    let audit = Audit::new("late");
    let acting = acting(&audit);
    let told = acting.call("scale", real("tells what it did"), acting.context()).await;
    assert_eq!(told.unwrap().data, json!("2 of 5 pods are gone"));
    let cut = acting.call("scale", real("hangs"), acting.context()).await.unwrap_err();
    assert!(cut.kind == FailureKind::Timeout && cut.message.contains("may have been done"), "{cut}");
}

#[tokio::test]
async fn a_change_that_was_dropped_stood_as_asked_for_ever() {
    let audit = Audit::new("dropped");
    let server = Scaler::default();
    let begun = Arc::clone(&server.begun);
    let acting = Adapter::acting(server, Authority::WithoutGrants(audit.open()));
    let call = acting.call("scale", real("tells what it did"), acting.context());
    tokio::select! {
        _ = call => unreachable!("nobody stops it"),
        () = begun.notified() => {}
    }
    assert_eq!(audit.told(), ["asked", "failed"]);
    assert!(audit.lines()[1]["what"].as_str().unwrap().contains("dropped"));
}

#[tokio::test]
async fn a_stop_of_the_server_cut_its_changes_before_they_could_tell() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let audit = Audit::new("stop");
    let server = Scaler::default();
    let begun = Arc::clone(&server.begun);
    let acting = Adapter::acting(server, Authority::WithoutGrants(audit.open()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let options = HttpOptions { drain: Duration::from_secs(15), ..HttpOptions::default() };
    let serving = tokio::spawn(http(acting, listener, options, shutdown.clone()));
    let transport = rmcp::transport::StreamableHttpClientTransport::from_uri(format!("http://{address}/mcp"));
    let client = ().serve(transport).await.unwrap();
    let asked = CallToolRequestParams::new("scale").with_arguments(real("tells what it did"));
    let stopping = async {
        begun.notified().await;
        shutdown.cancel();
    };
    let (answer, ()) = tokio::join!(client.call_tool(asked), stopping);
    assert_eq!(decoded(&answer.unwrap()).unwrap().data, json!("2 of 5 pods are gone"));
    serving.await.unwrap().unwrap();
    assert_eq!(audit.told(), ["asked", "done"]);
}

fn object_meta(value: Value) -> rmcp::model::RequestMetaObject {
    let mut meta = rmcp::model::RequestMetaObject::default();
    meta.0.0.extend(object(value));
    meta
}

#[tokio::test]
async fn without_grants_every_call_stands_in_the_audit_file_before_and_after() {
    let file = Audit::new("without-grants");
    let acting = acting(&file);
    let arguments = object(json!({"query": "password=hunter2", "reason": "because of load"}));
    let rehearsed = acting.call("scale", arguments, acting.context()).await.unwrap();
    assert_eq!(rehearsed.data["dry_run"], json!(true));
    let audit = std::fs::read_to_string(&file.0).unwrap();
    assert_eq!(audit.lines().count(), 2, "{audit}");
    assert!(audit.contains("\"asked\"") && audit.contains("\"done\"") && !audit.contains("hunter2"), "{audit}");
}

#[tokio::test]
async fn structured_content_is_sent_once_and_announced() {
    let client = ().serve(in_process(Adapter::new(Scaler::default()).with_structured_content())).await.unwrap();
    let tools = client.list_all_tools().await.unwrap();
    assert!(tools.iter().all(|tool| tool.output_schema.is_some()));
    let asked = CallToolRequestParams::new("list").with_arguments(object(json!({"query": "x"})));
    let result = client.call_tool(asked).await.unwrap();
    assert_eq!(result.structured_content, Some(json!({"data": [], "returned": 0, "total": 0})));
    assert!(!serde_json::to_string(&result.content).unwrap().contains("\"data\\\""), "the text is no second copy");
}
