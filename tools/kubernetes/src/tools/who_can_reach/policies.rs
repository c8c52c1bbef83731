//! The hops that network policies guard: into the service's pods, and out of the pods that ask. Pure.

use super::hops::{hop, target, unseen};
use crate::shape::api::{NetworkPolicy, Pod, Service};
use crate::shape::policies::{self, Labels, Party, Port, Ruling};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::Hop;

/// Pods with labels of their own that are judged on either side.
const KINDS_OF_PODS: usize = 30;

/// Who asks.
pub struct Source {
    /// As it was named.
    pub object: ObjectRef,
    /// Its namespace.
    pub namespace: String,
    /// The namespace's labels, where they could be read.
    pub namespace_labels: Option<Labels>,
    /// Its pods.
    pub pods: Vec<Pod>,
}

/// From a source to a service.
pub struct Way<'a> {
    /// Where it leads.
    pub service: &'a Service,
    /// The pods there.
    pub pods: &'a [Pod],
    /// Labels of the service's namespace, where they could be read.
    pub namespace_labels: Option<&'a Labels>,
    /// The only port that counts; `None` for all of the service's.
    pub port: Option<u32>,
    /// Who asks; `None` for whoever may.
    pub source: Option<&'a Source>,
}

impl Way<'_> {
    /// Who is let in.
    pub fn ingress(&self, known: &Result<Vec<NetworkPolicy>, Failure>) -> Hop {
        let policies = match known {
            Ok(policies) => policies,
            Err(failure) => return unseen("policies", failure),
        };
        if self.pods.is_empty() {
            return hop("policies", Some(true), String::new(), Vec::new());
        }
        if self.pods.iter().all(|pod| pod.spec.host_network) {
            return hop("policies", Some(true), "its pods use the node's network, which no policy governs", Vec::new());
        }
        let namespace = self.service.metadata.namespace();
        let governing: Vec<&NetworkPolicy> = policies
            .iter()
            .filter(|policy| self.pods.iter().any(|pod| policy.governs_ingress(namespace, &pod.metadata.labels)))
            .collect();
        if governing.is_empty() {
            return hop("policies", Some(true), "no network policy governs its pods: everybody is let in", Vec::new());
        }
        let evidence: Vec<String> = governing.iter().flat_map(|policy| words(policy)).collect();
        match self.source {
            None => self.whoever(&governing, evidence),
            Some(source) => {
                let rulings =
                    self.rulings(source, |target, port, asking| policies::ingress(policies, target, port, asking));
                let who = format!("let in from {}", source.object);
                summed("policies", &rulings, &who, evidence)
            }
        }
    }

    /// Without a source: shut for all, or open to those whom the rules name.
    fn whoever(&self, governing: &[&NetworkPolicy], evidence: Vec<String>) -> Hop {
        let namespace = self.service.metadata.namespace();
        let shut = self.pods.iter().all(|pod| {
            let mut of_pod =
                governing.iter().filter(|policy| policy.governs_ingress(namespace, &pod.metadata.labels)).peekable();
            of_pod.peek().is_some() && of_pod.all(|policy| policy.spec.ingress.is_empty())
        });
        match shut {
            true => hop("policies", Some(false), "network policies let nobody in", evidence),
            false => hop(
                "policies",
                None,
                "network policies let in only those named: pass `from` to ask about one",
                evidence,
            ),
        }
    }

    /// Whether the pods that ask are let out.
    pub fn egress(&self, known: &Result<Vec<NetworkPolicy>, Failure>) -> Hop {
        let (policies, source) = match (known, self.source) {
            (Ok(policies), Some(source)) => (policies, source),
            (Err(failure), _) => return unseen("egress", failure),
            (_, None) => return hop("egress", Some(true), String::new(), Vec::new()),
        };
        let governing: Vec<String> = policies
            .iter()
            .filter(|policy| {
                source.pods.iter().any(|pod| policy.governs_egress(&source.namespace, &pod.metadata.labels))
            })
            .map(|policy| format!("NetworkPolicy {} governs what goes out", policy.metadata.name))
            .collect();
        if governing.is_empty() {
            return hop("egress", Some(true), "no network policy governs where it may go", Vec::new());
        }
        if self.pods.is_empty() {
            return hop("egress", None, "there is no pod to go to, so it cannot be judged", governing);
        }
        let rulings = self.rulings(source, |target, port, asking| policies::egress(policies, asking, port, target));
        summed("egress", &rulings, &format!("let out of {}", source.object), governing)
    }

    /// Each sort of pod that asks to each sort of pod that answers, on each port.
    fn rulings(
        &self,
        source: &Source,
        judge: impl Fn(&Party<'_>, Option<Port<'_>>, &Party<'_>) -> Ruling,
    ) -> Vec<Ruling> {
        let ports = self.service.spec.ports.iter().filter(|port| self.port.is_none_or(|asked| port.port == asked));
        let ports: Vec<_> = ports.collect();
        let mut rulings = Vec::new();
        for pod in sorts(self.pods) {
            let answering = Party {
                namespace: pod.metadata.namespace(),
                namespace_labels: self.namespace_labels,
                labels: &pod.metadata.labels,
                address: &pod.status.address,
            };
            for asking in sorts(&source.pods) {
                let asking = Party {
                    namespace: &source.namespace,
                    namespace_labels: source.namespace_labels.as_ref(),
                    labels: &asking.metadata.labels,
                    address: &asking.status.address,
                };
                for port in &ports {
                    let protocol = port.protocol.as_deref().unwrap_or("TCP");
                    let number = target(pod, port).map(|(number, _)| number);
                    let name = number.map(|number| name_of(pod, number)).unwrap_or_default();
                    rulings.push(judge(&answering, number.map(|number| Port { number, name, protocol }), &asking));
                }
            }
        }
        rulings
    }
}

