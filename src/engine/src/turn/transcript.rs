//! The messages of one turn, fitted into the model's room anew for each request.
//!
//! The turn is kept as what it is made of: instructions, the conversation before, what was remembered, the question, and
//! exchanges of calls with their answers. A request is written out of these, so that half an exchange cannot be sent.
//! When room gets scarce, in this order: the conversation before is folded smaller; the oldest exchanges are put away
//! whole, one line each with their evidence ids; the conversation and memory are left out; the results of the newest
//! exchange are shortened. A question that is longer than half the window loses its middle, and the person is told so.

use super::room;
use crate::conversation::Conversation;
use domain::evidence::EvidenceId;
use domain::tokens;
use ports::model::{CallRequest, Message, OfferedTool};
use serde_json::Value;

/// Characters of a call in the line of an exchange that was put away.
const CALL_CHARACTERS: usize = 120;

/// A result is never shortened below this, in tokens: what is shorter tells nothing.
const LEAST_RESULT_TOKENS: usize = 40;

/// Tokens for the count of earlier turns, where nothing else of them is sent.
const COUNT_TOKENS: usize = 16;

/// A question is never shortened below this, in tokens.
const LEAST_QUESTION_TOKENS: usize = 100;

const PUT_AWAY: &str = "Looked at already in this turn and put away for want of room (still citable; call again, \
                        narrower, for the detail):";

const URGE: &str = "Answer now from what you have seen. Say what you could not find out.";

/// One call as it was answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answered {
    /// The call.
    pub(super) call: CallRequest,
    /// What the model is shown.
    pub(super) content: String,
    /// The evidence that it is, where it is some.
    pub(super) id: Option<EvidenceId>,
}

/// The calls of one reply with their answers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Exchange {
    /// What the model said with the calls.
    pub(super) text: String,
    /// Each call once.
    pub(super) answered: Vec<Answered>,
}

/// What a turn is made of.
#[derive(Debug)]
pub(super) struct Transcript<'a> {
    /// The system prompt.
    pub(super) system: String,
    /// The conversation before.
    pub(super) conversation: &'a Conversation,
    /// What was remembered, as the model may see it; may be empty.
    pub(super) memory: String,
    /// The question.
    pub(super) question: String,
    /// In their order.
    pub(super) exchanges: Vec<Exchange>,
    /// Whether the model is asked to come to an end.
    pub(super) is_urged: bool,
}

/// A request that fits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitted {
    /// The messages.
    pub(super) messages: Vec<Message>,
    /// Characters of the question that had to be left out.
    pub(super) cut_characters: usize,
}

/// How a request is made smaller.
#[derive(Debug, Clone, Copy)]
struct Plan {
    history_tokens: usize,
    is_memory_shown: bool,
    put_away: usize,
    are_calls_told: bool,
    /// Tokens of each result of the newest exchange.
    result_tokens: usize,
    question_tokens: usize,
}

impl Transcript<'_> {
    /// The messages of the next request in at most so many tokens, its tools counted in.
    ///
    /// # Errors
    /// The tokens that the smallest request would have.
    pub(super) fn fit(&self, tools: &[OfferedTool], room_tokens: usize) -> Result<Fitted, usize> {
        let room = room_tokens.saturating_sub(room::of_tools(tools));
        let mut least = usize::MAX;
        for plan in self.plans(room) {
            let (messages, cut_characters) = self.messages(plan);
            let size = messages.iter().map(room::of_message).sum();
            if size <= room {
                return Ok(Fitted { messages, cut_characters });
            }
            least = least.min(size);
        }
        Err(least.saturating_add(room::of_tools(tools)))
    }

    /// From the one that keeps everything to the one that keeps least.
    fn plans(&self, room: usize) -> impl Iterator<Item = Plan> + use<> {
        // A question that fills the window would leave no room for what is to be seen.
        let question_tokens = (room / 2).max(LEAST_QUESTION_TOKENS);
        let asked = tokens::estimate(&self.question).min(question_tokens);
        let fixed = tokens::estimate(&self.system) + asked + tokens::estimate(&self.memory);
        let half = room.saturating_sub(fixed) / 2;
        let whole = Plan {
            history_tokens: half,
            is_memory_shown: true,
            put_away: 0,
            are_calls_told: true,
            result_tokens: usize::MAX,
            question_tokens,
        };
        let folded = Plan { history_tokens: half / 4, ..whole };
        let older = self.exchanges.len().saturating_sub(1);
        let put_away = (1..=older).map(move |put_away| Plan { put_away, ..folded });
        let named = Plan { put_away: older, are_calls_told: false, ..folded };
        let alone = Plan { history_tokens: COUNT_TOKENS, is_memory_shown: false, ..named };
        let halves = |from: usize, least: usize| {
            std::iter::successors(Some(from), move |size| (*size > least).then_some((size / 2).max(least)))
        };
        let largest = self.newest().map(|answered| tokens::estimate(&answered.content)).max().unwrap_or_default();
        let shortened = halves(largest, LEAST_RESULT_TOKENS).map(move |result_tokens| Plan { result_tokens, ..alone });
        let bare = Plan { result_tokens: LEAST_RESULT_TOKENS, ..alone };
        let cut = halves(asked, LEAST_QUESTION_TOKENS).map(move |question_tokens| Plan { question_tokens, ..bare });
        [whole, folded].into_iter().chain(put_away).chain([named, alone]).chain(shortened).chain(cut)
    }

    fn newest(&self) -> impl Iterator<Item = &Answered> {
        self.exchanges.last().into_iter().flat_map(|exchange| &exchange.answered)
    }

    fn messages(&self, plan: Plan) -> (Vec<Message>, usize) {
        let mut messages = vec![Message::System(self.system.clone())];
        let sent = self.conversation.folded(plan.history_tokens);
        // What precedes a message of the person stands in it: many templates take roles only in turns.
        let mut before = sent.summary;
        for whole in sent.whole {
            messages.push(Message::User(joined(&before, &whole.question)));
            messages.push(Message::Assistant { text: whole.answer, calls: Vec::new() });
            before.clear();
        }
        if plan.is_memory_shown {
            before = joined(&before, &self.memory);
        }
        let (question, cut_characters) = middle_out(&self.question, plan.question_tokens);
        let asked = joined(&before, &question);
        let (away, kept) = self.exchanges.split_at(plan.put_away.min(self.exchanges.len()));
        messages.push(Message::User(joined(&asked, &told(away, plan.are_calls_told))));
        for (index, exchange) in kept.iter().enumerate() {
            let is_newest = index + 1 == kept.len();
            let calls = exchange.answered.iter().map(|answered| answered.call.clone()).collect();
            messages.push(Message::Assistant { text: exchange.text.clone(), calls });
            messages.extend(exchange.answered.iter().map(|answered| Message::Tool {
                call_id: answered.call.id.clone(),
                content: shortened(&answered.content, if is_newest { plan.result_tokens } else { usize::MAX }),
            }));
        }
        if self.is_urged {
            messages.push(Message::User(URGE.to_owned()));
        }
        (messages, cut_characters)
    }
}

