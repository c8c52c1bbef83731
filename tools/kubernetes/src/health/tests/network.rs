//! Checks of what is reached: services, ingresses, policies, webhooks.

use super::*;

fn service(name: &str, spec: Value) -> Value {
    json!({"kind": "Service", "metadata": meta(name, OLD), "spec": spec})
}

fn slice(service: &str) -> Value {
    json!({"kind": "EndpointSlice", "metadata": {"name": format!("{service}-1"), "namespace": "shop", "labels": {"kubernetes.io/service-name": service}},
        "endpoints": [{"addresses": ["10.0.0.1"]}]})
}

fn ready_pod() -> Value {
    let mut pod = pod("a-0", OLD, "Running", json!({"conditions": [{"type": "Ready", "status": "True"}]}));
    pod["spec"]["containers"][0]["ports"] = json!([{"name": "http", "containerPort": 8080}]);
    pod
}

#[test]
fn services() {
    let with_port =
        |target: Value| service("s", json!({"selector": {"app": "a"}, "ports": [{"port": 80, "targetPort": target}]}));
    let balancer = |created: &str, status: Value| {
        json!({"kind": "Service", "metadata": meta("lb", created),
        "spec": {"type": "LoadBalancer"}, "status": {"loadBalancer": status}})
    };
    judged(vec![
        ("a name that is there", json!([with_port(json!("http")), ready_pod(), slice("s")]), vec![]),
        ("a number that nobody declares", json!([with_port(json!(9999)), ready_pod(), slice("s")]), vec![]),
        (
            "a name that nobody has, told before its consequence",
            json!([with_port(json!("web")), ready_pod()]),
            vec!["service-port Critical Service shop/s x1"],
        ),
        ("no address", json!([balancer(OLD, json!({}))]), vec!["load-balancer-pending Warning Service shop/lb x1"]),
        ("no address yet", json!([balancer(RECENT, json!({}))]), vec![]),
        ("an address", json!([balancer(OLD, json!({"ingress": [{"hostname": "lb.example"}]}))]), vec![]),
    ]);
}

#[test]
fn a_service_whose_pods_are_ready_is_not_told_to_have_none_that_is() {
    let health = judge(&snapshot(&json!([service("s", json!({"selector": {"app": "a"}})), ready_pod()])));
    let finding = health.findings.first().unwrap();
    assert_eq!(finding.why, "its pods are ready and yet no endpoint leads to them");
}

#[test]
fn ingresses() {
    let ingress = |service: &str, port: Value, class: &str| {
        json!({"kind": "Ingress", "metadata": meta("i", OLD), "spec": {
        "ingressClassName": class, "tls": [{"secretName": "tls"}],
        "rules": [{"host": "shop.example", "http": {"paths": [{"path": "/", "backend": {"service": {"name": service, "port": port}}}]}}]}})
    };
    let plain = |port: u32| service("s", json!({"ports": [{"name": "http", "port": port}]}));
    let class = json!({"kind": "IngressClass", "metadata": {"name": "nginx"}});
    let secret = json!({"kind": "Secret", "metadata": {"name": "tls", "namespace": "shop"}});
    let mut classless = ingress("s", json!({"number": 80}), "");
    let mut annotated = classless.clone();
    annotated["metadata"]["annotations"] = json!({"kubernetes.io/ingress.class": "nginx"});
    let mut taken = classless.clone();
    taken["status"] = json!({"loadBalancer": {"ingress": [{"ip": "203.0.113.1"}]}});
    classless["metadata"]["name"] = json!("i");
    judged(vec![
        ("in order", json!([ingress("s", json!({"number": 80}), "nginx"), plain(80), class, secret]), vec![]),
        ("by name", json!([ingress("s", json!({"name": "http"}), "nginx"), plain(80), class, secret]), vec![]),
        (
            "no such service",
            json!([ingress("x", json!({"number": 80}), "nginx"), plain(80), class, secret]),
            vec!["ingress-backend Critical Ingress shop/i x1"],
        ),
        (
            "no such port",
            json!([ingress("s", json!({"number": 81}), "nginx"), plain(80), class, secret]),
            vec!["ingress-backend Critical Ingress shop/i x1"],
        ),
        (
            "no certificate",
            json!([ingress("s", json!({"number": 80}), "nginx"), plain(80), class]),
            vec!["ingress-tls Warning Ingress shop/i x1"],
        ),
        (
            "no such class",
            json!([ingress("s", json!({"number": 80}), "traefik"), plain(80), class, secret]),
            vec!["ingress-class Warning Ingress shop/i x1"],
        ),
        ("no class", json!([classless, plain(80), class, secret]), vec!["ingress-class Warning Ingress shop/i x1"]),
        ("the old annotation", json!([annotated, plain(80), class, secret]), vec![]),
        ("somebody took it", json!([taken, plain(80), class, secret]), vec![]),
    ]);
}

