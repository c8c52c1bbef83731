//! `set_resources`: requests and limits of one container of a workload.

use super::images::{container, template};
use super::perform::{self, Decision};
use super::subject::{Subject, Wanted};
use crate::backend::WriteForm;
use crate::server::Server;
use crate::shape::quantity;
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::acted::Undo;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tools_common::{CallContext, ToolSpec, args};

/// The word that takes a request or limit away.
const UNSET: &str = "unset";

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
    /// `500m`; `unset` takes it away. So the others.
    #[schemars(length(max = 30))]
    cpu_request: Option<String>,
    #[schemars(length(max = 30))]
    cpu_limit: Option<String>,
    /// `512Mi`.
    #[schemars(length(max = 30))]
    memory_request: Option<String>,
    #[schemars(length(max = 30))]
    memory_limit: Option<String>,
    cluster: Option<String>,
}

impl Args {
    /// Argument, place in `resources`, value.
    fn fields(&self) -> [(&'static str, &'static str, &'static str, Option<&str>); 4] {
        [
            ("cpu_request", "requests", "cpu", self.cpu_request.as_deref()),
            ("cpu_limit", "limits", "cpu", self.cpu_limit.as_deref()),
            ("memory_request", "requests", "memory", self.memory_request.as_deref()),
            ("memory_limit", "limits", "memory", self.memory_limit.as_deref()),
        ]
    }
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::act::<Args>(
        "set_resources",
        "Set resources",
        "Sets requests and limits of one container of a workload, which rolls it out.",
    )
}

/// Performs it.
pub async fn call(server: &Server, arguments: Map<String, Value>, context: &CallContext) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    let wanted = Wanted {
        cluster: asked.cluster.as_deref(),
        kind: asked.kind.as_deref(),
        kinds: &["Deployment", "StatefulSet", "DaemonSet"],
        namespace: asked.namespace.as_deref(),
        name: &asked.name,
    };
    let subject = Subject::read(server, &wanted, context.act()?).await?;
    let found = container(&subject, &asked.container)?;
    let (change, before) = change(&asked, found)?;
    let back = [("kind", json!(subject.kind.kind)), ("container", json!(asked.container))];
    let body = template(&asked.container, json!({"resources": change}));
    let decision = Decision {
        action: "set_resources",
        class: EffectClass::W2,
        request: subject.request(WriteForm::StrategicPatch, "", perform::versioned(&subject, body)),
        touches: None,
        undo: Some(Undo {
            tool: "set_resources".to_owned(),
            arguments: subject.arguments(back.into_iter().chain(before)),
        }),
        warnings: Vec::new(),
    };
    perform::patch(&subject, decision, context).await
}

type Before = Vec<(&'static str, Value)>;

/// The patch of `resources`, and the arguments that restore what was.
fn change(asked: &Args, container: &Value) -> Result<(Value, Before), Failure> {
    let mut change = Map::new();
    let mut before = Vec::new();
    for (argument, place, resource, value) in asked.fields() {
        let Some(value) = value else { continue };
        if value != UNSET && quantity::millis(value).is_none() {
            return Err(args::invalid(argument, format!("{value:?}"), "a quantity such as 500m or 512Mi, or unset"));
        }
        let wanted = if value == UNSET { Value::Null } else { Value::from(value) };
        let part = change.entry(place).or_insert_with(|| json!({}));
        if let Value::Object(part) = part {
            part.insert(resource.to_owned(), wanted);
        }
        let was = container.pointer(&format!("/resources/{place}/{resource}")).and_then(Value::as_str);
        before.push((argument, Value::from(was.unwrap_or(UNSET))));
    }
    if before.is_empty() {
        return Err(Failure::new(FailureKind::BadRequest, "nothing is to be set")
            .with_hint("pass cpu_request, cpu_limit, memory_request or memory_limit"));
    }
    hold_order(asked, container)?;
    Ok((Value::Object(change), before))
}

/// A request over its limit is refused by the server; told here with both figures.
fn hold_order(asked: &Args, container: &Value) -> Result<(), Failure> {
    let fields = asked.fields();
    let after = |place: &str, resource: &str| -> Option<String> {
        let asked = fields.iter().find(|field| field.1 == place && field.2 == resource).and_then(|field| field.3);
        let was = container.pointer(&format!("/resources/{place}/{resource}")).and_then(Value::as_str);
        asked.or(was).filter(|value| *value != UNSET).map(str::to_owned)
    };
    for resource in ["cpu", "memory"] {
        let (Some(request), Some(limit)) = (after("requests", resource), after("limits", resource)) else { continue };
        if quantity::millis(&request) > quantity::millis(&limit) {
            let found = format!("a request of {request} over a limit of {limit}");
            return Err(args::invalid(&format!("{resource}_request"), found, "a request of at most the limit"));
        }
    }
    Ok(())
}
