//! What is known of a turn while it goes on: folded from its signs, shown by `slack_view`.

use domain::evidence::EvidenceId;
use ports::progress::TurnEvent;
use slack_view::progress::{ProgressView, Step, StepState};
use std::time::Duration;

/// Steps that are kept: more than a turn makes.
const STEPS: usize = 200;

/// Notices that are kept.
const NOTICES: usize = 20;

/// Bytes of streamed text that are kept. What is behind it comes with the answer.
const TEXT_BYTES: usize = 32 * 1024;

/// A turn while it goes on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Working {
    /// Its place in the model's queue, as long as it waits.
    pub queue: Option<usize>,
    /// The model's step, once it thinks.
    pub thinking: Option<usize>,
    /// The looks, in the order in which they began.
    pub steps: Vec<Step>,
    /// The text so far.
    pub text: String,
    /// What the person should know.
    pub notices: Vec<String>,
}

impl Working {
    /// Takes a sign. Answers with whether there is anything new to show.
    pub fn take(&mut self, event: TurnEvent) -> bool {
        match event {
            TurnEvent::Queued(place) => self.queue = Some(place),
            TurnEvent::Thinking(step) => {
                self.queue = None;
                self.thinking = Some(step);
            }
            TurnEvent::LookStarted { id, call } => {
                self.queue = None;
                if self.steps.len() < STEPS {
                    self.steps.push(Step { id, call, state: StepState::Running });
                }
            }
            TurnEvent::LookFinished { id, outcome, took } => self.finish(id, outcome, took),
            TurnEvent::Text(part) => {
                self.queue = None;
                self.add(&part);
            }
            TurnEvent::TextWithdrawn => self.text.clear(),
            TurnEvent::Notice(notice) => {
                if self.notices.len() < NOTICES {
                    self.notices.push(notice);
                }
            }
            TurnEvent::Trace(_) => return false,
        }
        true
    }

    /// As `slack_view` shows it, in the message of this entry.
    pub fn view<'a>(&'a self, entry: &'a str) -> ProgressView<'a> {
        ProgressView {
            entry,
            queued: self.queue,
            thinking: self.thinking,
            steps: &self.steps,
            text: &self.text,
            notices: &self.notices,
        }
    }

    fn finish(&mut self, id: EvidenceId, outcome: Result<u64, String>, took: Duration) {
        if let Some(step) = self.steps.iter_mut().find(|step| step.id == id) {
            let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            step.state = match outcome {
                Ok(returned) => StepState::Done { returned, took_ms },
                Err(why) => StepState::Failed(why),
            };
        }
    }

    fn add(&mut self, part: &str) {
        let room = TEXT_BYTES.saturating_sub(self.text.len());
        let end = (0..=room.min(part.len())).rev().find(|at| part.is_char_boundary(*at)).unwrap_or(0);
        self.text.push_str(part.get(..end).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::evidence::ToolCall;
    use serde_json::json;

    fn started(number: u32) -> TurnEvent {
        TurnEvent::LookStarted { id: EvidenceId(number), call: ToolCall::new("kubernetes_list", json!({})) }
    }

    fn finished(number: u32, outcome: Result<u64, String>) -> TurnEvent {
        TurnEvent::LookFinished { id: EvidenceId(number), outcome, took: Duration::from_millis(3) }
    }

    #[test]
    fn signs_become_a_picture() {
        let mut working = Working::default();
        assert!(working.take(TurnEvent::Queued(2)));
        assert_eq!(working.queue, Some(2));
        assert!(working.take(TurnEvent::Thinking(1)));
        assert_eq!((working.queue, working.thinking), (None, Some(1)), "it waits no more");
        assert!(!working.take(TurnEvent::Trace("secret prompt".into())));
        for event in [started(1), started(2), finished(2, Err("away".into())), finished(1, Ok(4)), finished(9, Ok(1))] {
            assert!(working.take(event));
        }
        let states: Vec<_> = working.steps.iter().map(|step| step.state.clone()).collect();
        assert_eq!(states, [StepState::Done { returned: 4, took_ms: 3 }, StepState::Failed("away".into())]);
        working.take(TurnEvent::Text("Let me think.".into()));
        working.take(TurnEvent::TextWithdrawn);
        working.take(TurnEvent::Text("All is well.".into()));
        assert_eq!(working.text, "All is well.");
    }

    #[test]
    fn text_and_steps_are_bounded() {
        let mut working = Working::default();
        for _ in 0..5_000 {
            working.take(TurnEvent::Text("é€ of much text ".into()));
        }
        assert!(working.text.len() <= TEXT_BYTES && working.text.len() > TEXT_BYTES - 4);
        (0..1_000).for_each(|number| {
            working.take(started(number));
        });
        assert_eq!(working.steps.len(), STEPS);
    }
}
