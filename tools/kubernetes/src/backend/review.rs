//! Reviews of access: a POST that stores nothing and answers at once.
//!
//! Guarantee: no other path can be posted to from here, so that a reading server changes nothing.

use super::{Cluster, failure};
use crate::query::request::Asked;
use domain::envelope::{Failure, FailureKind};
use http_body_util::{BodyExt as _, Limited};
use serde_json::Value;
use tokio::time::{Instant, timeout};

/// What a review asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    /// Whether we may do one thing (`SelfSubjectAccessReview`).
    Access,
    /// What we may do in a namespace (`SelfSubjectRulesReview`).
    Rules,
}

impl Review {
    /// The kind of its object.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Access => "SelfSubjectAccessReview",
            Self::Rules => "SelfSubjectRulesReview",
        }
    }

    fn resource(self) -> &'static str {
        match self {
            Self::Access => "selfsubjectaccessreviews",
            Self::Rules => "selfsubjectrulesreviews",
        }
    }
}

impl Cluster {
    /// The `status` of a review of this spec.
    ///
    /// # Errors
    /// As of any other request; `BadAnswer` for a review without a status.
    pub async fn review(&self, review: Review, spec: Value) -> Result<Value, Failure> {
        let first = self.review_once(review, &spec).await;
        let rejected = matches!(&first, Err(failure) if failure.kind == FailureKind::Unauthenticated);
        if rejected && self.forget_credentials().await {
            return self.review_once(review, &spec).await;
        }
        first
    }

    async fn review_once(&self, review: Review, spec: &Value) -> Result<Value, Failure> {
        let asked = Asked {
            verb: "create",
            resource: format!("{}.authorization.k8s.io", review.resource()),
            namespace: None,
            name: None,
        };
        let body = serde_json::json!({"apiVersion": "authorization.k8s.io/v1", "kind": review.kind(), "spec": spec});
        let wire = http::Request::post(format!("/apis/authorization.k8s.io/v1/{}", review.resource()))
            .header(http::header::ACCEPT, "application/json")
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(kube::client::Body::from(body.to_string().into_bytes()))
            .map_err(|error| Failure::new(FailureKind::BadRequest, format!("{asked} cannot be asked: {error}")))?;
        let connection = self.connection().await?;
        let address = connection.address.clone();
        let permit = self.requests.acquire().await;
        let started = Instant::now();
        let work = async {
            let response = connection.client.send(wire).await;
            let response = response.map_err(|error| failure::of_transport(self.name(), &address, &asked, &error))?;
            let code = response.status();
            let body = Limited::new(response.into_body(), self.limits().answer_bytes).collect().await;
            let body = body.map_err(|_| {
                Failure::new(
                    FailureKind::Unreachable,
                    format!("cluster {} ({address}) broke off its answer to {asked}", self.name()),
                )
            })?;
            Ok((code, body.to_bytes()))
        };
        let answer = timeout(self.limits().request_timeout, work).await;
        drop(permit);
        let (code, body) = answer.unwrap_or_else(|_| {
            Err(failure::of_timeout(self.name(), &address, &asked, started.elapsed().as_secs_f64()))
        })?;
        if !code.is_success() {
            return Err(failure::of_status(self.name(), &asked, code, &body));
        }
        let mut answer: Value = serde_json::from_slice(&body)
            .map_err(|error| failure::of_shape(self.name(), &address, &asked, &body, &error))?;
        match answer.get_mut("status").map(Value::take) {
            Some(status) if status.is_object() => Ok(status),
            _ => Err(Failure::new(
                FailureKind::BadAnswer,
                format!("cluster {} ({address}) answered {asked} without a status", self.name()),
            )),
        }
    }
}
