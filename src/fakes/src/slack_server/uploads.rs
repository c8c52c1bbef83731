//! What is posted to URLs that were handed out: the bytes of files, and answers to commands and presses.

use super::call::{Arguments, Field, Refusal, flag, list, object, text};
use super::content::Content;
use super::deliver::Then;
use super::http::Reply;
use super::message::{Author, Message};
use super::record::Recorded;
use super::state::{Shared, State};
use super::tickets::Origin;
use axum::body::Bytes;
use axum::extract::{Path, State as Given};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tokio::time::Instant;

/// What an answer to a command or a press may say (page "Handling user interaction").
const ANSWER: &[Field] = &[
    text("text"),
    list("blocks"),
    list("attachments"),
    object("metadata"),
    text("response_type"),
    flag("replace_original"),
    flag("delete_original"),
    text("thread_ts"),
    flag("mrkdwn"),
    flag("unfurl_links"),
    flag("unfurl_media"),
];

pub async fn upload(
    Given(shared): Given<Arc<Shared>>,
    Path(ticket): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let kind = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let outcome = shared.with(|state| take(state, &ticket, kind, &body));
    match outcome {
        Ok(()) => (StatusCode::OK, format!("OK - {}", body.len())).into_response(),
        Err(status) => (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), "error").into_response(),
    }
}

fn take(state: &mut State, ticket: &str, kind: &str, body: &Bytes) -> Result<(), u16> {
    let Some(id) = state.files.uploads.remove(ticket) else {
        state.violation("an upload to a URL that was not given, or was used".to_owned());
        return Err(404);
    };
    if kind.starts_with("multipart/") {
        state.violation("this server takes uploads as bytes, not as multipart forms".to_owned());
        return Err(415);
    }
    let Some(file) = state.files.all.get_mut(&id) else { return Err(404) };
    if file.length != body.len() {
        let why = format!("{} bytes were uploaded for {}, {} were told", body.len(), file.name, file.length);
        state.violation(why);
        return Err(400);
    }
    file.bytes = body.to_vec();
    file.is_uploaded = true;
    Ok(())
}

pub async fn respond(Given(shared): Given<Arc<Shared>>, uri: Uri, body: Bytes) -> Reply {
    let path = uri.path().to_owned();
    shared.with(|state| {
        let at = Instant::now();
        let sent = serde_json::from_slice::<Map<String, Value>>(&body);
        let arguments = sent.as_ref().map(|sent| Value::Object(sent.clone())).unwrap_or_default();
        let outcome = answered(state, &path, sent.ok());
        let (status, body) = match &outcome {
            Ok(()) => (200, json!({"ok": true})),
            Err(refusal) => (404, refusal.body()),
        };
        if let Err(Refusal { violation: Some(violation), .. }) = &outcome {
            state.violation(format!("response_url: {violation}"));
        }
        let error = outcome.err().map(|refusal| refusal.code);
        // The path is a secret of its own: it is not recorded.
        state.recorded(Recorded { method: "response_url".to_owned(), arguments, status, error, at });
        Reply { status, headers: Vec::new(), body, is_lost: false }
    })
}

fn answered(state: &mut State, path: &str, sent: Option<Map<String, Value>>) -> Result<(), Refusal> {
    let Some(sent) = sent else { return Err(Refusal::broken("invalid_payload", "the body is no JSON object")) };
    let arguments = Arguments::read(ANSWER, &sent)?;
    let origin =
        state.tickets.take_response(path).map_err(|code| Refusal::broken(code, "the URL is no longer good"))?;
    say(state, &origin, &arguments)
}

/// Puts the answer where it belongs.
fn say(state: &mut State, origin: &Origin, arguments: &Arguments) -> Result<(), Refusal> {
    let pressed = origin.message.as_deref();
    if arguments.flag("delete_original") {
        if let Some(ts) = pressed {
            state.remove(&origin.channel, ts);
        }
        return Ok(());
    }
    let content = Content::read(state, arguments)?;
    if content.is_empty() {
        return Err(Refusal::broken("no_text", "nothing to say"));
    }
    if let (true, Some(ts)) = (arguments.flag("replace_original"), pressed) {
        state.replace(&origin.channel, ts, content);
        return Ok(());
    }
    let is_open = match arguments.text("response_type") {
        "in_channel" => true,
        "" | "ephemeral" => false,
        other => return Err(Refusal::broken("invalid_arguments", &format!("response_type {other:?}"))),
    };
    let ts = state.next_ts();
    let mut message = Message::new(ts, Author::Us, content.text.as_deref().unwrap_or_default());
    message.blocks = content.blocks.unwrap_or_default();
    message.attachments = content.attachments.unwrap_or_default();
    message.metadata = content.metadata;
    message.thread = arguments.optional("thread_ts").map(str::to_owned).or_else(|| origin.thread.clone());
    message.ephemeral_to = (!is_open).then(|| origin.user.clone());
    state.post(&origin.channel, message);
    Ok(())
}

impl State {
    /// What the app answered to a command in its acknowledgement.
    pub fn command_answered(&mut self, then: &Then, answer: &Value) {
        let (Then::Command(origin), Value::Object(sent)) = (then, answer) else { return };
        let origin = origin.clone();
        let outcome = Arguments::read(ANSWER, sent)
            .and_then(|arguments| if sent.is_empty() { Ok(()) } else { say(self, &origin, &arguments) });
        if let Err(refusal) = outcome {
            let why = refusal.violation.unwrap_or(refusal.code);
            self.violation(format!("the answer to a command: {why}"));
        }
    }

    fn replace(&mut self, channel: &str, ts: &str, content: Content) {
        let Some(place) = self.places.get_mut(channel) else { return };
        let Some(message) = place.messages.iter_mut().find(|message| message.ts == ts) else { return };
        message.text = content.text.unwrap_or_default();
        message.blocks = content.blocks.unwrap_or_default();
        message.edits += 1;
    }
}