#[test]
fn policies() {
    let policy = |name: &str, spec: Value| json!({"kind": "NetworkPolicy", "metadata": meta(name, OLD), "spec": spec});
    let base = || vec![service("s", json!({"selector": {"app": "a"}})), slice("s"), ready_pod()];
    let with = |policies: Vec<Value>| Value::from([base(), policies].concat());
    judged(vec![
        (
            "shut",
            with(vec![policy("deny", json!({"podSelector": {}}))]),
            vec!["network-policy-shuts-out Warning NetworkPolicy shop/deny x1"],
        ),
        (
            "shut and opened by another",
            with(vec![
                policy("deny", json!({"podSelector": {}})),
                policy(
                    "allow",
                    json!({"podSelector": {"matchLabels": {"app": "a"}}, "ingress": [{"from": [{"podSelector": {}}]}]}),
                ),
            ]),
            vec![],
        ),
        (
            "only what goes out",
            with(vec![policy("deny", json!({"podSelector": {}, "policyTypes": ["Egress"]}))]),
            vec![],
        ),
        ("of other pods", with(vec![policy("deny", json!({"podSelector": {"matchLabels": {"app": "b"}}}))]), vec![]),
    ]);
}

#[test]
fn webhooks_and_api_services() {
    let hook = |policy: Value, service: &str, resource: &str| {
        json!({"kind": "ValidatingWebhookConfiguration", "metadata": {"name": "guard"}, "webhooks": [
        {"name": "guard.example", "failurePolicy": policy, "clientConfig": {"service": {"namespace": "shop", "name": service}},
         "rules": [{"operations": ["CREATE"], "resources": [resource]}]}]})
    };
    let guard = service("guard", json!({"selector": {}, "ports": [{"port": 443}]}));
    let external = json!({"kind": "MutatingWebhookConfiguration", "metadata": {"name": "far"}, "webhooks": [
        {"name": "far.example", "clientConfig": {"url": "https://guard.example"}, "rules": [{"resources": ["pods"]}]}]});
    let api = |status: &str, at: &str| {
        json!({"kind": "APIService", "metadata": {"name": "v1beta1.metrics.k8s.io"},
        "spec": {"service": {"namespace": "kube-system", "name": "metrics-server"}},
        "status": {"conditions": [{"type": "Available", "status": status, "reason": "MissingEndpoints", "message": "m", "lastTransitionTime": at}]}})
    };
    judged(vec![
        (
            "its service is gone",
            json!([hook(json!("Fail"), "guard", "pods")]),
            vec!["webhook-unreachable Critical ValidatingWebhookConfiguration guard x1"],
        ),
        (
            "Fail is what is meant",
            json!([hook(Value::Null, "guard", "pods")]),
            vec!["webhook-unreachable Critical ValidatingWebhookConfiguration guard x1"],
        ),
        (
            "of a rare kind",
            json!([hook(json!("Fail"), "guard", "widgets")]),
            vec!["webhook-unreachable Warning ValidatingWebhookConfiguration guard x1"],
        ),
        (
            "nobody behind it",
            json!([hook(json!("Fail"), "guard", "pods"), guard]),
            vec!["webhook-unreachable Critical ValidatingWebhookConfiguration guard x1"],
        ),
        ("answers", json!([hook(json!("Fail"), "guard", "pods"), guard, slice("guard")]), vec![]),
        ("may be missing", json!([hook(json!("Ignore"), "guard", "pods")]), vec![]),
        ("outside", json!([external]), vec![]),
        (
            "no server",
            json!([api("False", OLD)]),
            vec!["api-service-unavailable Warning APIService v1beta1.metrics.k8s.io x1"],
        ),
        ("restarts", json!([api("False", JUST_NOW)]), vec![]),
        ("there", json!([api("True", OLD)]), vec![]),
    ]);
}

#[test]
fn of_one_namespace_no_webhook_elsewhere_is_judged() {
    let hook = json!({"kind": "ValidatingWebhookConfiguration", "metadata": {"name": "guard"}, "webhooks": [
        {"name": "guard.example", "clientConfig": {"service": {"namespace": "guards", "name": "guard"}}, "rules": [{"resources": ["pods"]}]}]});
    let mut snapshot = snapshot(&json!([hook]));
    snapshot.namespace = Some("shop".to_owned());
    assert_eq!(judge(&snapshot).findings, []);
}

