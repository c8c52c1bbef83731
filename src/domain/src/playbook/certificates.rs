//! "When do certificates expire?": the end of each that is measured, the soonest first, and what the checks find on them.
//!
//! Two exporters measure it: cert-manager for its own Certificates, and the blackbox exporter for whatever it probes over TLS.
//! A certificate that neither knows is not told of.
//!
//! Deliberately absent: reading the secrets that hold certificates.

use super::draft::Draft;
use super::looks::{Look, Looks};
use super::{Inquiry, calls};
use crate::diagnosis::Statement;
use crate::diagnosis::case::Scene;
use crate::evidence::EvidenceId;
use crate::observed::kubernetes::Health;
use crate::observed::prometheus::Instant;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// The ends, as Unix times: <https://cert-manager.io/docs/devops-tips/prometheus-metrics/> and the blackbox exporter's
/// `probe_ssl_earliest_cert_expiry`. Sorted, so that where there are more than can be read, those that end last are left out.
const ENDS: &str = r#"sort(min by (namespace, exported_namespace, name, instance) ({__name__=~"certmanager_certificate_expiration_timestamp_seconds|probe_ssl_earliest_cert_expiry"}))"#;

/// Checks that speak of certificates.
const CHECKS: [&str; 2] = ["certificate-expiring", "ingress-tls"];

/// Certificates that are told.
const TOLD: usize = 20;

