//! Puts the parts of a streamed reply together and mends them.

#[cfg(test)]
mod tests;

use crate::repair::filter::{Piece, TextFilter};
use crate::repair::ids::Ids;
use crate::repair::{RawCall, arguments, coerce, names};
use crate::wire::{CallDelta, Chunk};
use ports::model::{CallRequest, Message, ModelEvent, ModelRequest, OfferedTool, Reply, TokenCount};
use serde_json::Value;

/// More calls in one reply than this are not read.
const MOST_CALLS: usize = 64;

#[derive(Debug, Default)]
struct OpenCall {
    index: Option<u64>,
    id: Option<String>,
    name: String,
    arguments_text: String,
    arguments: Option<Value>,
}

/// A reply in the making.
pub(crate) struct Assembly {
    tools: Vec<OfferedTool>,
    ids: Ids,
    filter: TextFilter,
    calls: Vec<OpenCall>,
    thinking_bytes: usize,
    text_bytes: usize,
    /// Why the reply ended, once it did.
    pub(crate) finish: Option<String>,
    usage: Option<TokenCount>,
    /// Whether any choice came at all.
    pub(crate) began: bool,
    notes: Vec<String>,
}

impl Assembly {
    /// For the reply to this request, as the engine made it.
    pub(crate) fn new(request: &ModelRequest) -> Self {
        let used = request.messages.iter().flat_map(|message| match message {
            Message::Assistant { calls, .. } => calls.as_slice(),
            _ => &[],
        });
        Self {
            tools: request.tools.clone(),
            ids: Ids::after(used.map(|call| call.id.as_str())),
            filter: TextFilter::new(request.tools.clone()),
            calls: Vec::new(),
            thinking_bytes: 0,
            text_bytes: 0,
            finish: None,
            usage: None,
            began: false,
            notes: Vec::new(),
        }
    }

    /// Adds something that had to be mended, once.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Takes a part; gives what may be passed on.
    pub(crate) fn take(&mut self, chunk: Chunk) -> Vec<ModelEvent> {
        let mut events = Vec::new();
        self.began |= chunk.has_choice;
        if !chunk.thinking.is_empty() {
            self.thinking_bytes += chunk.thinking.len();
            events.push(ModelEvent::Thinking(chunk.thinking));
        }
        if !chunk.text.is_empty() {
            self.text_bytes += chunk.text.len();
            let pieces = self.filter.push(&chunk.text);
            Self::pass_on(pieces, &mut events);
        }
        for call in chunk.calls {
            self.take_call(call);
        }
        self.finish = chunk.finish.or(self.finish.take());
        self.usage = chunk.usage.or(self.usage);
        events
    }

    fn pass_on(pieces: Vec<Piece>, events: &mut Vec<ModelEvent>) {
        for piece in pieces {
            events.push(match piece {
                Piece::Text(text) => ModelEvent::Text(text),
                Piece::Thinking(text) => ModelEvent::Thinking(text),
            });
        }
    }

    fn take_call(&mut self, delta: CallDelta) {
        let known = self.calls.iter().rposition(|call| match (delta.index, &delta.id) {
            // The same index with another id is another call: some servers count every call as 0.
            (Some(index), Some(id)) => call.index == Some(index) && call.id.as_ref().is_none_or(|known| known == id),
            (Some(index), None) => call.index == Some(index),
            (None, Some(id)) => call.id.as_ref() == Some(id),
            (None, None) => false,
        });
        let last = self.calls.len().checked_sub(1);
        // Without index, id and name it can only go on with the last one.
        let continued = last.filter(|_| delta.index.is_none() && delta.id.is_none() && delta.name.is_none());
        let whole = known.and_then(|index| self.calls.get(index)).is_some_and(|call| call.arguments.is_some());
        // A second whole call under the index of the first is another call.
        let target = known.or(continued).filter(|_| !(whole && delta.name.is_some()));
        let place = match target {
            Some(place) => place,
            None if self.calls.len() >= MOST_CALLS => {
                return self.note(format!("calls after the first {MOST_CALLS} were left out"));
            }
            None => {
                self.calls.push(OpenCall { index: delta.index, ..OpenCall::default() });
                self.calls.len() - 1
            }
        };
        let Some(call) = self.calls.get_mut(place) else { return };
        if call.id.is_none() {
            call.id = delta.id;
        }
        if let Some(name) = delta.name.filter(|name| *name != call.name) {
            call.name.push_str(&name);
        }
        match delta.arguments {
            Value::Null => {}
            Value::String(part) => call.arguments_text.push_str(&part),
            whole => call.arguments = Some(whole),
        }
    }

