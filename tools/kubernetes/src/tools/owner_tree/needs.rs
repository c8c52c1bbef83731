//! What the pods need: configuration, secrets, volumes, accounts, and services that their values name.

use super::Subject;
use super::pointers::Services;
use crate::backend::Cluster;
use crate::parallel;
use crate::query::kinds::Kind;
use crate::query::request;
use crate::shape::api::{Meta, Named};
use crate::shape::references::{self, NamedHost, Referred};
use chrono::{DateTime, Utc};
use domain::envelope::FailureKind;
use domain::object::ObjectRef;
use domain::observed::kubernetes::Reference;
use futures::FutureExt as _;
use serde_json::Value;

/// References that are looked at.
const AT_MOST: usize = 40;

/// ConfigMaps whose values are searched for service names.
const CONFIGURATIONS: usize = 6;

/// The references, each with whether it exists and when it changed.
pub async fn of(cluster: &Cluster, subject: &Subject, services: &Services) -> Vec<Reference> {
    let namespace = subject.namespace.as_str();
    let mut named = references::of_spec(&subject.spec, namespace);
    named.truncate(AT_MOST);
    let looks = named.iter().map(|referred| look(cluster, referred).boxed()).collect();
    let mut found: Vec<Reference> = parallel::in_order(looks, 8).await;
    let mut hosts = references::hosts_of_spec(&subject.spec, namespace);
    let maps = named.iter().filter(|referred| referred.object.kind == "ConfigMap").take(CONFIGURATIONS);
    let looks = maps.map(|referred| hosts_of_map(cluster, &referred.object, namespace).boxed()).collect();
    let of_maps: Vec<Vec<NamedHost>> = parallel::in_order(looks, 4).await;
    hosts.extend(of_maps.into_iter().flatten());
    for host in hosts {
        if let Some(reference) = services.reference(&host) {
            add(&mut found, reference);
        }
    }
    found
}

fn add(found: &mut Vec<Reference>, reference: Reference) {
    match found.iter_mut().find(|known| known.object == reference.object) {
        Some(known) if known.how.contains(&reference.how) => {}
        Some(known) => known.how = format!("{}, {}", known.how, reference.how),
        None => found.push(reference),
    }
}

/// Existence and last change by metadata alone: a Secret's values are not asked for.
async fn look(cluster: &Cluster, referred: &Referred) -> Reference {
    let object = &referred.object;
    let request = request::get_metadata(&Kind::built_in(&object.kind), object.namespace.as_deref(), &object.name);
    let (exists, changed) = match cluster.fetch_json::<Named>(&request).await {
        Ok(named) => (Some(true), last_change(&named.metadata)),
        Err(failure) if failure.kind == FailureKind::NotFound => (Some(false), None),
        Err(_) => (None, None),
    };
    Reference { object: object.clone(), how: referred.how.clone(), exists, changed }
}

/// The newest change of the object itself (not of its status), or its creation.
pub fn last_change(meta: &Meta) -> Option<DateTime<Utc>> {
    let changes =
        meta.managed_fields.iter().filter(|field| field.subresource != "status").filter_map(|field| field.time);
    changes.max().or(meta.creation_timestamp)
}

async fn hosts_of_map(cluster: &Cluster, map: &ObjectRef, namespace: &str) -> Vec<NamedHost> {
    let request = request::get(&Kind::built_in("ConfigMap"), map.namespace.as_deref(), &map.name);
    let Ok(found) = cluster.fetch_json::<Value>(&request).await else { return Vec::new() };
    let Some(data) = found.get("data").and_then(Value::as_object) else { return Vec::new() };
    let values = data.iter().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)));
    let mut hosts = references::hosts(values, namespace);
    for host in &mut hosts {
        host.variable = format!("ConfigMap {} key {}", map.name, host.variable);
    }
    hosts
}
