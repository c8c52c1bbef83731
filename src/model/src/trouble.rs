//! What went wrong with one attempt, and what may be done about it.

use crate::repair::excerpt;
use crate::transport::HttpFailure;
use async_openai::error::OpenAIError;
use domain::secret::Secret;
use ports::model::ModelError;
use serde_json::Value;
use std::error::Error;
use std::time::Duration;

/// A failed attempt.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trouble {
    /// What the engine hears if this is the last attempt.
    pub(crate) error: ModelError,
    /// Whether another attempt may end better.
    pub(crate) repeatable: bool,
    /// When the server wants to be asked again.
    pub(crate) wish: Option<Duration>,
    /// Whether it speaks against the endpoint (and not against the request).
    pub(crate) counts: bool,
    /// The refusal, for the dialect to learn from: status and text.
    pub(crate) refusal: Option<(u16, String)>,
}

/// Who is asked, for messages; knows what must never be in one.
#[derive(Debug, Clone)]
pub(crate) struct Whom {
    /// The address without credentials.
    pub(crate) address: String,
    /// Texts that are cut out of everything that is told.
    pub(crate) secrets: Vec<Secret>,
}

impl Whom {
    /// A server's text, short and without secrets.
    pub(crate) fn clean(&self, text: &str) -> String {
        let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for secret in &self.secrets {
            // A short secret would cut ordinary words to pieces, and no key is that short.
            if secret.reveal().len() >= 4 {
                text = text.replace(secret.reveal(), "[secret]");
            }
        }
        excerpt(&text, 300)
    }

    /// An attempt that ended without an answer.
    pub(crate) fn late(&self, what: &str, after: Duration) -> Trouble {
        let error = ModelError::Timeout(format!("no {what} from {} within {:.0?}", self.address, after));
        Trouble { error, repeatable: false, wish: None, counts: true, refusal: None }
    }

    /// An answer that is not what the API promises.
    pub(crate) fn bad_answer(&self, what: &str) -> Trouble {
        let error = ModelError::BadAnswer(format!("{}: {}", self.address, self.clean(what)));
        Trouble { error, repeatable: true, wish: None, counts: true, refusal: None }
    }

    /// What async-openai or our transport under it reports.
    pub(crate) fn of(&self, error: OpenAIError) -> Trouble {
        match error {
            OpenAIError::Reqwest(error) => self.of_connection(error),
            OpenAIError::Boxed(inner) => match inner.downcast::<HttpFailure>() {
                Ok(failure) => self.of_http(*failure),
                Err(other) => self.bad_answer(&chain(other.as_ref())),
            },
            OpenAIError::StreamError(_) => self.bad_answer("the connection broke off in the middle of the answer"),
            OpenAIError::JSONDeserialize(_, content) => {
                self.bad_answer(&format!("a part that is no JSON: {}", excerpt(&content, 120)))
            }
            other => self.bad_answer(&other.to_string()),
        }
    }

    pub(crate) fn of_connection(&self, error: reqwest::Error) -> Trouble {
        let timed_out = error.is_timeout();
        let connecting = error.is_connect();
        let told = self.clean(&chain(&error.without_url()));
        let error = match (connecting, timed_out) {
            (false, true) => ModelError::Timeout(format!("{}: {told}", self.address)),
            _ => ModelError::Unreachable(format!("{}: {told}; is the server running there?", self.address)),
        };
        Trouble { error, repeatable: true, wish: None, counts: true, refusal: None }
    }

    pub(crate) fn of_http(&self, failure: HttpFailure) -> Trouble {
        match failure {
            HttpFailure::Status { status, retry_after, body } => self.of_status(status, retry_after, &body),
            HttpFailure::NotEvents { content_type, body } => {
                let mut trouble = self.bad_answer(&format!(
                    "{content_type} came instead of an event stream, so this is probably no model API: {}",
                    message_in(&body)
                ));
                trouble.repeatable = false;
                trouble
            }
            HttpFailure::TooLong { limit } => {
                let mut trouble = self.bad_answer(&format!("the answer is longer than {limit} bytes"));
                trouble.repeatable = false;
                trouble
            }
        }
    }

    /// An error status with the text that came with it.
    pub(crate) fn of_status(&self, status: u16, wish: Option<Duration>, body: &str) -> Trouble {
        let message = message_in(body);
        let told = format!("{}: HTTP {status}: {}", self.address, self.clean(&message));
        let refusal = Some((status, message.clone()));
        let trouble = |error, repeatable, counts| Trouble { error, repeatable, wish, counts, refusal: refusal.clone() };
        match status {
            401 | 403 => trouble(ModelError::Unauthorized(format!("{told}; check the API key")), false, false),
            413 => trouble(ModelError::ContextTooLong(told), false, false),
            400..=499 if speaks_of_length(&message) => trouble(ModelError::ContextTooLong(told), false, false),
            408 => trouble(ModelError::Timeout(told), true, true),
            429 => trouble(ModelError::Busy(told), true, false),
            503 => trouble(ModelError::Busy(told), true, true),
            404 => {
                trouble(ModelError::Refused(format!("{told}; check the model's name and the address")), false, false)
            }
            300..=399 => {
                trouble(ModelError::Refused(format!("{told}; give the address that it redirects to")), false, false)
            }
            400..=499 => trouble(ModelError::Refused(told), false, false),
            _ if speaks_of_length(&message) => trouble(ModelError::ContextTooLong(told), false, false),
            _ => trouble(ModelError::BadAnswer(told), true, true),
        }
    }

