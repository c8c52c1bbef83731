//! The certificate controller: renews in time when its issuer exists, and says so when it does not.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::World;
use super::object::{integer, name, namespace, set, text, time, timestamp};
use super::task::Task;
use super::timeline::{CertificateTrack, NamespacedName, Steps};

const LIFE: TimeDelta = TimeDelta::days(90);
const RETRY: TimeDelta = TimeDelta::minutes(1);
const COMPONENT: &str = "cert-manager-certificates-issuing";

impl World {
    pub(crate) fn reconcile_certificate(&mut self, ns: &str, own: &str) {
        let Some(certificate) = self.store.get("certificates", ns, own) else { return };
        let not_after = time(&certificate, "/status/notAfter").unwrap_or(self.now);
        let renew_before = hours(text(&certificate, "/spec/renewBefore")).unwrap_or(TimeDelta::days(30));
        let due = not_after - renew_before;
        let issuing = super::object::has_condition(&certificate, "Issuing");
        if self.now < due && !issuing {
            self.note_certificate(&certificate, not_after, false);
            self.plan_renewal(ns, own, due);
            return;
        }
        let issuer = text(&certificate, "/spec/issuerRef/name").to_owned();
        if self.store.get("clusterissuers", "", &issuer).is_some() {
            self.issue(&certificate);
        } else {
            self.renewal_failed(&certificate, not_after, due, &issuer);
        }
    }

    fn plan_renewal(&mut self, ns: &str, own: &str, due: DateTime<Utc>) {
        if due > self.now {
            self.queue.push(due, Task::RenewCertificate { namespace: ns.to_owned(), name: own.to_owned() });
        }
    }

    fn issue(&mut self, certificate: &Value) {
        let not_after = self.now + LIFE;
        let ready = "Certificate is up to date and has not expired";
        let mut renewed = Value::clone(certificate);
        let revision = integer(certificate, "/status/revision").unwrap_or_default() + 1;
        let renew_before = hours(text(certificate, "/spec/renewBefore")).unwrap_or(TimeDelta::days(30));
        let status = json!({
            "notBefore": timestamp(self.now), "notAfter": timestamp(not_after), "renewalTime": timestamp(not_after - renew_before),
            "revision": revision,
            "conditions": [{"type": "Ready", "status": "True", "reason": "Ready", "message": ready,
                "lastTransitionTime": timestamp(self.now), "observedGeneration": integer(certificate, "/metadata/generation").unwrap_or(1)}],
        });
        set(&mut renewed, &["status"], status);
        self.normal(certificate, "Issuing", "The certificate has been successfully issued", COMPONENT);
        self.put("certificates", renewed);
    }

    fn renewal_failed(&mut self, certificate: &Value, not_after: DateTime<Utc>, due: DateTime<Utc>, issuer: &str) {
        let last_try = time(certificate, "/status/lastFailureTime");
        if last_try.is_some_and(|at| self.now - at < RETRY) {
            return;
        }
        let attempts = integer(certificate, "/status/failedIssuanceAttempts").unwrap_or_default() + 1;
        let expired = self.now >= not_after;
        let message =
            format!("Referenced \"ClusterIssuer\" not found: clusterissuer.cert-manager.io {issuer:?} not found");
        let (status, reason, ready) = if expired {
            ("False", "Expired", format!("Certificate expired on {}", not_after.format("%a, %d %b %Y %H:%M:%S UTC")))
        } else {
            ("False", "Renewing", format!("Renewing certificate as renewal was scheduled at {}", timestamp(due)))
        };
        let since = super::object::condition(certificate, "Issuing")
            .map(|issuing| text(issuing, "/lastTransitionTime").to_owned());
        let since = since.unwrap_or_else(|| timestamp(self.now));
        let mut changed = Value::clone(certificate);
        set(
            &mut changed,
            &["status", "conditions"],
            json!([
                {"type": "Ready", "status": status, "reason": reason, "message": ready, "lastTransitionTime": since},
                {"type": "Issuing", "status": "True", "reason": "Renewing", "message": message, "lastTransitionTime": since},
            ]),
        );
        set(&mut changed, &["status", "lastFailureTime"], json!(timestamp(self.now)));
        set(&mut changed, &["status", "failedIssuanceAttempts"], json!(attempts));
        self.warn(certificate, "IssuerNotFound", &message, "cert-manager-certificaterequests-issuer-acme");
        self.note_certificate(certificate, not_after, true);
        self.put("certificates", changed);
        self.queue.push(
            self.now + RETRY,
            Task::RenewCertificate { namespace: namespace(certificate).to_owned(), name: name(certificate).to_owned() },
        );
    }

    fn note_certificate(&mut self, certificate: &Value, not_after: DateTime<Utc>, failing: bool) {
        let now = self.now;
        let key = NamespacedName::new(namespace(certificate), name(certificate));
        let track = self.timeline.certificates.entry(key.clone()).or_insert_with(|| CertificateTrack {
            certificate: key,
            not_after: Steps::new(now, not_after),
            ready: Steps::new(now, true),
            renewal_failing: Steps::new(now, failing),
        });
        track.not_after.set(now, not_after);
        track.ready.set(now, !failing);
        track.renewal_failing.set(now, failing);
    }
}

fn hours(text: &str) -> Option<TimeDelta> {
    let hours = text.split('h').next()?.parse().ok()?;
    Some(TimeDelta::hours(hours))
}
