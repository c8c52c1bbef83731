//! Silences: made, listed, expired; what they mute.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use super::matching::{CheckedMatcher, WrittenMatcher};
use crate::telemetry::http::{MAX_BODY_BYTES, Parameters, time_text};
use crate::telemetry::observe;
use crate::telemetry::series::Labels;

/// More silences than this are refused.
const MAX_SILENCES: usize = 1000;

/// A silence as a client writes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenSilence {
    #[serde(default)]
    id: Option<String>,
    matchers: Vec<WrittenMatcher>,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    #[serde(default)]
    created_by: String,
    #[serde(default)]
    comment: String,
}

/// A silence.
#[derive(Debug, Clone)]
struct Silence {
    matchers: Vec<CheckedMatcher>,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    created_by: String,
    comment: String,
}

impl Silence {
    fn state(&self, now: DateTime<Utc>) -> &'static str {
        if now >= self.ends_at {
            "expired"
        } else if now < self.starts_at {
            "pending"
        } else {
            "active"
        }
    }

    fn json(&self, id: &str, now: DateTime<Utc>) -> Value {
        json!({
            "id": id,
            "status": {"state": self.state(now)},
            "updatedAt": time_text(self.updated_at),
            "startsAt": time_text(self.starts_at),
            "endsAt": time_text(self.ends_at),
            "createdBy": self.created_by,
            "comment": self.comment,
            "matchers": self.matchers.iter().map(|matcher| &matcher.written).collect::<Vec<_>>(),
        })
    }
}

/// All silences by id.
#[derive(Debug, Default)]
pub(super) struct Silences {
    by_id: BTreeMap<String, Silence>,
    made: u64,
}

impl Silences {
    /// The ids of the active silences that mute these labels.
    pub fn muting(&self, labels: &Labels, now: DateTime<Utc>) -> Vec<String> {
        let mutes = |silence: &Silence| {
            silence.state(now) == "active" && silence.matchers.iter().all(|matcher| matcher.accepts(labels))
        };
        self.by_id.iter().filter(|(_, silence)| mutes(silence)).map(|(id, _)| id.clone()).collect()
    }

    fn put(&mut self, written: WrittenSilence, now: DateTime<Utc>) -> Result<String, (StatusCode, String)> {
        let refuse = |reason: String| (StatusCode::BAD_REQUEST, reason);
        if written.matchers.is_empty() {
            return Err(refuse("silence invalid: at least one matcher required".to_owned()));
        }
        if written.ends_at <= written.starts_at {
            return Err(refuse("silence invalid: end time must not be before start time".to_owned()));
        }
        if written.ends_at <= now {
            return Err(refuse("silence invalid: end time can't be in the past".to_owned()));
        }
        if self.by_id.len() >= MAX_SILENCES {
            return Err(refuse(format!("silence refused: {MAX_SILENCES} silences exist")));
        }
        let matchers = written.matchers.into_iter().map(CheckedMatcher::new).collect::<Result<Vec<_>, _>>();
        let matchers = matchers.map_err(|reason| refuse(format!("silence invalid: {reason}")))?;
        if matchers.iter().all(|matcher| matcher.accepts(&Labels::default())) {
            return Err(refuse("silence invalid: at least one matcher must not match the empty string".to_owned()));
        }
        let silence = Silence {
            matchers,
            starts_at: written.starts_at.max(now),
            ends_at: written.ends_at,
            updated_at: now,
            created_by: written.created_by,
            comment: written.comment,
        };
        // A change of a known silence ends it and makes a new one, as the real server does.
        if let Some(id) = written.id.filter(|id| !id.is_empty()) {
            let known = self.by_id.get_mut(&id);
            let known = known.ok_or_else(|| (StatusCode::NOT_FOUND, format!("silence {id} not found")))?;
            known.ends_at = known.ends_at.min(now);
        }
        self.made = self.made.wrapping_add(1);
        let id = format!("51e4ce00-0000-4000-8000-{:012x}", self.made);
        self.by_id.insert(id.clone(), silence);
        Ok(id)
    }
}

pub(super) async fn create(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let bad = |reason: String| (StatusCode::BAD_REQUEST, Json(Value::String(reason))).into_response();
    let Ok(bytes) = to_bytes(request.into_body(), MAX_BODY_BYTES).await else {
        return bad(format!("body of more than {MAX_BODY_BYTES} bytes"));
    };
    let written = match serde_json::from_slice::<WrittenSilence>(&bytes) {
        Ok(written) => written,
        Err(error) => return bad(format!("parsing silence body: {error}")),
    };
    let now = observe(&shared.estate, |_, now| now);
    match shared.with_silences(|silences| silences.put(written, now)) {
        Ok(id) => Json(json!({"silenceID": id})).into_response(),
        Err((status, reason)) => (status, Json(Value::String(reason))).into_response(),
    }
}

pub(super) async fn list(State(shared): State<Arc<Shared>>, parameters: Parameters) -> Response {
    let filters: Result<Vec<CheckedMatcher>, String> = parameters.all("filter").map(CheckedMatcher::parse).collect();
    let filters = match filters {
        Ok(filters) => filters,
        Err(reason) => return (StatusCode::BAD_REQUEST, Json(Value::String(reason))).into_response(),
    };
    let now = observe(&shared.estate, |_, now| now);
    let listed: Vec<Value> = shared.with_silences(|silences| {
        let wanted = silences.by_id.iter().filter(|(_, silence)| {
            let own = silence.matchers.iter().map(|m| (m.written.name.clone(), m.written.value.as_str()));
            let labels = Labels::from_pairs(own);
            filters.iter().all(|filter| filter.accepts(&labels))
        });
        wanted.map(|(id, silence)| silence.json(id, now)).collect()
    });
    Json(listed).into_response()
}

pub(super) async fn show(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let now = observe(&shared.estate, |_, now| now);
    match shared.with_silences(|silences| silences.by_id.get(&id).map(|silence| silence.json(&id, now))) {
        Some(silence) => Json(silence).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

pub(super) async fn expire(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let now = observe(&shared.estate, |_, now| now);
    let found = shared.with_silences(|silences| {
        silences.by_id.get_mut(&id).map(|silence| {
            silence.ends_at = silence.ends_at.min(now);
            silence.updated_at = now;
        })
    });
    match found {
        Some(()) => StatusCode::OK.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
