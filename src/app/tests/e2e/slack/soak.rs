//! 200 conversations at once through a bad network: every event twice, the connection cut every few seconds, a tenth of the
//! calls limited, one kill in the middle. Each question is answered exactly once, in order within its thread.

use super::world::{ANNA, BEN, CLEO, DAN, JAMIE, OPS, Wanted, World, answers};
use fakes::{Script, ServerStep};
use std::time::Duration;

const CONVERSATIONS: usize = 200;
/// Questions of one conversation: the mention, and the follow-ups that are written before the first is answered.
const QUESTIONS: usize = 2;
const PATIENCE: Duration = Duration::from_secs(600);

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_conversations_are_each_answered_once_and_in_order() {
    let script = Script::answering(|request| {
        // Tells which question it answers: the last one that the request holds.
        let text = request["messages"].as_array().unwrap().iter().rev().find(|message| message["role"] == "user");
        let asked = text.and_then(|message| message["content"].as_str()).unwrap_or_default().to_owned();
        let name = asked.split_whitespace().find(|word| word.starts_with("question-")).unwrap_or("none").to_owned();
        ServerStep::After(Duration::from_millis(50), Box::new(ServerStep::text(format!("The answer to {name}."))))
    });
    let settings = "answers_at_once = 32\n[model]\nmax_concurrent = 8\nmax_queue = 500\n";
    let mut world =
        World::start(Wanted { model: Some(script), streaming: false, settings, seed: 41, ..Wanted::default() }).await;
    world.slack.redeliver(Duration::from_secs(3), 1_000);
    world.slack.deliver_twice(true);
    world.slack.limit(10, 1);
    world.slack.cut_connections_every(Some(Duration::from_secs(4)));
    let people = [ANNA, BEN, CLEO, DAN];
    let mut threads = Vec::new();
    for number in 0..CONVERSATIONS {
        let person = people[number % people.len()];
        let asked = world.slack.say(person, OPS, None, &format!("{JAMIE} tell me of question-{number}-1"));
        world.slack.say(person, OPS, Some(&asked), &format!("{JAMIE} and of question-{number}-2"));
        threads.push(asked);
    }
    let answered = |world: &World| threads.iter().map(|thread| answers(&world.slack, OPS, thread).len()).sum::<usize>();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let mut is_killed = false;
    loop {
        let done = answered(&world);
        if !is_killed && done >= CONVERSATIONS * QUESTIONS / 2 {
            world.kill().await;
            world.begin().await;
            is_killed = true;
        }
        if done >= CONVERSATIONS * QUESTIONS {
            break;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "{done} answers after {PATIENCE:?}\n{}",
            missing(&world, &threads)
        );
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    assert!(is_killed, "it was killed in the middle");
    // What would come twice comes late: nothing more is said once all is acknowledged.
    world.slack.cut_connections_every(None);
    world.slack.wait_until("everything is acknowledged", PATIENCE, |slack| slack.is_idle()).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    for (number, thread) in threads.iter().enumerate() {
        let said: Vec<String> = answers(&world.slack, OPS, thread).iter().map(|message| message.reads()).collect();
        let wanted: Vec<String> = (1..=QUESTIONS).map(|of| format!("question-{number}-{of}.")).collect();
        assert_eq!(said.len(), QUESTIONS, "{thread}: {said:#?}");
        for (said, wanted) in said.iter().zip(&wanted) {
            assert!(said.contains(wanted.as_str()), "{thread}: {said} is not the answer to {wanted}");
        }
        let written = world.slack.thread(OPS, thread).len();
        assert_eq!(written, QUESTIONS * 2, "{thread}: something else was written\n{}", world.slack.transcript(OPS));
    }
    assert_eq!(world.slack.given_up(), Vec::<String>::new());
    world.end().await;
}

fn missing(world: &World, threads: &[String]) -> String {
    let short = threads.iter().filter(|thread| answers(&world.slack, OPS, thread).len() < QUESTIONS).take(3);
    short
        .map(|thread| world.slack.thread(OPS, thread).iter().map(|one| one.reads()).collect::<Vec<_>>().join("\n---\n"))
        .collect::<Vec<_>>()
        .join("\n=====\n")
}
