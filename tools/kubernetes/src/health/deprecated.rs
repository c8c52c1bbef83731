//! `deprecated-api`: objects that somebody still writes through an API version that this server, or one of the next,
//! no longer has; and autoscalers that name such a version.
//!
//! Read from `managedFields`, which name the version of each write, and never from the last applied configuration,
//! which may hold secrets. Who asks for old versions without writing, only the API server's metrics tell.

use super::version_skew::minor;
use super::{Looked, Snapshot, finding};
use crate::shape::api::{ManagedField, Meta};
use chrono::TimeDelta;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

/// Group and version, and the minor release that no longer has it (the project's deprecation guide, 1.16 to 1.32).
const REMOVED: &[(&str, u32)] = &[
    ("extensions/v1beta1", 22),
    ("apps/v1beta1", 16),
    ("apps/v1beta2", 16),
    ("networking.k8s.io/v1beta1", 22),
    ("admissionregistration.k8s.io/v1beta1", 22),
    ("rbac.authorization.k8s.io/v1beta1", 22),
    ("batch/v1beta1", 25),
    ("discovery.k8s.io/v1beta1", 25),
    ("policy/v1beta1", 25),
    ("autoscaling/v2beta1", 25),
    ("autoscaling/v2beta2", 26),
    ("storage.k8s.io/v1beta1", 27),
    ("flowcontrol.apiserver.k8s.io/v1beta2", 29),
    ("flowcontrol.apiserver.k8s.io/v1beta3", 32),
];

/// An old write says nothing of who writes today.
const RECENT: TimeDelta = TimeDelta::days(180);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let version = snapshot.version.as_ref()?;
    let Some(server) = minor(version) else { return Ok(Looked { checked: 0, findings: Vec::new() }) };
    let mut objects: Vec<(&str, &Meta)> = Vec::new();
    objects.extend(snapshot.workloads()?.into_iter().map(|(kind, workload)| (kind, &workload.metadata)));
    objects.extend(snapshot.cron_jobs.as_ref()?.iter().map(|cron| ("CronJob", &cron.metadata)));
    objects.extend(snapshot.ingresses.as_ref()?.iter().map(|ingress| ("Ingress", &ingress.metadata)));
    objects.extend(snapshot.policies.as_ref()?.iter().map(|policy| ("NetworkPolicy", &policy.metadata)));
    objects.extend(snapshot.budgets.as_ref()?.iter().map(|budget| ("PodDisruptionBudget", &budget.metadata)));
    let autoscalers = snapshot.autoscalers.as_ref()?;
    objects.extend(autoscalers.iter().map(|scaler| ("HorizontalPodAutoscaler", &scaler.metadata)));
    let mut findings: Vec<Finding> =
        objects.iter().filter_map(|(kind, meta)| written(snapshot, server, version, kind, meta)).collect();
    findings.extend(autoscalers.iter().filter_map(|scaler| {
        let target = &scaler.spec.scale_target_ref;
        let removed = removed(&target.api_version).filter(|removed| *removed <= server)?;
        let (name, namespace) = (&scaler.metadata.name, scaler.metadata.namespace());
        Some(Finding {
            evidence: vec![
                format!("scaleTargetRef.apiVersion: {}, gone since 1.{removed}", target.api_version),
                format!("server: {version}"),
            ],
            next: format!("get kind=hpa name={name} namespace={namespace}"),
            ..finding(
                "deprecated-api",
                Severity::Warning,
                ObjectRef::namespaced("HorizontalPodAutoscaler", namespace, name),
                format!("it scales {} through {}, which this server does not have", target.kind, target.api_version),
            )
        })
    }));
    Ok(Looked { checked: objects.len() as u64, findings })
}

fn removed(api_version: &str) -> Option<u32> {
    REMOVED.iter().find(|(known, _)| *known == api_version).map(|(_, minor)| *minor)
}

fn written(snapshot: &Snapshot, server: u32, version: &str, kind: &str, meta: &Meta) -> Option<Finding> {
    let (field, gone) = meta.managed_fields.iter().find_map(|field| {
        let gone = removed(&field.api_version)?;
        let recent = field.time.is_some_and(|at| snapshot.now - at < RECENT);
        (recent && field.subresource.is_empty() && is_newest(field, &meta.managed_fields)).then_some((field, gone))
    })?;
    let why = if gone <= server {
        format!(
            "{} last wrote it through {}, which this server does not have any more",
            field.manager, field.api_version
        )
    } else {
        format!("{} writes it through {}, which 1.{gone} does not have", field.manager, field.api_version)
    };
    let namespace = meta.namespace();
    Some(Finding {
        evidence: vec![
            format!("managedFields: manager {}, apiVersion {}", field.manager, field.api_version),
            format!("server: {version}, gone since 1.{gone}"),
        ],
        next: format!("get kind={kind} name={} namespace={namespace}", meta.name),
        since: field.time,
        ..finding(
            "deprecated-api",
            if gone == server + 1 { Severity::Warning } else { Severity::Info },
            ObjectRef::namespaced(kind, namespace, &meta.name),
            why,
        )
    })
}

/// Whether the same manager did not write since then by another version.
fn is_newest(field: &ManagedField, all: &[ManagedField]) -> bool {
    all.iter()
        .filter(|other| other.manager == field.manager && other.subresource.is_empty())
        .all(|other| other.time <= field.time)
}
