//! `get`: one object, without its noise and its secrets.

use super::{common, gone};
use crate::query::request;
use crate::server::Server;
use crate::shape::{lines, manifest};
use domain::envelope::{Envelope, Failure};
use domain::object::ObjectRef;
use domain::observed::kubernetes::Object;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::{ToolSpec, args, budget};

/// Characters that one value may have before it is cut, in the order in which they are tried.
const VALUE_LENGTHS: &[usize] = &[2_000, 400, 120];

#[derive(Deserialize, JsonSchema)]
struct Args {
    #[schemars(length(max = 253))]
    kind: String,
    #[schemars(length(max = 253))]
    name: String,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    #[schemars(range(min = 100, max = 8000))]
    budget_tokens: Option<usize>,
    cluster: Option<String>,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::new::<Args>("get", "Get an object", "One object's manifest without noise; secret values are replaced.")
}

/// Answers one call.
pub async fn call(server: &Server, arguments: Map<String, Value>) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    let cluster = server.cluster(asked.cluster.as_deref())?;
    let kind = cluster.resolve(&asked.kind).await?;
    let target = super::target::find(cluster, &kind, asked.namespace.as_deref(), &asked.name).await?;
    let request = request::get(&kind, target.as_deref(), &asked.name);
    let found: Value = match cluster.fetch_json(&request).await {
        Ok(found) => found,
        Err(failure) => return Err(gone::object(cluster, &kind, target.as_deref(), &asked.name, failure).await),
    };
    let shown = manifest::trim(found);
    let (shown, cut) = fit(shown, budget::tokens_for(asked.budget_tokens.or(Some(4_000))));
    let object = ObjectRef { kind: kind.kind.clone(), namespace: target, name: asked.name };
    let mut envelope = Envelope::whole(common::data(&Object { object, manifest: shown }), 1);
    envelope.source = Some(cluster.source());
    envelope.truncated = cut;
    envelope.hint = cut.then(|| "Long values were cut; a larger budget_tokens shows more.".to_owned());
    Ok(envelope)
}

/// Cuts long values until the manifest fits; what still does not fit loses its largest part of the status.
fn fit(manifest: Value, tokens: usize) -> (Value, bool) {
    let fits = |value: &Value| value.to_string().len().div_ceil(4) <= tokens;
    if fits(&manifest) {
        return (manifest, false);
    }
    let mut shorter = manifest;
    for length in VALUE_LENGTHS {
        cut_values(&mut shorter, *length);
        if fits(&shorter) {
            return (shorter, true);
        }
    }
    if let Some(object) = shorter.as_object_mut()
        && let Some(status) = object.get_mut("status")
    {
        *status = Value::from(lines::cut(&status.to_string(), tokens));
    }
    (shorter, true)
}

fn cut_values(value: &mut Value, length: usize) {
    match value {
        Value::String(text) if text.len() > length => *text = lines::cut(text, length),
        Value::Array(items) => items.iter_mut().for_each(|item| cut_values(item, length)),
        Value::Object(object) => object.values_mut().for_each(|item| cut_values(item, length)),
        _ => {}
    }
}