pub(super) fn run(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Draft {
    let measured: Look<Instant> = looks.at(calls::query_many(ENDS));
    let health: Look<Health> =
        looks.at(calls::cluster_health(inquiry.cluster.as_deref(), inquiry.namespace.as_deref()));
    if measured.is_pending() || health.is_pending() {
        return Draft::default();
    }
    let ends = match &measured {
        Look::Seen(seen) => ends(&seen.data, inquiry.namespace.as_deref()),
        _ => Vec::new(),
    };
    let mut draft = Draft::saying(verdict(inquiry, &measured, &ends));
    if let Look::Seen(seen) = &measured {
        let each = ends.iter().take(TOLD).map(|(name, end)| Statement::new(spoken(inquiry, name, *end), [seen.id]));
        draft.section("Each of them, the soonest first", each.collect());
        if ends.len() > TOLD {
            let more = format!("{} are measured; the first {TOLD} are told here", ends.len());
            draft.section("", vec![Statement::new(more, [seen.id])]);
        }
        if seen.truncated {
            draft.section(
                "",
                vec![Statement::new("There are more than could be read; those that are not told end later", [seen.id])],
            );
        }
    }
    draft.section("What the checks find", found(&health));
    draft
}

/// Each certificate with its end, the soonest first; one that several replicas measure is there once.
fn ends(instant: &Instant, namespace: Option<&str>) -> Vec<(String, DateTime<Utc>)> {
    let mut ends: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
    for sample in &instant.samples {
        let label = |name: &str| sample.labels.get(name).map(String::as_str).filter(|value| !value.is_empty());
        let of = label("exported_namespace").or_else(|| label("namespace"));
        if namespace.is_some_and(|wanted| of != Some(wanted)) {
            continue;
        }
        let name = match (label("name"), of) {
            (Some(name), Some(of)) => format!("Certificate {of}/{name}"),
            (Some(name), None) => format!("Certificate {name}"),
            (None, _) => match label("instance") {
                Some(probed) => format!("The certificate at {probed}"),
                None => continue,
            },
        };
        #[expect(clippy::cast_possible_truncation, reason = "Unix seconds; what is out of range is no time")]
        let end = sample.value.and_then(|seconds| DateTime::from_timestamp(seconds as i64, 0));
        if let Some(end) = end {
            ends.entry(name).and_modify(|known| *known = end.min(*known)).or_insert(end);
        }
    }
    let mut ends: Vec<(String, DateTime<Utc>)> = ends.into_iter().collect();
    ends.sort_by_key(|(_, end)| *end);
    ends
}

fn verdict(inquiry: &Inquiry<'_>, measured: &Look<Instant>, ends: &[(String, DateTime<Utc>)]) -> Statement {
    match (measured, ends.first()) {
        (Look::Seen(seen), Some((name, end))) => Statement::new(spoken(inquiry, name, *end), [seen.id]),
        (Look::Seen(seen), None) if !seen.data.samples.is_empty() => {
            let count = seen.data.samples.len();
            let told = match &inquiry.namespace {
                Some(name) => {
                    format!("Prometheus measures no certificate of the namespace {name}, and {count} of others")
                }
                None => format!("Prometheus measures {count} certificates, and of none an end that can be read"),
            };
            Statement::new(told, [seen.id])
        }
        (Look::Seen(seen), None) => Statement::new(
            "Prometheus measures no certificate: neither cert-manager nor a TLS probe of the blackbox exporter is scraped",
            [seen.id],
        ),
        (Look::Failed(id, _), _) => Statement::new("I could not read when certificates expire", [*id]),
        (Look::NoTool | Look::Pending, _) => {
            Statement::new("I have no Prometheus to ask when certificates expire: name one under [prometheus]", [])
        }
    }
}

/// `Certificate edge/shop-tls expires at 2026-11-24 02:02 UTC, in 47 hours`.
fn spoken(inquiry: &Inquiry<'_>, name: &str, end: DateTime<Utc>) -> String {
    let clock = Scene::clock_of(end, inquiry.now, inquiry.zone);
    let left = end - inquiry.now;
    let length = |hours: i64| match hours {
        0 => "less than an hour".to_owned(),
        1..=71 => format!("{hours} h"),
        _ => format!("{} days", hours / 24),
    };
    if left.num_seconds() <= 0 {
        return format!("{name} expired at {clock}, {} ago", length(-left.num_hours()));
    }
    format!("{name} expires at {clock}, in {}", length(left.num_hours()))
}

fn found(health: &Look<Health>) -> Vec<Statement> {
    let seen = match health {
        Look::Seen(seen) => seen,
        Look::Failed(id, _) => {
            return vec![Statement::new("I could not look at the cluster's own certificates", [*id])];
        }
        Look::NoTool | Look::Pending => return Vec::new(),
    };
    let id: EvidenceId = seen.id;
    let own = seen.data.findings.iter().filter(|finding| CHECKS.contains(&finding.check.as_str()));
    let told = own.map(|finding| Statement::new(format!("{}: {}", finding.object, finding.why), [id]));
    let blind = seen.data.not_checked.iter().filter(|not| CHECKS.contains(&not.check.as_str()));
    let blind =
        blind.map(|not| Statement::new(format!("The check {} could not look: {}", not.check, not.reason), [id]));
    told.chain(blind).collect()
}

#[cfg(test)]
mod tests {
    use super::super::custom::Extensions;
    use super::super::looks::Looks;
    use super::super::testing::{answered, inquiry, now};
    use crate::envelope::{Envelope, Failure, FailureKind};
    use crate::evidence::ToolCall;
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    fn answer(samples: Option<&Value>, health: &Value, expected: &Expect) {
        let result = |call: &ToolCall| match (call.tool.as_str(), samples) {
            ("prometheus_query", Some(samples)) => Ok(Envelope::whole(
                json!({"query": call.arguments["query"], "at": now(), "result_type": "vector", "samples": samples}),
                1,
            )),
            ("prometheus_query", None) => Err(Failure::new(FailureKind::Unreachable, "no answer")),
            _ => Ok(Envelope::whole(health.clone(), 1)),
        };
        let tools = ["prometheus_query", "kubernetes_cluster_health"];
        expected.assert_eq(&answered("when do certificates expire?", &tools, result));
    }

    #[test]
    fn the_soonest_comes_first_and_what_the_checks_find_beside_it() {
        let samples = json!([
            {"labels": {"exported_namespace": "edge", "namespace": "cert-manager", "name": "shop-tls"}, "value": 1_795_399_200.0},
            {"labels": {"instance": "https://pay.example.com"}, "value": 1_795_213_600.0},
            {"labels": {"namespace": "edge", "name": "admin-tls"}, "value": 1_803_175_200.0},
            {"labels": {"namespace": "edge", "name": "admin-tls", "instance": "10.0.0.2:9402"}, "value": 1_803_175_200.0},
            {"labels": {"namespace": "edge", "name": "unknown-tls"}, "value": null},
        ]);
        let health = json!({"checked": {"certificate-expiring": 3}, "findings": [
            {"check": "certificate-expiring", "severity": "warning", "why": "its renewal fails", "evidence": [], "next": "",
                "object": {"kind": "Certificate", "namespace": "edge", "name": "shop-tls"}},
            {"check": "pod-crash-loop", "severity": "critical", "why": "it crashes", "evidence": [], "next": "",
                "object": {"kind": "Deployment", "namespace": "shop", "name": "cart"}},
        ]});
        answer(
            Some(&samples),
            &health,
            &expect![[r#"
            **The certificate at https://pay.example.com expired at 2026-11-20 22:26, 3 h ago** [e1]

            Each of them, the soonest first:
            - The certificate at https://pay.example.com expired at 2026-11-20 22:26, 3 h ago [e1]
            - Certificate edge/shop-tls expires at 2026-11-23 02:00, in 48 h [e1]
            - Certificate edge/admin-tls expires at 2027-02-21 02:00, in 92 days [e1]

            What the checks find:
            - Certificate edge/shop-tls: its renewal fails [e2]"#]],
        );
    }

    #[test]
    fn what_is_not_measured_and_not_looked_at_is_said() {
        let blind = json!({"checked": {}, "findings": [],
            "not_checked": [{"check": "certificate-expiring", "reason": "forbidden"}]});
        answer(
            Some(&json!([])),
            &blind,
            &expect![[r#"
            **Prometheus measures no certificate: neither cert-manager nor a TLS probe of the blackbox exporter is scraped** [e1]

            What the checks find:
            - The check certificate-expiring could not look: forbidden [e2]"#]],
        );
        answer(
            None,
            &json!({"checked": {"certificate-expiring": 1}, "findings": []}),
            &expect!["**I could not read when certificates expire** [e1]"],
        );
    }

    /// Asked of a namespace without one, it was told that nothing is scraped at all.
    #[test]
    fn certificates_of_other_namespaces_only_were_told_as_none_that_is_scraped() {
        let extensions = Extensions::default();
        let asked = super::Inquiry {
            namespace: Some("shop".to_owned()),
            ..inquiry("when do certificates expire?", &extensions)
        };
        let samples = json!([{"labels": {"namespace": "edge", "name": "shop-tls"}, "value": 1_795_399_200.0}]);
        let instant = json!({"query": super::ENDS, "at": now(), "result_type": "vector", "samples": samples});
        let call = super::calls::query_many(super::ENDS);
        let seen =
            [crate::evidence::Evidence { id: super::EvidenceId(1), call, result: Ok(Envelope::whole(instant, 1)) }];
        let tools = ["prometheus_query".to_owned()].into();
        let draft = super::run(&asked, &mut Looks::new(&seen, &tools));
        let told = draft.markdown(|_| false, &[], &[]);
        assert_eq!(told, "**Prometheus measures no certificate of the namespace shop, and 1 of others** [e1]");
    }
}
