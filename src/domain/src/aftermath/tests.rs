//! What the world tells of calls that may have been made: each tool's three answers as data.

use super::*;
use crate::observed::Table;
use serde_json::json;

fn call(server: &str, tool: &str, arguments: Value) -> ActCall {
    let arguments = arguments.as_object().cloned().unwrap_or_default();
    ActCall { server: server.to_owned(), tool: tool.to_owned(), arguments }
}

fn kubernetes(tool: &str, arguments: Value) -> ActCall {
    call("kubernetes", tool, arguments)
}

fn seen(data: Value) -> Sight {
    Sight::Seen { data, is_whole: true }
}

/// An object of this version and generation with this spec.
fn object(version: &str, generation: Option<i64>, spec: Value) -> Sight {
    let metadata = json!({
        "name": "checkout", "resourceVersion": version, "generation": generation,
        "creationTimestamp": "2026-11-01T00:00:00Z", "annotations": {"deployment.kubernetes.io/revision": "7"},
    });
    let manifest = json!({"metadata": metadata, "spec": spec});
    seen(json!({"object": {"kind": "Deployment", "namespace": "shop", "name": "checkout"}, "manifest": manifest}))
}

fn template(image: &str, memory: &str, restarted: Option<&str>) -> Value {
    let annotations = restarted.map(|at| json!({"kubectl.kubernetes.io/restartedAt": at}));
    let container = json!({"name": "app", "image": image, "resources": {"limits": {"memory": memory}}});
    json!({"template": {"metadata": {"annotations": annotations}, "spec": {"containers": [container]}}})
}

fn history(revisions: &[u64], current: u64) -> Sight {
    let rows: Vec<Value> = revisions
        .iter()
        .map(|revision| {
            json!({"revision": revision, "created": "2026-11-01T00:00:00Z", "current": *revision == current, "images": "a"})
        })
        .collect();
    seen(json!(Table::of(&rows)))
}

fn silences(rows: &[(&str, &str)]) -> Sight {
    let rows: Vec<Value> = rows
        .iter()
        .map(|(id, matchers)| {
            let (starts, ends) = ("2026-11-01T00:00:00Z", "2026-11-01T02:00:00Z");
            json!({"id": id, "state": "active", "matchers": matchers, "starts": starts, "ends": ends})
        })
        .collect();
    seen(json!(Table::of(&rows)))
}

/// `done`, `not done` or `cannot tell`.
fn told(call: &ActCall, before_sights: &[Sight], after: &[Sight]) -> &'static str {
    let before = before(call, before_sights).unwrap();
    match judge(call, &before, after) {
        Aftermath::Done => "done",
        Aftermath::NotDone => "not done",
        Aftermath::CannotTell(_) => "cannot tell",
    }
}

