//! `suspend_job`, `resume_job` and `delete_job`.

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
struct SuspendArgs {
    /// CronJob (default), Job.
    #[schemars(length(max = 63))]
    kind: Option<String>,
    #[schemars(length(max = 253))]
    name: String,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    cluster: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct DeleteArgs {
    #[schemars(length(max = 253))]
    name: String,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    cluster: Option<String>,
}

/// `suspend_job` as it is offered.
pub fn suspend_spec() -> ToolSpec {
    ToolSpec::act::<SuspendArgs>("suspend_job", "Suspend", "Suspends a CronJob, or a Job, whose pods end.")
}

/// `resume_job` as it is offered.
pub fn resume_spec() -> ToolSpec {
    ToolSpec::act::<SuspendArgs>("resume_job", "Resume", "Resumes a suspended CronJob or Job.")
}

/// `delete_job` as it is offered.
pub fn delete_spec() -> ToolSpec {
    ToolSpec::act::<DeleteArgs>("delete_job", "Delete job", "Deletes a Job with its pods and their logs.")
}

/// Performs `suspend_job` (`to` is true) or `resume_job`.
pub async fn suspend(
    server: &Server,
    arguments: Map<String, Value>,
    context: &CallContext,
    to: bool,
) -> Result<Envelope, Failure> {
    let asked: SuspendArgs = args::parse(arguments)?;
    let wanted = Wanted {
        cluster: asked.cluster.as_deref(),
        kind: asked.kind.as_deref(),
        kinds: &["CronJob", "Job"],
        namespace: asked.namespace.as_deref(),
        name: &asked.name,
    };
    let subject = Subject::read(server, &wanted, context.act()?).await?;
    let was = subject.manifest.pointer("/spec/suspend").and_then(Value::as_bool).unwrap_or(false);
    let back = if was { "suspend_job" } else { "resume_job" };
    let mut warnings = Vec::new();
    if to && subject.kind.kind == "Job" && subject.number("/status/active").unwrap_or(0) > 0 {
        warnings.push("its running pods end, and begin anew when it is resumed".to_owned());
    }
    let body = perform::versioned(&subject, json!({"spec": {"suspend": to}}));
    let decision = Decision {
        action: if to { "suspend_job" } else { "resume_job" },
        class: EffectClass::W1,
        request: subject.request(WriteForm::MergePatch, "", body),
        touches: None,
        undo: Some(Undo { tool: back.to_owned(), arguments: subject.arguments([("kind", json!(subject.kind.kind))]) }),
        warnings,
    };
    perform::patch(&subject, decision, context).await
}

/// Performs `delete_job`.
pub async fn delete(
    server: &Server,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let asked: DeleteArgs = args::parse(arguments)?;
    let wanted = Wanted {
        cluster: asked.cluster.as_deref(),
        kind: None,
        kinds: &["Job"],
        namespace: asked.namespace.as_deref(),
        name: &asked.name,
    };
    let subject = Subject::read(server, &wanted, context.act()?).await?;
    let mut warnings = vec!["this cannot be taken back: the job, its pods and their logs are gone".to_owned()];
    if subject.number("/status/active").unwrap_or(0) > 0 {
        warnings.push("it is running".to_owned());
    }
    let decision = Decision {
        action: "delete_job",
        class: EffectClass::W3,
        request: subject.request(
            WriteForm::Delete,
            "",
            perform::delete_options(&subject, "Background", context.act()?),
        ),
        touches: None,
        undo: None,
        warnings,
    };
    perform::delete(&subject, decision, context).await
}
