//! One leader at a time, and another within the lease's length.

use super::troubled_store::Trouble;
use super::world::{Process, World};
use chrono::TimeDelta;
use domain::guard::{LeaseRefusal, Refusal, Start};
use std::time::Duration;
use store::guards::{Leader, Leadership, NotDone};
use tokio::time::Instant;

const LENGTH: TimeDelta = TimeDelta::seconds(30);
const STEP: Duration = Duration::from_millis(100);

fn start(process: &Process) -> Leader {
    Leader::start(process.keeper.clone(), "scarlet", LENGTH)
}

fn leading(leaders: &[&Leader]) -> Vec<u64> {
    leaders.iter().filter_map(|leader| leader.token()).collect()
}

/// Waits, step by step, until one of them leads; at no step two do. Answers with the token and how long it took.
async fn until_one_leads(leaders: &[&Leader], at_most: Duration) -> (u64, Duration) {
    let began = Instant::now();
    loop {
        match leading(leaders).as_slice() {
            [] => assert!(began.elapsed() <= at_most, "nobody leads after {:?}", began.elapsed()),
            [token] => return (*token, began.elapsed()),
            several => panic!("{several:?} lead at once"),
        }
        tokio::time::sleep(STEP).await;
    }
}

async fn same_for(leaders: &[&Leader], token: u64, seconds: u64) {
    for _ in 0..seconds * 10 {
        tokio::time::sleep(STEP).await;
        assert_eq!(leading(leaders), [token]);
    }
}

#[tokio::test(start_paused = true)]
async fn one_of_many_leads_and_goes_on_leading() {
    let world = World::new();
    let processes = world.processes(8);
    let leaders: Vec<Leader> = processes.iter().map(start).collect();
    let leaders: Vec<&Leader> = leaders.iter().collect();
    let (token, _) = until_one_leads(&leaders, Duration::from_secs(1)).await;
    assert_eq!(token, 1);
    same_for(&leaders, token, 300).await;
}

#[tokio::test(start_paused = true)]
async fn another_leads_within_the_length_when_the_leader_dies() {
    let world = World::new();
    let processes = world.processes(3);
    let mut alive: Vec<Leader> = processes.iter().map(start).collect();
    let mut last = 0;
    while !alive.is_empty() {
        let (token, took) = until_one_leads(&alive.iter().collect::<Vec<_>>(), Duration::from_secs(30)).await;
        assert!(token > last);
        assert!(last == 0 || took > Duration::from_secs(10), "it died right after it had renewed: {took:?}");
        last = token;
        tokio::time::sleep(Duration::from_secs(50)).await;
        let place = alive.iter().position(|leader| leader.token() == Some(token)).expect("it leads still");
        drop(alive.remove(place));
    }
    assert_eq!(last, 3);
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_stops_hands_over_without_waiting() {
    let world = World::new();
    let (one, other) = (world.process("one"), world.process("other"));
    let first = start(&one);
    until_one_leads(&[&first], Duration::from_secs(1)).await;
    let second = start(&other);
    let said = first.watch();
    first.stop().await;
    assert!(matches!(&*said.borrow(), Leadership::NotMine { .. }));
    let (token, took) = until_one_leads(&[&second], Duration::from_secs(11)).await;
    assert_eq!(token, 2);
    assert!(took <= Duration::from_millis(10_200), "a third of the length: {took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_leader_cut_off_from_the_store_tells_so_before_another_leads() {
    for trouble in [Trouble::Away, Trouble::Silent, Trouble::ReadOnly] {
        let world = World::new();
        let (one, other) = (world.process("one"), world.process("other"));
        let first = start(&one);
        until_one_leads(&[&first], Duration::from_secs(1)).await;
        let second = start(&other);
        one.way.set(Some(trouble));
        let cut_off_at = Instant::now();
        let mut said = first.watch();
        let told = async {
            said.wait_for(|said| matches!(said, Leadership::NotMine { .. })).await.expect("the task runs");
            (Instant::now(), second.token())
        };
        let (told_at, of_the_other) = tokio::time::timeout(Duration::from_secs(30), told).await.expect("it is told");
        assert_eq!((first.token(), of_the_other), (None, None), "{trouble:?}");
        // By the paused clock: what was asked for before it was cut off is good for 25 s, and not a moment longer.
        assert!(told_at - cut_off_at <= Duration::from_secs(25), "{trouble:?}: {:?}", told_at - cut_off_at);
        until_one_leads(&[&first, &second], Duration::from_secs(6)).await;
        assert!(second.token().is_some(), "{trouble:?}");
        assert!(told_at.elapsed() >= Duration::from_secs(4), "{trouble:?}: the margin lies between");
        one.way.set(None);
        same_for(&[&first, &second], 2, 120).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_trouble_of_the_store_costs_no_leadership() {
    let world = World::new();
    let (one, other) = (world.process("one"), world.process("other"));
    let leaders = [&start(&one), &start(&other)];
    let (token, _) = until_one_leads(&leaders, Duration::from_secs(1)).await;
    for _ in 0..5 {
        [&one, &other].into_iter().for_each(|process| process.way.set(Some(Trouble::Away)));
        same_for(&leaders, token, 9).await;
        [&one, &other].into_iter().for_each(|process| process.way.set(None));
        same_for(&leaders, token, 20).await;
    }
}

/// The task is starved (its runtime hangs, the machine sleeps): whoever asks for the token gets none all the same.
#[tokio::test(start_paused = true)]
async fn a_token_is_not_handed_out_after_its_time_even_when_nobody_renews() {
    let world = World::new();
    let one = world.process("one");
    let leader = start(&one);
    until_one_leads(&[&leader], Duration::from_secs(1)).await;
    // No task runs while this one does not wait.
    tokio::time::advance(Duration::from_secs(26)).await;
    assert_eq!(leader.token(), None);
}

#[tokio::test(start_paused = true)]
async fn clocks_within_the_margin_never_make_two_leaders_and_a_clock_far_ahead_is_outlived() {
    let world = World::new();
    let ahead = world.process_with_clock("ahead", TimeDelta::days(400));
    let skewed = world.process_with_clock("skewed", TimeDelta::seconds(4));
    let first = start(&ahead);
    until_one_leads(&[&first], Duration::from_secs(1)).await;
    let (second, third) = (start(&skewed), start(&world.process("right")));
    same_for(&[&first, &second, &third], 1, 60).await;
    drop(first);
    // It goes by what it watched: the length, after up to a third in which it had not looked.
    let (token, _) = until_one_leads(&[&second, &third], Duration::from_secs(41)).await;
    same_for(&[&second, &third], token, 60).await;
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_was_followed_starts_nothing_automatic() {
    let world = World::new();
    let (one, other) = (world.process("one"), world.process("other"));
    let old = one.keeper.acquire("scarlet", "one", LENGTH, None).await.expect("it is free");
    tokio::time::sleep(Duration::from_secs(31)).await;
    let new = other.keeper.acquire("scarlet", "other", LENGTH, None).await.expect("it is over");
    let begin = |process: &Process, id: &str, leader| process.request(id, id, &[], Start::Automatic { leader });
    other.keeper.begin(&begin(&other, "a", new.token)).await.expect("it leads");
    let refusal = one.keeper.begin(&begin(&one, "b", old.token)).await.expect_err("it was followed");
    assert_eq!(refusal, NotDone::Refused(Refusal::LaterLeader { token: 1, known: 2 }));
    let lost = one.keeper.renew("scarlet", "one", old.token).await.expect_err("it was followed");
    assert!(matches!(lost, NotDone::Lease { refusal: LeaseRefusal::Lost { .. }, .. }), "{lost}");
}
