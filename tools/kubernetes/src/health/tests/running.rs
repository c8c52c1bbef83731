//! Checks of pods and workloads: each with a case that is trouble and one that only looks like it.

use super::*;

const CREATED: &str = "2026-11-21T02:00:00Z";

fn event(reason: &str, count: u64, kind: &str, name: &str, message: &str) -> Value {
    json!({"kind": "Event", "type": "Warning", "reason": reason, "count": count, "message": message,
        "firstTimestamp": CREATED, "lastTimestamp": RECENT,
        "involvedObject": {"kind": kind, "namespace": "shop", "name": name}})
}

fn pending(state: Value) -> Value {
    pod("a-0", CREATED, "Pending", container(state, 0, json!({})))
}

fn deployment(template: Value) -> Value {
    json!({"kind": "Deployment", "metadata": meta("d", OLD), "spec": {"replicas": 1, "template": {"spec": template}},
        "status": {"readyReplicas": 1, "updatedReplicas": 1}})
}

#[test]
fn pods_that_do_not_start() {
    let creating = || waiting("ContainerCreating", "");
    let running_init = |since: &str| {
        let mut pod = pod(
            "a-0",
            OLD,
            "Pending",
            json!({"initContainerStatuses": [
            {"name": "wait", "state": {"running": {"startedAt": since}}}]}),
        );
        pod["spec"]["initContainers"] = json!([{"name": "wait"}]);
        pod
    };
    let mut sidecar = running_init(OLD);
    sidecar["spec"]["initContainers"][0]["restartPolicy"] = json!("Always");
    judged(vec![
        (
            "the runtime refuses",
            json!([pending(waiting("RunContainerError", "exec: \"/app\": no such file"))]),
            vec!["pod-cannot-start Critical StatefulSet shop/a x1"],
        ),
        (
            "no network for the pod",
            json!([
                pending(creating()),
                event("FailedCreatePodSandBox", 9, "Pod", "a-0", "cni plugin not initialized")
            ]),
            vec!["pod-cannot-start Critical StatefulSet shop/a x1"],
        ),
        (
            "the runtime says that something is not there",
            json!([pending(waiting("CreateContainerError", r#"configmap "a" not found"#))]),
            vec!["pod-cannot-start Critical StatefulSet shop/a x1"],
        ),
        (
            "no volume",
            json!([
                pending(creating()),
                event("FailedAttachVolume", 4, "Pod", "a-0", "Multi-Attach error for volume \"pvc-1\"")
            ]),
            vec!["pod-volume-mount Critical StatefulSet shop/a x1"],
        ),
        ("no trouble told", json!([pending(creating())]), vec![]),
        ("init for an hour", json!([running_init(CREATED)]), vec!["pod-init-stuck Critical StatefulSet shop/a x1"]),
        ("init for a moment", json!([running_init(RECENT)]), vec![]),
        ("a sidecar goes on", json!([sidecar]), vec![]),
    ]);
}

#[test]
fn pods_that_are_restarted_evicted_or_stuck() {
    let restarted = |at: &str| {
        pod(
            "a-0",
            OLD,
            "Running",
            container(
                json!({"running": {"startedAt": at}}),
                2,
                json!({
        "terminated": {"exitCode": 0, "reason": "Completed", "finishedAt": at}}),
            ),
        )
    };
    let liveness = |count| {
        event("Unhealthy", count, "Pod", "a-0", "Liveness probe failed: HTTP probe failed with statuscode: 500")
    };
    let evicted = |number: u32, at: &str| {
        pod(
            &format!("a-{number}"),
            OLD,
            "Failed",
            json!({"reason": "Evicted",
        "message": "The node was low on resource: memory.", "conditions": [{"type": "DisruptionTarget", "status": "True", "lastTransitionTime": at}]}),
        )
    };
    let dying = |at: &str, finalizers: Value| {
        let mut pod = pod("a-0", OLD, "Running", json!({"conditions": [{"type": "Ready", "status": "True"}]}));
        pod["metadata"]["deletionTimestamp"] = json!(at);
        pod["metadata"]["finalizers"] = finalizers;
        pod
    };
    let lost = json!({"kind": "Node", "metadata": {"name": "n1"}, "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}});
    judged(vec![
        (
            "killed by its probe",
            json!([restarted(RECENT), liveness(9)]),
            vec!["pod-liveness-failing Critical StatefulSet shop/a x1"],
        ),
        ("failed once", json!([restarted(RECENT), liveness(1)]), vec![]),
        ("not restarted since", json!([restarted(OLD), liveness(9)]), vec![]),
        (
            "evicted in numbers",
            json!([evicted(0, RECENT), evicted(1, RECENT), evicted(2, RECENT)]),
            vec!["pods-evicted Warning StatefulSet shop/a x3"],
        ),
        ("evicted once", json!([evicted(0, RECENT)]), vec![]),
        (
            "evicted long ago",
            json!([
                evicted(0, "2026-11-18T00:00:00Z"),
                evicted(1, "2026-11-18T00:00:00Z"),
                evicted(2, "2026-11-18T00:00:00Z")
            ]),
            vec![],
        ),
        (
            "never ends",
            json!([dying(CREATED, json!(["example.com/hold"]))]),
            vec!["pod-stuck-terminating Warning StatefulSet shop/a x1"],
        ),
        ("ends now", json!([dying(JUST_NOW, json!([]))]), vec![]),
        ("its node is lost", json!([dying(CREATED, json!([])), lost]), vec!["node-not-ready Critical Node n1 x1"]),
    ]);
}

#[test]
fn pods_that_are_refused() {
    let set = |ready: u32| json!({"kind": "StatefulSet", "metadata": meta("a", OLD), "spec": {"replicas": 2}, "status": {"readyReplicas": ready}});
    let refused = event(
        "FailedCreate",
        7,
        "StatefulSet",
        "a",
        "pods \"a-1\" is forbidden: exceeded quota: shop, requested: pods=1, used: pods=9",
    );
    let of_set = event(
        "FailedCreate",
        7,
        "ReplicaSet",
        "d-6d4b75cb6d",
        "pods is forbidden: violates PodSecurity \"restricted\"",
    );
    let mut short = deployment(json!({}));
    short["status"]["readyReplicas"] = json!(0);
    let mut says_so = short.clone();
    says_so["status"]["conditions"] =
        json!([{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "m"}]);
    judged(vec![
        ("by quota", json!([set(1), refused]), vec!["pods-rejected Warning StatefulSet shop/a x1"]),
        ("made since then", json!([set(2), refused]), vec![]),
        ("by pod security", json!([short, of_set]), vec!["pods-rejected Critical Deployment shop/d x1"]),
        (
            "the Deployment says so itself",
            json!([says_so, of_set]),
            vec![
                "rollout-stuck Critical Deployment shop/d x1",
                "workload-under-replicated Critical Deployment shop/d x1",
            ],
        ),
    ]);
}

#[test]
fn what_templates_name_and_is_not_there() {
    let env = json!({"containers": [{"name": "app", "envFrom": [{"configMapRef": {"name": "c"}}],
        "env": [{"name": "K", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}],
        "serviceAccountName": "sa", "imagePullSecrets": [{"name": "pull"}]});
    let object = |kind: &str, name: &str| json!({"kind": kind, "metadata": {"name": name, "namespace": "shop"}});
    let all =
        [object("ConfigMap", "c"), object("Secret", "s"), object("Secret", "pull"), object("ServiceAccount", "sa")];
    let mut there = vec![deployment(env.clone())];
    there.extend(all);
    let optional =
        json!({"containers": [{"name": "app", "envFrom": [{"secretRef": {"name": "x", "optional": true}}]}]});
    let cron = json!({"kind": "CronJob", "metadata": meta("report", OLD), "spec": {"schedule": "0 2 * * *",
        "jobTemplate": {"spec": {"template": {"spec": {"serviceAccountName": "gone"}}}}},
        "status": {"lastScheduleTime": "2026-11-21T02:00:00Z", "lastSuccessfulTime": "2026-11-21T02:01:00Z"}});
    judged(vec![
        (
            "nothing is there",
            json!([deployment(env)]),
            vec![
                "config-map-missing Warning Deployment shop/d x1",
                "secret-missing Warning Deployment shop/d x1",
                "service-account-missing Warning Deployment shop/d x1",
                "pull-secret-missing Info Deployment shop/d x1",
            ],
        ),
        ("all is there", json!(there), vec![]),
        ("optional", json!([deployment(optional)]), vec![]),
        ("of a CronJob", json!([cron]), vec!["service-account-missing Warning CronJob shop/report x1"]),
    ]);
}

#[test]
fn what_fails_already_is_told_once_and_what_is_missing_beside_it_stays_in_the_evidence() {
    let template = json!({"containers": [{"name": "app", "envFrom": [{"secretRef": {"name": "s"}}, {"configMapRef": {"name": "c"}}]}]});
    let mut set = json!({"kind": "StatefulSet", "metadata": meta("a", OLD), "spec": {"replicas": 1}, "status": {"readyReplicas": 0}});
    set["spec"]["template"]["spec"] = template;
    let failing = pod(
        "a-0",
        OLD,
        "Pending",
        container(waiting("CreateContainerConfigError", r#"secret "s" not found"#), 0, json!({})),
    );
    let health = judge(&snapshot(&json!([set, failing])));
    let told: Vec<&str> = health.findings.iter().map(|finding| finding.check.as_str()).collect();
    assert_eq!(told, ["pod-config-missing"]);
    let evidence = health.findings[0].evidence.join("\n");
    assert!(evidence.contains("beside that: ConfigMap c is missing"), "{evidence}");
    assert!(!evidence.contains("beside that: Secret s"), "{evidence}");
}

#[test]
fn templates_that_cannot_work() {
    let node = |labels: Value, taints: Value| {
        json!({"kind": "Node", "metadata": {"name": "n1", "labels": labels}, "spec": {"taints": taints},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]}})
    };
    let gpu = json!([{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]);
    let tolerant = json!({"nodeSelector": {"pool": "gpu"}, "tolerations": [{"key": "gpu", "operator": "Exists"}]});
    let affinity = json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["b"]}]}]}}}});
    let probe = |port: Value| {
        json!({"containers": [{"name": "app", "ports": [{"name": "http", "containerPort": 8080}],
        "livenessProbe": {"httpGet": {"port": port}}}]})
    };
    judged(vec![
        (
            "no node of the pool",
            json!([node(json!({}), json!([])), deployment(json!({"nodeSelector": {"pool": "gpu"}}))]),
            vec!["placement-impossible Warning Deployment shop/d x1"],
        ),
        (
            "tainted",
            json!([node(json!({"pool": "gpu"}), gpu.clone()), deployment(json!({"nodeSelector": {"pool": "gpu"}}))]),
            vec!["placement-impossible Warning Deployment shop/d x1"],
        ),
        ("tolerated", json!([node(json!({"pool": "gpu"}), gpu), deployment(tolerant)]), vec![]),
        (
            "affinity to another zone",
            json!([node(json!({"zone": "a"}), json!([])), deployment(affinity.clone())]),
            vec!["placement-impossible Warning Deployment shop/d x1"],
        ),
        ("affinity to this zone", json!([node(json!({"zone": "b"}), json!([])), deployment(affinity)]), vec![]),
        (
            "a cordon passes",
            json!([
                node(json!({}), json!([{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}])),
                deployment(json!({}))
            ]),
            vec![],
        ),
        (
            "probe of a name that is not there",
            json!([deployment(probe(json!("web")))]),
            vec!["probe-port Warning Deployment shop/d x1"],
        ),
        (
            "probe of another number",
            json!([deployment(probe(json!(8081)))]),
            vec!["probe-port Info Deployment shop/d x1"],
        ),
        ("probe of a declared port", json!([deployment(probe(json!("http"))), deployment(probe(json!(8080)))]), vec![]),
    ]);
}

