//! `certificate-expiring`: cert-manager certificates that are not issued or run out soon without being renewed.

use super::{Looked, Snapshot};
use crate::shape::age;
use crate::shape::api::{Condition, Meta, lenient};
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};
use serde::Deserialize;

/// Certificates are renewed well before their end; closer than this, something is wrong with the renewal.
const SOON: TimeDelta = TimeDelta::days(14);
const VERY_SOON: TimeDelta = TimeDelta::days(2);
/// A renewal that is due for longer than this does not work.
const RENEWAL_GRACE: TimeDelta = TimeDelta::hours(6);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Certificate {
    metadata: Meta,
    #[serde(deserialize_with = "lenient")]
    spec: Spec,
    #[serde(deserialize_with = "lenient")]
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    secret_name: String,
    #[serde(deserialize_with = "lenient")]
    dns_names: Vec<String>,
    #[serde(deserialize_with = "lenient")]
    issuer_ref: IssuerReference,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct IssuerReference {
    kind: String,
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    #[serde(deserialize_with = "lenient")]
    conditions: Vec<Condition>,
    not_after: Option<DateTime<Utc>>,
    renewal_time: Option<DateTime<Utc>>,
}

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.certificates.as_ref()?;
    let read = all.iter().filter_map(|value| serde_json::from_value::<Certificate>(value.clone()).ok());
    let findings = read.filter_map(|certificate| finding(&certificate, snapshot.now)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

fn finding(certificate: &Certificate, now: DateTime<Utc>) -> Option<Finding> {
    let status = &certificate.status;
    let ready = Condition::of(&status.conditions, "Ready");
    let left = status.not_after.map(|end| end - now);
    let short_lived = match (status.not_after, status.renewal_time) {
        // Renewed in good time for its length: a certificate of an hour is always near its end.
        (Some(_), Some(renewal)) => now < renewal + RENEWAL_GRACE,
        _ => false,
    };
    let ends = left.is_some_and(|left| left < SOON) && !short_lived;
    let overdue = status.renewal_time.is_some_and(|at| now - at > RENEWAL_GRACE);
    let refused =
        ready.is_some_and(|ready| !ready.is_true()) && now - certificate.metadata.created() > TimeDelta::minutes(10);
    if !ends && !overdue && !refused {
        return None;
    }
    let why = match left {
        Some(left) if left < TimeDelta::zero() => format!("it ran out {} ago", age::spoken(-left)),
        Some(left) if ends || overdue || left < SOON => {
            format!("it runs out in {} and is not renewed", age::spoken(left))
        }
        Some(left) => format!("it is not ready (it runs out in {})", age::spoken(left)),
        None => "it is not issued".to_owned(),
    };
    let mut evidence: Vec<String> = Vec::new();
    evidence.extend(status.not_after.map(|end| format!("status.notAfter: {}", end.to_rfc3339())));
    evidence.extend(status.renewal_time.map(|at| format!("status.renewalTime: {}", at.to_rfc3339())));
    for condition in status.conditions.iter().filter(|c| c.kind == "Ready" && !c.is_true() || c.kind == "Issuing") {
        evidence.push(format!("{}: {} ({}) {}", condition.kind, condition.status, condition.reason, condition.message));
    }
    if !certificate.spec.dns_names.is_empty() {
        evidence.push(format!("dnsNames: {}", certificate.spec.dns_names.join(", ")));
    }
    let namespace = certificate.metadata.namespace();
    let name = &certificate.metadata.name;
    let critical = left.is_some_and(|left| left < VERY_SOON) || left.is_none();
    Some(Finding {
        check: "certificate-expiring".to_owned(),
        severity: if critical { Severity::Critical } else { Severity::Warning },
        object: ObjectRef::namespaced("Certificate", namespace, name),
        why,
        evidence,
        next: format!(
            "events object=Certificate/{name} namespace={namespace}; list kind=certificaterequests namespace={namespace}"
        ),
        since: status.renewal_time.filter(|at| *at < now).or(ready.and_then(|ready| ready.last_transition_time)),
        points_at: issuer(certificate),
        affected: 1,
    })
}

/// Who should have issued it: the renewal fails there.
fn issuer(certificate: &Certificate) -> Option<ObjectRef> {
    let reference = &certificate.spec.issuer_ref;
    let object = match reference.kind.as_str() {
        "ClusterIssuer" => ObjectRef::cluster("ClusterIssuer", &reference.name),
        "" | "Issuer" => ObjectRef::namespaced("Issuer", certificate.metadata.namespace(), &reference.name),
        // Issuers of other vendors have kinds of their own.
        other => ObjectRef::namespaced(other, certificate.metadata.namespace(), &reference.name),
    };
    (!object.name.is_empty()).then_some(object)
}
