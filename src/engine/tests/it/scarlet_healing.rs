//! The loop that heals, over a store in memory and scripted looks, plans, hands and places: whole lives, two replicas,
//! crashes, people in between, and what is away.

mod debts;
mod hiccups;
mod measured;
mod paging;
mod places;
mod script;
mod seen;

use crate::shaky::{Broken, began, person};
use chrono::TimeDelta;
use domain::approval::Choice;
use domain::heal::{End, Heal, Mode, Owed, UndoEnd};
use domain::incident::{Deed, Incident, State};
use domain::learning::Learning;
use domain::policy::Verdict;
use domain::verification::Outcome;
use ports::approvals::{Approvals as _, Ballot};
use ports::incidents::Incidents as _;
use script::{World, world};
use tokio_util::sync::CancellationToken;

/// Goes on until nothing changes any more at this time.
async fn settle(world: &World) {
    for _ in 0..4 {
        world.pass().await;
    }
}

#[tokio::test]
async fn what_is_allowed_is_done_verified_learned_and_told() {
    let world = world(Verdict::Allow).await;
    settle(&world).await;
    assert_eq!(world.done(), ["carry out INC-1.1"]);
    assert_eq!(world.incident().await.state, State::Verifying);
    world.after(TimeDelta::seconds(40)).await;
    settle(&world).await;
    assert_eq!(world.done(), ["carry out INC-1.1", "conclude better"]);
    let incident = world.incident().await;
    assert_eq!((incident.state, incident.resolved_at.is_some()), (State::Resolved, true));
    assert_eq!(incident.symptom.as_deref(), Some("crash"));
    let told: Vec<&str> = incident.timeline.iter().map(|happening| happening.text.as_str()).collect();
    assert!(told.iter().any(|text| text.starts_with("Verified, it helped")), "{told:?}");
    let learned = world.load::<Learning>("learning").await;
    assert_eq!(learned.belief("crash", "scale", "prod").unwrap().successes, 1);
    assert_eq!(world.written_up(), 1);
    world.after(TimeDelta::minutes(31)).await;
    settle(&world).await;
    assert!(world.load::<Heal>("INC-1").await.is_over());
}

#[tokio::test]
async fn what_is_asked_for_is_done_after_a_yes_and_its_countdown() {
    let world = world(Verdict::Ask).await;
    settle(&world).await;
    assert_eq!(world.incident().await.pending.unwrap().approval, "INC-1.1");
    world.vote(Choice::Approve).await;
    settle(&world).await;
    assert_eq!(world.done(), Vec::<String>::new(), "done before the countdown ended");
    world.after(TimeDelta::seconds(11)).await;
    settle(&world).await;
    assert_eq!(world.done(), ["carry out INC-1.1"]);
}

#[tokio::test]
async fn a_no_does_nothing_and_reaches_people() {
    let world = world(Verdict::Ask).await;
    settle(&world).await;
    world.vote(Choice::Reject).await;
    settle(&world).await;
    assert_eq!((world.done().len(), world.incident().await.state), (0, State::Escalated));
    assert_eq!(world.escalations().len(), 1);
}

#[tokio::test]
async fn two_replicas_that_both_think_they_lead_do_it_once() {
    let world = world(Verdict::Allow).await;
    let other = world.replica();
    for _ in 0..4 {
        tokio::join!(world.pass(), other.pass());
    }
    assert_eq!(world.done(), ["carry out INC-1.1"]);
}

#[tokio::test]
async fn what_another_process_had_begun_is_asked_after_and_never_done_again() {
    let world = world(Verdict::Allow).await;
    world.script.hangs_in_acting();
    let stopped = tokio::time::timeout(std::time::Duration::from_millis(50), world.pass()).await;
    assert!(stopped.is_err(), "the process was to die while it acts");
    world.script.answers_acting(End::StillUnderWay);
    let next = world.replica();
    next.pass().await;
    assert_eq!(world.done(), ["carry out INC-1.1", "ask after INC-1.1"]);
    assert_eq!(world.incident().await.state, State::Acting);
}

#[tokio::test]
async fn whoever_does_not_lead_does_nothing() {
    let world = world(Verdict::Allow).await;
    world.leads(false);
    settle(&world).await;
    assert_eq!((world.done().len(), world.incident().await.state), (0, State::Open));
    world.leads(true);
    settle(&world).await;
    assert_eq!(world.done(), ["carry out INC-1.1"]);
}

