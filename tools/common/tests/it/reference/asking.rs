//! The tools of the reference server that ask back: the client's model, or the person before it.
#![expect(deprecated, reason = "asking back is deprecated in 2026-07-28, and the suite tests the versions before it")]

use rmcp::model::{
    ClientResult, ContentBlock, CreateMessageRequestParams, ElicitRequest, ElicitRequestParams, ElicitationSchema,
    SamplingMessage, ServerRequest,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};

/// Asks the client's model.
pub async fn model(context: &RequestContext<RoleServer>, prompt: &str) -> Result<ContentBlock, ErrorData> {
    let asked = CreateMessageRequestParams::new(vec![SamplingMessage::user_text(prompt)], 100);
    let answer = context.peer.create_message(asked).await.map_err(failed)?;
    let answer = serde_json::to_value(&answer.message.content).map_err(failed)?;
    Ok(ContentBlock::text(format!("LLM response: {}", answer["text"].as_str().unwrap_or_default())))
}

/// Asks for a name and an address.
pub async fn person(context: &RequestContext<RoleServer>, message: &str) -> Result<ContentBlock, ErrorData> {
    let text = |description: &str| json!({"type": "string", "description": description});
    let properties = json!({"username": text("User's response"), "email": text("User's email address")});
    let schema = json!({"type": "object", "properties": properties, "required": ["username", "email"]});
    Ok(ContentBlock::text(format!("User response: {}", asked(context, message, schema).await?)))
}

/// A form whose fields have defaults (SEP-1034).
pub async fn with_defaults(context: &RequestContext<RoleServer>) -> Result<ContentBlock, ErrorData> {
    let properties = json!({
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": true}
    });
    completed(context, properties).await
}

/// A form with every way to offer a choice (SEP-1330).
pub async fn with_choices(context: &RequestContext<RoleServer>) -> Result<ContentBlock, ErrorData> {
    let titled = |values: [(&str, &str); 3]| values.map(|(value, title)| json!({"const": value, "title": title}));
    let options = ["option1", "option2", "option3"];
    let single = titled([("value1", "First Option"), ("value2", "Second Option"), ("value3", "Third Option")]);
    let multiple = titled([("value1", "First Choice"), ("value2", "Second Choice"), ("value3", "Third Choice")]);
    let properties = json!({
        "untitledSingle": {"type": "string", "enum": options},
        "titledSingle": {"type": "string", "oneOf": single},
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"]
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": options}},
        "titledMulti": {"type": "array", "items": {"anyOf": multiple}}
    });
    completed(context, properties).await
}

async fn completed(context: &RequestContext<RoleServer>, properties: Value) -> Result<ContentBlock, ErrorData> {
    let answer =
        asked(context, "Please fill in the form.", json!({"type": "object", "properties": properties})).await?;
    Ok(ContentBlock::text(format!("Elicitation completed: {answer}")))
}

async fn asked(context: &RequestContext<RoleServer>, message: &str, schema: Value) -> Result<String, ErrorData> {
    let schema =
        ElicitationSchema::from_json_schema(schema.as_object().cloned().unwrap_or_default()).map_err(failed)?;
    let params = ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: message.to_owned(),
        requested_schema: schema,
    };
    let answer = context.peer.send_request(ServerRequest::ElicitRequest(ElicitRequest::new(params))).await;
    match answer.map_err(failed)? {
        ClientResult::ElicitResult(result) => {
            let action = serde_json::to_value(&result.action).map_err(failed)?;
            let content = result.content.unwrap_or_default();
            Ok(format!("action={}, content={content}", action.as_str().unwrap_or_default()))
        }
        other => Err(ErrorData::internal_error(format!("an answer to another question: {other:?}"), None)),
    }
}

fn failed(error: impl std::fmt::Display) -> ErrorData {
    ErrorData::internal_error(error.to_string(), None)
}
