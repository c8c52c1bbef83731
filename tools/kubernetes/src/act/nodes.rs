//! `cordon` and `uncordon`: whether a node takes new pods.

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
    /// Node.
    #[schemars(length(max = 253))]
    name: String,
    cluster: Option<String>,
}

/// `cordon` as it is offered.
pub fn cordon_spec() -> ToolSpec {
    ToolSpec::act::<Args>("cordon", "Cordon", "Keeps new pods off a node; those on it stay.")
}

/// `uncordon` as it is offered.
pub fn uncordon_spec() -> ToolSpec {
    ToolSpec::act::<Args>("uncordon", "Uncordon", "Lets new pods onto a node again.")
}

/// Performs `cordon` (`to` is true) or `uncordon`.
pub async fn call(
    server: &Server,
    arguments: Map<String, Value>,
    context: &CallContext,
    to: bool,
) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    let wanted =
        Wanted { cluster: asked.cluster.as_deref(), kind: None, kinds: &["Node"], namespace: None, name: &asked.name };
    let subject = Subject::read(server, &wanted, context.act()?).await?;
    perform::patch(&subject, decision(&subject, to), context).await
}

/// What cordons a node, or lifts it.
pub fn decision(subject: &Subject<'_>, to: bool) -> Decision {
    let body = perform::versioned(subject, json!({"spec": {"unschedulable": to}}));
    Decision {
        action: if to { "cordon" } else { "uncordon" },
        class: EffectClass::W1,
        request: subject.request(WriteForm::MergePatch, "", body),
        touches: None,
        undo: Some(undo(subject)),
        warnings: Vec::new(),
    }
}

/// The call that makes the node as schedulable as it is now.
pub fn undo(subject: &Subject<'_>) -> Undo {
    let was = subject.manifest.pointer("/spec/unschedulable").and_then(Value::as_bool).unwrap_or(false);
    let tool = if was { "cordon" } else { "uncordon" };
    Undo { tool: tool.to_owned(), arguments: subject.arguments([]) }
}