/// One pod of each set of labels; pods on the node's own network are governed by nothing.
fn sorts(pods: &[Pod]) -> Vec<&Pod> {
    let mut sorts: Vec<&Pod> = Vec::new();
    for pod in pods.iter().filter(|pod| !pod.spec.host_network) {
        if sorts.len() < KINDS_OF_PODS && !sorts.iter().any(|known| known.metadata.labels == pod.metadata.labels) {
            sorts.push(pod);
        }
    }
    sorts
}

fn name_of(pod: &Pod, number: u32) -> &str {
    let ports = pod.spec.containers.iter().flat_map(|container| &container.ports);
    ports.into_iter().find(|port| port.container_port == number).map(|port| port.name.as_str()).unwrap_or_default()
}

fn summed(name: &str, rulings: &[Ruling], who: &str, mut evidence: Vec<String>) -> Hop {
    let count = |wanted: Option<bool>| rulings.iter().filter(|ruling| ruling.is_open() == wanted).count();
    let (open, shut, total) = (count(Some(true)), count(Some(false)), rulings.len());
    let mut admitting: Vec<&String> = rulings.iter().flat_map(|ruling| &ruling.admitting).collect();
    admitting.sort();
    admitting.dedup();
    let by = match admitting.is_empty() {
        true => String::new(),
        false => format!(" by {}", admitting.into_iter().cloned().collect::<Vec<_>>().join(", ")),
    };
    if open == total {
        return hop(name, Some(true), format!("{who}{by}"), evidence);
    }
    if shut == total {
        let mut shutting: Vec<String> = rulings.iter().flat_map(|ruling| ruling.governing.clone()).collect();
        shutting.sort();
        shutting.dedup();
        return hop(name, Some(false), format!("not {who}: shut by {}", shutting.join(", ")), evidence);
    }
    let unsure: Vec<String> = rulings.iter().flat_map(|ruling| ruling.unsure.clone()).collect();
    evidence.splice(0..0, unsure.into_iter().take(2));
    hop(name, None, format!("{open} of {total} ways are {who}{by}, {shut} are shut"), evidence)
}

fn words(policy: &NetworkPolicy) -> Vec<String> {
    let name = &policy.metadata.name;
    let admitted = policies::admitted(policy);
    if admitted.is_empty() {
        return vec![format!("NetworkPolicy {name} lets nobody in")];
    }
    admitted.into_iter().map(|who| format!("NetworkPolicy {name} lets in {who}")).collect()
}
