//! The hops up to the pods: name, endpoints, ports, probes. Pure.

use crate::shape::api::{Container, EndpointSlice, Event, Pod, Service, ServicePort};
use crate::shape::{lines, pods, services};
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::Failure;
use domain::observed::kubernetes::Hop;

/// Evidence of one hop.
const EVIDENCE: usize = 6;

/// A probe that failed within this time fails.
const RECENT: TimeDelta = TimeDelta::minutes(10);

/// What was read of the service.
pub struct Seen<'a> {
    /// The service.
    pub service: &'a Service,
    /// The pods that it selects.
    pub pods: Result<&'a [Pod], &'a Failure>,
    /// Its endpoints.
    pub slices: Result<&'a [EndpointSlice], &'a Failure>,
    /// The time of the look.
    pub now: DateTime<Utc>,
}

pub(super) fn hop(hop: &str, ok: Option<bool>, why: impl Into<String>, mut evidence: Vec<String>) -> Hop {
    evidence.truncate(EVIDENCE);
    Hop { hop: hop.to_owned(), ok, why: why.into(), evidence }
}

/// A hop that could not be looked at.
pub(super) fn unseen(name: &str, failure: &Failure) -> Hop {
    hop(name, None, format!("not looked at: {}", failure.message), Vec::new())
}

impl Seen<'_> {
    /// What the name leads to.
    pub fn dns(&self) -> Hop {
        let why = match self.service.spec.cluster_ip.as_str() {
            "None" => "headless: the name leads to the ready pods' own addresses".to_owned(),
            "" => "the name leads to the service's address".to_owned(),
            address => format!("the name leads to {address}"),
        };
        hop("dns", Some(true), why, Vec::new())
    }

    /// Whether somebody ready is behind it.
    pub fn endpoints(&self) -> Hop {
        let slices = match self.slices {
            Ok(slices) => slices,
            Err(failure) => return unseen("endpoints", failure),
        };
        let ready: u32 = slices.iter().map(EndpointSlice::ready).sum();
        let Some(selector) = services::selector(&self.service.spec.selector) else {
            let why = format!("no selector: its endpoints are kept by hand, {ready} are ready");
            return hop("endpoints", Some(ready > 0), why, Vec::new());
        };
        let selected = match self.pods {
            Ok(pods) => pods,
            Err(failure) => return unseen("endpoints", failure),
        };
        let mut evidence = vec![format!("selector: {selector}")];
        let waiting = selected.iter().filter(|pod| !pod.is_ready() && !pod.is_finished());
        evidence.extend(waiting.map(|pod| {
            let row = pods::row(pod);
            match row.message {
                Some(message) => format!("pod {}: {}: {}", row.name, row.status, lines::cut(&message, 160)),
                None => format!("pod {}: {}, {}/{} ready", row.name, row.status, row.ready, row.containers),
            }
        }));
        let open = ready > 0 || self.service.spec.publish_not_ready_addresses && !selected.is_empty();
        let why = match (selected.len(), ready) {
            (0, _) => "its selector matches no pod".to_owned(),
            (count, 0) => {
                let running = selected.iter().filter(|pod| pod.is_ready()).count();
                match running {
                    0 => format!("none of its {count} pods is ready"),
                    _ => format!("{running} of its {count} pods are ready and yet no endpoint is"),
                }
            }
            (count, ready) => format!("{ready} ready endpoints of {count} pods"),
        };
        hop("endpoints", Some(open), why, evidence)
    }

    /// Whether its ports lead to ports of the pods.
    pub fn ports(&self, asked: Option<u32>) -> Hop {
        let ports = &self.service.spec.ports;
        let meant: Vec<&ServicePort> =
            ports.iter().filter(|port| asked.is_none_or(|asked| port.port == asked)).collect();
        let known: Vec<String> = ports.iter().map(|port| port.port.to_string()).collect();
        if meant.is_empty() {
            let why = match asked {
                Some(asked) => format!("the service has no port {asked}, only {}", known.join(", ")),
                None => "the service has no ports".to_owned(),
            };
            return hop("ports", Some(false), why, Vec::new());
        }
        let Some(pod) = self.pods.ok().and_then(<[Pod]>::first) else {
            return hop("ports", Some(true), format!("ports {}", known.join(", ")), Vec::new());
        };
        let resolved = meant.iter().map(|port| (*port, target(pod, port)));
        let mut lost = Vec::new();
        let mut evidence = Vec::new();
        for (port, found) in resolved {
            match found {
                Some((number, declared)) => evidence.push(format!(
                    "port {} leads to {number}{}",
                    port.port,
                    if declared { "" } else { ", which no container declares (it may listen there all the same)" }
                )),
                None => lost
                    .push(format!("port {} leads to the name {}, which no container has", port.port, port.target_port)),
            }
        }
        match lost.first() {
            Some(first) => hop("ports", Some(false), first.clone(), lost),
            None => hop("ports", Some(true), "its ports lead to ports of the pods", evidence),
        }
    }

    /// Whether probes keep pods out.
    pub fn probes(&self, events: &[Event]) -> Hop {
        let Some(selected) = self.pods.ok().filter(|pods| !pods.is_empty()) else {
            return hop("probes", Some(true), String::new(), Vec::new());
        };
        let failing: Vec<String> = events
            .iter()
            .filter(|event| {
                matches!(event.reason.as_str(), "Unhealthy" | "ProbeError")
                    && self.now - event.last_seen() < RECENT
                    && selected.iter().any(|pod| !pod.is_ready() && pod.metadata.name == event.involved_object.name)
            })
            .map(|event| format!("pod {}: {}", event.involved_object.name, lines::cut(&event.message, 200)))
            .collect();
        let ready = selected.iter().any(Pod::is_ready);
        if !failing.is_empty() {
            let why = format!("probes fail on {} pods", failing.len());
            return hop("probes", Some(ready), why, failing);
        }
        let first = selected.first();
        let containers = || first.into_iter().flat_map(|pod| &pod.spec.containers);
        let told: Vec<String> = containers().filter_map(readiness).collect();
        match told.is_empty() {
            true => {
                hop("probes", Some(true), "no readiness probe: a pod counts as ready as soon as it runs", Vec::new())
            }
            false => hop("probes", Some(true), "no probe fails now", told),
        }
    }
}

fn readiness(container: &Container) -> Option<String> {
    let probe = container.readiness_probe.as_ref()?;
    Some(match probe.target() {
        Some(target) => {
            format!("container {}: readiness probe to port {} {}", container.name, target.port, target.path)
                .trim_end()
                .to_owned()
        }
        None => format!("container {}: readiness probe by a command", container.name),
    })
}

/// The number that a port of the service leads to on a pod, and whether a container declares it.
pub(super) fn target(pod: &Pod, port: &ServicePort) -> Option<(u32, bool)> {
    let containers = || pod.spec.containers.iter().chain(&pod.spec.init_containers);
    if port.target_port.is_null() {
        let declared =
            containers().flat_map(|container| &container.ports).any(|known| known.container_port == port.port);
        return Some((port.port, declared));
    }
    let number = containers().find_map(|container| container.port(&port.target_port))?;
    let declared = containers().flat_map(|container| &container.ports).any(|known| known.container_port == number);
    Some((number, declared))
}
