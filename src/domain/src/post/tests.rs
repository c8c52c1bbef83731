//! A post over its life: alone, and with several processes, crashes and a chat system that answers late.

use super::*;
use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::json;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
}

fn within() -> TimeDelta {
    TimeDelta::seconds(30)
}

fn post() -> Post {
    Post::new("answer:Ev1", "C1", Some("1699.1".to_owned()), json!({"text": "one"}), at(0))
}

fn sent(post: &mut Post, seconds: i64) -> Attempt {
    post.trying(at(seconds), within()).unwrap()
}

#[test]
fn a_post_is_sent_then_edited_then_rests() {
    let mut post = post();
    assert_eq!(sent(&mut post, 0), Attempt { number: 1, step: Step::Send });
    assert_eq!(post.sending, Sending::Trying);
    post.there("1699.2", &digest(&json!({"text": "one"})), at(1));
    assert_eq!((post.message(), post.waiting), (Some("1699.2"), 0));
    assert_eq!(post.trying(at(2), within()), None);

    assert!(post.want(json!({"text": "two"}), at(3)));
    assert_eq!(post.waiting, 1);
    assert_eq!(sent(&mut post, 3).step, Step::Edit { message: "1699.2".to_owned() });
    post.there("1699.2", &post.wanted_digest(), at(4));
    assert_eq!(post.waiting, 0);
}

#[test]
fn the_same_content_again_changes_nothing() {
    let mut post = Post { wanted: json!({"text": "one", "blocks": [{"a": 1, "b": 2}]}), ..post() };
    let before = post.clone();
    assert!(!post.want(json!({"blocks": [{"b": 2, "a": 1}], "text": "one"}), at(9)));
    assert_eq!(post, before);
}

#[test]
fn what_is_wanted_back_before_it_was_edited_needs_no_edit() {
    let mut post = post();
    sent(&mut post, 0);
    post.there("1699.2", &post.wanted_digest(), at(1));
    post.want(json!({"text": "two"}), at(2));
    post.want(json!({"text": "one"}), at(3));
    assert_eq!(post.waiting, 0);
}

#[test]
fn nobody_else_tries_while_somebody_does_and_then_looks_first() {
    let mut post = post();
    sent(&mut post, 0);
    assert_eq!(post.trying(at(34), within()), None, "an attempt has its time and the margin of clocks");
    assert_eq!(sent(&mut post, 35), Attempt { number: 2, step: Step::LookFirst });
}

#[test]
fn a_failure_that_left_nothing_needs_no_look_and_one_that_is_unsure_does() {
    let mut post = post();
    let first = sent(&mut post, 0);
    assert!(post.failed(&first, at(60), at(1)));
    assert_eq!(post.trying(at(59), within()), None);
    let second = sent(&mut post, 60);
    assert_eq!(second, Attempt { number: 2, step: Step::Send });
    assert!(post.unsure(&second, at(90), at(61)));
    assert_eq!(sent(&mut post, 90).step, Step::LookFirst);
}

#[test]
fn the_late_end_of_an_attempt_does_not_hurry_the_next() {
    let mut post = post();
    let first = sent(&mut post, 0);
    let second = sent(&mut post, 40);
    let before = post.clone();
    assert!(!post.failed(&first, at(41), at(41)));
    assert!(!post.unsure(&first, at(41), at(41)));
    assert!(!post.refused(&first, &post.wanted_digest(), "channel_not_found", at(41)));
    assert_eq!(post, before);
    assert!(post.failed(&second, at(50), at(42)));
}

#[test]
fn what_was_refused_is_tried_again_only_with_another_content() {
    let mut post = post();
    let attempt = sent(&mut post, 0);
    assert!(post.refused(&attempt, &post.wanted_digest(), "invalid_blocks", at(1)));
    assert_eq!((post.waiting, post.trying(at(9_999), within())), (0, None));
    assert!(!post.want(json!({"text": "one"}), at(10_000)));
    assert!(post.want(json!({"text": "two"}), at(10_001)));
    assert_eq!(sent(&mut post, 10_001).step, Step::Send);
}

