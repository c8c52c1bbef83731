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

/// The attempt did what is wanted.
fn arrived(post: &mut Post, attempt: &Attempt, seconds: i64) {
    let digest = post.wanted_digest();
    assert!(post.there(attempt, "1699.2", Some(&digest), at(seconds)));
}

/// It was sent at second 0, and stands there at second 1.
fn standing(post: &mut Post) {
    let send = sent(post, 0);
    arrived(post, &send, 1);
}

#[test]
fn a_post_is_sent_then_edited_then_rests() {
    let mut post = post();
    let send = sent(&mut post, 0);
    assert_eq!(send, Attempt { number: 1, step: Step::Send });
    assert_eq!(post.sending, Sending::Trying);
    assert!(post.there(&send, "1699.2", Some(&digest(&json!({"text": "one"}))), at(1)));
    assert_eq!((post.standing(), post.waiting), (Some("1699.2"), 0));
    assert_eq!(post.message.as_deref(), Some("1699.2"));
    assert_eq!(post.trying(at(2), within()), None);

    assert!(post.want(json!({"text": "two"}), at(3)));
    assert_eq!(post.waiting, 1);
    let edit = sent(&mut post, 3);
    assert_eq!(edit, Attempt { number: 2, step: Step::Edit { message: "1699.2".to_owned() } });
    arrived(&mut post, &edit, 4);
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
    standing(&mut post);
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
fn what_was_refused_could_not_be_sent_again_with_the_same_content() {
    let mut post = post();
    let attempt = sent(&mut post, 0);
    assert!(!post.again(at(1)), "it is being sent");
    post.refused(&attempt, &post.wanted_digest(), "channel_not_found", at(1));
    assert!(post.again(at(9)));
    assert_eq!((post.sending.clone(), post.waiting, post.tries, post.next_at), (Sending::Waiting, 1, 0, at(9)));
    let again = sent(&mut post, 9);
    assert_eq!(again.step, Step::Send);
    arrived(&mut post, &again, 10);
    assert!(!post.again(at(11)), "it is there");
}

#[test]
fn what_is_taken_back_before_it_was_sent_is_not_sent_until_it_is_wanted_again() {
    let mut waiting = post();
    assert!(waiting.take_back("it is over", at(1)));
    assert_eq!((waiting.waiting, waiting.trying(at(9_999), within())), (0, None));
    assert!(!waiting.take_back("it is over", at(2)));
    // What is under way may arrive; sent again it is looked for first, and not before its time.
    let mut under_way = post();
    sent(&mut under_way, 0);
    assert!(under_way.take_back("it is over", at(1)) && under_way.again(at(2)));
    assert_eq!(under_way.trying(at(3), within()), None);
    assert_eq!(sent(&mut under_way, 40).step, Step::LookFirst);
    let mut there = post();
    standing(&mut there);
    assert!(!there.take_back("it is over", at(2)));
}

#[test]
fn a_refused_edit_leaves_the_message_and_is_not_sent_as_a_new_one() {
    let mut post = post();
    standing(&mut post);
    post.want(json!({"text": "two"}), at(2));
    let edit = sent(&mut post, 2);
    post.refused(&edit, &post.wanted_digest(), "msg_too_long", at(3));
    assert_eq!((post.standing(), post.waiting), (Some("1699.2"), 0));
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
    let send = sent(&mut post, 0);
    let sent_digest = post.wanted_digest();
    post.want(json!({"text": "two"}), at(1));
    post.there(&send, "1699.2", Some(&sent_digest), at(2));
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
    standing(&mut post);
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

/// The number of an attempt began anew when a post was there: the late end of the first send was taken for that of the
/// first edit, whose time it cut short.
#[test]
fn the_late_end_of_a_send_is_not_taken_for_that_of_the_first_edit() {
    let mut post = post();
    let first = sent(&mut post, 0);
    let look = sent(&mut post, 40);
    arrived(&mut post, &look, 41);
    post.want(json!({"text": "two"}), at(42));
    let edit = sent(&mut post, 42);
    let before = post.clone();
    assert!(!post.failed(&first, at(43), at(43)));
    assert!(!post.refused(&first, &post.wanted_digest(), "is_archived", at(43)));
    assert!(!post.gone(&first, "message_not_found", at(43)));
    assert_eq!(post, before);
    assert!(post.there(&edit, "1699.2", None, at(44)));
}

#[test]
fn a_message_that_came_late_is_taken_and_edited_but_does_not_hurry_who_is_looking() {
    let mut post = post();
    let first = sent(&mut post, 0);
    let look = sent(&mut post, 40);
    let due = post.next_at;
    assert!(!post.there(&first, "1699.2", Some(&post.wanted_digest()), at(41)));
    assert_eq!((post.standing(), post.waiting, post.next_at), (Some("1699.2"), 1, due));
    assert!(post.there(&look, "1699.9", None, at(42)));
    assert_eq!(post.standing(), Some("1699.2"), "the first stays the one that is edited");
    assert_eq!(sent(&mut post, 42).step, Step::Edit { message: "1699.2".to_owned() });
}

#[test]
fn what_was_found_by_looking_is_edited_since_it_is_not_known_what_stands_there() {
    let mut post = post();
    let first = sent(&mut post, 0);
    post.unsure(&first, at(1), at(0));
    let look = sent(&mut post, 1);
    post.there(&look, "1699.2", None, at(2));
    assert_eq!(sent(&mut post, 2).step, Step::Edit { message: "1699.2".to_owned() });
}

/// A search that Slack would not do (a scope was missing) made a post that may be there one that was never sent.
#[test]
fn a_search_that_is_blocked_does_not_lead_to_sending_without_looking() {
    let mut post = post();
    let first = sent(&mut post, 0);
    post.unsure(&first, at(1), at(0));
    let digest = post.wanted_digest();
    let look = sent(&mut post, 1);
    assert!(post.blocked(&look, &digest, "missing_scope", at(2), at(1)));
    assert_eq!(sent(&mut post, 2).step, Step::LookFirst);
}

#[test]
fn what_was_given_up_while_it_could_not_be_looked_for_is_looked_for_with_the_next_content() {
    for newer_comes_before in [true, false] {
        let mut post = post();
        let first = sent(&mut post, 0);
        post.unsure(&first, at(1), at(0));
        let look = sent(&mut post, 1);
        let digest = post.wanted_digest();
        let newer = json!({"text": "two"});
        if newer_comes_before {
            post.want(newer.clone(), at(2));
        }
        assert!(post.refused(&look, &digest, "channel_not_found", at(3)));
        post.want(newer, at(4));
        assert_eq!(sent(&mut post, 4).step, Step::LookFirst);
    }
}

#[test]
fn what_needs_a_person_is_tried_for_a_day_however_often_it_was_tried_before() {
    let mut post = Post { tries: 5_000, ..post() };
    let digest = post.wanted_digest();
    let mut now = 0;
    while now < GIVEN_UP_AFTER_SECONDS {
        let attempt = sent(&mut post, now);
        assert_eq!(attempt.step, Step::Send);
        assert!(post.blocked(&attempt, &digest, "not_in_channel", at(now + 300), at(now)));
        assert_eq!(post.waiting, 1, "after {now} s");
        now += 300;
    }
    let last = sent(&mut post, now);
    post.blocked(&last, &digest, "not_in_channel", at(now + 300), at(now));
    assert_eq!(post.sending, Sending::Refused { why: "not_in_channel".to_owned() });
    assert_eq!((post.waiting, post.blocked_since), (0, None));
}

#[test]
fn a_message_that_is_gone_is_neither_edited_nor_posted_again_and_is_still_known() {
    let mut post = post();
    standing(&mut post);
    post.want(json!({"text": "two"}), at(2));
    let edit = sent(&mut post, 2);
    assert!(post.gone(&edit, "message_not_found", at(3)));
    post.want(json!({"text": "three"}), at(4));
    assert_eq!((post.waiting, post.trying(at(5), within())), (0, None));
    assert_eq!((post.standing(), post.message.as_deref()), (None, Some("1699.2")));
}

#[test]
fn a_newer_content_that_came_while_an_edit_was_refused_is_edited_in() {
    let mut post = post();
    standing(&mut post);
    post.want(json!({"text": "two"}), at(2));
    let (edit, digest) = (sent(&mut post, 2), post.wanted_digest());
    post.want(json!({"text": "three"}), at(3));
    post.refused(&edit, &digest, "msg_too_long", at(3));
    assert_eq!(sent(&mut post, 3).step, Step::Edit { message: "1699.2".to_owned() });
}

#[test]
fn what_was_overdrawn_is_edited_again_although_the_same_is_wanted() {
    let mut post = post();
    post.overdrawn(at(0));
    assert_eq!(sent(&mut post, 0).step, Step::Send, "what is not there cannot be overdrawn");
    let mut post = Post::new("k", "C1", None, json!({}), at(0)).adopting("1699.2");
    assert_eq!((post.trying(at(0), within()), post.message.as_deref()), (None, Some("1699.2")));
    post.overdrawn(at(1));
    assert_eq!(sent(&mut post, 1).step, Step::Edit { message: "1699.2".to_owned() });
}

#[test]
fn it_is_looked_for_from_shortly_before_the_first_attempt_that_may_have_left_it() {
    let mut post = post();
    assert_eq!(post.looked_for_from(), None);
    let first = sent(&mut post, 1_000);
    post.failed(&first, at(2_000), at(1_001));
    assert_eq!(post.looked_for_from(), None, "it left nothing");
    let second = sent(&mut post, 2_000);
    post.unsure(&second, at(3_000), at(2_001));
    let look = sent(&mut post, 3_000);
    post.failed(&look, at(4_000), at(3_001));
    sent(&mut post, 4_000);
    assert_eq!(post.looked_for_from(), Some(at(1_400)));
}

#[test]
fn a_post_that_was_kept_before_these_fields_is_read() {
    let mut kept = serde_json::to_value(post()).unwrap();
    kept.as_object_mut().unwrap().remove("attempts");
    kept["sending"] = json!("trying");
    let mut post: Post = serde_json::from_value(kept).unwrap();
    assert_eq!((sent(&mut post, 0).step, post.looked_for_from()), (Step::LookFirst, None));
}

/// What happens in a world of several processes and one chat system.
#[derive(Debug, Clone)]
enum Happens {
    /// Somebody wants another content.
    Want(u8),
    /// Somebody wants what was refused sent again.
    Again,
    /// Nobody wants it any more.
    TakeBack,
    /// A process looks whether there is something to do, and begins.
    Begin(usize),
    /// The chat system gets the call that a process made.
    Call(usize, Reply),
    /// A process keeps how its call ended.
    Keep(usize),
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
    /// It was not done, or not looked for: a person must act first.
    Blocked,
    /// It was not done, or not looked for: refused.
    Refused,
}

fn any_happening() -> impl Strategy<Value = Happens> {
    let reply = prop_oneof![
        4 => Just(Reply::Done),
        1 => Just(Reply::DoneUnknown),
        1 => Just(Reply::LostUnknown),
        1 => Just(Reply::Limited),
        1 => Just(Reply::Blocked),
        1 => Just(Reply::Refused),
    ];
    prop_oneof![
        2 => (0..4_u8).prop_map(Happens::Want),
        1 => Just(Happens::Again),
        1 => Just(Happens::TakeBack),
        4 => (0..3_usize).prop_map(Happens::Begin),
        4 => (0..3_usize, reply).prop_map(|(process, reply)| Happens::Call(process, reply)),
        3 => (0..3_usize).prop_map(Happens::Keep),
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
    /// How its call ended, once it did; with the content that it knows to stand there.
    ended: Option<(Reply, Option<String>)>,
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

    /// The call arrives: a message is there, or is edited. Answers with the digest of what is known to stand there.
    fn arrives(&mut self, in_hand: &InHand) -> Option<String> {
        match &in_hand.attempt.step {
            Step::LookFirst if !self.messages.is_empty() => return None,
            Step::Send | Step::LookFirst => self.messages.push(in_hand.content.clone()),
            Step::Edit { message } => {
                let place: usize = message.parse().unwrap();
                self.messages[place] = in_hand.content.clone();
            }
        }
        Some(digest(&in_hand.content))
    }

    /// A call has its deadline: what took longer than its time was given up by its process.
    fn is_in_time(&self, in_hand: &InHand) -> bool {
        in_hand.ended.is_none() && self.now - in_hand.began <= within().num_seconds()
    }

    /// The chat system gets a call. Its end is kept later, maybe much later.
    fn call(&mut self, process: usize, reply: Reply) {
        let Some(mut in_hand) = self.processes[process].clone() else { return };
        if !self.is_in_time(&in_hand) {
            return;
        }
        let known = if matches!(reply, Reply::Done | Reply::DoneUnknown) { self.arrives(&in_hand) } else { None };
        in_hand.ended = Some((reply, known));
        self.processes[process] = Some(in_hand);
    }

    /// A process keeps how its call ended; one that was given up is one whose end is not known.
    fn keep(&mut self, process: usize) {
        let Some(in_hand) = self.processes[process].clone() else { return };
        if self.is_in_time(&in_hand) {
            return;
        }
        self.processes[process] = None;
        let (now, next, attempt) = (at(self.now), at(self.now + 5), &in_hand.attempt);
        let sent = digest(&in_hand.content);
        match in_hand.ended {
            Some((Reply::Done, known)) => self.post.there(attempt, "0", known.as_deref(), now),
            Some((Reply::Limited, _)) => self.post.failed(attempt, next, now),
            Some((Reply::Blocked, _)) => self.post.blocked(attempt, &sent, "missing_scope", next, now),
            Some((Reply::Refused, _)) => self.post.refused(attempt, &sent, "invalid_blocks", now),
            Some((Reply::DoneUnknown | Reply::LostUnknown, _)) | None => self.post.unsure(attempt, next, now),
        };
    }

    fn step(&mut self, happens: &Happens) {
        match happens {
            Happens::Want(content) => {
                self.post.want(json!({ "text": content }), at(self.now));
            }
            Happens::Again => {
                self.post.again(at(self.now));
            }
            Happens::TakeBack => {
                self.post.take_back("it is over", at(self.now));
            }
            Happens::Begin(process) => {
                if self.processes[*process].is_none()
                    && let Some(attempt) = self.post.trying(at(self.now), within())
                {
                    let content = self.post.wanted.clone();
                    self.processes[*process] = Some(InHand { attempt, content, began: self.now, ended: None });
                }
            }
            Happens::Call(process, reply) => self.call(*process, *reply),
            Happens::Keep(process) => self.keep(*process),
            Happens::Dies { process, its_call_arrives } => {
                let in_hand = self.processes[*process].take();
                if let Some(in_hand) = in_hand.filter(|in_hand| *its_call_arrives && self.is_in_time(in_hand)) {
                    self.arrives(&in_hand);
                }
            }
            Happens::Pass(seconds) => self.now += seconds,
        }
    }

    /// What is told of the post is so, or it is known not to be known.
    fn check(&self) -> Result<(), TestCaseError> {
        prop_assert!(self.messages.len() <= 1, "doubled: {:?}", self.messages);
        let is_noted = self.post.shown.as_ref() == Some(&self.post.wanted_digest());
        if is_noted {
            prop_assert_eq!(&self.messages, &vec![self.post.wanted.clone()]);
        }
        prop_assert!(self.post.waiting == 0 || !is_noted);
        prop_assert_eq!(self.post.standing(), self.post.message.as_deref());
        Ok(())
    }
}

proptest! {
    // Each case is a life of up to 120 happenings, checked after each: 256 of them take a second of a debug build.
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn a_post_is_never_doubled_and_stands_there_as_wanted_in_the_end(
        happenings in prop::collection::vec(any_happening(), 0..120),
    ) {
        let mut world = World::new();
        for happens in &happenings {
            world.step(happens);
            world.check()?;
        }
        world.processes = [None, None, None];
        // What was refused before is asked for again only where it is something else.
        world.post.want(json!({ "text": "last" }), at(world.now));
        for _ in 0..6 {
            world.now += 40;
            for happens in [Happens::Begin(0), Happens::Call(0, Reply::Done), Happens::Keep(0)] {
                world.step(&happens);
                world.check()?;
            }
        }
        prop_assert_eq!(&world.messages, &vec![json!({ "text": "last" })]);
        prop_assert_eq!(world.post.waiting, 0);
    }
}
