//! "What can you do?", and what is answered to a question that none of the playbooks knows.

use super::draft::Draft;
use super::looks::Looks;
use super::subject::{self, Subject};
use super::{Inquiry, wrong};
use crate::diagnosis::Statement;

const EXAMPLES: &[&str] = &[
    "how is my cluster?",
    "what is wrong with checkout?",
    "why is checkout slow?",
    "any alerts?",
    "what changed in the last 2 hours?",
    "who uses the memory?",
    "when will the disk be full?",
    "when do certificates expire?",
    "which targets are down?",
    "logs of checkout since 02:40",
    "compare checkout before and after the deploy",
    "is checkout normal for this time?",
    "how many pods are there in shop?",
];

pub(super) fn run(inquiry: &Inquiry<'_>) -> Draft {
    let mut draft =
        Draft::saying(Statement::new("I answer from live data, with the evidence under every statement", []));
    let own = inquiry.extensions.playbooks.iter().filter_map(|playbook| playbook.when.first());
    draft.advice = EXAMPLES
        .iter()
        .map(|example| format!("“{example}”"))
        .chain(own.map(|phrase| format!("“{phrase}” (your own)")))
        .collect();
    draft
}

/// A question that names something that exists is taken for "what is wrong with it?"; any other gets the examples.
pub(super) fn run_unknown(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Draft {
    match subject::find(inquiry, looks) {
        Subject::Pending => Draft::default(),
        Subject::Object(..) => {
            let mut draft = wrong::run(inquiry, looks);
            draft.notes.insert(0, "I did not understand the question, and looked at how it is.".to_owned());
            draft
        }
        Subject::AskBack(_) | Subject::Unnamed | Subject::Namespace(_) => {
            let mut draft = run(inquiry);
            draft.verdict = Some(Statement::new(
                "None of my playbooks knows this question. With a model configured I could try; these I know by heart",
                [],
            ));
            draft
        }
    }
}
