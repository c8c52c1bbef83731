//! The tools of the reference server.
#![expect(deprecated, reason = "log messages are deprecated in 2026-07-28, and the suite tests the versions before it")]

use super::{PNG, asking};
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ContentBlock, LoggingLevel, LoggingMessageNotificationParam,
    ProgressNotificationParam, ResourceContents, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// A wave file without a sample, in Base64.
const WAV: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";
/// How long a tool with notifications waits between them.
const STEP: Duration = Duration::from_millis(50);

/// The tools without arguments.
const PLAIN: [&str; 10] = [
    "test_simple_text",
    "test_image_content",
    "test_audio_content",
    "test_embedded_resource",
    "test_multiple_content_types",
    "test_tool_with_logging",
    "test_error_handling",
    "test_tool_with_progress",
    "test_elicitation_sep1034_defaults",
    "test_elicitation_sep1330_enums",
];

/// What `tools/list` answers.
pub fn all() -> Vec<Tool> {
    let one_text = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]});
    let mut tools: Vec<Tool> =
        PLAIN.into_iter().map(|name| tool(name, &json!({"type": "object", "properties": {}}))).collect();
    tools.push(tool("test_reconnection", &json!({"type": "object", "properties": {}})));
    tools.push(tool("test_sampling", &one_text("prompt")));
    tools.push(tool("test_elicitation", &one_text("message")));
    tools.push(tool("json_schema_2020_12_tool", &modern_schema()));
    tools
}

fn tool(name: &'static str, schema: &Value) -> Tool {
    Tool::new(name, "For tests.", Arc::new(schema.as_object().cloned().unwrap_or_default()))
}

/// Keywords of JSON Schema 2020-12, which must arrive as they are.
fn modern_schema() -> Value {
    let text = json!({"type": "string"});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {"address": {"type": "object", "properties": {"street": text, "city": text}}},
        "properties": {"name": text, "address": {"$ref": "#/$defs/address"}},
        "additionalProperties": false
    })
}

/// What `tools/call` answers. `level` is what the client wants to hear of.
pub async fn call(
    request: &CallToolRequestParams,
    context: &RequestContext<RoleServer>,
    level: Option<LoggingLevel>,
) -> Result<CallToolResult, ErrorData> {
    let argument = |name: &str| {
        let value = request.arguments.as_ref().and_then(|arguments| arguments.get(name)?.as_str());
        value.ok_or_else(|| ErrorData::invalid_params(format!("{name} is missing"), None))
    };
    let image = || ContentBlock::image(PNG, "image/png");
    let text = |text: &str| ContentBlock::text(text);
    let content = match request.name.as_ref() {
        "test_simple_text" => vec![text("This is a simple text response for testing.")],
        "test_image_content" => vec![image()],
        "test_audio_content" => vec![ContentBlock::audio(WAV, "audio/wav")],
        "test_embedded_resource" => {
            let contents = ResourceContents::text("This is an embedded resource content.", "test://embedded-resource");
            vec![ContentBlock::resource(contents.with_mime_type("text/plain"))]
        }
        "test_multiple_content_types" => {
            let data = json!({"test": "data", "value": 123}).to_string();
            let contents = ResourceContents::text(data, "test://mixed-content-resource");
            let resource = ContentBlock::resource(contents.with_mime_type("application/json"));
            vec![text("Multiple content types test:"), image(), resource]
        }
        "test_error_handling" => {
            let told = "This tool intentionally returns an error for testing";
            return Ok(CallToolResult::error(vec![text(told)]));
        }
        "test_tool_with_logging" => vec![text(logs(context, level).await?)],
        "test_tool_with_progress" => vec![text(progresses(context).await?)],
        "test_reconnection" => {
            tokio::time::sleep(STEP).await;
            vec![text("The answer came on the stream of its request.")]
        }
        "json_schema_2020_12_tool" => vec![text("The schema is what matters here.")],
        "test_sampling" => vec![asking::model(context, argument("prompt")?).await?],
        "test_elicitation" => vec![asking::person(context, argument("message")?).await?],
        "test_elicitation_sep1034_defaults" => vec![asking::with_defaults(context).await?],
        "test_elicitation_sep1330_enums" => vec![asking::with_choices(context).await?],
        other => return Err(ErrorData::invalid_params(format!("there is no tool {other}"), None)),
    };
    Ok(CallToolResult::success(content))
}

/// A client that named a level wants no less; one that named none gets all.
fn wanted(level: Option<LoggingLevel>) -> bool {
    !matches!(
        level,
        Some(
            LoggingLevel::Notice
                | LoggingLevel::Warning
                | LoggingLevel::Error
                | LoggingLevel::Critical
                | LoggingLevel::Alert
                | LoggingLevel::Emergency
        )
    )
}

async fn logs(context: &RequestContext<RoleServer>, level: Option<LoggingLevel>) -> Result<&'static str, ErrorData> {
    for said in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
        if wanted(level) {
            let message = LoggingMessageNotificationParam::new(LoggingLevel::Info, json!(said));
            context.peer.notify_logging_message(message).await.map_err(undelivered)?;
        }
        tokio::time::sleep(STEP).await;
    }
    Ok("Three log messages were sent.")
}

async fn progresses(context: &RequestContext<RoleServer>) -> Result<&'static str, ErrorData> {
    for done in [0.0, 50.0, 100.0] {
        if let Some(token) = context.meta.get_progress_token() {
            let told = ProgressNotificationParam::new(token, done).with_total(100.0);
            context.peer.notify_progress(told).await.map_err(undelivered)?;
        }
        tokio::time::sleep(STEP).await;
    }
    Ok("Three steps were told.")
}

fn undelivered(error: rmcp::ServiceError) -> ErrorData {
    ErrorData::internal_error(error.to_string(), None)
}
