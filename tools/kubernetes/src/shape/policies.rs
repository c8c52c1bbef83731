//! What network policies say about a way from one pod to another.
//!
//! The rules of the API: pods that no policy governs are open; of a governed pod everything is shut that no rule of
//! any governing policy admits. Whether the cluster's network enforces policies at all, the API does not tell.

use super::api::{LabelSelector, NetworkPolicy, Peer, PolicyPort};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Labels of an object.
pub type Labels = BTreeMap<String, String>;

/// One end of a way.
#[derive(Debug, Clone)]
pub struct Party<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// The namespace's labels, where they could be read.
    pub namespace_labels: Option<&'a Labels>,
    /// The pod's labels.
    pub labels: &'a Labels,
    /// The pod's address, empty where it has none.
    pub address: &'a str,
}

/// The port that is gone to: its number, and the name that the pod gives it.
#[derive(Debug, Clone, Copy)]
pub struct Port<'a> {
    /// Number.
    pub number: u32,
    /// Name, empty where it has none.
    pub name: &'a str,
    /// `TCP`, `UDP`, `SCTP`.
    pub protocol: &'a str,
}

/// What the policies say together; the names are those of policies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ruling {
    /// Policies that govern the pod in this direction. None: it is open.
    pub governing: Vec<String>,
    /// Those of them that admit the way.
    pub admitting: Vec<String>,
    /// Why it cannot be told for certain, one sentence each.
    pub unsure: Vec<String>,
}

impl Ruling {
    /// Whether the way is open; `None` where it cannot be told.
    pub fn is_open(&self) -> Option<bool> {
        if self.governing.is_empty() || !self.admitting.is_empty() {
            Some(true)
        } else if self.unsure.is_empty() {
            Some(false)
        } else {
            None
        }
    }
}

/// Whether the target's policies let the source in.
pub fn ingress(policies: &[NetworkPolicy], target: &Party<'_>, port: Option<Port<'_>>, source: &Party<'_>) -> Ruling {
    let governing = policies.iter().filter(|policy| policy.governs_ingress(target.namespace, target.labels));
    rule(governing, port, source, |policy| {
        policy.spec.ingress.iter().map(|rule| (rule.from.as_slice(), rule.ports.as_slice())).collect()
    })
}

/// Whether the source's policies let it out to the target.
pub fn egress(policies: &[NetworkPolicy], source: &Party<'_>, port: Option<Port<'_>>, target: &Party<'_>) -> Ruling {
    let governing = policies.iter().filter(|policy| policy.governs_egress(source.namespace, source.labels));
    rule(governing, port, target, |policy| {
        policy.spec.egress.iter().map(|rule| (rule.to.as_slice(), rule.ports.as_slice())).collect()
    })
}

type Rules<'p> = Vec<(&'p [Peer], &'p [PolicyPort])>;

fn rule<'p>(
    governing: impl Iterator<Item = &'p NetworkPolicy>,
    port: Option<Port<'_>>,
    other: &Party<'_>,
    rules: impl Fn(&'p NetworkPolicy) -> Rules<'p>,
) -> Ruling {
    let mut ruling = Ruling::default();
    for policy in governing {
        let name = policy.metadata.name.clone();
        let mut admits = false;
        for (peers, ports) in rules(policy) {
            if !(ports.is_empty() || port.is_none_or(|port| ports.iter().any(|open| is_open(open, port)))) {
                continue;
            }
            admits |= peers.is_empty();
            for peer in peers {
                match is_peer(peer, policy.metadata.namespace(), other) {
                    Ok(fits) => admits |= fits,
                    Err(why) => ruling.unsure.push(format!("{name}: {why}")),
                }
            }
        }
        if admits {
            ruling.admitting.push(name.clone());
        }
        ruling.governing.push(name);
    }
    ruling
}

