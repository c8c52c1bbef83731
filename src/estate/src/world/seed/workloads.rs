//! The objects of one application: workload, service, configuration, secrets, account, budget; and its track of traffic.

use serde_json::{Value, json};

use super::DEPLOYER;
use super::topology::{Application, application};
use crate::world::World;
use crate::world::object::set;
use crate::world::random::hash;
use crate::world::timeline::{CalleeTrack, Load, NamespacedName, ServiceTrack, Steps, WorkloadKey};

/// Builds them.
pub fn build(world: &mut World, application: &'static Application) {
    track(world, application);
    let (ns, name) = (application.namespace, application.name);
    let labels = json!({"app": name, "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": ns});
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": ns, "labels": labels}});
    world.plant("serviceaccounts", account, DEPLOYER);
    if !application.config.is_empty() {
        let data: Value = application
            .config
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json!(value)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let config = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": format!("{name}-config"), "namespace": ns, "labels": labels}, "data": data});
        world.plant("configmaps", config, DEPLOYER);
    }
    for (secret, key, _) in application.secrets {
        let value = format!("canary-{secret}-{:012x}", hash(world.seed, &[ns, secret]) >> 16);
        let object = json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": secret, "namespace": ns, "labels": labels}, "stringData": {*key: value}});
        if world.store.get("secrets", ns, secret).is_none() {
            world.plant("secrets", object, DEPLOYER);
        }
    }
    let mut service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": ns, "labels": labels},
        "spec": {"selector": {"app": name}, "ports": [{"name": application.protocol, "port": application.port,
            "targetPort": application.port, "protocol": "TCP"}],
            "clusterIP": format!("10.96.{}.{}", 1 + hash(3, &[ns]) % 200, 1 + hash(4, &[name]) % 250)},
    });
    if application.kind == "StatefulSet" {
        set(&mut service, &["spec", "clusterIP"], json!("None"));
    }
    world.plant("services", service, DEPLOYER);
    let resource = if application.kind == "Deployment" { "deployments" } else { "statefulsets" };
    world.plant(resource, workload(application, &labels), DEPLOYER);
    if application.replicas > 1 {
        let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name, "namespace": ns},
            "spec": {"minAvailable": application.replicas - 1, "selector": {"matchLabels": {"app": name}}}});
        world.plant("poddisruptionbudgets", budget, DEPLOYER);
    }
}

fn workload(application: &Application, labels: &Value) -> Value {
    let name = application.name;
    let tag = application.tags.get(application.first_tag).copied().unwrap_or("latest");
    let mut environment = vec![json!({"name": "PORT", "value": application.port.to_string()})];
    for call in application.calls {
        let host = format!("{}.{}", call.name, call.namespace);
        environment.push(json!({"name": call.variable, "value": call.url.replace("HOST", &host)}));
    }
    for (secret, key, variable) in application.secrets {
        environment.push(json!({"name": variable, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}));
    }
    let probe = if application.readiness.is_empty() {
        let command =
            if application.protocol == "postgres" { "pg_isready -U postgres -d orders -t 1" } else { "redis-cli ping" };
        json!({"exec": {"command": ["sh", "-c", command]}, "periodSeconds": 10})
    } else {
        json!({"httpGet": {"path": application.readiness, "port": application.port, "scheme": "HTTP"}, "periodSeconds": 5})
    };
    let mut container = json!({
        "name": name, "image": format!("{}:{tag}", application.repository), "ports": [{"name": application.protocol, "containerPort": application.port}],
        "env": environment, "readinessProbe": probe,
        "resources": {"requests": {"cpu": format!("{}m", application.cpu_millicores), "memory": format!("{}Mi", application.memory_mebibytes)},
            "limits": {"memory": format!("{}Mi", application.memory_limit_mebibytes)}},
    });
    if !application.config.is_empty() {
        set(&mut container, &["envFrom"], json!([{"configMapRef": {"name": format!("{name}-config")}}]));
    }
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": application.kind,
        "metadata": {"name": name, "namespace": application.namespace, "labels": labels},
        "spec": {"replicas": application.replicas, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": labels}, "spec": {"serviceAccountName": name, "containers": [container]}}},
    });
    if application.kind == "Deployment" {
        let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": application.max_unavailable, "maxSurge": "25%"}});
        set(&mut object, &["spec", "strategy"], strategy);
    }
    if application.kind == "StatefulSet" {
        let size = format!("{}Gi", application.volume_gibibytes);
        set(&mut object, &["spec", "serviceName"], json!(name));
        set(
            &mut object,
            &["spec", "volumeClaimTemplates"],
            json!([{"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "standard",
                "resources": {"requests": {"storage": size}}}}]),
        );
        set(&mut object, &["spec", "template", "spec", "nodeSelector"], json!({"pool": "data"}));
        if let Some(container) = object.pointer_mut("/spec/template/spec/containers/0") {
            set(container, &["volumeMounts"], json!([{"name": "data", "mountPath": "/var/lib/data"}]));
        }
    }
    object
}

fn track(world: &mut World, served: &'static Application) {
    let service = NamespacedName::new(served.namespace, served.name);
    let now = world.now;
    let callees = served
        .calls
        .iter()
        .filter(|call| application(call.namespace, call.name).is_some())
        .map(|call| CalleeTrack {
            service: NamespacedName::new(call.namespace, call.name),
            calls_per_request: call.per_request,
            unreachable: Steps::new(now, false),
        })
        .collect();
    let load = Load { rps_factor: 1.0, latency_factor: 1.0, error_ratio: 0.0005, own_error_ratio: 0.0 };
    let track = ServiceTrack {
        service: service.clone(),
        protocol: served.protocol,
        workload: WorkloadKey {
            kind: served.kind.to_owned(),
            namespace: served.namespace.to_owned(),
            name: served.name.to_owned(),
        },
        base_requests_per_second: served.requests_per_second,
        base_latency_seconds: served.latency_seconds,
        base_error_ratio: 0.0005,
        load: Steps::new(now, load),
        callees,
    };
    world.timeline.services.insert(service, track);
}
