//! `ingress-class`: ingresses of a class that does not exist, or of none where nobody took them up.

use super::{Looked, Snapshot, finding};
use crate::shape::api::{Ingress, IngressClass};
use chrono::TimeDelta;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

const GRACE: TimeDelta = TimeDelta::minutes(10);
const DEFAULT: &str = "ingressclass.kubernetes.io/is-default-class";
/// How a class was named before there was a field for it; controllers still honour it.
const OLD_NAME: &str = "kubernetes.io/ingress.class";

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.ingresses.as_ref()?;
    let classes = snapshot.ingress_classes.as_ref()?;
    let old_enough = all.iter().filter(|ingress| snapshot.now - ingress.metadata.created() > GRACE);
    let findings = old_enough.filter_map(|ingress| told(ingress, classes)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

fn told(ingress: &Ingress, classes: &[IngressClass]) -> Option<Finding> {
    let wanted = ingress.spec.ingress_class_name.as_str();
    let taken = !ingress.status.load_balancer.ingress.is_empty();
    let has_default =
        classes.iter().any(|class| class.metadata.annotations.get(DEFAULT).is_some_and(|value| value == "true"));
    let (why, evidence) = if wanted.is_empty() {
        if taken || has_default || ingress.metadata.annotations.contains_key(OLD_NAME) {
            return None;
        }
        let evidence = "no spec.ingressClassName, no default class, no address in status";
        ("it names no class and no controller took it".to_owned(), evidence.to_owned())
    } else {
        if classes.iter().any(|class| class.metadata.name == wanted) {
            return None;
        }
        (format!("there is no IngressClass {wanted}"), format!("spec.ingressClassName: {wanted}"))
    };
    let known: Vec<&str> = classes.iter().map(|class| class.metadata.name.as_str()).collect();
    let known = if known.is_empty() {
        "there are no ingress classes".to_owned()
    } else {
        format!("classes: {}", known.join(", "))
    };
    let namespace = ingress.metadata.namespace();
    Some(Finding {
        evidence: vec![evidence, known],
        next: format!(
            "list kind=ingressclasses; get kind=Ingress name={} namespace={namespace}",
            ingress.metadata.name
        ),
        ..finding(
            "ingress-class",
            // Some controllers take ingresses of any class name; an address in the status says that one did.
            if taken { Severity::Info } else { Severity::Warning },
            ObjectRef::namespaced("Ingress", namespace, &ingress.metadata.name),
            why,
        )
    })
}