    /// The stream is over: the last pieces and the reply.
    pub(crate) fn finish(mut self, prompt_estimate: u64) -> (Vec<ModelEvent>, Reply) {
        let mut events = Vec::new();
        let (pieces, filtered) = self.filter.finish();
        Self::pass_on(pieces, &mut events);
        filtered.notes.into_iter().for_each(|note| self.note(note));
        self.note_finish();
        let raw: Vec<RawCall> = std::mem::take(&mut self.calls)
            .into_iter()
            .filter(|call| !call.name.trim().is_empty() || !call.arguments_text.trim().is_empty())
            .map(raw_call)
            .chain(filtered.calls)
            .collect();
        let calls: Vec<CallRequest> = raw.into_iter().take(MOST_CALLS).map(|call| self.mend(call)).collect();
        let tokens = self.usage.unwrap_or_else(|| self.estimate(prompt_estimate, &calls));
        let text = self.filter.text().to_owned();
        if text.is_empty() && calls.is_empty() {
            self.note("the reply holds neither text nor calls");
        }
        (events, Reply { text, calls, tokens, repairs: self.notes })
    }

    fn note_finish(&mut self) {
        match self.finish.as_deref() {
            Some("length" | "max_tokens") => self.note("the reply was cut at its ceiling of tokens"),
            Some("content_filter") => self.note("the server's content filter cut the reply"),
            _ => {}
        }
    }

    fn mend(&mut self, call: RawCall) -> CallRequest {
        let offered = names::resolve(&call.name, &self.tools).cloned();
        let tool = offered.as_ref().map_or_else(|| call.name.trim().to_owned(), |tool| tool.name.clone());
        if tool != call.name {
            self.note(format!("the tool {:?} read as {tool}", call.name));
        }
        let (id, made) = self.ids.assign(call.id.as_deref());
        if made {
            self.note("an id made up for a call");
        }
        let schema = offered.map_or(Value::Null, |tool| tool.parameters);
        let arguments = arguments::read(&call.arguments, &schema).map(|(members, notes)| {
            notes.into_iter().for_each(|note| self.note(note));
            let (coerced, notes) = coerce::coerce(&schema, Value::Object(members));
            notes.into_iter().for_each(|note| self.note(note));
            match coerced {
                Value::Object(members) => members,
                // An object stays one; only its members are put right.
                _ => serde_json::Map::new(),
            }
        });
        CallRequest { id, tool, arguments }
    }

    fn estimate(&self, prompt: u64, calls: &[CallRequest]) -> TokenCount {
        let of_calls: usize = calls
            .iter()
            .map(|call| {
                call.tool.len()
                    + call.arguments.as_ref().map_or(0, |members| serde_json::json!(members).to_string().len())
            })
            .sum();
        let bytes = self.text_bytes + self.thinking_bytes + of_calls;
        TokenCount { prompt, completion: bytes.div_ceil(4) as u64, estimated: true }
    }
}

fn raw_call(call: OpenCall) -> RawCall {
    let arguments = call.arguments.unwrap_or(Value::String(call.arguments_text));
    RawCall { name: call.name, arguments, id: call.id }
}
