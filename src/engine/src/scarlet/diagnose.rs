//! Looking for the cause of an incident: the same looks and rules as the playbooks, and then the proof of what they say.
//!
//! Guarantees: it ends by its deadline, whatever hangs; every look is evidence, the failed ones too; confidence falls with
//! what could not be looked at, with alternatives, and with signals that a cause does not explain; a cause is looked at
//! once more, freshly, for what would confirm or refute it; who is in trouble comes from typed fields of the signals and
//! never from their text.
//!
//! Deliberately absent: the rules (`domain::diagnosis`), and what follows of a cause.

mod around;
pub mod hypotheses;
mod kept;
mod subjects;

use super::reconciler::seams::{Basis, Diagnoses, Found};
use crate::ledger::{Ledger, Limits};
use around::Around;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::diagnosis::case::{Case, Scene, Setting};
use domain::diagnosis::rank::rank;
use domain::diagnosis::{Judgement, rules};
use domain::envelope::{Failure, FailureKind};
use domain::evidence::Evidence;
use domain::heal::{Coverage, Diagnosis, Hypothesis, Proof, Standing, limits, proof_of, weigh};
use domain::incident::Incident;
use domain::object::ObjectRef;
use domain::playbook::looks::Looks;
use domain::strategy::{self, Facts, Webhook};
use domain::topology::{Rows, Topology};
use hypotheses::{Occasion, Thinker};
use kept::Book;
use ports::clock::Clock;
use ports::progress::Progress;
use ports::toolbox::Toolbox;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use subjects::{concerns, short_beside_a_node, subjects};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Rounds of looks; what is wanted beyond them is not looked at.
const MOST_ROUNDS: usize = 12;

/// How long the looks and the proofs may take together, less than a healing waits for them.
const DEADLINE: Duration = Duration::from_secs(75);

/// How far back changes matter.
const SINCE: &str = "3h";

/// Looks at once, looks in all.
const LIMITS: Limits = Limits { parallel: 8, looks: 120, bytes: u64::MAX };

/// A cause that no signal names is not surer than this, per mille: nothing ties it to the incident.
const UNTIED: u16 = 500;

/// Where an environment is looked at.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Whereabouts {
    /// The cluster by name, where the read tools know several.
    pub cluster: Option<String>,
    /// The webhooks that the settings declare, for the strategies.
    pub webhooks: Vec<Webhook>,
}

/// Tells where an environment is looked at; `None` for one that is not known.
pub type Places = Arc<dyn Fn(&str) -> Option<Whereabouts> + Send + Sync>;

/// Looks through the read tools.
pub struct Diagnoser {
    toolbox: Arc<dyn Toolbox>,
    clock: Arc<dyn Clock>,
    places: Places,
    thinker: Option<Arc<Thinker>>,
}

/// What one run over the evidence makes of it.
struct Judged {
    ranked: Vec<Judgement>,
    preferred: Option<(Judgement, Facts)>,
    is_tied: bool,
    around: Around,
    topology: Topology,
}

impl Diagnoser {
    /// Over these tools.
    pub fn new(toolbox: Arc<dyn Toolbox>, clock: Arc<dyn Clock>, places: Places) -> Self {
        Self { toolbox, clock, places, thinker: None }
    }

    /// With somebody who thinks about what the rules found, beside everything else: nothing waits for it.
    #[must_use]
    pub fn with_thinker(mut self, thinker: Option<Arc<Thinker>>) -> Self {
        self.thinker = thinker;
        self
    }

    fn ledger(&self, deadline: Instant) -> Ledger {
        Ledger::new(Arc::clone(&self.toolbox), Progress::silent(), CancellationToken::new(), deadline, LIMITS)
    }

    /// Looks until the rules want nothing more.
    async fn investigate(
        &self,
        incident: &Incident,
        place: &Whereabouts,
        ledger: &mut Ledger,
        now: DateTime<Utc>,
    ) -> Judged {
        let tools: BTreeSet<String> = self.toolbox.catalogue().await.into_iter().map(|tool| tool.name).collect();
        for _ in 0..MOST_ROUNDS {
            let mut looks = Looks::new(ledger.evidence(), &tools);
            let case = judged(incident, place, &mut looks, now);
            if !looks.waits() {
                return case;
            }
            let wanted = looks.into_wanted();
            ledger.look(wanted).await;
        }
        let mut looks = Looks::new(ledger.evidence(), &tools);
        judged(incident, place, &mut looks, now)
    }

