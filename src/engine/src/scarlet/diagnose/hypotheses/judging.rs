//! Whether a hypothesis stands: the rules over the enlarged case, its own look, and the proof of its sort of trouble.
//!
//! Guarantees: no word of the model weighs anything here; a rule confirms only by typed fields; a look that failed or was cut
//! confirms and refutes nothing.

use super::super::{SINCE, Whereabouts};
use super::writing::Numbers;
use crate::ledger::Ledger;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::diagnosis::case::{Case, Scene, Setting};
use domain::diagnosis::{Judgement, rules};
use domain::evidence::{EvidenceId, ToolCall};
use domain::heal::{Standing, proof_of};
use domain::hypothesis::Thought;
use domain::hypothesis::plain::plain;
use domain::hypothesis::reply::Proposed;
use domain::object::ObjectRef;
use domain::playbook::looks::Looks;
use ports::toolbox::ToolDescription;
use serde_json::Value;
use std::collections::BTreeSet;

/// Rounds of looks for the enlarged case.
const ROUNDS: usize = 6;

/// Looks for hypotheses at most; what the rules looked at is not counted in.
const LOOKS: usize = 40;

/// Characters of a look as it is told.
const TOLD_CHARS: usize = 300;

/// Kinds that have a case of their own.
const WORKLOADS: &[&str] = &["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"];

fn setting(place: &Whereabouts, now: DateTime<Utc>) -> Setting<'_> {
    Setting { now, zone: Tz::UTC, cluster: place.cluster.as_deref(), since: SINCE, at: None }
}

fn names(catalogue: &[ToolDescription]) -> BTreeSet<String> {
    catalogue.iter().map(|tool| tool.name.clone()).collect()
}

/// Looks into each hypothesis and says how it stands.
pub(super) async fn judged(
    proposed: Vec<Proposed>,
    place: &Whereabouts,
    ledger: &mut Ledger,
    catalogue: &[ToolDescription],
    numbers: &Numbers,
    now: DateTime<Utc>,
) -> Vec<Thought> {
    let looked = ledger.look(proposed.iter().map(|one| one.look.clone()).collect()).await;
    let proofs: Vec<_> =
        proposed.iter().map(|one| proof_of(one.symptom, &one.object, &one.object, place.cluster.as_deref())).collect();
    let proved = ledger.look(proofs.iter().map(|proof| proof.call.clone()).collect()).await;
    let objects: BTreeSet<&ObjectRef> = proposed.iter().map(|one| &one.object).collect();
    let by_rules = enlarged(&objects, place, ledger, catalogue, now).await;
    let mut thoughts = Vec::new();
    for ((one, look), (proof, proved)) in proposed.into_iter().zip(looked).zip(proofs.iter().zip(proved)) {
        let seen = ledger.get(look).and_then(|look| look.result.as_ref().ok());
        let expected = seen.map_or(Standing::Open, |envelope| one.expected.reads(envelope, &one.object));
        let proof_stands = ledger.get(proved).map_or(Standing::Open, |look| proof.reads(look, now));
        let rule = by_rules.iter().find(|rule| rule.cause == one.object && rule.rule == one.symptom);
        let typed = rule.filter(|rule| !rule.rests_on_free_text());
        let (standing, because) = match (typed, expected, proof_stands) {
            (Some(rule), ..) => {
                (Standing::Confirmed, format!("the rule {} finds it too: {}", rule.rule, rule.summary.text))
            }
            (None, Standing::Refuted, _) => (Standing::Refuted, "the look shows something else".to_owned()),
            (None, _, Standing::Refuted) => (Standing::Refuted, proof.refuted_by.clone()),
            (None, Standing::Confirmed, Standing::Confirmed) => {
                (Standing::Confirmed, format!("the look shows it, and {}", proof.confirmed_by))
            }
            (None, Standing::Confirmed, Standing::Open) => {
                (Standing::Open, format!("the look shows it, but it was not seen that {}", proof.confirmed_by))
            }
            (None, Standing::Open, _) if seen.is_none() => (Standing::Open, "the look was not possible".to_owned()),
            (None, Standing::Open, _) => (Standing::Open, "the look does not tell".to_owned()),
        };
        let mut ids = vec![look, proved];
        ids.extend(typed.into_iter().flat_map(Judgement::evidence));
        thoughts.push(thought(one, standing, &because, &ids, numbers));
    }
    thoughts
}

fn thought(one: Proposed, standing: Standing, because: &str, ids: &[EvidenceId], numbers: &Numbers) -> Thought {
    let mut evidence: Vec<String> = ids.iter().map(|id| numbers.id_of(*id)).collect();
    evidence.sort();
    evidence.dedup();
    let confirmed_by = format!("{} shows for {} that {}", told(&one.look), one.object, one.expected.told());
    Thought {
        cause: one.cause,
        object: one.object,
        symptom: one.symptom.to_owned(),
        confirmed_by: plain(&confirmed_by, TOLD_CHARS),
        refuted_by: one.refuted_by,
        standing,
        because: plain(because, TOLD_CHARS),
        evidence,
    }
}

fn told(look: &ToolCall) -> String {
    format!("{} {}", look.tool, Value::Object(look.arguments.clone()))
}

/// What the rules say of these objects, after everything that they want to see of them was looked at.
async fn enlarged(
    objects: &BTreeSet<&ObjectRef>,
    place: &Whereabouts,
    ledger: &mut Ledger,
    catalogue: &[ToolDescription],
    now: DateTime<Utc>,
) -> Vec<Judgement> {
    let (tools, before) = (names(catalogue), ledger.evidence().len());
    let mut found = Vec::new();
    for _ in 0..ROUNDS {
        let mut looks = Looks::new(ledger.evidence(), &tools);
        let scene = Scene::gather(&mut looks, setting(place, now));
        let workloads = objects.iter().filter(|object| WORKLOADS.contains(&object.kind.as_str()));
        let cases: Vec<Case> = workloads.map(|object| Case::gather(&mut looks, &scene, object)).collect();
        found = cases.iter().flat_map(|case| rules::judge(&scene, case)).chain(rules::judge_scene(&scene)).collect();
        let mut wanted = looks.into_wanted();
        let made = ledger.evidence().len().saturating_sub(before);
        wanted.truncate(LOOKS.saturating_sub(made));
        if wanted.is_empty() {
            break;
        }
        ledger.look(wanted).await;
    }
    found
}
