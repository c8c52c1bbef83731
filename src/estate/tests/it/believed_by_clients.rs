//! Clients that nobody here wrote believe the estate: kubectl and the Python client, each over a real socket.
//!
//! kubectl is taken from PATH; the Python client from the virtual environment that the install step makes (`FIXTURES_DIR`, by default
//! `.fixtures` in the workspace, with `venv` inside). Both must be there: a missing one is a failure, never a skip.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use estate::Estate;
use estate::scenarios::Scenario;
use estate::world::World;

use crate::support::alone;

struct Live {
    runtime: tokio::runtime::Runtime,
    kubeconfig: PathBuf,
    home: PathBuf,
}

impl Live {
    /// The API of a live estate on a port, its fault four minutes old.
    fn start(name: &str, scenario: Option<&str>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let now = Utc::now();
        let scenario = scenario.map(|name| Scenario::named(name).unwrap());
        let estate = Estate::new(World::new(1, now, scenario, now - TimeDelta::minutes(4)), Arc::new(Utc::now));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, estate::kubernetes::router(estate)).await });
        let home = std::env::temp_dir().join(format!("estate-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        let kubeconfig = home.join("kubeconfig");
        std::fs::write(&kubeconfig, estate::serve::kubeconfig(address)).unwrap();
        Self { runtime, kubeconfig, home }
    }

    fn run(&self, program: &str, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(program)
            .args(arguments)
            .env("KUBECONFIG", &self.kubeconfig)
            .env("HOME", &self.home)
            .output()
            .unwrap_or_else(|error| panic!("{program} could not be started ({error}); it is needed by this test"));
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.success(), text)
    }

    fn kubectl(&self, line: &str) -> String {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        let (good, text) = self.run("kubectl", &arguments);
        assert!(good, "kubectl {line}: {text}");
        text
    }

    fn stop(self) {
        self.runtime.shutdown_background();
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

fn assert_has(text: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(text.contains(wanted), "{wanted:?} is not in:\n{text}");
    }
}

#[test]
fn kubectl_reads_a_crash_loop() {
    alone(|| {
        let live = Live::start("read", Some("bad-config"));
        assert_has(&live.kubectl("get pods -A"), &["NAMESPACE", "orders-db-0", "CrashLoopBackOff"]);
        let pods = live.kubectl("get pods -l app=checkout --sort-by=.metadata.creationTimestamp -o name");
        let pod = pods.lines().last().unwrap();
        assert_has(
            &live.kubectl(&format!("describe {pod}")),
            &["Exit Code:    1", "checkout-config  ConfigMap", "Back-off restarting"],
        );
        assert_has(&live.kubectl(&format!("logs {pod} --previous")), &["PAYMENT_TIMEOUT", "unknown unit"]);
        assert_has(&live.kubectl("logs deploy/frontend --tail=3 --timestamps"), &["duration_ms"]);
        assert_has(&live.kubectl("events --types=Warning"), &["BackOff"]);
        assert_has(&live.kubectl("get deploy checkout -o wide"), &["registry.example.com/shop/checkout:2.4.1"]);
        assert_has(
            &live.kubectl("get cm checkout-config -o yaml --show-managed-fields"),
            &["kubectl-edit", "f:PAYMENT_TIMEOUT"],
        );
        assert_has(&live.kubectl("top nodes"), &["worker-1"]);
        assert_has(&live.kubectl("top pods -A"), &["orders-db-0"]);
        assert_has(&live.kubectl("api-resources"), &["certificates", "deployments"]);
        assert_has(&live.kubectl("describe node worker-1"), &["Lease", "Non-terminated Pods"]);
        assert_has(&live.kubectl("describe deploy frontend"), &["OldReplicaSets", "NewReplicaSetAvailable"]);
        assert_has(
            &live.kubectl("get hpa,pdb,ing,certificate,pvc,networkpolicy,cronjob,job -A"),
            &["shop-tls", "nightly-report", "data-search-index-0"],
        );
        assert_has(&live.kubectl("auth can-i delete pods"), &["yes"]);
        let (good, text) = live.run("kubectl", &["get", "pod", "nope"]);
        assert!(!good && text.contains("Error from server (NotFound): pods \"nope\" not found"), "{text}");
        live.stop();
    });
}

