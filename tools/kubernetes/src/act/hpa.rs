//! `set_hpa_bounds`: between which numbers an autoscaler may choose; and which autoscaler owns a workload.

use super::perform::{self, Decision};
use super::subject::{Subject, Wanted};
use crate::backend::WriteForm;
use crate::query::kinds::Kind;
use crate::query::request::Selection;
use crate::server::Server;
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure};
use domain::object::ObjectRef;
use domain::observed::acted::Undo;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tools_common::{CallContext, ToolSpec, args};

#[derive(Deserialize, JsonSchema)]
struct Args {
    #[schemars(length(max = 253))]
    name: String,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    #[schemars(range(min = 0, max = 1000))]
    min_replicas: Option<u32>,
    #[schemars(range(min = 1, max = 1000))]
    max_replicas: Option<u32>,
    cluster: Option<String>,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::act::<Args>("set_hpa_bounds", "Set autoscaler bounds", "Sets the bounds of a HorizontalPodAutoscaler.")
}

/// Performs it.
pub async fn call(server: &Server, arguments: Map<String, Value>, context: &CallContext) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    let wanted = Wanted {
        cluster: asked.cluster.as_deref(),
        kind: None,
        kinds: &["HorizontalPodAutoscaler"],
        namespace: asked.namespace.as_deref(),
        name: &asked.name,
    };
    let subject = Subject::read(server, &wanted, context.act()?).await?;
    let before = (subject.number("/spec/minReplicas").unwrap_or(1), subject.number("/spec/maxReplicas").unwrap_or(1));
    let after = (asked.min_replicas.unwrap_or(before.0), asked.max_replicas.unwrap_or(before.1));
    if after.0 > after.1 {
        let found = format!("at least {} and at most {}", after.0, after.1);
        return Err(args::invalid("min_replicas", found, "not more than max_replicas"));
    }
    let bounds = json!({"spec": {"minReplicas": after.0, "maxReplicas": after.1}});
    let back = [("min_replicas", json!(before.0)), ("max_replicas", json!(before.1))];
    let current = subject.number("/status/currentReplicas").unwrap_or(0);
    let mut warnings = Vec::new();
    if current > after.1 {
        warnings.push(format!("{current} replicas run now: it will be scaled down to {}", after.1));
    }
    let decision = Decision {
        action: "set_hpa_bounds",
        class: EffectClass::W2,
        request: subject.request(WriteForm::MergePatch, "", perform::versioned(&subject, bounds)),
        touches: None,
        undo: Some(Undo { tool: "set_hpa_bounds".to_owned(), arguments: subject.arguments(back) }),
        warnings,
    };
    perform::patch(&subject, decision, context).await
}

/// The autoscaler that sets the replicas of a workload.
///
/// # Errors
/// When the autoscalers cannot be read: then it is not known whether one does.
pub async fn of_workload(subject: &Subject<'_>) -> Result<Option<ObjectRef>, Failure> {
    let kind = Kind::built_in("HorizontalPodAutoscaler");
    let namespace = subject.object.namespace.as_deref();
    let all = subject.cluster.list::<Value>(&kind, namespace, &Selection::default()).await?.items;
    let targets = |autoscaler: &Value| {
        let text = |pointer: &str| autoscaler.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        text("/spec/scaleTargetRef/kind") == subject.kind.kind
            && text("/spec/scaleTargetRef/name") == subject.object.name
    };
    let found = all.iter().find(|autoscaler| targets(autoscaler));
    Ok(found.map(|autoscaler| ObjectRef {
        kind: kind.kind.clone(),
        namespace: subject.object.namespace.clone(),
        name: autoscaler.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned(),
    }))
}
