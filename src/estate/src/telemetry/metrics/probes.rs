//! What looks at the world from outside: cert-manager's view of certificates and the blackbox probe of services.

use super::application::serves_http;
use super::collect::{Collector, Life, Target, value_at, within};
use super::traffic::pods_of;
use crate::world::timeline::{ServiceTrack, Timeline};

const EXPIRATION: &str = "certmanager_certificate_expiration_timestamp_seconds";
const READY: &str = "certmanager_certificate_ready_status";
const PROBE: &str = "probe_success";
const PROBE_DURATION: &str = "probe_duration_seconds";
/// The instance of cert-manager.
pub(super) const CERT_MANAGER: &str = "10.244.0.21:9402";
/// A probe fails where more than this part of the requests does.
const PROBE_TOLERANCE: f64 = 0.5;

pub(super) fn collect(timeline: &Timeline, collector: &mut Collector<'_>) {
    let cert_manager = Target::new("cert-manager", CERT_MANAGER, Life::Steady);
    for certificate in timeline.certificates.values() {
        let named = [
            ("namespace", certificate.certificate.namespace.as_str()),
            ("name", certificate.certificate.name.as_str()),
        ];
        collector.add(&cert_manager, EXPIRATION, &named, |at_ms| {
            value_at(&certificate.not_after, at_ms).map(|end| end.timestamp() as f64)
        });
        for condition in ["True", "False"] {
            let labels = [named[0], named[1], ("condition", condition)];
            collector.add(&cert_manager, READY, &labels, |at_ms| {
                let ready = value_at(&certificate.ready, at_ms).copied()?;
                Some(f64::from(u8::from(ready == (condition == "True"))))
            });
        }
    }
    if collector.wants(&[PROBE, PROBE_DURATION]) {
        for service in timeline.services.values().filter(|service| serves_http(service)) {
            collect_probe(timeline, service, collector);
        }
    }
}

fn collect_probe(timeline: &Timeline, service: &ServiceTrack, collector: &mut Collector<'_>) {
    let target = probe_target(service);
    let pods = pods_of(timeline, service);
    let up = |at_ms: i64| {
        let serving = |pod: &&&crate::world::timeline::PodTrack| {
            within(pod, at_ms) && value_at(&pod.ready, at_ms).copied().unwrap_or(false)
        };
        let failing = value_at(&service.load, at_ms).map_or(0.0, |load| load.error_ratio);
        pods.iter().any(|pod| serving(&pod)) && failing < PROBE_TOLERANCE
    };
    collector.add(&target, PROBE, &[], |at_ms| Some(f64::from(u8::from(up(at_ms)))));
    collector.add(&target, PROBE_DURATION, &[], |at_ms| {
        let factor = value_at(&service.load, at_ms).map_or(1.0, |load| load.latency_factor);
        Some(service.base_latency_seconds * factor)
    });
}

/// The blackbox target of a service.
pub(super) fn probe_target(service: &ServiceTrack) -> Target<'static> {
    let url = format!("http://{}.{}.svc/healthz", service.service.name, service.service.namespace);
    Target::new("blackbox", &url, Life::Steady)
        .with("namespace", &service.service.namespace)
        .with("service", &service.service.name)
}
