//! Which messages are questions, as a table.

use super::*;
use crate::testing::{me, message};

/// A message by its differences from a plain one of `U1` in `C1`.
struct Case {
    name: &'static str,
    change: fn(&mut Message),
    is_mention: bool,
    expected: Reading,
}

fn said(name: &'static str, change: fn(&mut Message), expected: Reading) -> Case {
    Case { name, change, is_mention: false, expected }
}

fn text(message: &mut Message, text: &str) {
    message.text = Some(text.to_owned());
}

fn in_thread(message: &mut Message) {
    message.thread = Some("1600.000001".to_owned());
}

#[test]
fn each_rule_of_what_a_question_is() {
    let cases = [
        said("people talk in a channel", |_| {}, Reading::Silence),
        said("a mention in the text", |m| text(m, "<@UBOT> how is it?"), Reading::Question),
        said("a mention at the end", |m| text(m, "how is it, <@UBOT|jamie>?"), Reading::Question),
        Case { name: "app_mention", change: |_| {}, is_mention: true, expected: Reading::Question },
        said("somebody else is mentioned", |m| text(m, "<@U2> how is it?"), Reading::Silence),
        said("a longer id than ours", |m| text(m, "<@UBOT2> how is it?"), Reading::Silence),
        said("our name without a mention", |m| text(m, "jamie, how is it?"), Reading::Silence),
        said("a reply in a thread", in_thread, Reading::IfOurs),
        said("the first message of a thread", |m| m.thread = Some(m.ts.clone()), Reading::Silence),
        said("a reply to somebody else", |m| (in_thread(m), text(m, " <@U2> can you look?")).0, Reading::Silence),
        said("a reply to a group", |m| (in_thread(m), text(m, "<!subteam^S1> look")).0, Reading::Silence),
        said("a reply to all", |m| (in_thread(m), text(m, "<!here> look")).0, Reading::Silence),
        said("a reply that names another later", |m| (in_thread(m), text(m, "and for <@U2>?")).0, Reading::IfOurs),
        said("a reply to another and us", |m| (in_thread(m), text(m, "<@U2> ask <@UBOT>")).0, Reading::Question),
        said(
            "a reply shown in the channel",
            |m| (in_thread(m), m.subtype = Some("thread_broadcast".into())).0,
            Reading::IfOurs,
        ),
        said("directly", |m| m.channel_type = Some("im".into()), Reading::Question),
        said("directly, in a thread", |m| (in_thread(m), m.channel_type = Some("im".into())).0, Reading::Question),
        said("directly, by the channel's id", |m| (m.channel, m.channel_type) = ("D1".into(), None), Reading::Question),
        said("several people, no mention", |m| m.channel_type = Some("mpim".into()), Reading::Silence),
        said(
            "several people, a mention",
            |m| (text(m, "<@UBOT> hm?"), m.channel_type = Some("mpim".into())).0,
            Reading::Question,
        ),
        said("edited", |m| (text(m, "<@UBOT> x"), m.subtype = Some("message_changed".into())).0, Reading::Silence),
        said("deleted", |m| (text(m, "<@UBOT> x"), m.subtype = Some("message_deleted".into())).0, Reading::Silence),
        said("joined", |m| (text(m, "<@UBOT> x"), m.subtype = Some("channel_join".into())).0, Reading::Silence),
        said(
            "a subtype of tomorrow",
            |m| (text(m, "<@UBOT> x"), m.subtype = Some("new_one".into())).0,
            Reading::Silence,
        ),
        said(
            "edited, directly",
            |m| (m.channel_type = Some("im".into()), m.subtype = Some("message_changed".into())).0,
            Reading::Silence,
        ),
        said(
            "a file with a question",
            |m| (text(m, "<@UBOT> this?"), m.subtype = Some("file_share".into())).0,
            Reading::Question,
        ),
        said(
            "a file alone, directly",
            |m| {
                (text(m, " "), (m.channel, m.channel_type) = ("D1".into(), None), m.subtype = Some("file_share".into()))
                    .0
            },
            Reading::Silence,
        ),
        said("ours", |m| (m.user = Some("UBOT".into()), text(m, "<@UBOT>")).0, Reading::Silence),
        said("ours, as a bot", |m| (m.user = None, m.bot = Some("BBOT".into())).0, Reading::Silence),
        said(
            "ours, directly",
            |m| ((m.channel, m.channel_type) = ("D1".into(), None), m.bot = Some("BBOT".into())).0,
            Reading::Silence,
        ),
        said("another app", |m| (m.user = None, m.bot = Some("B2".into())).0, Reading::OtherApp),
        said("another app with a user", |m| m.bot = Some("B2".into()), Reading::OtherApp),
        said("an old integration", |m| (m.user = None, m.subtype = Some("bot_message".into())).0, Reading::OtherApp),
        said("another app mentions us", |m| (text(m, "<@UBOT> x"), m.bot = Some("B2".into())).0, Reading::OtherApp),
        said("another app in a thread", |m| (in_thread(m), m.bot = Some("B2".into())).0, Reading::Silence),
        said("nobody", |m| m.user = None, Reading::OtherApp),
    ];
    for Case { name, change, is_mention, expected } in cases {
        let mut case = message("C1", "1700.000001", "U1", "the rollout is done");
        change(&mut case);
        assert_eq!(read(&case, is_mention, &me()), expected, "{name}");
    }
}