#[test]
fn a_service_scaled_to_zero_on_purpose_is_not_blamed_for_labels_that_only_its_workload_has() {
    let deployment = |labels: Value| {
        json!({"kind": "Deployment", "metadata": meta("d", OLD),
            "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}}})
    };
    let selecting = || service("s", json!({"selector": {"app": "a"}}));
    judged(vec![
        ("more labels", json!([selecting(), deployment(json!({"app": "a", "release": "r"}))]), vec![]),
        (
            "of another",
            json!([selecting(), deployment(json!({"release": "r"}))]),
            vec!["service-without-endpoints Warning Service shop/s x1"],
        ),
    ]);
}

#[test]
fn services_that_select_no_pod_are_critical_only_where_something_leads_to_them() {
    let empty = |namespace: &str, created: &str, address: &str| {
        let mut service =
            service("s", json!({"selector": {"app": "x"}, "clusterIP": address, "ports": [{"port": 80}]}));
        service["metadata"]["namespace"] = json!(namespace);
        service["metadata"]["creationTimestamp"] = json!(created);
        service
    };
    let ingress = |port: Value| {
        json!({"kind": "Ingress", "metadata": meta("i", OLD), "spec": {"ingressClassName": "nginx",
            "rules": [{"http": {"paths": [{"path": "/", "backend": {"service": {"name": "s", "port": port}}}]}}]}})
    };
    let class = json!({"kind": "IngressClass", "metadata": {"name": "nginx"}});
    let hook = |policy: &str| {
        json!({"kind": "ValidatingWebhookConfiguration", "metadata": {"name": "guard"}, "webhooks": [{"name": "g",
            "failurePolicy": policy, "clientConfig": {"service": {"namespace": "shop", "name": "s", "port": 80}}}]})
    };
    let of = |objects: Value| -> Vec<String> {
        let told = told(&objects).into_iter();
        told.filter(|line| line.starts_with("service-without-endpoints")).collect()
    };
    let told = |severity: &str, object: &str| vec![format!("service-without-endpoints {severity} Service {object} x1")];
    assert_eq!(of(json!([empty("shop", OLD, "10.0.0.7")])), told("Warning", "shop/s"));
    assert_eq!(of(json!([empty("shop", "2026-11-21T01:00:00Z", "None")])), told("Warning", "shop/s"));
    assert_eq!(of(json!([empty("shop", OLD, "None")])), told("Info", "shop/s"));
    assert_eq!(of(json!([empty("kube-system", "2026-11-21T01:00:00Z", "None")])), told("Info", "kube-system/s"));
    let number = || json!({"number": 80});
    assert_eq!(of(json!([empty("shop", OLD, "None"), ingress(number()), class])), told("Critical", "shop/s"));
    let action = json!({"name": "use-annotation"});
    assert_eq!(of(json!([empty("shop", OLD, "None"), ingress(action), class])), told("Info", "shop/s"));
    assert_eq!(of(json!([empty("shop", OLD, "None"), hook("Fail")])), told("Critical", "shop/s"));
    assert_eq!(of(json!([empty("shop", OLD, "None"), hook("Ignore")])), told("Info", "shop/s"));
    let unready = pod("x-0", OLD, "Running", json!({}));
    let mut selected = empty("shop", OLD, "None");
    selected["spec"]["selector"] = json!({"app": "a"});
    assert_eq!(of(json!([selected, unready])), told("Critical", "shop/s"));
}

/// Its services of the control plane select pods that a managed cluster does not show.
#[test]
fn the_prometheus_stack_on_a_managed_control_plane_gives_nothing_above_info() {
    let names = ["kube-controller-manager", "kube-scheduler", "kube-etcd", "kube-proxy"];
    let services = names.map(|name| {
        json!({"kind": "Service", "metadata": {"name": format!("prometheus-{name}"), "namespace": "kube-system",
                "creationTimestamp": "2026-11-21T02:30:00Z"},
            "spec": {"clusterIP": "None", "selector": {"component": name}, "ports": [{"name": "http-metrics", "port": 10257, "targetPort": 10257}]}})
    });
    let health = judge(&snapshot(&json!(services)));
    assert_eq!(health.findings.len(), names.len(), "{:?}", health.findings);
    assert!(health.findings.iter().all(|finding| finding.severity == Severity::Info), "{:?}", health.findings);
}

#[test]
fn an_action_of_the_aws_load_balancer_is_not_a_missing_service() {
    let action = json!({"service": {"name": "ssl-redirect", "port": {"name": "use-annotation"}}});
    let ingress = json!({"kind": "Ingress", "metadata": meta("i", OLD), "spec": {"ingressClassName": "alb",
        "rules": [{"http": {"paths": [{"path": "/*", "backend": action}]}}]}});
    judged(vec![("an action", json!([ingress, {"kind": "IngressClass", "metadata": {"name": "alb"}}]), vec![])]);
}
