//! What the credentials lack is told by verb and resource.

use crate::api::Api;
use crate::world::{server, shop};
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig, Server};

#[tokio::test]
async fn the_missing_verbs_are_told_and_no_others() {
    let forbidden = vec!["networkpolicies", "pods/log"];
    let told = server(Api { forbidden, ..shop() }).missing_permissions().await;
    let (name, permissions) = &told[0];
    let permissions = permissions.as_ref().unwrap();
    assert_eq!((name.as_str(), told.len()), ("demo", 1));
    assert_eq!(permissions.missing, ["get pods/log", "list networkpolicies.networking.k8s.io"]);
}

#[tokio::test]
async fn nothing_is_missing_where_everything_is_permitted() {
    let told = server(shop()).missing_permissions().await;
    let permissions = told[0].1.as_ref().unwrap();
    assert!(permissions.missing.is_empty() && permissions.asked > 20, "{permissions:?}");
}

#[tokio::test]
async fn credentials_that_only_read_lack_every_change() {
    let source = ClusterSource::service(shop().router());
    let cluster = ClusterConfig { act: Some(source.clone()), ..ClusterConfig::new("demo", source) };
    let acting = Server::for_acting(KubernetesConfig { clusters: vec![cluster], ..KubernetesConfig::default() });
    let told = acting.missing_permissions().await;
    let missing = &told[0].1.as_ref().unwrap().missing;
    for verb in ["patch deployments.apps", "delete pods", "create pods/eviction", "patch nodes"] {
        assert!(missing.iter().any(|told| told == verb), "{verb}: {missing:?}");
    }
    assert!(!missing.iter().any(|told| told.starts_with("get ") || told.starts_with("list ")), "{missing:?}");
}
