//! The API in-process: paging, selectors, patches, conflicts, budgets, watches, in the API's own shapes.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::support::Bench;

const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const PLAIN: &str = "application/json";
const CHECKOUT: &str = "/apis/apps/v1/namespaces/shop/deployments/checkout";

fn names(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_of_a_list_show_one_moment_even_when_the_world_moves_between_them() {
    let bench = Bench::new(None);
    let (_, whole) = bench.get("/api/v1/pods").await;
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let (status, page) = bench.get(&format!("/api/v1/pods?limit=7&continue={token}")).await;
        assert_eq!(status, 200);
        seen.extend(names(&page));
        assert_eq!(page["metadata"]["resourceVersion"], whole["metadata"]["resourceVersion"]);
        match page["metadata"]["continue"].as_str() {
            None => break,
            Some(next) => token = next.replace('=', "%3D").replace('+', "%2B"),
        }
        bench.call("PATCH", CHECKOUT, MERGE, &json!({"spec": {"replicas": 1 + seen.len() % 5}})).await;
        bench.pass(3);
    }
    assert_eq!(seen, names(&whole));
    let (status, refused) = bench.get("/api/v1/pods?limit=7&continue=bm9uc2Vuc2U%3D").await;
    assert_eq!((status.as_u16(), refused["reason"].as_str()), (400, Some("BadRequest")));
}

#[tokio::test]
async fn selectors_narrow_lists_and_unknown_fields_are_refused() {
    let bench = Bench::new(Some("bad-config"));
    bench.pass(120);
    for (query, wanted) in [
        ("labelSelector=app%3Dcheckout", 4),
        ("labelSelector=app%20in%20(cart,search)", 4),
        ("labelSelector=app%20notin%20(cart),app", 0),
        ("labelSelector=!app", 0),
        ("fieldSelector=metadata.name%3Dnope", 0),
    ] {
        let (status, list) = bench.get(&format!("/api/v1/namespaces/shop/pods?{query}")).await;
        assert_eq!(status, 200, "{list}");
        let count = names(&list).len();
        assert!(count == wanted || (wanted == 0 && query.contains("notin") && count > 10), "{query}: {count}");
    }
    let (_, events) = bench.get("/api/v1/namespaces/shop/events?fieldSelector=type%3DWarning,reason%3DBackOff").await;
    assert_eq!(names(&events).len(), 3);
    assert!(events["items"][0]["count"].as_i64().unwrap() > 1);
    let (status, refused) = bench.get("/api/v1/pods?fieldSelector=spec.nonsense%3D1").await;
    assert_eq!((status.as_u16(), refused["message"].as_str()), (400, Some("field label not supported: spec.nonsense")));
}