fn is_open(open: &PolicyPort, port: Port<'_>) -> bool {
    if open.protocol.as_deref().unwrap_or("TCP") != port.protocol {
        return false;
    }
    match &open.port {
        Value::Null => true,
        Value::String(name) => name == port.name,
        other => other.as_u64().is_some_and(|low| {
            let high = open.end_port.map_or(low, u64::from);
            (low..=high).contains(&u64::from(port.number))
        }),
    }
}

/// Whether the peer means the party, or why that cannot be told.
fn is_peer(peer: &Peer, own_namespace: &str, party: &Party<'_>) -> Result<bool, String> {
    if let Some(block) = &peer.ip_block {
        return if covers(block, party.address) {
            Err("an ipBlock covers the pod's address, and networks differ on whether that counts for pods".to_owned())
        } else {
            Ok(false)
        };
    }
    if !peer.pod_selector.as_ref().is_none_or(|selector| selector.matches(party.labels)) {
        return Ok(false);
    }
    match &peer.namespace_selector {
        None => Ok(party.namespace == own_namespace),
        Some(selector) if is_everything(selector) => Ok(true),
        Some(selector) => match party.namespace_labels {
            Some(labels) => Ok(selector.matches(labels)),
            None => Err(format!("the labels of namespace {} could not be read", party.namespace)),
        },
    }
}

fn is_everything(selector: &LabelSelector) -> bool {
    selector.match_labels.is_empty() && selector.match_expressions.is_empty()
}

/// Whether an ipBlock covers an address, its exceptions taken off.
fn covers(block: &Value, address: &str) -> bool {
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let inside = |cidr: &Value| cidr.as_str().is_some_and(|cidr| contains(cidr, address));
    let excepted = block.get("except").and_then(Value::as_array).is_some_and(|except| except.iter().any(inside));
    block.get("cidr").is_some_and(inside) && !excepted
}

fn contains(cidr: &str, address: IpAddr) -> bool {
    let Some((network, length)) = cidr.split_once('/') else { return false };
    let (Ok(network), Ok(length)) = (network.parse::<IpAddr>(), length.parse::<u32>()) else { return false };
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let hidden = 32_u32.saturating_sub(length);
            u32::from(network).checked_shr(hidden) == u32::from(address).checked_shr(hidden)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let hidden = 128_u32.saturating_sub(length);
            u128::from(network).checked_shr(hidden) == u128::from(address).checked_shr(hidden)
        }
        _ => false,
    }
}

/// Whom a policy admits, in words: `pods app=cart of this namespace on 6379`; empty where it admits nobody.
pub fn admitted(policy: &NetworkPolicy) -> Vec<String> {
    let rules = policy.spec.ingress.iter();
    rules
        .map(|rule| {
            let peers: Vec<String> = rule.from.iter().map(peer_words).collect();
            let who = if peers.is_empty() { "everybody".to_owned() } else { peers.join(" or ") };
            let ports: Vec<String> = rule.ports.iter().map(port_words).collect();
            if ports.is_empty() { who } else { format!("{who} on port {}", ports.join(", ")) }
        })
        .collect()
}

fn peer_words(peer: &Peer) -> String {
    if let Some(block) = &peer.ip_block {
        return format!("addresses in {}", block.get("cidr").and_then(Value::as_str).unwrap_or("?"));
    }
    let pods = match &peer.pod_selector {
        Some(selector) if !is_everything(selector) => format!("pods {}", selector_words(selector)),
        _ => "all pods".to_owned(),
    };
    match &peer.namespace_selector {
        None => format!("{pods} of its namespace"),
        Some(selector) if is_everything(selector) => format!("{pods} of all namespaces"),
        Some(selector) => format!("{pods} of namespaces {}", selector_words(selector)),
    }
}

fn selector_words(selector: &LabelSelector) -> String {
    let labels = selector.match_labels.iter().map(|(key, value)| format!("{key}={value}"));
    let expressions = selector
        .match_expressions
        .iter()
        .map(|wanted| format!("{} {} {}", wanted.key, wanted.operator, wanted.values.join("|")).trim().to_owned());
    labels.chain(expressions).collect::<Vec<_>>().join(",")
}

