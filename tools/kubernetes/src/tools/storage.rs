//! `storage`: claims with their use and users, volumes that nobody holds, storage classes.

mod usage;

use super::common::{self, Hints, Window};
use super::gone;
use crate::backend::{Cluster, Listing};
use crate::query::kinds::Kind;
use crate::query::request::Selection;
use crate::server::Server;
use crate::shape::api::{Event, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass};
use crate::shape::lines;
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use domain::observed::kubernetes::{ClaimRow, ClassRow, Storage, VolumeRow};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tools_common::{ToolSpec, args};
use usage::Usage;

/// Volumes without a claim that are told.
const VOLUMES: usize = 20;

/// Classes that are told.
const CLASSES: usize = 20;

#[derive(Deserialize, JsonSchema)]
struct Args {
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    #[schemars(length(max = 253))]
    name_contains: Option<String>,
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    #[schemars(length(max = 300))]
    #[expect(dead_code, reason = "read from the raw arguments, which it is bound to")]
    cursor: Option<String>,
    cluster: Option<String>,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "storage",
        "Storage",
        "Volume claims: why pending, how full, who mounts them; volumes without a claim; storage classes.",
    )
}

/// Answers one call.
pub async fn call(server: &Server, arguments: Map<String, Value>) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments.clone())?;
    let cluster = server.cluster(asked.cluster.as_deref())?;
    let namespace = asked.namespace.as_deref();
    let warnings = Selection { labels: None, fields: Some("type=Warning".to_owned()) };
    let all = Selection::default();
    let claim_kind = Kind::built_in("PersistentVolumeClaim");
    let (claims, volumes, classes, pods, events) = futures::join!(
        cluster.list::<PersistentVolumeClaim>(&claim_kind, namespace, &all).boxed(),
        look::<PersistentVolume>(cluster, "PersistentVolume", None, &all),
        look::<StorageClass>(cluster, "StorageClass", None, &all),
        look::<Pod>(cluster, "Pod", namespace, &all),
        look::<Event>(cluster, "Event", namespace, &warnings),
    );
    let claims: Listing<PersistentVolumeClaim> = claims?;
    let mut hints = Hints::default();
    let volumes = told(volumes, "Volumes are not told", &mut hints);
    let classes = told(classes, "Storage classes are not told", &mut hints);
    let pods = told(pods, "Who mounts the claims is not told", &mut hints);
    let events = told(events, "Why claims wait is not told", &mut hints);
    let mounted = mounted(&pods);
    let usage = usage::read(cluster, &mounted, &mut hints).await;

    let part_of_name = asked.name_contains.as_deref().unwrap_or_default().to_lowercase();
    let fitting = claims.items.iter().filter(|claim| claim.metadata.name.contains(&part_of_name));
    let mut rows: Vec<ClaimRow> = fitting.map(|claim| row(claim, &mounted, &usage, &events)).collect();
    rows.sort_by(|left, right| {
        let full = |row: &ClaimRow| row.used_share.map_or(0, |share| (share * 1_000.0) as u64);
        let key = |row: &ClaimRow| (rank(row), std::cmp::Reverse(full(row)), row.namespace.clone(), row.name.clone());
        key(left).cmp(&key(right))
    });
    let window =
        Window { tool: "storage", arguments: &arguments, limit: asked.limit.unwrap_or(50), budget_tokens: None };
    let part = window.of(rows)?;
    if part.total == 0 {
        hints.add(match &asked.name_contains {
            Some(name) => format!("No claim has {name} in its name."),
            None => "There are no claims.".to_owned(),
        });
        if let Some(namespace) = namespace
            && let Some(hint) = gone::missing_namespace(cluster, namespace).await
        {
            hints.add(hint);
        }
    }
    if !part.left.is_empty() {
        hints.add("More: pass next_cursor, or narrow by namespace or name_contains.");
    }
    if let Some(hint) = common::left_out_hint(claims.left_out) {
        hints.add(hint);
    }
    let mut loose: Vec<VolumeRow> = volumes.iter().filter_map(|volume| loose(volume, namespace)).collect();
    if loose.len() > VOLUMES {
        hints.add(format!("{} more volumes have no claim.", loose.len() - VOLUMES));
    }
    loose.truncate(VOLUMES);
    let classes: Vec<ClassRow> = classes.iter().take(CLASSES).map(class).collect();
    let storage =
        Storage { claims: Table::of(&part.kept), loose_volumes: Table::of(&loose), classes: Table::of(&classes) };
    Ok(common::envelope(cluster.source(), common::data(&storage), &part, claims.left_out, hints))
}

