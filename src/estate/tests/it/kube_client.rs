//! The kube crate over the router as an in-process service: typed lists, watches and patches.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Event, Node, Pod, Secret, Service};
use kube::Client;
use kube::api::{Api, DeleteParams, ListParams, LogParams, Patch, PatchParams, WatchEvent, WatchParams};
use serde_json::json;

use crate::support::Bench;

fn client(bench: &Bench) -> Client {
    Client::new(estate::kubernetes::router(Arc::clone(&bench.estate)), "shop")
}

#[tokio::test]
async fn every_core_kind_reads_as_its_type() {
    let bench = Bench::new(Some("bad-config"));
    bench.pass(180);
    let client = client(&bench);
    assert_eq!(client.apiserver_version().await.unwrap().minor, "32");
    let everywhere = ListParams::default();
    assert!(Api::<Pod>::all(client.clone()).list(&everywhere).await.unwrap().items.len() > 40);
    assert_eq!(Api::<Node>::all(client.clone()).list(&everywhere).await.unwrap().items.len(), 4);
    assert!(Api::<Event>::all(client.clone()).list(&everywhere).await.unwrap().items.len() > 10);
    assert!(Api::<Service>::all(client.clone()).list(&everywhere).await.unwrap().items.len() > 12);
    assert!(Api::<Secret>::all(client.clone()).list(&everywhere).await.unwrap().items.len() > 5);
    let config = Api::<ConfigMap>::default_namespaced(client.clone()).get("checkout-config").await.unwrap();
    assert_eq!(config.data.unwrap()["PAYMENT_TIMEOUT"], "5seconds");
    let refused = Api::<Pod>::default_namespaced(client).get("nope").await.unwrap_err();
    assert!(matches!(&refused, kube::Error::Api(status) if status.code == 404), "{refused:?}");
}

#[tokio::test]
async fn a_watch_tells_what_a_patch_does() {
    let bench = Bench::new(None);
    let client = client(&bench);
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    let listed = pods.list(&ListParams::default().labels("app=shipping")).await.unwrap();
    let version = listed.metadata.resource_version.unwrap();
    let deployments: Api<Deployment> = Api::default_namespaced(client);
    let patch = Patch::Merge(json!({"spec": {"replicas": 3}}));
    deployments.patch("shipping", &PatchParams::apply("test"), &patch).await.unwrap();
    bench.pass(20);
    let parameters = WatchParams::default().labels("app=shipping").timeout(2);
    let stream = pods.watch(&parameters, &version).await.unwrap();
    let events: Vec<WatchEvent<Pod>> = stream.take(4).try_collect().await.unwrap();
    assert!(matches!(events.first(), Some(WatchEvent::Added(_))), "{events:?}");
    assert!(events.iter().skip(1).all(|event| matches!(event, WatchEvent::Modified(_))), "{events:?}");
    assert_eq!(deployments.get_scale("shipping").await.unwrap().status.unwrap().replicas, 3);
    let name = listed.items[0].metadata.name.clone().unwrap();
    let lines = pods.logs(&name, &LogParams { tail_lines: Some(4), ..LogParams::default() }).await.unwrap();
    assert_eq!(lines.lines().count(), 4);
    let deleted = pods.delete(&name, &DeleteParams::default()).await.unwrap();
    assert!(deleted.left().unwrap().metadata.deletion_timestamp.is_some());
}