#[test]
fn cron_jobs() {
    let cron = |spec: Value, last: &str, good: &str| {
        let mut cron = json!({"kind": "CronJob", "metadata": meta("report", "2026-10-01T00:00:00Z"), "spec": {"schedule": "0 2 * * *"},
            "status": {"lastScheduleTime": last, "lastSuccessfulTime": good}});
        for (key, value) in spec.as_object().unwrap() {
            cron["spec"][key] = value.clone();
        }
        cron
    };
    let night = "2026-11-21T02:00:00Z";
    let mut edited = cron(json!({}), "2026-11-10T02:00:00Z", "2026-11-10T02:00:00Z");
    edited["metadata"]["managedFields"] = json!([{"manager": "kubectl", "time": "2026-11-20T12:00:00Z"}]);
    let zone = event("UnknownTimeZone", 3, "CronJob", "report", "invalid timeZone: \"Mars/Olympus\"");
    judged(vec![
        ("ran tonight", json!([cron(json!({}), night, night)]), vec![]),
        (
            "missed a week",
            json!([cron(json!({}), "2026-11-14T02:00:00Z", "2026-11-14T02:00:00Z")]),
            vec!["cronjob-problem Warning CronJob shop/report x1"],
        ),
        (
            "weekly",
            json!([cron(json!({"schedule": "0 2 * * 0"}), "2026-11-15T02:00:00Z", "2026-11-15T02:00:00Z")]),
            vec![],
        ),
        ("changed yesterday", json!([edited]), vec![]),
        (
            "held by its own run",
            json!([cron(json!({"concurrencyPolicy": "Forbid"}), "2026-11-14T02:00:00Z", "2026-11-14T02:00:00Z")].map(
                |mut cron| {
                    cron["status"]["active"] = json!([{"name": "report-1"}]);
                    cron
                }
            )),
            vec![],
        ),
        (
            "never succeeds",
            json!([cron(json!({}), night, "2026-11-10T02:00:00Z")]),
            vec!["cronjob-problem Warning CronJob shop/report x1"],
        ),
        (
            "suspended",
            json!([cron(json!({"suspend": true}), "2026-10-14T02:00:00Z", "2026-10-14T02:00:00Z")]),
            vec!["cronjob-problem Info CronJob shop/report x1"],
        ),
        (
            "no such zone",
            json!([cron(json!({"timeZone": "Mars/Olympus"}), "2026-11-20T02:00:00Z", "2026-11-20T02:00:00Z"), zone]),
            vec!["cronjob-problem Warning CronJob shop/report x1"],
        ),
        ("mended since", json!([cron(json!({}), "2026-11-21T02:59:00Z", night), zone]), vec![]),
    ]);
}

