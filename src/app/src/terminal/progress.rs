//! The steps of a turn on stderr, as they go.

use super::markdown::{lines_without_control, without_control};
use crate::output;
use ports::progress::{Progress, TurnEvent};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Signs that may wait to be written. More than a terminal can show at once; what does not fit is dropped.
const QUEUE: usize = 512;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telling {
    /// Steps and notices.
    pub steps: bool,
    /// The text of a model as it streams.
    pub text: bool,
    /// What goes to the model.
    pub trace: bool,
}

/// Starts telling; the task ends when the returned progress and its clones are gone.
pub fn start(telling: Telling) -> (Progress, JoinHandle<()>) {
    let (sender, mut receiver) = mpsc::channel(QUEUE);
    let task = tokio::spawn(async move {
        let mut streaming = false;
        while let Some(event) = receiver.recv().await {
            tell(event, telling, &mut streaming);
        }
        if streaming {
            output::tell("");
        }
    });
    (Progress::into_channel(sender), task)
}

fn tell(event: TurnEvent, telling: Telling, streaming: &mut bool) {
    match event {
        TurnEvent::Text(text) if telling.text => {
            output::tell_part(&lines_without_control(&text));
            *streaming = true;
        }
        TurnEvent::Trace(text) if telling.trace => output::tell(&lines_without_control(&format!("--- {text}"))),
        other if telling.steps => {
            if let Some(line) = line(&other) {
                if std::mem::take(streaming) {
                    output::tell("");
                }
                output::tell(&without_control(&line));
            }
        }
        _ => {}
    }
}

fn line(event: &TurnEvent) -> Option<String> {
    Some(match event {
        TurnEvent::Queued(place) => format!("  … the model is busy; place {place} in the queue"),
        TurnEvent::Thinking(1) => "  … asking the model".to_owned(),
        TurnEvent::Thinking(step) => format!("  … step {step}"),
        TurnEvent::LookFinished { id, outcome: Ok(returned), took } => {
            format!("  ✓ {id} {returned} items in {} ms", took.as_millis())
        }
        TurnEvent::LookFinished { id, outcome: Err(problem), .. } => format!("  ✗ {id} {problem}"),
        TurnEvent::LookStarted { id, call } => {
            let arguments = call
                .arguments
                .iter()
                .filter_map(|(name, value)| Some(format!("{name}={}", value.as_str()?)))
                .collect::<Vec<_>>()
                .join(" ");
            format!("  → {id} {} {arguments}", call.tool)
        }
        TurnEvent::Notice(text) => format!("  ! {text}"),
        TurnEvent::TextWithdrawn => "  … (that was thinking aloud)".to_owned(),
        TurnEvent::Text(_) | TurnEvent::Trace(_) => return None,
    })
}
