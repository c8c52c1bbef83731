//! What the tests of playbooks share: a question as it is asked, and the steps to its answer.

use super::custom::Extensions;
use super::{Inquiry, Step, step};
use crate::envelope::{Envelope, Failure};
use crate::evidence::{Evidence, EvidenceId, ToolCall};
use crate::question::Question;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// A night in November.
pub fn now() -> DateTime<Utc> {
    "2026-11-21T02:00:00Z".parse().unwrap()
}

/// A question, asked [`now`] in UTC, of no cluster and no namespace.
pub fn inquiry<'a>(question: &str, extensions: &'a Extensions) -> Inquiry<'a> {
    Inquiry {
        question: Question::read(question, now(), Tz::UTC),
        now: now(),
        zone: Tz::UTC,
        cluster: None,
        namespace: None,
        since: "3h".to_owned(),
        previous: None,
        extensions,
    }
}

/// The answer of the playbook where these tools are there and answer so.
pub fn answered(
    question: &str,
    tools: &[&str],
    mut result: impl FnMut(&ToolCall) -> Result<Envelope, Failure>,
) -> String {
    /// Steps at most; no playbook needs more.
    const STEPS: usize = 9;
    let extensions = Extensions::default();
    let inquiry = inquiry(question, &extensions);
    let tools = tools.iter().map(|tool| (*tool).to_owned()).collect();
    let mut seen: Vec<Evidence> = Vec::new();
    for _ in 0..STEPS {
        match step(&inquiry, &seen, &tools) {
            Step::Conclude(draft) => return draft.markdown(|_| false, &[], &[]),
            Step::Look(calls) => {
                for call in calls {
                    let id = EvidenceId(seen.len() as u32 + 1);
                    let result = result(&call);
                    seen.push(Evidence { id, call, result });
                }
            }
        }
    }
    panic!("it never concludes");
}
