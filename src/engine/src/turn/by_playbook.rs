//! A turn of the playbook brain: looks and steps until it concludes.

use super::{Desk, Jamie, assemble};
use domain::answer::{Answer, Brain};
use domain::binding::{Binder, Verdict};
use domain::diagnosis::Statement;
use domain::object::ObjectRef;
use domain::playbook::draft::Draft;
use domain::playbook::{Inquiry, Step, step};
use std::collections::BTreeSet;
use tokio::time::Instant;

/// Rounds of looks. A playbook that wants more than these is followed no further; what it wanted is told as not
/// looked at.
const MOST_ROUNDS: usize = 12;

impl Jamie {
    /// Answers by the playbooks; `notice` says why, where a model should have.
    pub(super) async fn by_playbook(&self, desk: &mut Desk<'_>, notice: Option<String>) -> (Answer, Option<ObjectRef>) {
        let now = self.clock.now();
        let inquiry = Inquiry {
            question: self.read(desk),
            now,
            zone: self.zone(desk),
            cluster: desk.place.cluster.clone(),
            namespace: desk.place.namespace.clone(),
            since: desk.place.since.clone().unwrap_or_else(|| self.settings.since.clone()),
            previous: desk.conversation.subject.clone(),
            extensions: &self.settings.extensions,
        };
        let tools: BTreeSet<String> = self.catalogue(desk).await.into_iter().map(|tool| tool.name).collect();
        let mut draft = self.investigate(desk, &inquiry, &tools).await;
        draft.notes.extend(self.not_asked(desk));
        if inquiry.question.time.in_future {
            draft.notes.push("The time that you named lies in the future; I looked at now.".to_owned());
        }
        draft.notes.splice(0..0, notice);
        let subject = draft.subject.clone();
        (self.bind_draft(desk, draft, now), subject)
    }

    /// With several clusters or metric servers and none named, only the first of each is asked: the answer says so.
    fn not_asked(&self, desk: &Desk<'_>) -> Vec<String> {
        let rest = |what: &str, names: &[String]| match names {
            [first, rest @ ..] if !rest.is_empty() => {
                Some(format!("I asked {what} {first} only, not {}: name another in the question.", rest.join(", ")))
            }
            _ => None,
        };
        let clusters = if desk.place.cluster.is_none() { rest("cluster", &self.settings.clusters) } else { None };
        clusters.into_iter().chain(rest("Prometheus", &self.settings.metric_servers)).collect()
    }

    async fn investigate(&self, desk: &mut Desk<'_>, inquiry: &Inquiry<'_>, tools: &BTreeSet<String>) -> Draft {
        for _ in 0..MOST_ROUNDS {
            match step(inquiry, desk.ledger.evidence(), tools) {
                Step::Conclude(draft) => return *draft,
                Step::Look(calls) => {
                    desk.ledger.look(calls).await;
                }
            }
            if desk.cancel.is_cancelled() {
                return Draft::default();
            }
        }
        Draft {
            notes: vec![format!("I stopped after {MOST_ROUNDS} rounds of looks without a conclusion.")],
            ..Draft::default()
        }
    }

    fn bind_draft(&self, desk: &mut Desk<'_>, draft: Draft, now: chrono::DateTime<chrono::Utc>) -> Answer {
        let evidence = desk.ledger.evidence();
        let binder = Binder::new(evidence, now, self.zone(desk));
        // "I could not read the alerts [e3]" rests on the failure itself: it claims nothing of the world.
        let is_claim = |statement: &Statement| {
            statement.evidence.iter().any(|id| evidence.iter().any(|look| look.id == *id && look.result.is_ok()))
        };
        let unconfirmed = |statement: &Statement| {
            is_claim(statement) && matches!(binder.judge(&statement.text, &statement.evidence), Verdict::Unbound(_))
        };
        let markdown =
            draft.markdown(unconfirmed, &assemble::could_not_look(evidence), &assemble::read_in_part(evidence));
        let claims = draft
            .statements()
            .filter(|statement| is_claim(statement))
            .map(|statement| binder.claim(&statement.text, &statement.evidence))
            .collect();
        let mut usage = std::mem::take(&mut desk.usage);
        assemble::add_cost(&mut usage, desk.ledger.spent(), Instant::now() - desk.started);
        Answer {
            answer: markdown,
            brain: Brain::Playbook,
            model: None,
            claims,
            evidence: assemble::views(evidence),
            hypotheses: draft.hypotheses,
            proposals: Vec::new(),
            memory: Vec::new(),
            conversation: None,
            usage,
        }
    }
}