#[tokio::test]
async fn nothing_begins_before_what_was_left_open_is_settled() {
    let world = world(Verdict::Allow).await;
    world.script.recovers(false);
    settle(&world).await;
    assert_eq!((world.done().len(), world.incident().await.state), (0, State::Open));
    world.script.recovers(true);
    settle(&world).await;
    assert_eq!(world.done(), ["carry out INC-1.1"]);
}

#[tokio::test]
async fn a_store_that_is_away_begins_nothing_and_loses_nothing() {
    let world = world(Verdict::Allow).await;
    world.store.breaks(Broken::All);
    settle(&world).await;
    assert_eq!(world.done().len(), 0);
    world.store.mends();
    settle(&world).await;
    assert_eq!(world.done(), ["carry out INC-1.1"]);
}

#[tokio::test]
async fn whoever_takes_the_incident_stops_what_has_not_begun() {
    let world = world(Verdict::Ask).await;
    settle(&world).await;
    world.desk.act("INC-1", &person("ann"), Deed::Claim).await.unwrap().unwrap().unwrap();
    settle(&world).await;
    let approval = world.approvals.get("INC-1.1").await.unwrap().unwrap();
    assert_eq!(approval.state, domain::approval::State::Withdrawn);
    assert_eq!(world.incident().await.pending, None);
    assert_eq!(world.load::<Heal>("INC-1").await.stage.name(), "handed");
}

#[tokio::test]
async fn an_object_that_changed_after_the_yes_is_not_touched_and_is_planned_anew() {
    let world = world(Verdict::Ask).await;
    settle(&world).await;
    world.vote(Choice::Approve).await;
    world.script.changes_the_object();
    world.after(TimeDelta::seconds(11)).await;
    settle(&world).await;
    assert_eq!(world.done(), Vec::<String>::new());
    let approval = world.approvals.get("INC-1.1").await.unwrap().unwrap();
    assert_eq!(approval.state, domain::approval::State::Withdrawn, "{approval:?}");
    world.after(TimeDelta::seconds(30)).await;
    settle(&world).await;
    assert_eq!(world.incident().await.pending.unwrap().approval, "INC-1.2");
}

#[tokio::test]
async fn one_yes_was_enough_where_it_takes_two_people_by_now() {
    let world = world(Verdict::Ask).await;
    settle(&world).await;
    world.vote(Choice::Approve).await;
    world.script.people_needed_when_seen_again(2);
    world.after(TimeDelta::seconds(11)).await;
    settle(&world).await;
    assert_eq!(world.done(), Vec::<String>::new());
    let approval = world.approvals.get("INC-1.1").await.unwrap().unwrap();
    assert_eq!(approval.state, domain::approval::State::Withdrawn, "{approval:?}");
    world.after(TimeDelta::seconds(30)).await;
    settle(&world).await;
    assert_eq!(world.incident().await.pending.unwrap().approval, "INC-1.2", "people are asked anew");
}

#[tokio::test]
async fn a_yes_for_a_plan_that_is_gone_does_nothing_and_the_next_plan_is_asked_for() {
    let world = world(Verdict::Ask).await;
    settle(&world).await;
    let old = world.approvals.get("INC-1.1").await.unwrap().unwrap();
    world.vote(Choice::Approve).await;
    world.script.changes_the_object();
    world.after(TimeDelta::seconds(11)).await;
    settle(&world).await;
    let ann = person("ann");
    let ballot =
        |plan| Ballot { approval: "INC-1.1", plan, person: &ann, choice: Choice::Approve, by_way_of: "terminal" };
    let (outcome, found) = world.approvals.vote(ballot(&old.plan)).await.unwrap().unwrap();
    assert_eq!(outcome, domain::approval::Outcome::Decided, "the approval is {:?}", found.state);
    let nobody = Ballot { approval: "INC-1.99", ..ballot(&old.plan) };
    assert_eq!(world.approvals.vote(nobody).await.unwrap(), None);
    world.after(TimeDelta::seconds(30)).await;
    settle(&world).await;
    assert_eq!((world.done(), world.incident().await.pending.unwrap().approval.as_str()), (vec![], "INC-1.2"));
}