    /// Looks, and where something did not answer once more from the beginning, if there is time: whoever was busy a moment
    /// ago may answer now. Of both, the one with fewer looks without an answer counts.
    async fn looked_into(
        &self,
        incident: &Incident,
        place: &Whereabouts,
        deadline: Instant,
        now: DateTime<Utc>,
    ) -> (Ledger, Judged) {
        let began = Instant::now();
        let mut ledger = self.ledger(deadline);
        let case = self.investigate(incident, place, &mut ledger, now).await;
        let took = began.elapsed();
        if unanswered(&ledger) == 0 || Instant::now() + took >= deadline {
            return (ledger, case);
        }
        let mut again = self.ledger(deadline);
        let case_again = self.investigate(incident, place, &mut again, now).await;
        if unanswered(&again) < unanswered(&ledger) { (again, case_again) } else { (ledger, case) }
    }

    /// Looks once more for what must be so where a cause is right. A look of its own each: what the rules saw is not asked.
    async fn prove(&self, proofs: &[Proof], deadline: Instant, now: DateTime<Utc>) -> (Vec<Standing>, Vec<Evidence>) {
        let mut ledger = self.ledger(deadline);
        let ids = ledger.look(proofs.iter().map(|proof| proof.call.clone()).collect()).await;
        let standings = proofs
            .iter()
            .zip(ids)
            .map(|(proof, id)| ledger.get(id).map_or(Standing::Open, |look| proof.reads(look, now)))
            .collect();
        (standings, ledger.into_evidence())
    }
}

#[async_trait]
impl Diagnoses for Diagnoser {
    async fn diagnose(&self, incident: &Incident, round: u32) -> Result<Found, String> {
        let place = (self.places)(&incident.environment)
            .ok_or_else(|| format!("the environment {:?} is not in the settings", incident.environment))?;
        let (now, deadline) = (self.clock.now(), Instant::now() + DEADLINE);
        let (ledger, case) = self.looked_into(incident, &place, deadline, now).await;
        let proofs: Vec<Proof> = case
            .ranked
            .iter()
            .take(limits::HYPOTHESES)
            .map(|judgement| proof_of(judgement.rule, &judgement.cause, &judgement.affected, place.cluster.as_deref()))
            .collect();
        let (standings, proved) = self.prove(&proofs, deadline, now).await;
        let looks = match &self.thinker {
            None => ledger.into_evidence(),
            Some(thinker) => {
                let looks = ledger.evidence().to_vec();
                let (ranked, around) = (case.ranked.clone(), case.around.surroundings.clone());
                thinker.consider(Occasion { incident: incident.clone(), round, place, ledger, ranked, around });
                looks
            }
        };
        let book = Book::of(incident, round, now, looks, proved);
        Ok(found(incident, case, &proofs, &standings, book))
    }
}

/// Looks that came back without an answer, and may have one a moment later.
fn unanswered(ledger: &Ledger) -> usize {
    let is_away = |failure: &Failure| {
        matches!(failure.kind, FailureKind::Timeout | FailureKind::Unreachable | FailureKind::RateLimited)
    };
    ledger.evidence().iter().filter(|look| look.result.as_ref().is_err_and(is_away)).count()
}

/// One run over what was seen.
fn judged(incident: &Incident, place: &Whereabouts, looks: &mut Looks<'_>, now: DateTime<Utc>) -> Judged {
    let setting = Setting { now, zone: Tz::UTC, cluster: place.cluster.as_deref(), since: SINCE, at: None };
    let scene = Scene::gather(looks, setting);
    let (subjects, is_tied) = subjects(incident, &scene);
    let beside = if subjects.is_empty() { short_beside_a_node(incident, &scene) } else { Vec::new() };
    let all = subjects.iter().chain(&beside);
    let cases: Vec<Case> = all.map(|subject| Case::gather(looks, &scene, subject)).collect();
    let is_of_it = |judgement: &Judgement| beside.is_empty() || concerns(incident, &judgement.cause);
    let of_cases = cases.iter().flat_map(|case| rules::judge(&scene, case)).filter(is_of_it);
    // What is wrong elsewhere in the cluster is another incident.
    let of_scene = rules::judge_scene(&scene)
        .into_iter()
        .filter(|judgement| concerns(incident, &judgement.cause) || subjects.contains(&judgement.affected));
    let ranked = rank(of_cases.chain(of_scene).collect());
    let preferred = strategy::preferred(&ranked).cloned().map(|judgement| {
        let of = cases.iter().find(|case| case.subject == judgement.affected || case.subject == judgement.cause);
        let facts = of
            .or_else(|| cases.first())
            .map_or_else(Facts::default, |case| Facts::gather(looks, case, &scene, &judgement));
        (judgement, facts.with_members(&incident.members).with_webhooks(place.webhooks.clone()))
    });
    let trees: Vec<_> = cases.iter().filter_map(|case| case.tree.seen()).map(|seen| seen.data.clone()).collect();
    let pods: Vec<_> = cases.iter().filter_map(|case| case.pods.seen()).flat_map(|seen| seen.data.clone()).collect();
    let workloads = scene.workloads.seen().map(|seen| seen.data.clone()).unwrap_or_default();
    let rows = Rows { trees: &trees, pods: &pods, workloads: &workloads, services: &[], calls: &[] };
    let around = Around::of(incident, &ranked, &scene, &cases);
    Judged { ranked, preferred, is_tied, around, topology: Topology::of(&rows) }
}

