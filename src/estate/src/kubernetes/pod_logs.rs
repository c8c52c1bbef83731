//! The log of a container, whole or followed.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures::stream;
use http::{Response, StatusCode};
use serde_json::Value;

use super::error::ApiError;
use super::{Call, answer};
use crate::Estate;
use crate::world::logs::LogLine;
use crate::world::object::{text, uid};

const PLAIN: &str = "text/plain";
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// GET of a pod's log.
pub fn answer(call: &Call) -> Result<Response<Body>, ApiError> {
    let own = call.target.name.as_deref().unwrap_or_default();
    let ns = call.target.namespace();
    let parameters = &call.parameters;
    let (now, pod) = call.estate.with_world(|world| (world.now(), world.get("pods", ns, own)));
    let pod = pod.ok_or_else(|| ApiError::not_found("", "pods", own))?;
    let container = text(&pod, "/spec/containers/0/name");
    let alive = call.estate.with_world(|world| {
        let node = world.timeline().nodes.get(text(&pod, "/spec/nodeName"));
        node.is_none_or(|node| node.alive.last() != Some(&false))
    });
    if !alive {
        return Err(ApiError::kubelet_away(text(&pod, "/status/hostIP"), &format!("{ns}/{own}/{container}")));
    }
    let asked = parameters.text("container");
    if !asked.is_empty() && asked != container {
        return Err(ApiError::bad_request(format!("container {asked} is not valid for pod {own}")));
    }
    let since_seconds = parameters.number("sinceSeconds")?;
    let since = match since_seconds {
        Some(seconds) if seconds <= 0 => {
            return Err(ApiError::invalid("sinceSeconds: Invalid value: must be greater than 0"));
        }
        Some(seconds) => Some(now - TimeDelta::seconds(seconds)),
        None => parameters.time("sinceTime")?,
    };
    let previous = parameters.flag("previous");
    let lines = call.estate.with_world(|world| world.logs(&pod, since, previous));
    let lines = lines.ok_or_else(|| no_process(&pod, container, previous))?;
    let tail = parameters.number("tailLines")?.map_or(lines.len(), |tail| usize::try_from(tail).unwrap_or(0));
    let shown = lines.get(lines.len().saturating_sub(tail)..).unwrap_or_default();
    let stamped = parameters.flag("timestamps");
    let mut whole: String = shown.iter().map(|line| render(line, stamped)).collect();
    if let Some(limit) = parameters.number("limitBytes")?.and_then(|limit| usize::try_from(limit).ok()) {
        let end = (0..=limit.min(whole.len())).rev().find(|end| whole.is_char_boundary(*end)).unwrap_or(0);
        whole.truncate(end);
    }
    if parameters.flag("follow") && !previous {
        return Ok(follow(Arc::clone(&call.estate), uid(&pod).to_owned(), whole, now, stamped));
    }
    Ok(answer::body(StatusCode::OK, PLAIN, Body::from(whole)))
}

fn no_process(pod: &Value, container: &str, previous: bool) -> ApiError {
    let own = crate::world::object::name(pod);
    if previous {
        return ApiError::bad_request(format!("previous terminated container {container:?} in pod {own:?} not found"));
    }
    let reason = text(pod, "/status/containerStatuses/0/state/waiting/reason");
    let why = match reason {
        "" => return ApiError::bad_request(format!("pod {own} does not have a host assigned")),
        "ErrImagePull" | "ImagePullBackOff" => "trying and failing to pull image".to_owned(),
        reason => reason.to_owned(),
    };
    ApiError::bad_request(format!("container {container:?} in pod {own:?} is waiting to start: {why}"))
}

fn render(line: &LogLine, stamped: bool) -> String {
    if stamped {
        format!("{} {}\n", line.at.to_rfc3339_opts(SecondsFormat::Nanos, true), line.text)
    } else {
        format!("{}\n", line.text)
    }
}

fn follow(estate: Arc<Estate>, pod: String, first: String, since: DateTime<Utc>, stamped: bool) -> Response<Body> {
    let start = (estate, pod, Some(first), since);
    let parts = stream::unfold(start, move |(estate, pod, first, since)| async move {
        if let Some(first) = first {
            return Some((Ok::<_, std::convert::Infallible>(Bytes::from(first)), (estate, pod, None, since)));
        }
        let mut since = since;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let (now, lines, ended) = estate.with_world(|world| {
                let now = world.now();
                let track = world.timeline().pod(&pod);
                let ended = track.is_none_or(|track| track.ended.is_some() || track.running.last() != Some(&true));
                (now, world.log_lines(&pod, since, now), ended)
            });
            let text: String = lines.iter().map(|line| render(line, stamped)).collect();
            since = now;
            if !text.is_empty() {
                return Some((Ok(Bytes::from(text)), (estate, pod, None, since)));
            }
            if ended {
                return None;
            }
        }
    });
    answer::body(StatusCode::OK, PLAIN, Body::from_stream(parts))
}