#[test]
fn a_refused_edit_leaves_the_message_and_is_not_sent_as_a_new_one() {
    let mut post = post();
    sent(&mut post, 0);
    post.there("1699.2", &post.wanted_digest(), at(1));
    post.want(json!({"text": "two"}), at(2));
    let edit = sent(&mut post, 2);
    post.refused(&edit, &post.wanted_digest(), "msg_too_long", at(3));
    assert_eq!((post.message(), post.waiting), (Some("1699.2"), 0));
    post.want(json!({"text": "three"}), at(4));
    assert_eq!(sent(&mut post, 4).step, Step::Edit { message: "1699.2".to_owned() });
}

#[test]
fn a_content_that_came_while_the_one_before_was_refused_is_sent() {
    let mut post = post();
    let attempt = sent(&mut post, 0);
    let refused = post.wanted_digest();
    post.want(json!({"text": "two"}), at(1));
    post.refused(&attempt, &refused, "invalid_blocks", at(2));
    assert_eq!(post.waiting, 1);
    assert_eq!(sent(&mut post, 2).step, Step::Send);
}

#[test]
fn a_content_that_came_while_the_one_before_was_sent_follows_as_an_edit() {
    let mut post = post();
    sent(&mut post, 0);
    let sent_digest = post.wanted_digest();
    post.want(json!({"text": "two"}), at(1));
    post.there("1699.2", &sent_digest, at(2));
    assert_eq!(post.waiting, 1);
    assert_eq!(sent(&mut post, 2).step, Step::Edit { message: "1699.2".to_owned() });
}

#[test]
fn a_look_that_failed_does_not_lead_to_sending_without_looking() {
    let mut post = post();
    let first = sent(&mut post, 0);
    post.unsure(&first, at(1), at(0));
    let look = sent(&mut post, 1);
    post.failed(&look, at(2), at(1));
    assert_eq!(sent(&mut post, 2).step, Step::LookFirst);
}

#[test]
fn what_is_wanted_back_after_an_edit_whose_end_is_not_known_is_edited_again() {
    let mut post = post();
    sent(&mut post, 0);
    post.there("1699.2", &post.wanted_digest(), at(1));
    post.want(json!({"text": "two"}), at(2));
    let edit = sent(&mut post, 2);
    post.unsure(&edit, at(3), at(2));
    post.want(json!({"text": "one"}), at(3));
    assert_eq!(post.waiting, 1, "the message may hold the other content");
}

#[test]
fn a_time_that_a_wrong_clock_wrote_is_not_waited_for() {
    let mut post = Post { next_at: at(40_000_000), ..post() };
    assert_eq!(sent(&mut post, 0).step, Step::Send);
    post.failed(&Attempt { number: 1, step: Step::Send }, at(40_000_000), at(1));
    assert!(post.is_due(at(1 + LONGEST_WAIT_SECONDS)));
    assert!(!post.is_due(at(LONGEST_WAIT_SECONDS)));
}

#[test]
fn a_kept_post_comes_back_as_it_was() {
    let mut post = post();
    sent(&mut post, 0);
    let text = serde_json::to_string(&post).unwrap();
    assert_eq!(serde_json::from_str::<Post>(&text).unwrap(), post);
}

/// What happens in a world of several processes and one chat system.
#[derive(Debug, Clone)]
enum Happens {
    /// Somebody wants another content.
    Want(u8),
    /// A process looks whether there is something to do, and begins; what comes back is told by `Call`.
    Begin(usize),
    /// The chat system gets the call that a process made.
    Call(usize, Reply),
    /// A process dies; a call that it made may still arrive.
    Dies { process: usize, its_call_arrives: bool },
    /// Time passes.
    Pass(i64),
}

#[derive(Debug, Clone, Copy)]
enum Reply {
    /// It was done, and said so.
    Done,
    /// It was done, and the reply was lost.
    DoneUnknown,
    /// It was not done, and the reply was lost.
    LostUnknown,
    /// It was not done: limited.
    Limited,
}