#[test]
fn each_tool_is_told_by_what_it_changes() {
    let good = || template("shop:1", "512Mi", None);
    let replicas = |count: u32| json!({"replicas": count});
    let flag = |name: &str, value: bool| json!({name: value});
    let bounds = |least: u32, most: u32| json!({"minReplicas": least, "maxReplicas": most});
    let set_memory = json!({"container": "app", "memory_limit": "1Gi"});
    // Tool and arguments; spec before; version, generation and spec after; what is told.
    type Case = (&'static str, Value, Value, &'static str, Option<i64>, Value, &'static str);
    let cases: Vec<Case> = vec![
        ("scale", replicas(5), replicas(2), "12", Some(4), replicas(5), "done"),
        ("scale", replicas(5), replicas(2), "10", Some(3), replicas(2), "not done"),
        ("scale", replicas(5), replicas(2), "12", Some(3), replicas(2), "not done"),
        ("scale", replicas(5), replicas(2), "12", Some(4), replicas(3), "cannot tell"),
        ("scale", replicas(5), replicas(2), "12", Some(4), replicas(2), "cannot tell"),
        ("cordon", json!({}), json!({}), "12", None, flag("unschedulable", true), "done"),
        ("cordon", json!({}), json!({}), "10", None, json!({}), "not done"),
        ("uncordon", json!({}), flag("unschedulable", true), "12", None, json!({}), "done"),
        ("drain", json!({}), json!({}), "10", None, json!({}), "not done"),
        ("drain", json!({}), json!({}), "12", None, json!({}), "cannot tell"),
        ("drain", json!({}), json!({}), "12", None, flag("unschedulable", true), "cannot tell"),
        ("suspend_job", json!({}), json!({}), "12", Some(4), flag("suspend", true), "done"),
        ("resume_job", json!({}), flag("suspend", true), "12", Some(4), flag("suspend", false), "done"),
        ("resume_job", json!({}), flag("suspend", true), "12", Some(3), flag("suspend", true), "not done"),
        (
            "set_hpa_bounds",
            json!({"min_replicas": 2, "max_replicas": 9}),
            bounds(1, 3),
            "12",
            None,
            bounds(2, 9),
            "done",
        ),
        (
            "set_hpa_bounds",
            json!({"min_replicas": 2, "max_replicas": 9}),
            bounds(1, 3),
            "12",
            None,
            bounds(2, 3),
            "cannot tell",
        ),
        (
            "set_image",
            json!({"container": "app", "image": "shop:2"}),
            good(),
            "12",
            Some(4),
            template("shop:2", "512Mi", None),
            "done",
        ),
        (
            "set_image",
            json!({"container": "app", "image": "shop:2"}),
            good(),
            "12",
            Some(4),
            template("shop:3", "512Mi", None),
            "cannot tell",
        ),
        ("set_image", json!({"container": "app", "image": "shop:2"}), good(), "12", Some(3), good(), "not done"),
        ("set_resources", set_memory.clone(), good(), "12", Some(4), template("shop:1", "1024Mi", None), "done"),
        ("set_resources", set_memory.clone(), good(), "12", Some(4), template("shop:1", "2Gi", None), "cannot tell"),
        ("set_resources", set_memory, good(), "12", Some(3), good(), "not done"),
        (
            "rollout_restart",
            json!({}),
            good(),
            "12",
            Some(4),
            template("shop:1", "512Mi", Some("2026-11-02T00:00:00Z")),
            "done",
        ),
        ("rollout_restart", json!({}), good(), "12", Some(4), template("shop:2", "512Mi", None), "cannot tell"),
        ("rollout_restart", json!({}), good(), "12", Some(3), good(), "not done"),
        ("exec", json!({}), good(), "12", Some(4), template("shop:2", "512Mi", None), "cannot tell"),
    ];
    for (tool, arguments, spec, version, generation, after, wanted) in cases {
        let has_count = generation.is_some();
        let before = object("10", has_count.then_some(3), spec);
        let after = object(version, generation, after);
        let name = format!("{tool} {arguments} then {version} {generation:?}");
        assert_eq!(told(&kubernetes(tool, arguments), &[before], &[after]), wanted, "{name}");
    }
}

/// A node counts no generations, so that only its version tells (seeds 2146 and 2826 of the simulation).
#[test]
fn a_cordon_that_somebody_took_back_was_taken_for_one_never_made() {
    let (cordon, before) = (kubernetes("cordon", json!({})), object("10", None, json!({})));
    assert_eq!(told(&cordon, std::slice::from_ref(&before), &[object("12", None, json!({}))]), "cannot tell");
    assert_eq!(told(&cordon, std::slice::from_ref(&before), std::slice::from_ref(&before)), "not done");
}

/// A process died before its uncordon left, and who recovered read the node from a server that lagged behind, as it was before
/// the cordon: the undo stood in the journal as done (seed 6599 of the simulation).
#[test]
fn a_node_from_before_its_cordon_was_taken_for_one_whose_cordon_was_taken_back() {
    let cordoned = [object("12", None, json!({"unschedulable": true}))];
    let undo = kubernetes("uncordon", json!({}));
    assert_eq!(told(&undo, &cordoned, &[object("9", None, json!({}))]), "cannot tell");
    assert_eq!(told(&undo, &cordoned, &[object("13", None, json!({}))]), "done");
    // Versions that are no numbers cannot be compared.
    assert_eq!(told(&undo, &cordoned, &[object("nine", None, json!({}))]), "done");
}

/// Two reads in a row showed what was before: an action that took effect stood in the journal as failed (seed 400 of the
/// simulation).
#[test]
fn a_rehearsal_confirms_that_a_call_was_not_made_or_nobody_can_tell() {
    let none: &[&str] = &[];
    let cases = [
        ("cordon", "10", none, "not done"),
        ("cordon", "12", &["spec.unschedulable: false -> true"], "not done"),
        ("cordon", "12", none, "cannot tell"),
        ("scale", "12", &["replicas: 2 -> 3"], "not done"),
        // These would change something however often they were done.
        ("rollout_restart", "12", &["restartedAt: then -> now"], "cannot tell"),
        ("delete_pod", "12", &["Pod shop/cart-1: deleted"], "cannot tell"),
        ("delete_pod", "10", &["Pod shop/cart-1: deleted"], "not done"),
        ("silence_create", "", &["a silence"], "cannot tell"),
    ];
    for (tool, version, diff, wanted) in cases {
        let resource_version = if version.is_empty() { "" } else { "10" };
        let before = Before { resource_version: resource_version.to_owned(), ..Before::default() };
        let rehearsed: Acted = serde_json::from_value(json!({
            "action": tool, "object": {"kind": "Node", "name": "worker-1"}, "class": "W1", "dry_run": true,
            "complete": true, "seen_resource_version": version, "diff": diff
        }))
        .unwrap();
        let told = match confirmed(&kubernetes(tool, json!({})), &before, &rehearsed) {
            Aftermath::NotDone => "not done",
            Aftermath::CannotTell(_) => "cannot tell",
            Aftermath::Done => "done",
        };
        assert_eq!(told, wanted, "{tool} {version} {diff:?}");
    }
}

#[test]
fn a_restart_is_done_only_where_it_is_later_than_the_one_before() {
    let (restart, then) = (kubernetes("rollout_restart", json!({})), Some("2026-11-02T00:00:00Z"));
    let before = object("10", Some(3), template("a", "1Gi", then));
    for (now, wanted) in [("2026-11-02T00:00:01Z", "done"), ("2026-11-01T00:00:00Z", "cannot tell")] {
        let after = object("12", Some(4), template("a", "1Gi", Some(now)));
        assert_eq!(told(&restart, std::slice::from_ref(&before), &[after]), wanted, "{now}");
    }
}

#[test]
fn a_roll_back_is_told_by_the_revision_that_is_gone() {
    let undo = kubernetes("rollout_undo", json!({"to_revision": 6}));
    let before = [object("10", Some(3), template("b", "1Gi", None)), history(&[5, 6, 7], 7)];
    let changed = || object("12", Some(4), template("a", "1Gi", None));
    let same = || object("12", Some(3), template("b", "1Gi", None));
    let cases = [
        (vec![changed(), history(&[5, 7, 8], 8)], "done"),
        (vec![changed(), history(&[5, 6, 7, 8], 8)], "cannot tell"),
        (vec![changed(), history(&[5, 6, 7], 7)], "cannot tell"),
        (vec![changed(), Sight::Unseen("away".to_owned())], "cannot tell"),
        (vec![changed()], "cannot tell"),
        (vec![same(), history(&[5, 6, 7], 7)], "not done"),
    ];
    for (after, wanted) in cases {
        assert_eq!(told(&undo, &before, &after), wanted, "{after:?}");
    }
    let cut = Sight::Seen { data: json!({}), is_whole: false };
    assert_eq!(told(&undo, &before, &[changed(), cut]), "cannot tell");
    let unnamed = kubernetes("rollout_undo", json!({}));
    assert_eq!(told(&unnamed, &before, &[changed(), history(&[5, 7, 8], 8)]), "cannot tell");
}

#[test]
fn a_deletion_is_told_by_the_object_that_is_gone_or_another() {
    let delete = kubernetes("delete_pod", json!({}));
    let pod = |created: &str, deleted: Option<&str>| {
        seen(json!({"metadata": {"resourceVersion": "10", "creationTimestamp": created, "deletionTimestamp": deleted}}))
    };
    let made = "2026-11-01T00:00:00Z";
    let before = [seen(json!({"metadata": {"resourceVersion": "10", "creationTimestamp": made}}))];
    let still = seen(json!({"metadata": {"resourceVersion": "12", "creationTimestamp": made}}));
    let cases = [
        (Sight::Gone, "done"),
        (pod(made, Some("2026-11-02T00:00:00Z")), "done"),
        (seen(json!({"metadata": {"resourceVersion": "13", "creationTimestamp": "2026-11-02T00:00:00Z"}})), "done"),
        (still, "not done"),
        (seen(json!({"metadata": {"resourceVersion": "12"}})), "cannot tell"),
        (Sight::Unseen("away".to_owned()), "cannot tell"),
    ];
    for (after, wanted) in cases {
        assert_eq!(told(&delete, &before, std::slice::from_ref(&after)), wanted, "{after:?}");
    }
}

#[test]
fn an_object_that_is_gone_was_not_changed() {
    let scale = kubernetes("scale", json!({"replicas": 3}));
    let before = [object("10", Some(3), json!({"replicas": 2}))];
    assert_eq!(told(&scale, &before, &[Sight::Gone]), "cannot tell");
    let mut other = object("99", Some(1), json!({"replicas": 3}));
    if let Sight::Seen { data, .. } = &mut other {
        data["manifest"]["metadata"]["creationTimestamp"] = json!("2026-11-09T00:00:00Z");
    }
    assert_eq!(told(&scale, &before, &[other]), "cannot tell", "another of the same name");
}

#[test]
fn silences_are_told_by_the_list_of_active_ones() {
    let create = call("prometheus", "silence_create", json!({"matchers": ["app=\"a\"", "zone=\"b\""], "minutes": 30}));
    let (ours, others) = ("app=\"a\", zone=\"b\"", "app=\"a\"");
    let cases = [
        (vec![], vec![("s1", ours)], "done"),
        (vec![], vec![("s1", others)], "not done"),
        (vec![("s1", ours)], vec![("s1", ours)], "not done"),
        (vec![("s1", ours)], vec![("s1", ours), ("s2", "zone=\"b\", app=\"a\"")], "done"),
    ];
    for (before, after, wanted) in cases {
        assert_eq!(told(&create, &[silences(&before)], &[silences(&after)]), wanted, "{before:?} {after:?}");
    }
    let expire = call("prometheus", "silence_expire", json!({"id": "s1"}));
    let before = [silences(&[("s1", ours)])];
    assert_eq!(told(&expire, &before, &[silences(&[])]), "done");
    assert_eq!(told(&expire, &before, &[silences(&[("s1", ours)])]), "not done");
    let cut = Sight::Seen { data: json!(Table::default()), is_whole: false };
    assert_eq!(told(&expire, &before, &[cut]), "cannot tell");
}

#[test]
fn what_was_not_seen_before_is_not_acted_on() {
    let scale = kubernetes("scale", json!({"replicas": 3}));
    let dying = seen(json!({"metadata": {"resourceVersion": "1", "deletionTimestamp": "2026-11-02T00:00:00Z"}}));
    for sight in
        [Sight::Gone, Sight::Unseen("away".to_owned()), seen(json!("text")), seen(json!({"metadata": {}})), dying]
    {
        assert!(before(&scale, std::slice::from_ref(&sight)).is_err(), "{sight:?}");
    }
    assert!(before(&scale, &[]).is_err());
}

#[test]
fn a_webhook_leaves_nothing_to_look_at() {
    let webhook = call("webhook", "call_webhook", json!({"webhook": "cache-clear"}));
    let object = ObjectRef::namespaced("Deployment", "shop", "checkout");
    assert_eq!((looks(&webhook, &object), before(&webhook, &[])), (vec![], Ok(Before::default())));
    assert!(matches!(judge(&webhook, &Before::default(), &[]), Aftermath::CannotTell(_)));
}

#[test]
fn looks_name_the_object_and_its_cluster() {
    let undo = kubernetes("rollout_undo", json!({"to_revision": 6, "cluster": "east"}));
    let asked = looks(&undo, &ObjectRef::namespaced("Deployment", "shop", "checkout"));
    let tools: Vec<&str> = asked.iter().map(|call| call.tool.as_str()).collect();
    assert_eq!(tools, ["kubernetes_get", "kubernetes_rollout_history"]);
    for call in asked {
        let named = [call.arguments["kind"].clone(), call.arguments["name"].clone(), call.arguments["cluster"].clone()];
        assert_eq!(
            (named, &call.arguments["namespace"]),
            ([json!("Deployment"), json!("checkout"), json!("east")], &json!("shop"))
        );
    }
}

#[test]
fn an_answer_that_could_not_look_everywhere_saw_nothing() {
    let whole = Envelope::whole(json!([1]), 1);
    let blind = Envelope { not_looked: vec!["cluster west".to_owned()], ..whole.clone() };
    let cut = Envelope { truncated: true, ..whole.clone() };
    assert_eq!(Sight::of(Ok(whole)), Sight::Seen { data: json!([1]), is_whole: true });
    assert_eq!(Sight::of(Ok(blind)), Sight::Unseen("cluster west".to_owned()));
    assert_eq!(Sight::of(Ok(cut)), Sight::Seen { data: json!([1]), is_whole: false });
    assert_eq!(Sight::of(Err(Failure::new(FailureKind::NotFound, "no"))), Sight::Gone);
    assert!(matches!(Sight::of(Err(Failure::new(FailureKind::Timeout, "no"))), Sight::Unseen(_)));
}

proptest::proptest! {
    #[test]
    fn nothing_that_is_seen_panics_and_no_change_means_not_done(version in 0_u8..4, generation in 0_i64..3, wanted in 0_u32..4, is in 0_u32..4) {
        let scale = kubernetes("scale", json!({"replicas": wanted}));
        let held = before(&scale, &[object("0", Some(0), json!({"replicas": 1}))]).unwrap();
        let after = object(&version.to_string(), Some(generation), json!({"replicas": is}));
        let told = judge(&scale, &held, &[after]);
        if generation == 0 && is == 1 {
            proptest::prop_assert_eq!(told, Aftermath::NotDone);
        } else if version > 0 && is == wanted {
            proptest::prop_assert_eq!(told, Aftermath::Done);
        } else {
            proptest::prop_assert_ne!(told, Aftermath::Done);
        }
    }
}