    /// An error that the server sends in the middle of a stream that began well.
    pub(crate) fn of_stream_error(&self, error: &Value) -> Trouble {
        let message = message_in(&serde_json::json!({"error": error}).to_string());
        let status = error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
        if speaks_of_length(&message) {
            return self.of_status(400, None, &message);
        }
        match status {
            Some(status @ 400..=599) => self.of_status(status, None, &message),
            _ => self.bad_answer(&format!("the server reported an error in the middle of the answer: {message}")),
        }
    }
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !told.contains(&cause_text) {
            told = format!("{told}: {cause_text}");
        }
        source = cause.source();
    }
    told
}

/// The message of an error body in one of the shapes in use, or the body itself.
pub(crate) fn message_in(body: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(body) else { return without_html(body) };
    let error = value.get("error").unwrap_or(&value);
    let texts = [error.get("message"), error.get("detail"), value.get("message"), value.get("detail"), Some(error)];
    let mut message = texts
        .into_iter()
        .flatten()
        .find_map(|text| text.as_str().map(str::to_owned))
        .unwrap_or_else(|| error.to_string());
    // Codes such as `context_length_exceeded` tell more than some messages do.
    for key in ["code", "type"] {
        if let Some(code) = error.get(key).and_then(Value::as_str).filter(|code| !message.contains(code)) {
            message = format!("{message} ({code})");
        }
    }
    message
}

fn without_html(body: &str) -> String {
    if !body.trim_start().starts_with('<') {
        return body.to_owned();
    }
    let title = body.split_once("<title>").and_then(|(_, after)| after.split_once("</title>"));
    match title {
        Some((title, _)) => format!("an HTML page titled {:?}", title.trim()),
        None => "an HTML page".to_owned(),
    }
}

fn speaks_of_length(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    [
        "context_length_exceeded",
        "context length",
        "context window",
        "context size",
        "exceed_context_size",
        "prompt is too long",
        "prompt too long",
        "input is too long",
        "too many tokens",
        "maximum number of tokens",
        "exceeds the maximum input",
        "reduce the length",
    ]
    .iter()
    .any(|known| message.contains(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whom() -> Whom {
        Whom { address: "http://gpu:1".into(), secrets: vec![Secret::new("sk-123456"), Secret::new("a")] }
    }

    #[test]
    fn statuses_are_sorted_by_what_can_be_done() {
        let text = |error: &ModelError| error.to_string();
        let cases = [
            (401, r#"{"error": {"message": "Incorrect API key: sk-123456"}}"#, "refused the credentials", false, false),
            (403, "forbidden", "refused the credentials", false, false),
            (404, r#"{"error": "model \"x\" not found"}"#, "refused the request", false, false),
            (400, "plain text", "refused the request", false, false),
            (400, r#"{"error": {"message": "too big", "code": "context_length_exceeded"}}"#, "too long", false, false),
            (
                500,
                r#"{"error": {"message": "the request exceeds the available context size"}}"#,
                "too long",
                false,
                false,
            ),
            (413, "", "too long", false, false),
            (429, "slow down", "busy", true, false),
            (503, "loading", "busy", true, true),
            (500, "<html><title>Oops</title></html>", "could not be read", true, true),
            (502, "", "could not be read", true, true),
            (307, "", "refused the request", false, false),
            (408, "", "in time", true, true),
        ];
        for (status, body, kind, repeatable, counts) in cases {
            let trouble = whom().of_status(status, None, body);
            let told = text(&trouble.error);
            assert!(told.contains(kind), "{status}: {told}");
            assert!(
                told.contains("http://gpu:1: HTTP") && !told.contains("sk-123456") && !told.contains("<html"),
                "{told}"
            );
            assert_eq!((trouble.repeatable, trouble.counts), (repeatable, counts), "{status} {body}");
        }
    }

    #[test]
    fn messages_are_found_in_every_shape() {
        let cases = [
            (r#"{"error": {"message": "m", "type": "t", "code": null}}"#, "m (t)"),
            (r#"{"error": "m"}"#, "m"),
            (r#"{"detail": "m"}"#, "m"),
            (r#"{"message": "m"}"#, "m"),
            (r#"{"detail": [{"msg": "m"}]}"#, r#"{"detail":[{"msg":"m"}]}"#),
            ("m", "m"),
            ("<html><head><title> 502 Bad Gateway </title>", "an HTML page titled \"502 Bad Gateway\""),
        ];
        for (body, expected) in cases {
            assert_eq!(message_in(body), expected, "{body}");
        }
    }
}