fn any_happening() -> impl Strategy<Value = Happens> {
    let reply = prop_oneof![4 => Just(Reply::Done), 1 => Just(Reply::DoneUnknown), 1 => Just(Reply::LostUnknown), 1 => Just(Reply::Limited)];
    prop_oneof![
        2 => (0..4_u8).prop_map(Happens::Want),
        4 => (0..3_usize).prop_map(Happens::Begin),
        4 => (0..3_usize, reply).prop_map(|(process, reply)| Happens::Call(process, reply)),
        1 => (0..3_usize, any::<bool>())
            .prop_map(|(process, its_call_arrives)| Happens::Dies { process, its_call_arrives }),
        3 => (1..50_i64).prop_map(Happens::Pass),
    ]
}

/// What a process has in hand.
#[derive(Debug, Clone)]
struct InHand {
    attempt: Attempt,
    content: Value,
    began: i64,
}

struct World {
    post: Post,
    now: i64,
    /// Contents of the messages in the channel that carry the key.
    messages: Vec<Value>,
    processes: [Option<InHand>; 3],
}

impl World {
    fn new() -> Self {
        Self { post: post(), now: 0, messages: Vec::new(), processes: [None, None, None] }
    }

    /// The call arrives: a message is there, or is edited.
    fn arrives(&mut self, in_hand: &InHand) -> String {
        match &in_hand.attempt.step {
            Step::Send => self.messages.push(in_hand.content.clone()),
            Step::LookFirst if self.messages.is_empty() => self.messages.push(in_hand.content.clone()),
            Step::LookFirst => {}
            Step::Edit { message } => {
                let place: usize = message.parse().unwrap();
                self.messages[place] = in_hand.content.clone();
            }
        }
        "0".to_owned()
    }

    fn call(&mut self, process: usize, reply: Reply) {
        let Some(in_hand) = self.processes[process].take() else { return };
        // A call has its deadline: what took longer than its time was given up by its process.
        if self.now - in_hand.began > within().num_seconds() {
            return;
        }
        let now = at(self.now);
        match reply {
            Reply::Done => {
                let message = self.arrives(&in_hand);
                let shown = digest(&self.messages[0]);
                self.post.there(&message, &shown, now);
            }
            Reply::DoneUnknown => {
                self.arrives(&in_hand);
                self.post.unsure(&in_hand.attempt, at(self.now + 5), now);
            }
            Reply::LostUnknown => {
                self.post.unsure(&in_hand.attempt, at(self.now + 5), now);
            }
            Reply::Limited => {
                self.post.failed(&in_hand.attempt, at(self.now + 5), now);
            }
        }
    }

    fn step(&mut self, happens: &Happens) {
        match happens {
            Happens::Want(content) => {
                self.post.want(json!({ "text": content }), at(self.now));
            }
            Happens::Begin(process) => {
                if self.processes[*process].is_none()
                    && let Some(attempt) = self.post.trying(at(self.now), within())
                {
                    let content = self.post.wanted.clone();
                    self.processes[*process] = Some(InHand { attempt, content, began: self.now });
                }
            }
            Happens::Call(process, reply) => self.call(*process, *reply),
            Happens::Dies { process, its_call_arrives } => {
                let in_hand = self.processes[*process].take();
                let is_in_time = |in_hand: &InHand| self.now - in_hand.began <= within().num_seconds();
                if let Some(in_hand) = in_hand.filter(|in_hand| *its_call_arrives && is_in_time(in_hand)) {
                    self.arrives(&in_hand);
                }
            }
            Happens::Pass(seconds) => self.now += seconds,
        }
    }
}

proptest! {
    #[test]
    fn a_post_is_never_doubled_and_stands_there_as_wanted_in_the_end(
        happenings in prop::collection::vec(any_happening(), 0..120),
    ) {
        let mut world = World::new();
        for happens in &happenings {
            world.step(happens);
            prop_assert!(world.messages.len() <= 1, "doubled: {:?}", world.messages);
            let stands = world.post.shown.as_ref() == Some(&world.post.wanted_digest());
            prop_assert_eq!(world.post.waiting == 0, stands);
        }
        world.processes = [None, None, None];
        for _ in 0..6 {
            world.now += 40;
            world.step(&Happens::Begin(0));
            world.step(&Happens::Call(0, Reply::Done));
        }
        prop_assert_eq!(world.messages, vec![world.post.wanted.clone()]);
        prop_assert_eq!(world.post.waiting, 0);
    }
}
