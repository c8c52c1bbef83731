//! `set_image`: the image of one container of a workload.

use super::perform::{self, Decision};
use super::subject::{Subject, Wanted};
use crate::backend::WriteForm;
use crate::server::Server;
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure};
use domain::observed::acted::Undo;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tools_common::{CallContext, ToolSpec, args};

#[derive(Deserialize, JsonSchema)]
struct Args {
    /// Deployment (default), StatefulSet, DaemonSet.
    #[schemars(length(max = 63))]
    kind: Option<String>,
    #[schemars(length(max = 253))]
    name: String,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    #[schemars(length(max = 63))]
    container: String,
    #[schemars(length(min = 1, max = 500))]
    image: String,
    cluster: Option<String>,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::act::<Args>(
        "set_image",
        "Set image",
        "Sets the image of one container of a workload, which rolls it out.",
    )
}

/// Performs it.
pub async fn call(server: &Server, arguments: Map<String, Value>, context: &CallContext) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    if asked.image.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Err(args::invalid("image", format!("{:?}", asked.image), "REGISTRY/NAME:TAG or REGISTRY/NAME@DIGEST"));
    }
    let wanted = Wanted {
        cluster: asked.cluster.as_deref(),
        kind: asked.kind.as_deref(),
        kinds: &["Deployment", "StatefulSet", "DaemonSet"],
        namespace: asked.namespace.as_deref(),
        name: &asked.name,
    };
    let subject = Subject::read(server, &wanted, context.act()?).await?;
    let found = container(&subject, &asked.container)?;
    let before = found.get("image").and_then(Value::as_str).unwrap_or_default();
    let back = [("kind", json!(subject.kind.kind)), ("container", json!(asked.container)), ("image", json!(before))];
    let body = template(&asked.container, json!({"image": asked.image}));
    let decision = Decision {
        action: "set_image",
        class: EffectClass::W2,
        request: subject.request(WriteForm::StrategicPatch, "", perform::versioned(&subject, body)),
        touches: None,
        undo: Some(Undo { tool: "set_image".to_owned(), arguments: subject.arguments(back) }),
        warnings: Vec::new(),
    };
    perform::patch(&subject, decision, context).await
}

/// A container of the workload's template.
///
/// # Errors
/// `BadRequest` with the names that there are.
pub fn container<'a>(subject: &'a Subject<'_>, name: &str) -> Result<&'a Value, Failure> {
    let containers = subject.manifest.pointer("/spec/template/spec/containers").and_then(Value::as_array);
    let named = |container: &Value| container.get("name").and_then(Value::as_str) == Some(name);
    let all = containers.map(Vec::as_slice).unwrap_or_default();
    all.iter().find(|container| named(container)).ok_or_else(|| {
        let names: Vec<&str> = all.iter().filter_map(|container| container.get("name")?.as_str()).collect();
        args::invalid("container", format!("{name:?}"), &names.join(", "))
    })
}

/// A patch of one container of the template.
pub fn template(container: &str, change: Value) -> Value {
    let mut item = change;
    if let Value::Object(members) = &mut item {
        members.insert("name".to_owned(), Value::from(container));
    }
    json!({"spec": {"template": {"spec": {"containers": [item]}}}})
}