/// Boxed, so that several lists side by side do not make one huge future.
fn look<'a, T: DeserializeOwned + Send + 'a>(
    cluster: &'a Cluster,
    kind: &'a str,
    namespace: Option<&'a str>,
    selection: &'a Selection,
) -> BoxFuture<'a, Result<Vec<T>, Failure>> {
    let kind = Kind::built_in(kind);
    async move { cluster.list(&kind, namespace, selection).await.map(|listing| listing.items) }.boxed()
}

fn told<T>(result: Result<Vec<T>, Failure>, what: &str, hints: &mut Hints) -> Vec<T> {
    result.unwrap_or_else(|failure| {
        hints.miss(format!("{what}: {failure}."));
        Vec::new()
    })
}

/// Which pods mount a claim, by its namespace and name.
pub type Mounted<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a Pod>>;

fn mounted(pods: &[Pod]) -> Mounted<'_> {
    let mut mounted = Mounted::new();
    for pod in pods.iter().filter(|pod| !pod.is_finished()) {
        for claim in pod.spec.volumes.iter().filter_map(|volume| volume.persistent_volume_claim.as_ref()) {
            mounted.entry((pod.metadata.namespace(), claim.claim_name.as_str())).or_default().push(pod);
        }
    }
    mounted
}

fn row(claim: &PersistentVolumeClaim, mounted: &Mounted<'_>, usage: &Usage, events: &[Event]) -> ClaimRow {
    let (namespace, name) = (claim.metadata.namespace(), claim.metadata.name.as_str());
    let users = mounted.get(&(namespace, name)).map(Vec::as_slice).unwrap_or_default();
    let user = |pod: &&Pod| match &pod.spec.node_name {
        Some(node) => format!("{} on {node}", pod.metadata.name),
        None => format!("{} (no node)", pod.metadata.name),
    };
    let used = usage.get(&(namespace.to_owned(), name.to_owned()));
    let size = claim.status.capacity.get("storage").or_else(|| claim.spec.resources.requests.get("storage"));
    let share = used.filter(|used| used.capacity > 0).map(|used| used.used as f64 / used.capacity as f64);
    ClaimRow {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        status: claim.status.phase.clone(),
        class: claim.spec.storage_class_name.clone().filter(|class| !class.is_empty()),
        size: size.cloned().unwrap_or_default(),
        volume: Some(claim.spec.volume_name.clone()).filter(|volume| !volume.is_empty()),
        mounted_by: (!users.is_empty()).then(|| {
            let more = users.len().saturating_sub(3);
            let mut told = users.iter().take(3).map(user).collect::<Vec<_>>().join(", ");
            if more > 0 {
                told.push_str(&format!(" and {more} more"));
            }
            told
        }),
        used_bytes: used.map(|used| used.used),
        used_share: share.map(|share| (share * 1_000.0).round() / 1_000.0),
        message: message(claim, users, events),
    }
}

/// The newest warning on the claim; for one that waits without a warning, what that means.
fn message(claim: &PersistentVolumeClaim, users: &[&Pod], events: &[Event]) -> Option<String> {
    let own = events.iter().filter(|event| {
        event.is_warning()
            && event.involved_object.kind == "PersistentVolumeClaim"
            && event.involved_object.name == claim.metadata.name
            && event.involved_object.namespace.as_deref() == claim.metadata.namespace.as_deref()
    });
    let newest = own.max_by_key(|event| event.last_seen());
    if let Some(event) = newest {
        return Some(format!("{}: {}", event.reason, lines::cut(&event.message, 200)));
    }
    (claim.status.phase == "Pending" && users.is_empty())
        .then(|| "no pod uses it; it may wait for its first".to_owned())
}

fn rank(row: &ClaimRow) -> u8 {
    match row.status.as_str() {
        "Lost" => 0,
        "Pending" => 1,
        _ if row.message.is_some() => 2,
        _ => 3,
    }
}

fn loose(volume: &PersistentVolume, namespace: Option<&str>) -> Option<VolumeRow> {
    let claim = volume.spec.claim_ref.as_ref();
    let asked = namespace.is_none_or(|namespace| claim.is_some_and(|claim| claim.namespace == namespace));
    (volume.status.phase != "Bound" && asked).then(|| VolumeRow {
        name: volume.metadata.name.clone(),
        status: volume.status.phase.clone(),
        size: volume.spec.capacity.get("storage").cloned().unwrap_or_default(),
        class: Some(volume.spec.storage_class_name.clone()).filter(|class| !class.is_empty()),
        reclaim: volume.spec.reclaim_policy.clone(),
        claim: claim.map(|claim| format!("{}/{}", claim.namespace, claim.name)),
    })
}

fn class(class: &StorageClass) -> ClassRow {
    ClassRow {
        name: class.metadata.name.clone(),
        default: class.is_default(),
        provisioner: class.provisioner.clone(),
        binding: class.volume_binding_mode.clone(),
        reclaim: class.reclaim_policy.clone(),
        expandable: class.allow_volume_expansion,
    }
}
