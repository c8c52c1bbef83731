//! What is remembered of an incident that is over.

use crate::shaky::{Broken, Shaky, approval, began, clock, incident, put, shaky};
use chrono::{DateTime, TimeDelta, Utc};
use domain::approval::{Choice, State as Asked, Vote};
use domain::heal::{Attempt, Diagnosis, Ending, Heal, Hypothesis, Mode, Stage, Standing};
use domain::incident::{Happening, Incident, State};
use domain::memory::entry::{Entry, Kind, id};
use domain::object::ObjectRef;
use engine::memory::{Filters, Memory};
use engine::scarlet::reconciler::seams::Remembers as _;
use engine::scarlet::remembering::{WrittenUp, source};
use expect_test::expect;
use fakes::ManualClock;
use ports::store::record;
use std::sync::Arc;

fn after(minutes: i64) -> DateTime<Utc> {
    began() + TimeDelta::minutes(minutes)
}

fn checkout() -> ObjectRef {
    ObjectRef::namespaced("Deployment", "shop", "checkout")
}

/// An incident that was over after eleven minutes.
fn over() -> Incident {
    Incident { state: State::Resolved, resolved_at: Some(after(11)), changed_at: after(11), ..incident("INC-7") }
}

fn attempt(number: u32, action: &str, outcome: Ending, told: &str) -> Attempt {
    Attempt {
        plan: format!("INC-7.{number}"),
        digest: "d".to_owned(),
        symptom: "crash".to_owned(),
        action: action.to_owned(),
        object: checkout(),
        approved: outcome == Ending::Better,
        outcome,
        told: told.to_owned(),
        started: after(i64::from(number)),
        ended: Some(after(i64::from(number) + 1)),
    }
}

/// Two things were tried, and the second helped.
fn healed() -> Heal {
    let hypothesis = Hypothesis {
        rule: "crash".to_owned(),
        cause: checkout(),
        affected: checkout(),
        summary: "Its new pods crash at start.".to_owned(),
        per_mille: 870,
        typed_per_mille: 870,
        evidence: Vec::new(),
        confirmed_by: String::new(),
        refuted_by: String::new(),
        standing: Standing::Confirmed,
    };
    let (hypotheses, missing) = (vec![hypothesis], 1);
    let not_looked = vec!["tempo_search: no connection".to_owned()];
    let diagnosis = Diagnosis { at: after(1), hypotheses, seen: Vec::new(), not_looked, missing, changes: Vec::new() };
    Heal {
        stage: Stage::Resolved { closes_at: after(41), healed: true, shown: false },
        diagnosis: Some(diagnosis),
        changed_at: after(11),
        attempts: vec![
            attempt(1, "rollout_restart", Ending::Same, "0 of 3 pods are ready."),
            attempt(2, "rollout_undo", Ending::Better, "3 of 3 pods are ready."),
        ],
        plans: 2,
        ..Heal::begin("INC-7", "prod", Mode::Live, began())
    }
}

struct World {
    store: Arc<Shaky>,
    clock: Arc<ManualClock>,
    memory: Arc<Memory>,
    writer: WrittenUp,
}

impl World {
    fn new() -> Self {
        let clock = clock();
        let store = shaky(clock.clone());
        let memory = Arc::new(Memory::new(store.clone(), None, clock.clone()));
        let writer = WrittenUp::new(memory.clone(), store.clone());
        Self { store, clock, memory, writer }
    }

    async fn entry(&self) -> Option<Entry> {
        let id = id(Kind::Incident, &source("INC-7"));
        record::load::<Entry>(&*self.store, &id).await.unwrap().map(|found| found.value)
    }

    /// The part in our own words, before the draft of the post-mortem.
    async fn in_short(&self) -> String {
        let text = self.entry().await.unwrap().text;
        text.split_once("\n# Post-mortem of INC-7").unwrap().0.to_owned()
    }
}

