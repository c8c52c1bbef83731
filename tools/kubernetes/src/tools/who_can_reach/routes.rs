//! What leads to a service from outside: ingresses of its namespace, and routes of the Gateway API where there is one.

use crate::backend::Cluster;
use crate::query::kinds::Kind;
use crate::query::request::Selection;
use crate::shape::api::Ingress;
use domain::envelope::{Failure, FailureKind};
use domain::object::ObjectRef;
use domain::observed::kubernetes::Reference;
use serde_json::Value;

/// Routes that are told.
const AT_MOST: usize = 20;

const ROUTES: &[&str] = &["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"];

/// The routes, and what could not be looked at.
pub async fn to(cluster: &Cluster, namespace: &str, service: &str) -> (Vec<Reference>, Vec<Failure>) {
    let (ingresses, of_gateways) =
        futures::join!(ingresses(cluster, namespace, service), gateways(cluster, namespace, service));
    let mut unseen = Vec::new();
    let mut found = ingresses.unwrap_or_else(|failure| {
        unseen.push(failure);
        Vec::new()
    });
    let (routes, failures) = of_gateways;
    unseen.extend(failures);
    found.extend(routes);
    found.truncate(AT_MOST);
    (found, unseen)
}

async fn ingresses(cluster: &Cluster, namespace: &str, service: &str) -> Result<Vec<Reference>, Failure> {
    let listed = cluster.list::<Ingress>(&Kind::built_in("Ingress"), Some(namespace), &Selection::default()).await?;
    let mut found = Vec::new();
    for ingress in &listed.items {
        let routes: Vec<String> = ingress
            .backends()
            .filter(|(_, backend)| backend.name == service)
            .map(|(route, backend)| format!("{route} to port {}", backend.port))
            .collect();
        if !routes.is_empty() {
            found.push(Reference {
                object: ObjectRef::namespaced("Ingress", namespace, &ingress.metadata.name),
                how: routes.join(", "),
                exists: Some(true),
                changed: None,
            });
        }
    }
    Ok(found)
}

/// Routes may lie in other namespaces; where those cannot be seen, the own one is.
async fn gateways(cluster: &Cluster, namespace: &str, service: &str) -> (Vec<Reference>, Vec<Failure>) {
    let kinds = match cluster.discover().await {
        Ok(kinds) => kinds,
        Err(failure) => return (Vec::new(), vec![failure]),
    };
    let (mut found, mut unseen) = (Vec::new(), Vec::new());
    let is_route = |kind: &&Kind| kind.group == "gateway.networking.k8s.io" && ROUTES.contains(&kind.kind.as_str());
    for kind in kinds.iter().filter(is_route) {
        let all = Selection::default();
        let listed = match cluster.list::<Value>(kind, None, &all).await {
            Err(failure) if failure.kind == FailureKind::Forbidden => {
                cluster.list::<Value>(kind, Some(namespace), &all).await
            }
            listed => listed,
        };
        match listed {
            Ok(listed) => found.extend(listed.items.iter().filter_map(|route| edge(kind, route, namespace, service))),
            Err(failure) => unseen.push(failure),
        }
    }
    (found, unseen)
}

fn edge(kind: &Kind, route: &Value, namespace: &str, service: &str) -> Option<Reference> {
    let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
    let list = |pointer: &str| route.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default();
    let own = route.pointer("/metadata/namespace").and_then(Value::as_str)?;
    let leads = list("/spec/rules").iter().any(|rule| {
        let backends = rule.get("backendRefs").and_then(Value::as_array).cloned().unwrap_or_default();
        backends.iter().any(|backend| {
            text(backend, "name").as_deref() == Some(service)
                && text(backend, "kind").is_none_or(|kind| kind == "Service")
                && text(backend, "namespace").as_deref().unwrap_or(own) == namespace
        })
    });
    if !leads {
        return None;
    }
    let hosts: Vec<String> =
        list("/spec/hostnames").iter().filter_map(|host| host.as_str().map(str::to_owned)).collect();
    let parents: Vec<String> = list("/spec/parentRefs").iter().filter_map(|parent| text(parent, "name")).collect();
    let hosts = if hosts.is_empty() { "all hosts".to_owned() } else { hosts.join(", ") };
    Some(Reference {
        object: ObjectRef::namespaced(&kind.kind, own, route.pointer("/metadata/name").and_then(Value::as_str)?),
        how: format!("{hosts} by gateway {}", parents.join(", ")),
        exists: Some(true),
        changed: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_route_leads_to_a_service_of_its_own_or_a_named_namespace() {
        let kind = Kind { kind: "HTTPRoute".to_owned(), ..Kind::built_in("Ingress") };
        let route = |backend: Value| {
            json!({"metadata": {"name": "shop", "namespace": "edge"}, "spec": {"hostnames": ["shop.example"],
                "parentRefs": [{"name": "public"}], "rules": [{"backendRefs": [backend]}]}})
        };
        for (backend, leads) in [
            (json!({"name": "cart", "namespace": "shop"}), true),
            (json!({"name": "cart"}), false),
            (json!({"name": "cart", "namespace": "shop", "kind": "Service"}), true),
            (json!({"name": "cart", "namespace": "shop", "kind": "Bucket"}), false),
            (json!({"name": "other", "namespace": "shop"}), false),
        ] {
            let found = edge(&kind, &route(backend.clone()), "shop", "cart");
            assert_eq!(found.is_some(), leads, "{backend}");
            assert!(found.is_none_or(|found| found.how == "shop.example by gateway public"));
        }
    }
}
