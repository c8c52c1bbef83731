//! `delete_pod`: one pod, which its controller makes anew.
//!
//! A ready pod is evicted, so that the server holds its disruption budget in the same step. One that is not ready is
//! deleted: it cannot be evicted where its service is short of pods already, and is the one that people want to be made
//! anew.

use super::eviction;
use super::perform::{self, Decision};
use super::subject::{Subject, Wanted};
use crate::backend::{WriteForm, WriteRequest};
use crate::query::kinds::Kind;
use crate::query::request::Selection;
use crate::server::Server;
use crate::shape::api::Pod;
use domain::effect;
use domain::envelope::{Envelope, Failure, FailureKind};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::act::Act;
use tools_common::{CallContext, ToolSpec, args};

/// The annotation of a pod that the kubelet runs from a file.
pub const MIRROR: &str = "kubernetes.io/config.mirror";

#[derive(Deserialize, JsonSchema)]
struct Args {
    #[schemars(length(max = 253))]
    name: String,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    cluster: Option<String>,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::act::<Args>("delete_pod", "Delete pod", "Deletes a pod; its controller makes another.")
}

/// Performs it.
pub async fn call(server: &Server, arguments: Map<String, Value>, context: &CallContext) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    let wanted = Wanted {
        cluster: asked.cluster.as_deref(),
        kind: None,
        kinds: &["Pod"],
        namespace: asked.namespace.as_deref(),
        name: &asked.name,
    };
    let subject = Subject::read(server, &wanted, context.act()?).await?;
    let pod: Pod = serde_json::from_value(subject.manifest.clone()).map_err(|error| {
        Failure::new(FailureKind::BadAnswer, format!("{} is not what the API promises: {error}", subject.object))
    })?;
    if pod.metadata.annotations.contains_key(MIRROR) {
        let message = format!("{} is run by its node from a file: deleting it here changes nothing", subject.object);
        return Err(Failure::new(FailureKind::BadRequest, message));
    }
    let (replicas, others_ready) = siblings(&subject, &pod).await?;
    let is_owned = pod.metadata.controller().is_some();
    let mut warnings = Vec::new();
    if !is_owned {
        warnings.push("no controller owns it: nothing makes it anew, and this cannot be taken back".to_owned());
    } else if others_ready == 0 {
        warnings.push("no other pod of its controller is ready: its service has none until the new one is".to_owned());
    }
    let decision = Decision {
        action: "delete_pod",
        class: effect::of_pod_deletion(is_owned, replicas),
        request: deletion(&subject, &pod, context.act()?),
        touches: None,
        undo: None,
        warnings,
    };
    perform::delete(&subject, decision, context).await
}

fn deletion(subject: &Subject<'_>, pod: &Pod, act: &Act) -> WriteRequest {
    let options = perform::delete_options(subject, "Background", act);
    match pod.is_ready() {
        true => eviction::request(pod.metadata.namespace(), &pod.metadata.name, options),
        false => subject.request(WriteForm::Delete, "", options),
    }
}

/// Pods of the same controller, this one among them, and how many of the others are ready.
async fn siblings(subject: &Subject<'_>, pod: &Pod) -> Result<(u32, usize), Failure> {
    let Some(owner) = pod.metadata.controller() else { return Ok((0, 0)) };
    let all = subject
        .cluster
        .list::<Pod>(&Kind::built_in("Pod"), pod.metadata.namespace.as_deref(), &Selection::default())
        .await?
        .items;
    let own: Vec<&Pod> = all
        .iter()
        .filter(|other| other.metadata.controller().is_some_and(|theirs| theirs.uid == owner.uid))
        .filter(|other| other.metadata.deletion_timestamp.is_none() && !other.is_finished())
        .collect();
    let others_ready = own.iter().filter(|other| other.metadata.uid != pod.metadata.uid && other.is_ready()).count();
    Ok((u32::try_from(own.len()).unwrap_or(u32::MAX), others_ready))
}