fn joined(before: &str, after: &str) -> String {
    match (before.is_empty(), after.is_empty()) {
        (true, _) => after.to_owned(),
        (_, true) => before.to_owned(),
        _ => format!("{before}\n\n{after}"),
    }
}

/// One line for each exchange that was put away.
fn told(away: &[Exchange], are_calls_told: bool) -> String {
    if away.is_empty() {
        return String::new();
    }
    let ids = |exchange: &Exchange| {
        let ids: Vec<String> = exchange.answered.iter().filter_map(|answered| Some(answered.id?.to_string())).collect();
        if ids.is_empty() { "nothing seen".to_owned() } else { format!("[{}]", ids.join(", ")) }
    };
    let lines: Vec<String> = if are_calls_told {
        away.iter().map(|exchange| format!("\n- {}: {}", ids(exchange), calls(exchange))).collect()
    } else {
        vec![format!("\n- {}", away.iter().map(ids).collect::<Vec<_>>().join(" "))]
    };
    format!("{PUT_AWAY}{}", lines.concat())
}

fn calls(exchange: &Exchange) -> String {
    let call = |answered: &Answered| {
        let arguments = answered.call.arguments.as_ref().map(room::written).unwrap_or_default();
        head(&format!("{} {arguments}", answered.call.tool), CALL_CHARACTERS)
    };
    exchange.answered.iter().map(call).collect::<Vec<_>>().join("; ")
}

fn head(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A result in at most so many tokens.
fn shortened(content: &str, most_tokens: usize) -> String {
    const NOTE: &str = "… (shortened: call again, narrower, for the rest)";
    if tokens::estimate(content) <= most_tokens {
        return content.to_owned();
    }
    let end = content.floor_char_boundary((most_tokens * 4).saturating_sub(NOTE.len()));
    format!("{}{NOTE}", content.get(..end).unwrap_or_default())
}

/// A text without its middle in about so many tokens, and the characters left out: what is asked stands at the beginning
/// or at the end, what was pasted in between.
fn middle_out(text: &str, most_tokens: usize) -> (String, usize) {
    if tokens::estimate(text) <= most_tokens {
        return (text.to_owned(), 0);
    }
    let most_bytes = most_tokens * 4;
    let begins = text.floor_char_boundary(most_bytes / 2);
    let ends = text.ceil_char_boundary(text.len() - most_bytes / 4);
    let (head, rest) = text.split_at(begins);
    let (middle, tail) = rest.split_at(ends.saturating_sub(begins).min(rest.len()));
    let left_out = middle.chars().count();
    (format!("{head}\n… ({left_out} characters of the question left out for want of room) …\n{tail}"), left_out)
}

/// The text of a message, for `--trace`.
pub(super) fn traced(message: &Message) -> String {
    match message {
        Message::System(content) => format!("\nsystem: {content}"),
        Message::User(content) => format!("\nuser: {content}"),
        Message::Assistant { text, calls } => {
            let calls: Vec<(&String, Result<String, &String>)> = calls
                .iter()
                .map(|call| {
                    let arguments = call.arguments.as_ref();
                    (&call.tool, arguments.map(|arguments| Value::Object(arguments.clone()).to_string()))
                })
                .collect();
            format!("\nassistant: {text} {calls:?}")
        }
        Message::Tool { call_id, content } => format!("\ntool {call_id}: {content}"),
    }
}

#[cfg(test)]
mod tests;
