//! Network policies: whether packets from one application's pods reach another's.

use serde_json::Value;

use super::World;
use super::object::{array, text};
use super::selector::{LabelSelector, map_selects};

impl World {
    /// Whether the policies of the callee's namespace let the caller through.
    pub(crate) fn may_reach(&self, caller: (&str, &str), callee: (&str, &str), port: u16) -> bool {
        let policies = self.store.list("networkpolicies", Some(callee.0));
        if policies.is_empty() {
            return true;
        }
        let service = self.store.get("services", callee.0, callee.1);
        let selector = service.as_ref().and_then(|service| service.pointer("/spec/selector"));
        let pods = self.store.list("pods", Some(callee.0));
        let Some(target) = pods.iter().find(|pod| map_selects(selector, pod)) else { return true };
        let applies = |policy: &&std::sync::Arc<Value>| {
            let kinds = array(policy, "/spec/policyTypes");
            (kinds.is_empty() || kinds.iter().any(|kind| kind == "Ingress"))
                && LabelSelector::from_object(policy.pointer("/spec/podSelector").unwrap_or(&Value::Null))
                    .matches(target)
        };
        let policies: Vec<_> = policies.iter().filter(applies).collect();
        policies.is_empty() || policies.iter().any(|policy| self.lets_in(policy, caller, callee.0, port))
    }

    fn lets_in(&self, policy: &Value, caller: (&str, &str), callee_namespace: &str, port: u16) -> bool {
        array(policy, "/spec/ingress").iter().any(|rule| {
            let ports = array(rule, "/ports");
            let open = ports.is_empty()
                || ports.iter().any(|open| open.get("port").and_then(Value::as_u64) == Some(u64::from(port)));
            let peers = array(rule, "/from");
            open && (peers.is_empty() || peers.iter().any(|peer| self.is_peer(peer, caller, callee_namespace)))
        })
    }

    fn is_peer(&self, peer: &Value, caller: (&str, &str), callee_namespace: &str) -> bool {
        let namespace_fits = match peer.get("namespaceSelector") {
            None => caller.0 == callee_namespace,
            Some(selector) => self
                .store
                .get("namespaces", "", caller.0)
                .is_some_and(|namespace| LabelSelector::from_object(selector).matches(&namespace)),
        };
        let pod_fits = match peer.get("podSelector") {
            None => peer.get("namespaceSelector").is_some(),
            Some(selector) => {
                let selector = LabelSelector::from_object(selector);
                let pods = self.store.list("pods", Some(caller.0));
                pods.iter().any(|pod| text(pod, "/metadata/labels/app") == caller.1 && selector.matches(pod))
            }
        };
        namespace_fits && pod_fits
    }
}
