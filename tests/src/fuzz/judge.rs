//! What a server may never do, whatever its backend answers.
//!
//! It may fail: but with words, in time, and within bounds. Deliberately absent: whether what it says of a broken
//! answer is right, which only a test with an expectation can hold.

use domain::envelope::{Envelope, Failure};
use domain::redaction;
use std::time::Duration;
use tools_common::wire;

/// The most that a message, a hint or a line of what could not be looked at may hold.
const LONGEST_WORDS_BYTES: usize = 16 * 1024;
/// All lines of what could not be looked at.
const LONGEST_NOT_LOOKED_BYTES: usize = 64 * 1024;
/// A result. Tools hold budgets of at most 32 kB for what they expect; of what nobody expected the kit holds each text
/// (33,000 characters), and a few of those may come together.
const LARGEST_RESULT_BYTES: usize = 512 * 1024;
/// How much later than its deadline a call may return: the machine has others to serve.
const LATE: Duration = Duration::from_secs(3);

/// What is wrong with a result, one sentence each; and its size as it crosses.
pub fn judge(result: &Result<Envelope, Failure>, took: Duration, deadline: Duration) -> (Vec<String>, usize) {
    let mut wrong = Vec::new();
    if took > deadline + LATE {
        wrong.push(format!("it took {:.1} s with a deadline of {:.1} s", took.as_secs_f64(), deadline.as_secs_f64()));
    }
    match result {
        Ok(envelope) => of_envelope(envelope, &mut wrong),
        Err(failure) => {
            if failure.message.trim().is_empty() {
                wrong.push(format!("a failure without words: {failure:?}"));
            }
            words("the message of a failure", &failure.message, &mut wrong);
            words("the hint of a failure", failure.hint.as_deref().unwrap_or_default(), &mut wrong);
        }
    }
    let (text, is_error) = wire::encode(result);
    if text.len() > LARGEST_RESULT_BYTES {
        wrong.push(format!("the result has {} bytes, more than any budget: {}", text.len(), start(&text)));
    }
    if is_error && result.is_ok() {
        wrong.push(format!("the result is not sent: {}", start(&text)));
    }
    match (wire::decode(&text, is_error), result) {
        (Ok(again), Ok(envelope)) if again.returned != envelope.returned || again.not_looked != envelope.not_looked => {
            wrong.push(format!("the result is another once it has crossed: {}", start(&text)));
        }
        (Err(failure), Ok(_)) if !is_error => wrong.push(format!("the result cannot be read: {failure}")),
        (Err(again), Err(failure)) if again != *failure => {
            wrong.push(format!("the failure is another once it has crossed: {again:?}"));
        }
        _ => {}
    }
    // Redaction reads everything that a server says: it must bear it as well.
    let redacted = redaction::redact_text(&text);
    if redacted.is_empty() != text.is_empty() {
        wrong.push("redaction leaves nothing".to_owned());
    }
    (wrong, text.len())
}

fn of_envelope(envelope: &Envelope, wrong: &mut Vec<String>) {
    words("the hint", envelope.hint.as_deref().unwrap_or_default(), wrong);
    words("the cursor", envelope.next_cursor.as_deref().unwrap_or_default(), wrong);
    for missed in &envelope.not_looked {
        words("a line of what could not be looked at", missed, wrong);
    }
    let missed: usize = envelope.not_looked.iter().map(String::len).sum();
    if missed > LONGEST_NOT_LOOKED_BYTES {
        wrong.push(format!("what could not be looked at has {missed} bytes"));
    }
    let told = envelope.hint.is_some() || envelope.next_cursor.is_some() || !envelope.not_looked.is_empty();
    if envelope.truncated && !told {
        wrong.push("something was left out, and neither a hint nor a cursor nor not_looked says so".to_owned());
    }
}

fn words(what: &str, text: &str, wrong: &mut Vec<String>) {
    if text.len() > LONGEST_WORDS_BYTES {
        wrong.push(format!("{what} has {} bytes: {}", text.len(), start(text)));
    }
}

fn start(text: &str) -> String {
    text.chars().take(200).collect()
}
