//! Rows of any kind, typed by kind, with what sorting and grouping need beside each.

use crate::backend::{Cluster, Listing};
use crate::query::kinds::Kind;
use crate::query::request::{Form, Selection};
use crate::shape::api::{CronJob, EndpointSlice, Job, Node, Pod, Service, Workload};
use crate::shape::{nodes, other, pods, services, workloads};
use chrono::{DateTime, Utc};
use domain::envelope::Failure;
use domain::observed::kubernetes::{NodeRow, OtherRow, PodRow, ServiceRow, WorkloadRow};
use serde::Serialize;

/// A row of one of the row types.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Row {
    /// A pod.
    Pod(PodRow),
    /// A workload.
    Workload(WorkloadRow),
    /// A node.
    Node(NodeRow),
    /// A service.
    Service(ServiceRow),
    /// Anything else.
    Other(OtherRow),
}

impl Row {
    /// The object's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Pod(row) => &row.name,
            Self::Workload(row) => &row.name,
            Self::Node(row) => &row.name,
            Self::Service(row) => &row.name,
            Self::Other(row) => &row.name,
        }
    }

    /// Its namespace, empty for cluster-scoped objects.
    pub fn namespace(&self) -> &str {
        match self {
            Self::Pod(row) => &row.namespace,
            Self::Workload(row) => &row.namespace,
            Self::Node(_) => "",
            Self::Service(row) => &row.namespace,
            Self::Other(row) => row.namespace.as_deref().unwrap_or_default(),
        }
    }

    /// A word on its state.
    pub fn status(&self) -> String {
        match self {
            Self::Pod(row) if row.status == "Running" && row.ready < row.containers => "Running, not ready".to_owned(),
            Self::Pod(row) => row.status.clone(),
            Self::Workload(row) => row.status.clone(),
            Self::Node(row) => row.status.clone(),
            Self::Service(row) => match row.ready_endpoints {
                Some(0) if row.selector.is_some() => "no endpoints".to_owned(),
                _ => row.service_type.clone(),
            },
            Self::Other(row) => row.status.clone().unwrap_or_else(|| "exists".to_owned()),
        }
    }

    /// The workload that it belongs to, `Deployment/checkout`.
    pub fn owner(&self) -> Option<String> {
        match self {
            Self::Pod(row) => row.owner.clone(),
            Self::Workload(row) => Some(format!("{}/{}", row.kind, row.name)),
            _ => None,
        }
    }

    /// Where it runs.
    pub fn node(&self) -> Option<&str> {
        match self {
            Self::Pod(row) => row.node.as_deref(),
            Self::Node(row) => Some(&row.name),
            _ => None,
        }
    }

    /// Whether somebody should look at it.
    pub fn is_unhealthy(&self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Pod(row) => pods::is_unhealthy(row, now),
            Self::Workload(row) => workloads::is_unhealthy(row),
            Self::Node(row) => nodes::is_unhealthy(row),
            Self::Service(row) => services::is_unhealthy(row),
            Self::Other(row) => other::is_unhealthy(row),
        }
    }
}

/// Rows of one kind, or of the workload kinds together.
pub struct Rows {
    /// The kind in the API's spelling, or `workloads`.
    pub kind: String,
    /// The rows, in the server's order.
    pub listing: Listing<Row>,
    /// What could not be looked at beside them.
    pub partly: Vec<Failure>,
}

/// Rows of one kind.
///
/// # Errors
/// Why the list could not be read.
pub async fn of_kind(
    cluster: &Cluster,
    kind: &Kind,
    namespace: Option<&str>,
    selection: &Selection,
) -> Result<Rows, Failure> {
    let mut partly = Vec::new();
    let listing = match kind.kind.as_str() {
        "Pod" => cluster.list_as(kind, namespace, selection, Form::Json, |pod: Pod| Row::Pod(pods::row(&pod))).await?,
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => {
            let keep = |workload: Workload| Row::Workload(workloads::row(&kind.kind, &workload));
            cluster.list_as(kind, namespace, selection, Form::Json, keep).await?
        }
        "Job" => {
            let keep = |job: Job| Row::Workload(workloads::job_row(&job));
            cluster.list_as(kind, namespace, selection, Form::Json, keep).await?
        }
        "CronJob" => {
            let keep = |cron: CronJob| Row::Workload(workloads::cron_job_row(&cron));
            cluster.list_as(kind, namespace, selection, Form::Json, keep).await?
        }
        "Node" => cluster.list_as(kind, None, selection, Form::Json, |node: Node| Row::Node(nodes::row(&node))).await?,
        "Service" => {
            let (slice_kind, all) = (Kind::built_in("EndpointSlice"), Selection::default());
            let (services, slices) = futures::join!(
                cluster.list::<Service>(kind, namespace, selection),
                cluster.list::<EndpointSlice>(&slice_kind, namespace, &all)
            );
            let services = services?;
            let ready = slices
                .map(|slices| services::ready_endpoints(&slices.items))
                .map_err(|failure| partly.push(failure))
                .ok();
            let rows = services.items.iter().map(|service| Row::Service(services::row(service, ready.as_ref())));
            Listing { items: rows.collect(), left_out: services.left_out }
        }
        _ => {
            let rows = cluster.list_rows(kind, namespace, selection).await?;
            Listing { items: rows.items.into_iter().map(Row::Other).collect(), left_out: rows.left_out }
        }
    };
    Ok(Rows { kind: kind.kind.clone(), listing, partly })
}

/// Deployments, StatefulSets, DaemonSets, CronJobs, and Jobs that no CronJob made. A kind that cannot be read is told
/// and takes the others not down.
///
/// # Errors
/// When none of them can be read.
pub async fn of_workloads(cluster: &Cluster, namespace: Option<&str>, selection: &Selection) -> Result<Rows, Failure> {
    let kinds = ["Deployment", "StatefulSet", "DaemonSet", "CronJob"].map(Kind::built_in);
    let [deployments, stateful_sets, daemon_sets, cron_jobs] = &kinds;
    let (first, second, third, fourth, jobs) = futures::join!(
        of_kind(cluster, deployments, namespace, selection),
        of_kind(cluster, stateful_sets, namespace, selection),
        of_kind(cluster, daemon_sets, namespace, selection),
        of_kind(cluster, cron_jobs, namespace, selection),
        free_jobs(cluster, namespace, selection),
    );
    let mut rows =
        Rows { kind: "workloads".to_owned(), listing: Listing { items: Vec::new(), left_out: 0 }, partly: Vec::new() };
    let mut answered = false;
    for result in [
        first.map(|rows| rows.listing),
        second.map(|rows| rows.listing),
        third.map(|rows| rows.listing),
        fourth.map(|rows| rows.listing),
        jobs,
    ] {
        match result {
            Ok(listing) => {
                answered = true;
                rows.listing.items.extend(listing.items);
                rows.listing.left_out += listing.left_out;
            }
            Err(failure) => rows.partly.push(failure),
        }
    }
    match rows.partly.first() {
        Some(failure) if !answered => Err(failure.clone()),
        _ => Ok(rows),
    }
}

async fn free_jobs(cluster: &Cluster, namespace: Option<&str>, selection: &Selection) -> Result<Listing<Row>, Failure> {
    let keep = |job: Job| {
        let made = job.metadata.controller().is_some_and(|owner| owner.kind == "CronJob");
        (!made).then(|| Row::Workload(workloads::job_row(&job)))
    };
    let jobs = cluster.list_as(&Kind::built_in("Job"), namespace, selection, Form::Json, keep).await?;
    Ok(Listing { items: jobs.items.into_iter().flatten().collect(), left_out: jobs.left_out })
}
