//! No value of a Secret, no password of an environment or a config file comes out of any tool.

use crate::world::{CANARY, ask};
use serde_json::json;

#[tokio::test]
async fn the_canary_stays_inside() {
    let looks = [
        ("get", json!({"kind": "secret", "name": "checkout-tls"})),
        ("get", json!({"kind": "cm", "name": "checkout-config"})),
        ("get", json!({"kind": "deploy", "name": "checkout"})),
        ("get", json!({"kind": "pod", "name": "checkout-6d4b75cb6d-aaaaa"})),
        ("get", json!({"kind": "rs", "name": "checkout-55c9"})),
        ("list", json!({"kind": "secrets"})),
        ("list", json!({"kind": "configmaps"})),
        ("list", json!({"kind": "pods"})),
        ("list", json!({"kind": "workloads"})),
        ("count", json!({"kind": "secrets"})),
        ("events", json!({"warnings_only": false, "since": "1d"})),
        ("logs", json!({"target": "checkout"})),
        ("rollout_history", json!({"name": "checkout"})),
        ("owner_tree", json!({"kind": "deploy", "name": "checkout"})),
        ("recent_changes", json!({"since": "30d"})),
        ("top", json!({})),
        ("cluster_health", json!({})),
    ];
    for (tool, arguments) in looks {
        let text = serde_json::to_string(&ask(tool, arguments.clone()).await).unwrap();
        assert!(!text.contains(CANARY) && !text.contains("Y2FuYXJ5"), "{tool} {arguments}: {text}");
    }
}
