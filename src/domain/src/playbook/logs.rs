//! "Show me the logs of X": what they say, before what they are.

use super::draft::{Draft, Section};
use super::looks::{Look, Looks};
use super::subject::{self, Subject};
use super::{Inquiry, calls};
use crate::diagnosis::{Statement, text};
use crate::observed::kubernetes::Logs;

const PATTERNS: usize = 6;
const LINES: usize = 15;

pub(super) fn run(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Draft {
    let (object, note) = match subject::find(inquiry, looks) {
        Subject::Pending => return Draft::default(),
        Subject::Object(object, note) => (object, note),
        Subject::AskBack(draft) => return *draft,
        Subject::Namespace(_) | Subject::Unnamed => {
            return Draft::saying(Statement::new("Whose logs? Name a workload or a pod", []));
        }
    };
    let since = inquiry.question.time.window.map(|_| inquiry.since());
    let look: Look<Logs> = looks.at(calls::logs(inquiry.cluster.as_deref(), &object, false, since.as_deref()));
    let mut draft = match look {
        Look::Pending => return Draft::default(),
        Look::NoTool => Draft::saying(Statement::new("I have no cluster to read logs from", [])),
        Look::Failed(id, _) => Draft::saying(Statement::new(format!("I could not read the logs of {object}"), [id])),
        Look::Seen(seen) => tell(&object, &seen.data, seen.id),
    };
    draft.notes.extend(note);
    if let Some(phrase) = &inquiry.question.time.phrase
        && since.is_some()
    {
        draft.notes.push(format!("“{phrase}” was read as the time since {}.", since.as_deref().unwrap_or_default()));
    }
    draft.subject = Some(object);
    draft
}

fn tell(object: &crate::object::ObjectRef, logs: &Logs, id: crate::evidence::EvidenceId) -> Draft {
    let trouble = text::trouble_lines(logs);
    let errors = trouble.iter().filter(|line| line.level != "warn").map(|line| line.count).max().unwrap_or(0);
    let verdict = match (logs.lines.is_empty() && logs.patterns.is_empty(), trouble.first()) {
        (true, _) => format!("The logs of {object} are empty for that time"),
        (false, None) => format!("The logs of {object} hold no error and no warning"),
        (false, Some(_)) if errors == 0 => format!("The logs of {object} hold warnings and no error"),
        (false, Some(first)) => {
            format!("The logs of {object} hold errors; the most frequent came {} times", first.count)
        }
    };
    let mut draft = Draft::saying(Statement::new(verdict, [id]));
    draft.section(
        "What they say, trouble first",
        trouble
            .iter()
            .take(PATTERNS)
            .map(|line| {
                Statement::new(format!("{} × {}: `{}`", line.count, line.level, text::quotable(&line.example)), [id])
            })
            .collect(),
    );
    let unread: Vec<Statement> = logs
        .streams
        .iter()
        .filter_map(|stream| {
            stream.error.as_ref().map(|error| {
                Statement::new(
                    format!("{}/{} could not be read: `{}`", stream.pod, stream.container, text::quotable(error)),
                    [id],
                )
            })
        })
        .collect();
    draft.section("Not read", unread);
    let last = logs.lines.len().saturating_sub(LINES);
    let lines: Vec<String> = logs.lines.get(last..).unwrap_or_default().to_vec();
    if !lines.is_empty() {
        draft.sections.push(Section { title: "The last lines".to_owned(), statements: Vec::new(), verbatim: lines });
    }
    draft
}