#[tokio::test]
async fn tables_have_rows_with_cells_and_metadata() {
    let bench = Bench::new(Some("image-pull"));
    bench.pass(90);
    let request = Request::get("/api/v1/namespaces/shop/pods?labelSelector=app%3Dsearch")
        .header("accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
    let (_, table) = bench.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(table["kind"], "Table");
    let states: Vec<&str> =
        table["rows"].as_array().unwrap().iter().map(|row| row["cells"][2].as_str().unwrap()).collect();
    assert!(states.iter().any(|state| ["ImagePullBackOff", "ErrImagePull"].contains(state)), "{states:?}");
    assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
}

#[tokio::test]
async fn writes_conflict_are_checked_and_can_be_dry() {
    let bench = Bench::new(None);
    let (_, mut deployment) = bench.get(CHECKOUT).await;
    deployment["spec"]["replicas"] = json!(5);
    let (status, _) = bench.call("PUT", &format!("{CHECKOUT}?dryRun=All"), PLAIN, &deployment).await;
    assert_eq!(status, 200);
    let (_, unchanged) = bench.get(CHECKOUT).await;
    assert_eq!(unchanged["spec"]["replicas"], 3);
    let (status, written) = bench.call("PUT", CHECKOUT, PLAIN, &deployment).await;
    assert_eq!(
        (status.as_u16(), written["metadata"]["generation"].as_i64()),
        (200, Some(unchanged["metadata"]["generation"].as_i64().unwrap() + 1))
    );
    let (status, conflict) = bench.call("PUT", CHECKOUT, PLAIN, &deployment).await;
    assert_eq!((status.as_u16(), conflict["reason"].as_str()), (409, Some("Conflict")));
    let (status, invalid) = bench.call("PATCH", CHECKOUT, MERGE, &json!({"spec": {"replicas": -1}})).await;
    assert_eq!((status.as_u16(), invalid["details"]["causes"][0]["field"].as_str()), (422, Some("spec.replicas")));
    let (status, missing) = bench.get("/apis/apps/v1/namespaces/shop/deployments/chekout").await;
    assert_eq!((status.as_u16(), missing["message"].as_str()), (404, Some("deployments.apps \"chekout\" not found")));
    let (status, _) = bench.call("PATCH", CHECKOUT, "text/plain", &json!({})).await;
    assert_eq!(status, 415);
    let (status, exists) = bench
        .call("POST", "/api/v1/namespaces/shop/configmaps", PLAIN, &json!({"metadata": {"name": "checkout-config"}}))
        .await;
    assert_eq!((status.as_u16(), exists["reason"].as_str()), (409, Some("AlreadyExists")));
    let (status, _) =
        bench.call("POST", "/api/v1/namespaces/nowhere/configmaps", PLAIN, &json!({"metadata": {"name": "a"}})).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_strategic_patch_of_an_image_rolls_out_and_managers_are_remembered() {
    let bench = Bench::new(None);
    let patch = json!({"spec": {"template": {"spec": {"containers": [{"name": "checkout", "image": "registry.example.com/shop/checkout:2.5.0"}]}}}});
    let (status, patched) = bench.call("PATCH", &format!("{CHECKOUT}?fieldManager=alice"), STRATEGIC, &patch).await;
    assert_eq!(status, 200, "{patched}");
    assert!(patched["metadata"]["managedFields"].as_array().unwrap().iter().any(|entry| entry["manager"] == "alice"));
    assert!(
        patched["spec"]["template"]["spec"]["containers"][0]["env"].as_array().unwrap().len() > 3,
        "the rest of the container stays"
    );
    bench.pass(120);
    let (_, done) = bench.get(CHECKOUT).await;
    assert_eq!(
        (&done["status"]["updatedReplicas"], &done["status"]["availableReplicas"]),
        (&json!(3), &json!(3)),
        "{}",
        done["status"]
    );
    let applied = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new"}, "data": {"a": "1"}});
    let path = "/api/v1/namespaces/shop/configmaps/new?fieldManager=bob";
    let (status, _) = bench.call("PATCH", path, "application/apply-patch+yaml", &applied).await;
    assert_eq!(status, 201);
    let (status, again) = bench.call("PATCH", path, "application/apply-patch+yaml", &json!({"data": {"b": "2"}})).await;
    assert_eq!((status.as_u16(), &again["data"]), (200, &json!({"a": "1", "b": "2"})));
}

#[tokio::test]
async fn an_eviction_asks_the_budget() {
    let bench = Bench::new(None);
    let (_, pods) = bench.get("/api/v1/namespaces/shop/pods?labelSelector=app%3Dcart").await;
    let eviction = |name: &str| json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": "shop"}});
    let names = names(&pods);
    let path = |name: &str| format!("/api/v1/namespaces/shop/pods/{name}/eviction");
    let (status, _) = bench.call("POST", &path(&names[0]), PLAIN, &eviction(&names[0])).await;
    assert_eq!(status, 201);
    let (status, refused) = bench.call("POST", &path(&names[1]), PLAIN, &eviction(&names[1])).await;
    assert_eq!((status.as_u16(), refused["reason"].as_str()), (429, Some("TooManyRequests")));
    bench.pass(30);
    let (status, _) = bench.call("POST", &path(&names[1]), PLAIN, &eviction(&names[1])).await;
    assert_eq!(status, 201);
}

#[tokio::test]
async fn logs_are_cut_as_asked_and_waiting_containers_have_none() {
    let bench = Bench::new(Some("missing-secret"));
    bench.pass(60);
    let (_, pods) = bench.get("/api/v1/namespaces/shop/pods?labelSelector=app%3Dpayments").await;
    let (mut read, mut waiting) = (0, 0);
    for name in names(&pods) {
        let path = format!("/api/v1/namespaces/shop/pods/{name}/log");
        let (status, log) = bench.get(&format!("{path}?tailLines=5&timestamps=true")).await;
        if status == 200 {
            assert_eq!(log.as_str().unwrap().lines().count(), 5);
            let (_, short) = bench.get(&format!("{path}?limitBytes=40")).await;
            assert!(short.as_str().unwrap().len() <= 40);
            let (status, none) = bench.get(&format!("{path}?previous=true")).await;
            assert_eq!(status, 400, "{none}");
            read += 1;
        } else {
            assert!(
                log["message"].as_str().unwrap().contains("is waiting to start: CreateContainerConfigError"),
                "{log}"
            );
            waiting += 1;
        }
    }
    assert_eq!((read, waiting), (3, 1));
}

#[tokio::test]
async fn logs_of_a_silent_node_cannot_be_had() {
    let bench = Bench::new(Some("node-not-ready"));
    bench.pass(60);
    let (_, pods) = bench.get("/api/v1/pods?fieldSelector=spec.nodeName%3Dworker-3").await;
    let pod = &pods["items"][0]["metadata"];
    let (ns, name) = (pod["namespace"].as_str().unwrap(), pod["name"].as_str().unwrap());
    let (status, refused) = bench.get(&format!("/api/v1/namespaces/{ns}/pods/{name}/log")).await;
    assert_eq!(status, 500);
    assert!(refused["message"].as_str().unwrap().contains("i/o timeout"), "{refused}");
}

#[tokio::test]
async fn a_watch_from_too_far_back_is_told_to_start_anew() {
    let bench = Bench::new(None);
    let (status, told) = bench.get("/api/v1/pods?watch=true&resourceVersion=5&timeoutSeconds=1").await;
    assert_eq!(status, 200);
    assert_eq!((told["type"].as_str(), told["object"]["code"].as_i64()), (Some("ERROR"), Some(410)), "{told}");
}

#[tokio::test]
async fn metrics_reviews_and_discovery_answer() {
    let bench = Bench::new(None);
    let (_, nodes) = bench.get("/apis/metrics.k8s.io/v1beta1/nodes").await;
    assert_eq!(names(&nodes).len(), 4);
    let (_, pods) = bench.get("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods").await;
    assert!(names(&pods).len() > 15);
    let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {}});
    let (status, answered) =
        bench.call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", PLAIN, &review).await;
    assert_eq!((status.as_u16(), &answered["status"]["allowed"]), (201, &json!(true)));
    let (_, groups) = bench.get("/apis").await;
    for group in groups["groups"].as_array().unwrap() {
        let (status, list) =
            bench.get(&format!("/apis/{}", group["preferredVersion"]["groupVersion"].as_str().unwrap())).await;
        assert_eq!(status, 200, "{list}");
    }
}