#[tokio::test(start_paused = true)]
async fn what_it_was_why_what_was_tried_and_what_helped() {
    let world = World::new();
    world.writer.write_up(&over(), &healed()).await.unwrap();
    expect![[r#"
        Incident INC-7 in prod: checkout answers a third of its requests with 503 since the rollout of 2.14.0. It lasted 11 min.
        Cause: Deployment shop/checkout: Its new pods crash at start (confidence 0.87, confirmed by a second look, with looks that were not possible: 1).
        Tried:
        - rollout_restart of Deployment shop/checkout: it did not help (0 of 3 pods are ready)
        - rollout_undo of Deployment shop/checkout, approved by people: it helped, as was verified (3 of 3 pods are ready)
        What helped: rollout_undo of Deployment shop/checkout.
        Could not be looked at: Tempo did not answer within 10 s: no traces were looked at.
    "#]]
    .assert_eq(&world.in_short().await);
    let entry = world.entry().await.unwrap();
    assert_eq!((entry.created_at, entry.person.as_deref()), (after(11), None));
    assert!(entry.text.contains("**This is a draft.**") && entry.text.contains("## Follow-ups"), "{}", entry.text);
    let found = world.memory.search("rollout of checkout answers 503", &Filters::default(), 5).await.unwrap();
    assert_eq!(found.recalled.first().map(|found| found.id.as_str()), Some(entry.id.as_str()));
}

#[tokio::test(start_paused = true)]
async fn a_repeat_changes_nothing_and_one_incident_is_one_entry() {
    let world = World::new();
    world.writer.write_up(&over(), &healed()).await.unwrap();
    let first = world.entry().await.unwrap();
    world.clock.advance(TimeDelta::minutes(5));
    world.writer.write_up(&over(), &healed()).await.unwrap();
    assert_eq!(world.entry().await.unwrap(), first);
    // It came back and was over once more: the whole of it takes the place of the first part.
    let again = Incident { resolved_at: Some(after(25)), changed_at: after(25), ..over() };
    world.writer.write_up(&again, &healed()).await.unwrap();
    assert!(world.in_short().await.contains("It lasted 25 min"));
    let entries = world.memory.stats().await.unwrap().entries;
    assert_eq!(entries.iter().map(|(_, count)| count).sum::<u64>(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_over_is_not_remembered_and_what_the_healing_ended_is() {
    let world = World::new();
    let open = Incident { state: State::Verifying, ..incident("INC-7") };
    let verifying = Heal { stage: Stage::Diagnosing, ..healed() };
    let refused = world.writer.write_up(&open, &verifying).await.unwrap_err();
    assert!(refused.contains("is not over yet"), "{refused}");
    assert_eq!(world.entry().await, None);
    // The healing has ended, and its incident does not show it yet; what was noted meanwhile stands in the store only.
    let mut noted = open.clone();
    let happening = Happening { at: after(11), actor: "scarlet".into(), text: "Verified, it helped.".into() };
    noted.timeline.push(happening);
    put(&*world.store, &noted).await;
    world.writer.write_up(&open, &healed()).await.unwrap();
    let text = world.entry().await.unwrap().text;
    assert!(text.contains("- Lasted: 11 min") && text.contains("Verified, it helped."), "{text}");
}

#[tokio::test(start_paused = true)]
async fn what_ended_by_itself_is_never_told_as_healed() {
    let nobody_knows = |outcome| vec![attempt(1, "rollout_restart", outcome, "the metrics were away")];
    for attempts in [Vec::new(), nobody_knows(Ending::CannotTell), nobody_knows(Ending::OnlyWatched)] {
        let world = World::new();
        let heal = Heal { attempts, diagnosis: None, ..healed() };
        let nothing_known = Incident { cause: None, not_looked: Vec::new(), ..over() };
        world.writer.write_up(&nothing_known, &heal).await.unwrap();
        let told = world.in_short().await;
        assert!(told.contains("Cause: not known."), "{told}");
        assert!(
            told.contains("What helped: nothing that was done through this program is known to have helped"),
            "{told}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_secrets_and_no_people_are_remembered() {
    let world = World::new();
    let vote = Vote { person: "slack:U07EVE".into(), choice: Choice::Approve, at: after(2) };
    let mut asked = approval("INC-7.2", 1);
    (asked.incident, asked.state, asked.votes) = (Some("INC-7".into()), Asked::Started, vec![vote]);
    put(&*world.store, &asked).await;
    let mut incident = Incident { owner: Some("slack:U02ANNA".into()), ..over() };
    incident.title = "db\n# away: postgres://app:s3cr3t@orders-db:5432/orders ```".into();
    incident.timeline.push(Happening {
        at: after(3),
        actor: "slack:U02ANNAX".into(),
        text: "slack:U02ANNA gave it to slack:U02ANNAX, token: abc123def".into(),
    });
    world.writer.write_up(&incident, &healed()).await.unwrap();
    let entry = world.entry().await.unwrap();
    let all = format!("{entry:?}");
    for gone in ["s3cr3t", "abc123def", "slack:U02ANNA", "slack:U07EVE", "```", "\n# away"] {
        assert!(!all.contains(gone), "{gone}: {all}");
    }
    assert!(entry.text.contains("a person gave it to a person"), "{}", entry.text);
    assert!(entry.text.contains("approved by a person"), "what people were asked is told: {}", entry.text);
    assert!(entry.text.contains("Roll Deployment shop/checkout back to revision 41"), "{}", entry.text);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_is_an_error_and_the_next_try_keeps_it() {
    let world = World::new();
    for broken in [Broken::All, Broken::Hangs] {
        world.store.breaks(broken);
        let why = world.writer.write_up(&over(), &healed()).await.unwrap_err();
        assert!(why.starts_with("INC-7 could not be written up: "), "{why}");
    }
    world.store.mends();
    assert_eq!(world.entry().await, None);
    world.writer.write_up(&over(), &healed()).await.unwrap();
    assert!(world.entry().await.is_some());
}
