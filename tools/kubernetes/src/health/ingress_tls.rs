//! `ingress-tls`: ingresses whose certificate's Secret does not exist. Only names of Secrets are read.

use super::{Looked, Snapshot, finding};
use chrono::TimeDelta;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

/// Issuers need a while for a first certificate.
const GRACE: TimeDelta = TimeDelta::minutes(10);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.ingresses.as_ref()?;
    let secrets = snapshot.secrets.as_ref()?;
    let mut findings = Vec::new();
    for ingress in all.iter().filter(|ingress| snapshot.now - ingress.metadata.created() > GRACE) {
        let namespace = ingress.metadata.namespace();
        let names = ingress.spec.tls.iter().map(|tls| tls.secret_name.as_str()).filter(|name| !name.is_empty());
        let missing = names.filter(|name| !secrets.contains(&(namespace.to_owned(), (*name).to_owned())));
        findings.extend(missing.map(|name| Finding {
            evidence: vec![format!("spec.tls.secretName: {name}"), format!("Secret {name} does not exist")],
            next: format!(
                "list kind=certificates namespace={namespace}; events object=ingress/{} namespace={namespace}",
                ingress.metadata.name
            ),
            points_at: Some(ObjectRef::namespaced("Secret", namespace, name)),
            ..finding(
                "ingress-tls",
                Severity::Warning,
                ObjectRef::namespaced("Ingress", namespace, &ingress.metadata.name),
                format!("Secret {name} with its certificate is missing"),
            )
        }));
    }
    Ok(Looked { checked: all.len() as u64, findings })
}
