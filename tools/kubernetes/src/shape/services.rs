//! Rows of services, with the endpoints that stand behind them.

use super::api::{EndpointSlice, Service, ServicePort};
use domain::observed::kubernetes::ServiceRow;
use serde_json::Value;
use std::collections::BTreeMap;

/// Ready endpoints by namespace and service.
pub type ReadyEndpoints = BTreeMap<(String, String), u32>;

/// Adds up the slices of each service.
pub fn ready_endpoints(slices: &[EndpointSlice]) -> ReadyEndpoints {
    let mut ready = ReadyEndpoints::new();
    for slice in slices {
        if let Some(service) = slice.service() {
            *ready.entry((slice.metadata.namespace().to_owned(), service.to_owned())).or_default() += slice.ready();
        }
    }
    ready
}

/// The row of one service; `ready` is `None` where endpoints could not be read.
pub fn row(service: &Service, ready: Option<&ReadyEndpoints>) -> ServiceRow {
    let key = (service.metadata.namespace().to_owned(), service.metadata.name.clone());
    let external = service.spec.kind == "ExternalName";
    ServiceRow {
        ready_endpoints: ready.filter(|_| !external).map(|ready| ready.get(&key).copied().unwrap_or(0)),
        namespace: key.0,
        name: key.1,
        service_type: service.spec.kind.clone(),
        ports: service.spec.ports.iter().map(port).collect::<Vec<_>>().join(","),
        selector: selector(&service.spec.selector),
        created: service.metadata.created(),
    }
}

fn port(port: &ServicePort) -> String {
    let target = match &port.target_port {
        Value::Null => String::new(),
        Value::String(name) => format!("→{name}"),
        other => format!("→{other}"),
    };
    format!("{}/{}{target}", port.port, port.protocol.as_deref().unwrap_or("TCP"))
}

/// `app=checkout,tier=web`, `None` for an empty selector.
pub fn selector(labels: &BTreeMap<String, String>) -> Option<String> {
    let parts: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    (!parts.is_empty()).then(|| parts.join(","))
}

/// A service with a selector and nobody behind it.
pub fn is_unhealthy(row: &ServiceRow) -> bool {
    row.selector.is_some() && row.ready_endpoints == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn endpoints_are_added_over_slices() {
        let slices: Vec<EndpointSlice> = serde_json::from_value(json!([
            {"metadata": {"namespace": "shop", "labels": {"kubernetes.io/service-name": "cart"}},
             "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": true}},
                           {"addresses": ["10.0.0.2"], "conditions": {"ready": false}}]},
            {"metadata": {"namespace": "shop", "labels": {"kubernetes.io/service-name": "cart"}},
             "endpoints": [{"addresses": ["fd00::1"], "conditions": {}}]},
            {"metadata": {"namespace": "shop", "labels": {"kubernetes.io/service-name": "mail"}}, "endpoints": null}
        ]))
        .unwrap();
        let service: Service = serde_json::from_value(json!({
            "metadata": {"namespace": "shop", "name": "cart"},
            "spec": {"type": "ClusterIP", "selector": {"app": "cart"}, "ports": [{"port": 80, "targetPort": "http"}]}
        }))
        .unwrap();
        let row = row(&service, Some(&ready_endpoints(&slices)));
        assert_eq!((row.ready_endpoints, row.ports.as_str()), (Some(2), "80/TCP→http"));
        assert_eq!(row.selector.as_deref(), Some("app=cart"));
    }
}