#[test]
fn daemon_sets() {
    let set = |desired: u32, current: u32, wrong: u32| {
        json!({"kind": "DaemonSet", "metadata": meta("agent", OLD),
        "status": {"desiredNumberScheduled": desired, "currentNumberScheduled": current, "numberReady": desired, "numberMisscheduled": wrong}})
    };
    let young = json!({"kind": "Node", "metadata": {"name": "n9", "creationTimestamp": RECENT}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}});
    judged(vec![
        ("on all nodes", json!([set(3, 3, 0)]), vec![]),
        ("missing on one", json!([set(3, 2, 0)]), vec!["daemonset-scheduling Warning DaemonSet shop/agent x1"]),
        ("a node joins", json!([set(3, 2, 0), young]), vec![]),
        ("where it should not be", json!([set(3, 3, 2)]), vec!["daemonset-scheduling Info DaemonSet shop/agent x2"]),
    ]);
}

#[test]
fn a_pod_that_an_autoscaler_makes_a_node_for_alarms_nobody() {
    let stuck = pod(
        "a-0",
        OLD,
        "Pending",
        json!({"conditions": [{"type": "PodScheduled", "status": "False",
        "reason": "Unschedulable", "message": "0/3 nodes are available", "lastTransitionTime": OLD}]}),
    );
    let event = |reason: &str, name: &str, at: &str| {
        json!({"kind": "Event", "type": "Normal", "reason": reason, "lastTimestamp": at, "message": "pod triggered scale-up",
            "involvedObject": {"kind": "Pod", "namespace": "shop", "name": name}})
    };
    let critical = || vec!["pod-unschedulable Critical StatefulSet shop/a x1"];
    let quiet = || vec!["pod-unschedulable Info StatefulSet shop/a x1"];
    judged(vec![
        ("cluster autoscaler", json!([stuck, event("TriggeredScaleUp", "a-0", RECENT)]), quiet()),
        ("Karpenter", json!([stuck, event("Nominated", "a-0", RECENT)]), quiet()),
        ("long ago", json!([stuck, event("Nominated", "a-0", "2026-11-21T02:49:00Z")]), critical()),
        ("for another pod", json!([stuck, event("Nominated", "b-0", RECENT)]), critical()),
    ]);
}
