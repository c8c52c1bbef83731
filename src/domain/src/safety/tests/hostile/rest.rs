//! Single kinds of things, undos that do not take back, and everything else.

use super::*;

pub(super) const THINGS: &[Row] = &[
    (
        "a pod that its node runs",
        "a pod of several",
        |case| case.seen.manifest["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "x"}),
        "its node runs it from a file: deleting it changes nothing",
    ),
    (
        "a job that runs",
        "delete a job",
        |case| case.seen.manifest["status"] = json!({"active": 1}),
        "the job has not ended",
    ),
    (
        "a job whose failure is not true",
        "delete a job",
        |case| see(case, "/status/conditions/0/status", json!("False")),
        "the job has not ended",
    ),
    (
        "suspend what is suspended",
        "suspend",
        |case| case.seen.manifest["spec"] = json!({"suspend": true}),
        "it is suspended already",
    ),
    ("resume what runs", "resume", |case| case.seen.manifest["spec"] = json!({}), "it is not suspended"),
    ("drain of the only node", "drain", |case| case.seen.other_nodes = Some(0), "no other node could take its pods"),
    ("cordon of the only node", "cordon", |case| case.seen.other_nodes = Some(0), "no other node could take its pods"),
    (
        "drain where nobody counted the nodes",
        "drain",
        |case| case.seen.other_nodes = None,
        "whether other nodes could take its pods was not seen",
    ),
    (
        "drain of the control plane",
        "drain",
        |case| case.seen.manifest["metadata"]["labels"] = json!({"node-role.kubernetes.io/control-plane": ""}),
        "the node runs the control plane",
    ),
    (
        "silence that matches everything of a severity",
        "silence",
        |case| silence(case, &[("severity", "critical")], 60),
        "the silence does not name an alert: it would hide others, too",
    ),
    (
        "silence by an expression that matches everything",
        "silence",
        |case| set(case, "matchers", json!(["alertname=~\".+\""])),
        "\"alertname=~\\\".+\\\"\" is no exact matcher of one value",
    ),
    (
        "silence by what is not",
        "silence",
        |case| set(case, "matchers", json!(["alertname!=\"x\""])),
        "\"alertname!=\\\"x\\\"\" is no exact matcher of one value",
    ),
    (
        "silence of an alert without a name",
        "silence",
        |case| set(case, "matchers", json!(["alertname=\"\""])),
        "\"alertname=\\\"\\\"\" is no exact matcher of one value",
    ),
    (
        "silence for a week",
        "silence",
        |case| silence(case, &[("alertname", "HighErrors")], 10_080),
        "a silence of 10080 minutes is longer than a day, or none",
    ),
    (
        "a silence of somebody else",
        "end a silence",
        |case| case.seen.silence.as_mut().unwrap().author = Some("ann".to_owned()),
        "somebody else made the silence, and may want it",
    ),
    ("a silence that was not seen", "end a silence", |case| case.seen.silence = None, "the silence was not seen"),
    (
        "another silence was seen",
        "end a silence",
        |case| case.seen.silence.as_mut().unwrap().id = "x".to_owned(),
        "another silence was seen",
    ),
];

pub(super) const UNDOS: &[Row] = &[
    (
        "missing undo for W2",
        "scale down",
        |case| case.plan.undo = None,
        "nothing takes it back, and it is not of the class that says so",
    ),
    (
        "missing undo for a webhook that can be taken back",
        "a webhook that can be taken back",
        |case| case.plan.undo = None,
        "nothing takes it back, and it is not of the class that says so",
    ),
    (
        "undo that does not invert",
        "scale up",
        |case| undo_set(case, "replicas", json!(1)),
        "the undo does not restore what is seen",
    ),
    (
        "undo of another object",
        "scale up",
        |case| undo_set(case, "name", json!("payments")),
        "the undo names another object than Deployment shop/checkout",
    ),
    (
        "undo in another cluster",
        "scale up",
        |case| undo_set(case, "cluster", json!("staging")),
        "the undo names another cluster",
    ),
    (
        "undo that is another action",
        "cordon",
        |case| undo(case).tool = "drain".to_owned(),
        "the undo is a drain, and only uncordon would take it back",
    ),
    (
        "undo that deletes",
        "a pod of several",
        |case| {
            let call = case.plan.call.clone();
            case.plan.undo = Some(ActCall { tool: "delete_job".to_owned(), ..call });
        },
        "nothing takes a delete_pod back, and the plan has a call that would",
    ),
    (
        "undo with an argument too many",
        "drain",
        |case| undo_set(case, "delete_emptydir_data", json!(true)),
        "the undo has an argument \"delete_emptydir_data\" too many",
    ),
    (
        "undo to another revision",
        "restart",
        |case| undo_set(case, "to_revision", json!(3)),
        "the undo does not restore what is seen",
    ),
    (
        "undo to another image",
        "image",
        |case| undo_set(case, "image", json!("registry:5000/shop/checkout:1.0.0")),
        "the undo does not restore what is seen",
    ),
    (
        "undo that sets an amount more",
        "more memory",
        |case| undo_set(case, "cpu_limit", json!("1")),
        "the undo does not restore what is seen",
    ),
    (
        "undo of another container",
        "more memory",
        |case| undo_set(case, "container", json!("sidecar")),
        "the undo does not restore what is seen",
    ),
    (
        "undo that opens a node which was closed",
        "drain what is cordoned",
        |case| undo(case).tool = "uncordon".to_owned(),
        "the undo is a uncordon, and only cordon would take it back",
    ),
    (
        "undo that hides more than was hidden",
        "end a silence",
        |case| undo_set(case, "matchers", json!(["alertname=\"Other\""])),
        "the undo does not restore what is seen",
    ),
    (
        "undo that hides for longer",
        "end a silence",
        |case| undo_set(case, "minutes", json!(600)),
        "the undo does not restore what is seen",
    ),
    (
        "undo by a webhook that is not its own",
        "a webhook that can be taken back",
        |case| undo_set(case, "webhook", json!("clear-cache")),
        "the undo does not restore what is seen",
    ),
];

pub(super) const REST: &[Row] = &[
    ("expired", "restart", |case| case.seen.at = case.plan.expires_at, "the plan has expired"),
    (
        "good for a day",
        "restart",
        |case| case.plan.expires_at = now() + TimeDelta::days(1),
        "the plan is good for more than an hour",
    ),
    (
        "made after the look",
        "restart",
        |case| case.seen.at = now() - TimeDelta::seconds(6),
        "the plan was made after its object was looked at",
    ),
    (
        "nothing would be done",
        "restart",
        |case| case.plan.rehearsal.diff = vec![" ".to_owned()],
        "the rehearsal shows no difference: nothing would be done",
    ),
    (
        "no success check",
        "restart",
        |case| case.plan.success_check.conditions.clear(),
        "nothing says how it is seen whether it helped",
    ),
    (
        "control characters in the reason",
        "restart",
        |case| case.plan.reason = "harmless\u{1b}[2K".to_owned(),
        "a text of the plan holds control characters",
    ),
    (
        "a line break in the reason",
        "restart",
        |case| case.plan.reason = "harmless\nApproved by ann".to_owned(),
        "a text of the plan holds control characters",
    ),
    (
        "text that turns its direction",
        "restart",
        |case| case.plan.rehearsal.warnings.push("\u{202e}lufmrah".to_owned()),
        "a text of the plan holds control characters",
    ),
    (
        "control characters in a name of an argument",
        "restart",
        |case| set(case, "a\u{7}", json!(1)),
        "a text of the plan holds control characters",
    ),
    (
        "invisible letters in the proposer",
        "restart",
        |case| case.plan.proposer = Proposer::Person("an\u{200b}n".to_owned()),
        "a text of the plan holds control characters",
    ),
    (
        "a novel",
        "restart",
        |case| case.plan.rehearsal.diff = vec!["x".repeat(1_000); 400],
        "the plan is longer than 262144 bytes",
    ),
    (
        "endless difference",
        "restart",
        |case| case.plan.rehearsal.diff = vec!["x".to_owned(); 501],
        "the difference has more than 500 lines",
    ),
];
