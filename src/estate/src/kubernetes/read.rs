//! Reading: one object, lists with selectors and stable pages, in each form of answer.

use std::sync::Arc;

use axum::body::Body;
use http::Response;
use serde_json::{Value, json};

use super::error::ApiError;
use super::request::{Form, Target};
use super::{Call, answer, table};
use crate::world::object::{name, namespace, set, text, unset};
use crate::world::selector::{FieldSelector, LabelSelector};

/// What a request sees of an object: the form of its group, without what the form leaves out.
pub fn shape(target: &Target, form: Form, object: &Value, in_list: bool) -> Value {
    let mut shaped = object.clone();
    if target.resource.group == "events.k8s.io" {
        shaped = new_event(&shaped);
    }
    if form == Form::Metadata {
        return json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": shaped.get("metadata")});
    }
    if in_list && target.resource.group != "cert-manager.io" {
        unset(&mut shaped, &["apiVersion"]);
        unset(&mut shaped, &["kind"]);
    }
    shaped
}

fn new_event(event: &Value) -> Value {
    json!({
        "kind": "Event", "apiVersion": "events.k8s.io/v1", "metadata": event.get("metadata"), "eventTime": null,
        "reportingController": text(event, "/source/component"), "reportingInstance": text(event, "/source/host"),
        "reason": text(event, "/reason"), "note": text(event, "/message"), "type": text(event, "/type"),
        "regarding": event.get("involvedObject"), "deprecatedSource": event.get("source"), "deprecatedCount": event.get("count"),
        "deprecatedFirstTimestamp": event.get("firstTimestamp"), "deprecatedLastTimestamp": event.get("lastTimestamp"),
    })
}

/// The answer with one object.
pub fn one(call: &Call, object: &Value, status: http::StatusCode) -> Response<Body> {
    if call.form == Form::Table {
        let now = call.estate.with_world(|world| world.now());
        let objects = [Arc::new(shape(&call.target, Form::Objects, object, false))];
        return answer::json_with(status, &table::render(call, &objects, now, json!({})));
    }
    answer::json_with(status, &shape(&call.target, call.form, object, false))
}

/// GET of one object.
pub fn get(call: &Call) -> Result<Response<Body>, ApiError> {
    let own = call.target.name.as_deref().unwrap_or_default();
    let resource = call.target.resource;
    let object = call.estate.with_world(|world| world.get(resource.plural, call.target.namespace(), own));
    let object = object.ok_or_else(|| ApiError::not_found(resource.group, resource.plural, own))?;
    Ok(one(call, &object, http::StatusCode::OK))
}

/// Where a paged list goes on.
struct Cursor {
    version: u64,
    namespace: String,
    name: String,
}

impl Cursor {
    fn encode(&self) -> String {
        crate::base64::encode(format!("{}\n{}\n{}", self.version, self.namespace, self.name).as_bytes())
    }

    fn decode(token: &str) -> Result<Self, ApiError> {
        let broken = || ApiError::bad_request("continue key is not valid: it was not given out by this server");
        let bytes = crate::base64::decode(token).ok_or_else(broken)?;
        let plain = String::from_utf8(bytes).map_err(|_| broken())?;
        let mut parts = plain.split('\n');
        let mut next = || parts.next().map(str::to_owned).ok_or_else(broken);
        let version = next()?.parse().map_err(|_| broken())?;
        Ok(Self { version, namespace: next()?, name: next()? })
    }
}

/// GET of a collection.
pub fn list(call: &Call) -> Result<Response<Body>, ApiError> {
    let (labels, fields) = call.parameters.selectors(call.target.resource)?;
    let limit = call.parameters.number("limit")?.filter(|limit| *limit > 0);
    let token = call.parameters.text("continue");
    let cursor = if token.is_empty() { None } else { Some(Cursor::decode(token)?) };
    let resource = call.target.resource;
    let (version, now, objects) = call.estate.with_world(|world| {
        let store = world.store();
        let exact = call.parameters.text("resourceVersionMatch") == "Exact";
        let asked = if exact { call.parameters.number("resourceVersion")?.map(|version| version as u64) } else { None };
        let version = cursor.as_ref().map(|cursor| cursor.version).or(asked).unwrap_or(store.version());
        let listed =
            store.list_at(resource.plural, call.target.namespace.as_deref(), version).map_err(ApiError::expired)?;
        let dressed = listed.into_iter().map(|object| world.dress(resource.plural, object)).collect::<Vec<_>>();
        Ok::<_, ApiError>((version, world.now(), dressed))
    })?;
    let after = |object: &&Arc<Value>| {
        cursor
            .as_ref()
            .is_none_or(|cursor| (namespace(object), name(object)) > (cursor.namespace.as_str(), cursor.name.as_str()))
    };
    let matching: Vec<Arc<Value>> =
        objects.iter().filter(after).filter(|object| fits(object, &labels, &fields)).map(Arc::clone).collect();
    let page = limit.map_or(matching.len(), |limit| matching.len().min(limit as usize));
    let mut metadata = json!({"resourceVersion": version.to_string()});
    if page < matching.len()
        && let Some(last) = matching.get(page.saturating_sub(1))
    {
        let next = Cursor { version, namespace: namespace(last).to_owned(), name: name(last).to_owned() };
        set(&mut metadata, &["continue"], json!(next.encode()));
        set(&mut metadata, &["remainingItemCount"], json!(matching.len() - page));
    }
    let shown = matching.get(..page).unwrap_or_default();
    Ok(answer::json(&collection(call, shown, now, metadata)))
}

fn collection(call: &Call, objects: &[Arc<Value>], now: chrono::DateTime<chrono::Utc>, metadata: Value) -> Value {
    let resource = call.target.resource;
    if call.form == Form::Table {
        return table::render(call, objects, now, metadata);
    }
    let items: Vec<Value> = objects.iter().map(|object| shape(&call.target, call.form, object, true)).collect();
    if call.form == Form::Metadata {
        return json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "items": items});
    }
    json!({"kind": format!("{}List", resource.kind), "apiVersion": resource.api_version(), "metadata": metadata, "items": items})
}

/// Whether an object satisfies both selectors.
pub fn fits(object: &Value, labels: &LabelSelector, fields: &FieldSelector) -> bool {
    labels.matches(object) && fields.matches(object)
}
