//! What the checks of missing references have in common: workloads whose template names an object that is not there.
//!
//! Pods that run already do not need it any more; those that come next cannot start. Where pods fail of it now, the
//! checks of pods say so and these yield. References that are marked optional are none.

use super::snapshot::{Names, Snapshot};
use super::{Looked, finding};
use crate::shape::api::{CronJob, Workload};
use crate::shape::references::Referred;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

/// What one of the checks looks for.
pub struct Wanted {
    /// The check.
    pub check: &'static str,
    /// How bad a missing object is.
    pub severity: Severity,
    /// Which references it is about.
    pub is_meant: fn(&Referred) -> bool,
    /// What is wrong, after the object's name.
    pub why: &'static str,
}

/// The findings of one such check.
pub fn check<'a>(snapshot: &'a Snapshot, known: &'a Names, wanted: &Wanted) -> Result<Looked, &'a Failure> {
    let known = known.as_ref()?;
    let mut users: Vec<(ObjectRef, &[Referred])> = Vec::new();
    for (kind, workload) in snapshot.workloads()? {
        users.push((object(kind, workload), &workload.spec.template.spec.references));
    }
    for cron in snapshot.cron_jobs.as_ref()?.iter().filter(|cron| !cron.spec.suspend) {
        users.push((of_cron_job(cron), &cron.spec.job_template.spec.template.spec.references));
    }
    let checked = users.len() as u64;
    let mut findings = Vec::new();
    for (user, references) in users {
        let namespace = user.namespace.clone().unwrap_or_default();
        let missing = references.iter().filter(|referred| {
            !referred.optional
                && (wanted.is_meant)(referred)
                && !known.contains(&(namespace.clone(), referred.object.name.clone()))
        });
        findings.extend(missing.map(|referred| told(&user, &namespace, referred, wanted)));
    }
    Ok(Looked { checked, findings })
}

fn object(kind: &str, workload: &Workload) -> ObjectRef {
    ObjectRef::namespaced(kind, workload.metadata.namespace(), &workload.metadata.name)
}

fn of_cron_job(cron: &CronJob) -> ObjectRef {
    ObjectRef::namespaced("CronJob", cron.metadata.namespace(), &cron.metadata.name)
}

fn told(user: &ObjectRef, namespace: &str, referred: &Referred, wanted: &Wanted) -> Finding {
    let kind = &referred.object.kind;
    let name = &referred.object.name;
    Finding {
        evidence: vec![
            format!("its template refers to {kind} {name}: {}", referred.how),
            format!("{kind} {name} does not exist"),
        ],
        next: format!("list kind={} namespace={namespace}; recent_changes namespace={namespace}", kind.to_lowercase()),
        points_at: Some(ObjectRef::namespaced(kind, namespace, name)),
        ..finding(wanted.check, wanted.severity, user.clone(), format!("{kind} {name} {}", wanted.why))
    }
}