#[tokio::test]
async fn an_object_that_is_gone_leaves_nothing_to_do_and_reaches_people() {
    let world = world(Verdict::Ask).await;
    settle(&world).await;
    world.vote(Choice::Approve).await;
    world.script.loses_the_object();
    world.after(TimeDelta::seconds(11)).await;
    settle(&world).await;
    world.after(TimeDelta::seconds(30)).await;
    settle(&world).await;
    assert_eq!((world.done().len(), world.incident().await.state), (0, State::Escalated));
    assert!(world.escalations()[0].contains("no action is left"), "{:?}", world.escalations());
    let approval = world.approvals.get("INC-1.1").await.unwrap().unwrap();
    assert_eq!(approval.state, domain::approval::State::Withdrawn);
    assert!(world.load::<Heal>("INC-1").await.owed.is_empty());
}

#[tokio::test]
async fn a_success_check_that_cannot_be_evaluated_is_never_taken_for_better_and_reaches_people() {
    let world = world(Verdict::Allow).await;
    world.script.measures(Outcome::CannotTell);
    settle(&world).await;
    world.after(TimeDelta::seconds(40)).await;
    settle(&world).await;
    assert_eq!(world.incident().await.state, State::Verifying, "it is looked again until its window is over");
    world.after(TimeDelta::seconds(400)).await;
    settle(&world).await;
    assert_eq!(world.done(), ["carry out INC-1.1", "conclude cannot tell"]);
    assert_eq!(world.incident().await.state, State::Escalated);
    assert!(
        world.escalations()[0].contains("nobody can tell whether the last action helped"),
        "{:?}",
        world.escalations()
    );
}

#[tokio::test]
async fn a_verdict_that_became_stricter_begins_nothing() {
    let world = world(Verdict::Allow).await;
    world.script.verdict_when_seen_again(Verdict::Ask);
    settle(&world).await;
    assert_eq!(world.done(), Vec::<String>::new());
}

#[tokio::test]
async fn three_heals_that_fail_reach_people_with_everything_tried() {
    let world = world(Verdict::Allow).await;
    world.script.measures(Outcome::Same);
    for _ in 0..4 {
        settle(&world).await;
        world.after(TimeDelta::seconds(400)).await;
    }
    settle(&world).await;
    assert_eq!(world.done().iter().filter(|deed| deed.starts_with("carry out")).count(), 3);
    assert_eq!(world.incident().await.state, State::Escalated);
    let told = world.escalations();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].matches("scale Deployment shop/checkout").count(), 3, "{}", told[0]);
    assert_eq!(world.signals(), ["heals-failed"]);
}

#[tokio::test]
async fn what_made_things_worse_is_taken_back() {
    let world = world(Verdict::Allow).await;
    world.script.measures(Outcome::Worse);
    settle(&world).await;
    world.after(TimeDelta::seconds(40)).await;
    world.pass().await;
    assert_eq!(world.done()[..3], ["carry out INC-1.1", "undo INC-1.1", "conclude worse"]);
}

#[tokio::test]
async fn what_another_process_was_to_take_back_is_asked_after_and_taken_back_where_it_never_began() {
    for (known, then) in
        [(UndoEnd::NeverBegun, vec!["undo INC-1.1", "conclude worse"]), (UndoEnd::Done, vec!["conclude worse"])]
    {
        let world = world(Verdict::Allow).await;
        world.script.measures(Outcome::Worse);
        settle(&world).await;
        world.after(TimeDelta::seconds(40)).await;
        world.script.hangs_in_acting();
        let stopped = tokio::time::timeout(std::time::Duration::from_millis(50), world.pass()).await;
        assert!(stopped.is_err(), "the process was to die while it takes back");
        world.script.knows_of_the_undo(known);
        world.replica().pass().await;
        let done = world.done();
        let told: Vec<&str> = done.iter().map(String::as_str).collect();
        let before = ["carry out INC-1.1", "undo INC-1.1", "ask after the undo of INC-1.1"];
        assert_eq!(told[..3], before);
        assert_eq!(told[3..3 + then.len()], then[..]);
    }
}

#[tokio::test]
async fn an_undo_that_fails_reaches_people() {
    let world = world(Verdict::Allow).await;
    world.script.measures(Outcome::Worse);
    world.script.undoes(UndoEnd::Failed("the object is not as the action left it".to_owned()));
    settle(&world).await;
    world.after(TimeDelta::seconds(40)).await;
    settle(&world).await;
    assert_eq!(world.incident().await.state, State::Escalated);
    assert!(world.escalations()[0].contains("not as the action left it"), "{:?}", world.escalations());
}

