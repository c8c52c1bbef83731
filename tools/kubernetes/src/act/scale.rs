//! `scale`: the number of replicas of a workload, through its `scale` subresource.

use super::hpa;
use super::perform::{self, Decision};
use super::subject::{Subject, Wanted};
use crate::backend::WriteForm;
use crate::server::Server;
use domain::effect;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::acted::Undo;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tools_common::{CallContext, ToolSpec, args};

#[derive(Deserialize, JsonSchema)]
struct Args {
    /// Deployment (default), StatefulSet, ReplicaSet.
    #[schemars(length(max = 63))]
    kind: Option<String>,
    #[schemars(length(max = 253))]
    name: String,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    #[schemars(range(min = 0, max = 1000))]
    replicas: u32,
    cluster: Option<String>,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::act::<Args>("scale", "Scale", "Sets the replicas of a workload; refused where an autoscaler owns them.")
}

/// Performs it.
pub async fn call(server: &Server, arguments: Map<String, Value>, context: &CallContext) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    let wanted = Wanted {
        cluster: asked.cluster.as_deref(),
        kind: asked.kind.as_deref(),
        kinds: &["Deployment", "StatefulSet", "ReplicaSet"],
        namespace: asked.namespace.as_deref(),
        name: &asked.name,
    };
    let subject = Subject::read(server, &wanted, context.act()?).await?;
    if let Some(autoscaler) = hpa::of_workload(&subject).await? {
        let message = format!("the replicas of {} are set by {autoscaler}, which would set them back", subject.object);
        return Err(Failure::new(FailureKind::Conflict, message).with_hint("change its bounds with set_hpa_bounds"));
    }
    if let Some(owner) = subject.owner().filter(|owner| owner.starts_with("Deployment ")) {
        let message = format!("the replicas of {} are set by {owner}", subject.object);
        return Err(Failure::new(FailureKind::Conflict, message).with_hint("scale the Deployment"));
    }
    let from = subject.number("/spec/replicas").unwrap_or(1);
    let body = perform::versioned(&subject, json!({"spec": {"replicas": asked.replicas}}));
    let back = [("kind", json!(subject.kind.kind)), ("replicas", json!(from))];
    let mut warnings = Vec::new();
    if asked.replicas == 0 {
        warnings.push("nothing of it will run".to_owned());
    }
    let decision = Decision {
        action: "scale",
        class: effect::of_scale(from, asked.replicas),
        request: subject.request(WriteForm::MergePatch, "scale", body),
        touches: None,
        undo: Some(Undo { tool: "scale".to_owned(), arguments: subject.arguments(back) }),
        warnings,
    };
    perform::scaled(&subject, decision, context).await
}