#[test]
fn kubectl_acts_and_the_world_follows() {
    alone(|| {
        let live = Live::start("act", Some("image-pull"));
        assert_has(&live.kubectl("rollout history deploy/search"), &["1 ", "2 "]);
        assert_has(&live.kubectl("rollout undo deploy/search"), &["rolled back"]);
        assert_has(&live.kubectl("rollout status deploy/search --timeout=30s"), &["successfully rolled out"]);
        let history = live.kubectl("rollout history deploy/search");
        assert!(
            !history.contains("\n1 ") && history.contains("\n3 "),
            "the old replica set became the newest revision: {history}"
        );
        live.kubectl("scale deploy/search --replicas=4");
        assert_has(&live.kubectl("rollout status deploy/search --timeout=30s"), &["successfully rolled out"]);
        live.kubectl("patch cm checkout-config --type=merge -p {\"data\":{\"PAYMENT_TIMEOUT\":\"6s\"}}");
        live.kubectl("patch deploy cart -p {\"spec\":{\"replicas\":3}}");
        live.kubectl("patch deploy cart --type=json -p [{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":2}]");
        live.kubectl("set image deploy/cart cart=registry.example.com/shop/cart:1.8.2 --dry-run=server");
        live.kubectl("rollout restart deploy/cart");
        live.kubectl("create secret generic payments-provider-key --from-literal=api-key=canary");
        live.kubectl("create configmap made --from-literal=a=b");
        live.kubectl("delete cm made");
        live.kubectl("cordon worker-2");
        assert_has(&live.kubectl("get nodes"), &["Ready,SchedulingDisabled"]);
        live.kubectl("uncordon worker-2");
        assert_has(&live.kubectl("delete pod -l app=shipping --wait=true"), &["deleted"]);
        live.kubectl("wait --for=condition=Available deploy/shipping --timeout=30s");
        live.stop();
    });
}

#[test]
fn the_python_client_believes_it() {
    alone(|| {
        let live = Live::start("python", Some("oom-after-rollout"));
        let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        let fixtures = std::env::var_os("FIXTURES_DIR").map_or_else(|| workspace.join(".fixtures"), PathBuf::from);
        let python = fixtures.join("venv/bin/python");
        assert!(
            python.exists(),
            "{} is missing: run the install step that makes the fixtures, or set FIXTURES_DIR",
            python.display()
        );
        let script = live.home.join("client.py");
        std::fs::write(&script, SCRIPT).unwrap();
        let (good, text) = live.run(python.to_str().unwrap(), &[script.to_str().unwrap()]);
        assert!(good && text.contains("believed"), "{text}");
        live.stop();
    });
}

const SCRIPT: &str = r#"
from kubernetes import client, config, watch
config.load_kube_config()
core, apps = client.CoreV1Api(), client.AppsV1Api()
pods = core.list_pod_for_all_namespaces().items
assert len(pods) > 40, len(pods)
reasons = [s.last_state.terminated.reason for p in pods for s in (p.status.container_statuses or []) if s.last_state.terminated]
assert "OOMKilled" in reasons, reasons
assert len(core.list_node().items) == 4
deployment = apps.read_namespaced_deployment("recommendation", "shop")
assert deployment.spec.template.spec.containers[0].image.endswith("3.2.0")
version = core.list_namespaced_pod("shop").metadata.resource_version
apps.patch_namespaced_deployment_scale("shipping", "shop", {"spec": {"replicas": 4}})
seen = set()
for event in watch.Watch().stream(core.list_namespaced_pod, "shop", resource_version=version, timeout_seconds=6):
    seen.add(event["type"])
assert {"ADDED", "MODIFIED"} <= seen, seen
log = core.read_namespaced_pod_log(pods[0].metadata.name, pods[0].metadata.namespace, tail_lines=3, _preload_content=False).data.decode()
assert len(log.splitlines()) == 3, log
try:
    core.read_namespaced_pod("nope", "shop")
    raise AssertionError("a missing pod was found")
except client.ApiException as error:
    assert error.status == 404 and "not found" in error.body
warnings = core.list_namespaced_event("shop", field_selector="type=Warning").items
assert any(event.reason == "BackOff" for event in warnings), warnings
metrics = client.CustomObjectsApi().list_namespaced_custom_object("metrics.k8s.io", "v1beta1", "shop", "pods")
assert metrics["items"]
certificate = client.CustomObjectsApi().get_namespaced_custom_object("cert-manager.io", "v1", "edge", "certificates", "shop-tls")
assert certificate["status"]["notAfter"]
assert client.NetworkingV1Api().list_namespaced_ingress("edge").items[0].metadata.name == "shop"
assert client.AutoscalingV2Api().list_namespaced_horizontal_pod_autoscaler("shop").items
assert client.BatchV1Api().list_namespaced_cron_job("shop").items
assert client.PolicyV1Api().list_namespaced_pod_disruption_budget("shop").items
print("believed")
"#;
