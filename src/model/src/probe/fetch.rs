//! Small JSON documents from the endpoint, each with a deadline and a limit.

use crate::client::Shared;
use crate::transport::read_up_to;
use crate::trouble::Trouble;
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

const LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// Longest wait for what a server knows without asking its model.
pub(super) const QUICK: Duration = Duration::from_secs(10);

/// GET, or POST with a body.
pub(crate) async fn fetch(
    shared: &Shared,
    url: &str,
    body: Option<&Value>,
    deadline: Duration,
) -> Result<Value, Trouble> {
    let asking = async {
        let request = match body {
            Some(body) => shared.http.post(url).json(body),
            None => shared.http.get(url),
        };
        let response = request.send().await.map_err(|error| shared.whom.of_connection(error))?;
        let status = response.status();
        let (bytes, whole) =
            read_up_to(response, LIMIT_BYTES).await.map_err(|error| shared.whom.of_connection(error))?;
        let text = String::from_utf8_lossy(&bytes);
        if !status.is_success() {
            return Err(shared.whom.of_status(status.as_u16(), None, &text));
        }
        if !whole {
            return Err(shared.whom.bad_answer(&format!("more than {LIMIT_BYTES} bytes came from {}", path_of(url))));
        }
        serde_json::from_str(&text).map_err(|_| {
            let told = crate::trouble::message_in(&text);
            shared
                .whom
                .bad_answer(&format!("no JSON came from {}, so this is probably no model API: {told}", path_of(url)))
        })
    };
    timeout(deadline, asking)
        .await
        .unwrap_or_else(|_| Err(shared.whom.late(&format!("answer of {}", path_of(url)), deadline)))
}

/// The same, `None` where the server does not know the path or refuses the question.
pub(super) async fn fetch_if_there(shared: &Shared, url: &str) -> Result<Option<Value>, Trouble> {
    match fetch(shared, url, None, QUICK).await {
        Ok(value) => Ok(Some(value)),
        Err(trouble) => match &trouble.refusal {
            // A gateway that knows only chat completions answers other paths with all sorts of refusals.
            Some((status, _)) if !matches!(status, 401 | 403) => Ok(None),
            None if matches!(trouble.error, ports::model::ModelError::BadAnswer(_)) => Ok(None),
            _ => Err(trouble),
        },
    }
}

fn path_of(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    after_scheme.find('/').and_then(|start| after_scheme.get(start..)).unwrap_or("/")
}
