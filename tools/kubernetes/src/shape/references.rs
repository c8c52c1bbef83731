//! What a pod template refers to: configuration, secrets, volumes, accounts, and services named in values.

use super::dns::{self, Candidate};
use domain::object::ObjectRef;
use serde_json::Value;

/// One object that a pod template names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referred {
    /// Which.
    pub object: ObjectRef,
    /// How, in a few words.
    pub how: String,
    /// Whether the pods start without it as well.
    pub optional: bool,
}

/// How a Secret is used with which an image is pulled.
pub const PULL_SECRET: &str = "imagePullSecret";

/// A host in an environment value, not yet known to be a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedHost {
    /// What it may be.
    pub candidate: Candidate,
    /// The variable.
    pub variable: String,
}

/// The objects that a pod's spec refers to, each once, in order of appearance.
pub fn of_spec(spec: &Value, namespace: &str) -> Vec<Referred> {
    let mut found = Found { namespace, list: Vec::new() };
    for container in containers(spec) {
        for source in items(container, "envFrom") {
            found.add("ConfigMap", source.get("configMapRef"), "name", "envFrom");
            found.add("Secret", source.get("secretRef"), "name", "envFrom");
        }
        for variable in items(container, "env") {
            let how = format!("env {}", text(variable, &["name"]).unwrap_or_default());
            found.add("ConfigMap", variable.pointer("/valueFrom/configMapKeyRef"), "name", &how);
            found.add("Secret", variable.pointer("/valueFrom/secretKeyRef"), "name", &how);
        }
    }
    for volume in items(spec, "volumes") {
        let how = format!("volume {}", text(volume, &["name"]).unwrap_or_default());
        found.add("ConfigMap", volume.get("configMap"), "name", &how);
        found.add("Secret", volume.get("secret"), "secretName", &how);
        found.add("PersistentVolumeClaim", volume.get("persistentVolumeClaim"), "claimName", &how);
        for source in volume.get("projected").map(|projected| items(projected, "sources")).unwrap_or_default() {
            found.add("ConfigMap", source.get("configMap"), "name", &how);
            found.add("Secret", source.get("secret"), "name", &how);
        }
    }
    for secret in items(spec, "imagePullSecrets") {
        found.add("Secret", Some(secret), "name", PULL_SECRET);
    }
    if text(spec, &["serviceAccountName"]) != Some("default") {
        found.add("ServiceAccount", Some(spec), "serviceAccountName", "service account");
    }
    found.list
}

struct Found<'a> {
    namespace: &'a str,
    list: Vec<Referred>,
}

impl Found<'_> {
    /// Takes in the object that a field of the source names. It is needed unless every use of it is optional.
    fn add(&mut self, kind: &str, source: Option<&Value>, field: &str, how: &str) {
        let Some(source) = source else { return };
        let Some(name) = text(source, &[field]).filter(|name| !name.is_empty()) else { return };
        let optional = source.get("optional").and_then(Value::as_bool).unwrap_or(false);
        let object = ObjectRef::namespaced(kind, self.namespace, name);
        match self.list.iter_mut().find(|known| known.object == object) {
            Some(known) => {
                known.optional &= optional;
                if !known.how.split(", ").any(|part| part == how) {
                    known.how = format!("{}, {how}", known.how);
                }
            }
            None => self.list.push(Referred { object, how: how.to_owned(), optional }),
        }
    }
}

/// The hosts that the environment values of a pod's spec name.
pub fn hosts_of_spec(spec: &Value, namespace: &str) -> Vec<NamedHost> {
    let variables = containers(spec).flat_map(|container| items(container, "env"));
    let valued = variables.filter_map(|variable| Some((text(variable, &["name"])?, text(variable, &["value"])?)));
    hosts(valued, namespace)
}

/// The hosts that named values (environment variables, keys of a ConfigMap) name.
pub fn hosts<'a>(values: impl Iterator<Item = (&'a str, &'a str)>, namespace: &str) -> Vec<NamedHost> {
    let mut found: Vec<NamedHost> = Vec::new();
    for (variable, value) in values {
        for candidate in dns::candidates(value, namespace) {
            let known = found.iter().any(|host| host.candidate == candidate && host.variable == variable);
            if !known {
                found.push(NamedHost { candidate, variable: variable.to_owned() });
            }
        }
    }
    found
}

fn containers(spec: &Value) -> impl Iterator<Item = &Value> {
    items(spec, "initContainers").into_iter().chain(items(spec, "containers"))
}

fn items<'a>(value: &'a Value, field: &str) -> Vec<&'a Value> {
    value.get(field).and_then(Value::as_array).map(|items| items.iter().collect()).unwrap_or_default()
}

fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(value, |value, field| value.get(field))?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    fn spec() -> Value {
        json!({
            "serviceAccountName": "checkout", "imagePullSecrets": [{"name": "registry"}],
            "initContainers": [{"name": "wait", "env": [{"name": "DB", "value": "orders-db.data:5432"}]}],
            "containers": [{"name": "app",
                "envFrom": [{"configMapRef": {"name": "checkout-config"}}, {"secretRef": {"name": "checkout-env"}}],
                "env": [
                    {"name": "STRIPE_KEY", "valueFrom": {"secretKeyRef": {"name": "stripe-keys", "key": "k"}}},
                    {"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "checkout-config", "key": "mode"}}},
                    {"name": "PAYMENTS_URL", "value": "http://payments:8080"},
                    {"name": "LOG_LEVEL", "value": "info"}]}],
            "volumes": [
                {"name": "data", "persistentVolumeClaim": {"claimName": "checkout-data"}},
                {"name": "tls", "secret": {"secretName": "checkout-tls"}},
                {"name": "all", "projected": {"sources": [{"configMap": {"name": "extra"}}, {"serviceAccountToken": {}}]}}]
        })
    }

    #[test]
    fn everything_a_pod_needs_is_found_once() {
        let told: Vec<String> =
            of_spec(&spec(), "shop").iter().map(|found| format!("{}: {}", found.object, found.how)).collect();
        expect![[r#"
            ConfigMap shop/checkout-config: envFrom, env MODE
            Secret shop/checkout-env: envFrom
            Secret shop/stripe-keys: env STRIPE_KEY
            PersistentVolumeClaim shop/checkout-data: volume data
            Secret shop/checkout-tls: volume tls
            ConfigMap shop/extra: volume all
            Secret shop/registry: imagePullSecret
            ServiceAccount shop/checkout: service account"#]]
        .assert_eq(&told.join("\n"));
    }

    #[test]
    fn what_is_optional_everywhere_is_not_needed() {
        let spec = json!({"containers": [{"envFrom": [
            {"configMapRef": {"name": "a", "optional": true}}, {"configMapRef": {"name": "b", "optional": true}}],
            "env": [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "b", "key": "x"}}}]}]});
        let told: Vec<(String, bool)> =
            of_spec(&spec, "shop").into_iter().map(|found| (found.object.name, found.optional)).collect();
        assert_eq!(told, [("a".to_owned(), true), ("b".to_owned(), false)]);
    }

    #[test]
    fn hosts_come_with_their_variable() {
        let told: Vec<String> = hosts_of_spec(&spec(), "shop")
            .iter()
            .map(|host| format!("{} {}/{}", host.variable, host.candidate.namespace, host.candidate.name))
            .collect();
        assert_eq!(told, ["DB data/orders-db", "DB shop/data", "PAYMENTS_URL shop/payments", "LOG_LEVEL shop/info"]);
    }
}