/// Weighs everything, and writes it down.
fn found(incident: &Incident, case: Judged, proofs: &[Proof], standings: &[Standing], book: Book) -> Found {
    let missing = book.missing();
    let mut hypotheses = Vec::new();
    for (place, (judgement, (proof, standing))) in case.ranked.iter().zip(proofs.iter().zip(standings)).enumerate() {
        let (signals, explained) = explained(incident, judgement);
        let others = case.ranked.iter().enumerate().filter(|(other, _)| *other != place);
        let runner_up = others.map(|(_, other)| other.per_mille).max().unwrap_or(0);
        let missing = book.missing_beside(judgement);
        let coverage = Coverage { runner_up, missing, signals, explained, standing: *standing };
        let tied = |sure: u16| if case.is_tied { sure } else { sure.min(UNTIED) };
        hypotheses.push(Hypothesis {
            rule: judgement.rule.to_owned(),
            cause: judgement.cause.clone(),
            affected: judgement.affected.clone(),
            summary: judgement.summary.text.clone(),
            per_mille: tied(weigh(judgement.per_mille, coverage)),
            typed_per_mille: tied(weigh(judgement.typed_per_mille, coverage)),
            evidence: judgement.evidence().into_iter().map(|id| book.id_of(id)).collect(),
            confirmed_by: proof.confirmed_by.clone(),
            refuted_by: proof.refuted_by.clone(),
            standing: *standing,
        });
    }
    let preferred = case.preferred.and_then(|(judgement, facts)| {
        let hypothesis = hypotheses
            .iter()
            .position(|hypothesis| hypothesis.cause == judgement.cause && hypothesis.rule == judgement.rule)?;
        Some((hypothesis, judgement, facts))
    });
    let mut basis = None;
    if let Some((at, judgement, facts)) = preferred
        && let Some(hypothesis) = hypotheses.get(at).filter(|hypothesis| hypothesis.standing != Standing::Refuted)
    {
        let services = u32::try_from(judgement.victims.len().max(1)).unwrap_or(u32::MAX);
        let per_mille = hypothesis.typed_per_mille;
        basis = Some(Basis { judgement, facts, per_mille, missing, services, topology: case.topology });
        // What is acted upon is told first.
        let first = hypotheses.remove(at);
        hypotheses.insert(0, first);
    }
    let seen = book.seen(case.ranked.first(), &case.around.changes, incident);
    let not_looked = book.not_looked();
    let changes = case.around.changed(incident, &book);
    let diagnosis = Diagnosis { at: book.at(), hypotheses, seen, not_looked, missing, changes };
    Found { diagnosis, basis, evidence: book.into_kept() }
}

/// How many signals name something, and how many of those a cause explains. The first member is what the others stand on by
/// the topology that put them together: whatever explains it explains all.
fn explained(incident: &Incident, judgement: &Judgement) -> (u32, u32) {
    let objects: Vec<&ObjectRef> =
        [&judgement.cause, &judgement.affected].into_iter().chain(&judgement.victims).collect();
    let named =
        incident.members.iter().enumerate().filter(|(_, member)| member.object.is_some() || member.service.is_some());
    let (mut signals, mut explained) = (0_u32, 0_u32);
    let mut is_root_explained = false;
    for (place, member) in named {
        signals = signals.saturating_add(1);
        let by_object = member
            .object
            .as_ref()
            .is_some_and(|object| objects.iter().any(|known| *known == object || subjects::is_part_of(object, known)));
        let by_service = member.service.as_deref().is_some_and(|name| objects.iter().any(|known| known.name == name));
        explained = explained.saturating_add(u32::from(by_object || by_service));
        is_root_explained |= place == 0 && (by_object || by_service);
    }
    (signals, if is_root_explained { signals } else { explained })
}