fn port_words(port: &PolicyPort) -> String {
    let low = match &port.port {
        Value::Null => "any".to_owned(),
        Value::String(name) => name.clone(),
        other => other.to_string(),
    };
    match port.end_port {
        Some(high) => format!("{low}-{high}"),
        None => low,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn labels(app: &str) -> Labels {
        Labels::from([("app".to_owned(), app.to_owned())])
    }

    fn policy(spec: Value) -> NetworkPolicy {
        serde_json::from_value(json!({"metadata": {"name": "p", "namespace": "data"}, "spec": spec})).unwrap()
    }

    #[test]
    fn what_policies_admit() {
        let redis = json!({"matchLabels": {"app": "redis"}});
        let from =
            |peers: Value| json!({"podSelector": redis, "ingress": [{"from": peers, "ports": [{"port": 6379}]}]});
        let shop = json!({"matchLabels": {"kubernetes.io/metadata.name": "shop"}});
        let cases = [
            ("no policy on it", json!({"podSelector": {"matchLabels": {"app": "other"}}}), Some(true)),
            ("shut", json!({"podSelector": {}}), Some(false)),
            ("only egress", json!({"podSelector": {}, "policyTypes": ["Egress"]}), Some(true)),
            ("its namespace", from(json!([{"podSelector": {}}])), Some(false)),
            ("all namespaces", from(json!([{"namespaceSelector": {}}])), Some(true)),
            ("by namespace", from(json!([{"namespaceSelector": shop}])), Some(true)),
            ("both hold", from(json!([{"namespaceSelector": shop, "podSelector": redis}])), Some(false)),
            ("one suffices", from(json!([{"namespaceSelector": shop}, {"podSelector": redis}])), Some(true)),
            ("address", from(json!([{"ipBlock": {"cidr": "10.1.0.0/16"}}])), None),
            (
                "address excepted",
                from(json!([{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.2.0/24"]}}])),
                Some(false),
            ),
            ("other port", json!({"podSelector": {}, "ingress": [{"ports": [{"port": 80}]}]}), Some(false)),
            (
                "other protocol",
                json!({"podSelector": {}, "ingress": [{"ports": [{"port": 6379, "protocol": "UDP"}]}]}),
                Some(false),
            ),
            (
                "range",
                json!({"podSelector": {}, "ingress": [{"ports": [{"port": 6000, "endPort": 7000}]}]}),
                Some(true),
            ),
            ("name", json!({"podSelector": {}, "ingress": [{"ports": [{"port": "redis"}]}]}), Some(true)),
        ];
        let (target_labels, source_labels) = (labels("redis"), labels("cart"));
        let namespace = Labels::from([("kubernetes.io/metadata.name".to_owned(), "shop".to_owned())]);
        let target = Party { namespace: "data", namespace_labels: None, labels: &target_labels, address: "10.1.9.9" };
        let source = Party {
            namespace: "shop",
            namespace_labels: Some(&namespace),
            labels: &source_labels,
            address: "10.1.2.3",
        };
        let port = Some(Port { number: 6379, name: "redis", protocol: "TCP" });
        for (name, spec, expected) in cases {
            assert_eq!(ingress(&[policy(spec)], &target, port, &source).is_open(), expected, "{name}");
        }
        let unread = Party { namespace_labels: None, ..source };
        assert_eq!(
            ingress(&[policy(from(json!([{"namespaceSelector": shop}])))], &target, port, &unread).is_open(),
            None
        );
    }

    #[test]
    fn policies_are_told_in_words() {
        let told = admitted(&policy(json!({"podSelector": {}, "ingress": [
            {"from": [{"podSelector": {"matchLabels": {"app": "cart"}}}], "ports": [{"port": 6379}]},
            {"from": [{"namespaceSelector": {}}]}, {}]})));
        assert_eq!(told, ["pods app=cart of its namespace on port 6379", "all pods of all namespaces", "everybody"]);
        assert_eq!(admitted(&policy(json!({"podSelector": {}}))), Vec::<String>::new());
    }
}