#[tokio::test]
async fn where_scarlet_only_watches_nobody_is_asked_and_nothing_is_done() {
    for mode in [Mode::Observe, Mode::Shadow] {
        let world = world(Verdict::Allow).await;
        world.mode(mode);
        settle(&world).await;
        assert_eq!((world.done().len(), world.escalations().len()), (0, 0), "{mode:?}");
        assert!(world.approvals.pending().await.unwrap().is_empty());
        let told = world.incident().await.timeline;
        assert!(told.iter().any(|happening| happening.text.contains("Nothing is done")), "{told:?}");
    }
}

#[tokio::test]
async fn a_place_that_does_not_answer_is_told_again_until_one_does() {
    let world = world(Verdict::Escalate).await;
    world.script.tells(false);
    settle(&world).await;
    assert_eq!(world.load::<Heal>("INC-1").await.stage.name(), "escalating");
    world.script.tells(true);
    world.after(TimeDelta::seconds(10)).await;
    settle(&world).await;
    assert_eq!(world.load::<Heal>("INC-1").await.stage.name(), "escalated");
    assert_eq!(world.escalations().len(), 1);
}

#[tokio::test]
async fn a_signal_about_herself_is_not_healed_and_raises_no_other() {
    let world = world(Verdict::Escalate).await;
    let mut about_her: Incident = world.incident().await;
    about_her.id = "INC-2".to_owned();
    let signal = serde_json::json!({
        "fingerprint": "f", "source": {"kind": "herself", "name": "scarlet"}, "name": "heals-failed", "is_firing": true,
        "since": began(), "last_seen": began(), "count": 1, "severity": "medium",
    });
    about_her.members = vec![serde_json::from_value(signal).unwrap()];
    world.put(&about_her).await;
    settle(&world).await;
    assert_eq!(world.load::<Incident>("INC-2").await.state, State::Open);
    assert_eq!(world.escalations().len(), 1, "of the other incident alone");
}

#[tokio::test]
async fn a_damaged_incident_keeps_no_other_from_being_healed() {
    let world = world(Verdict::Allow).await;
    world.store.plant_newer_incident("INC-0");
    settle(&world).await;
    assert_eq!(world.done(), ["carry out INC-1.1"]);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_paid_is_paid_later_and_once() {
    let world = world(Verdict::Allow).await;
    world.script.concludes(false);
    settle(&world).await;
    world.after(TimeDelta::seconds(40)).await;
    settle(&world).await;
    let owed = world.load::<Heal>("INC-1").await.owed;
    assert!(owed.iter().any(|debt| matches!(debt.what, Owed::Conclude { .. })), "{owed:?}");
    world.script.concludes(true);
    tokio::time::advance(std::time::Duration::from_secs(10)).await;
    settle(&world).await;
    assert_eq!(world.load::<Heal>("INC-1").await.owed, Vec::new());
    assert_eq!(world.done().iter().filter(|deed| *deed == "conclude better").count(), 1);
    let learned = world.load::<Learning>("learning").await;
    assert_eq!(learned.belief("crash", "scale", "prod").unwrap().successes, 1);
}

#[tokio::test(start_paused = true)]
async fn the_loop_sees_to_what_is_there_and_stops_when_it_is_told() {
    let world = world(Verdict::Allow).await;
    let (reconciler, stop) = (world.reconciler(), CancellationToken::new());
    let running = tokio::spawn({
        let (reconciler, stop) = (reconciler.clone(), stop.clone());
        async move { reconciler.run(stop).await }
    });
    for _ in 0..40 {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        world.after(TimeDelta::seconds(1)).await;
        reconciler.nudge();
    }
    assert_eq!(world.done(), ["carry out INC-1.1", "conclude better"]);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn an_incident_that_is_over_by_itself_withdraws_its_question() {
    let world = world(Verdict::Ask).await;
    settle(&world).await;
    let mut over: Incident = world.incident().await;
    (over.state, over.resolved_at) = (State::Resolved, Some(began()));
    world.put(&over).await;
    settle(&world).await;
    let approval = world.approvals.get("INC-1.1").await.unwrap().unwrap();
    assert_eq!(approval.state, domain::approval::State::Withdrawn);
    assert_eq!(world.done().len(), 0);
}

impl World {
    async fn vote(&self, choice: Choice) {
        let found = self.approvals.get("INC-1.1").await.unwrap().unwrap();
        let person = person("ann");
        let ballot = Ballot { approval: "INC-1.1", plan: &found.plan, person: &person, choice, by_way_of: "terminal" };
        self.approvals.vote(ballot).await.unwrap().unwrap();
    }
}
