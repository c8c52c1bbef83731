//! What people write in Slack, as plain text: mentions as names, links as what is shown, entities decoded.
//!
//! Slack writes `<@U1>` or `<@U1|anna>` for users, `<#C1|ops>` for channels, `<!here>` and `<!subteam^S1|@ops>` for many,
//! `<https://x|shown>` for links, and escapes `&`, `<`, `>` (the page "Formatting text for app surfaces").

use std::collections::{BTreeMap, BTreeSet};

/// Different users that are looked up for one message at most.
const NAMES: usize = 20;

/// One part of a text.
enum Part<'a> {
    Plain(&'a str),
    /// What stands between `<` and `>`, and what is shown instead, where that is told.
    Marked(&'a str, Option<&'a str>),
}

/// Ids of the users that are mentioned.
pub fn mentions(text: &str) -> BTreeSet<String> {
    let users = parts(text).into_iter().filter_map(|part| match part {
        Part::Marked(mark, _) => mark.strip_prefix('@').map(str::to_owned),
        Part::Plain(_) => None,
    });
    users.take(NAMES).collect()
}

/// The text without the mention of `us`; other users by name where it is known, by id where not.
pub fn plain(text: &str, us: &str, names: &BTreeMap<String, String>) -> String {
    let mut plain = String::with_capacity(text.len());
    for part in parts(text) {
        match part {
            Part::Plain(part) => plain.push_str(&decoded(part)),
            Part::Marked(mark, shown) => plain.push_str(&read(mark, shown, us, names)),
        }
    }
    tidy(&plain)
}

fn read(mark: &str, shown: Option<&str>, us: &str, names: &BTreeMap<String, String>) -> String {
    if let Some(user) = mark.strip_prefix('@') {
        if user == us {
            return String::new();
        }
        let name = names.get(user).map(String::as_str).or(shown).unwrap_or(user);
        return format!("@{name}");
    }
    if let Some(channel) = mark.strip_prefix('#') {
        return format!("#{}", shown.unwrap_or(channel));
    }
    if let Some(many) = mark.strip_prefix('!') {
        let name = shown.unwrap_or(many);
        return decoded(name.strip_prefix('@').unwrap_or(name));
    }
    decoded(shown.unwrap_or(mark))
}

/// Cuts a text at its marks. A `<` without its `>` is plain.
fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once('<') {
        let Some((mark, behind)) = after.split_once('>') else { break };
        parts.push(Part::Plain(before));
        match mark.split_once('|') {
            Some((mark, shown)) => parts.push(Part::Marked(mark, Some(shown).filter(|shown| !shown.is_empty()))),
            None => parts.push(Part::Marked(mark, None)),
        }
        rest = behind;
    }
    parts.push(Part::Plain(rest));
    parts
}

/// `&amp;` last: what was escaped twice is decoded once.
fn decoded(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Without the gaps that a mention leaves: spaces in a row within a line become one, and the ends are cut.
fn tidy(text: &str) -> String {
    let lines = text.lines().map(|line| match line.trim_start().is_empty() {
        true => String::new(),
        false => without_gaps(line),
    });
    lines.collect::<Vec<_>>().join("\n").trim().trim_start_matches([',', ':']).trim().to_owned()
}

fn without_gaps(line: &str) -> String {
    let body = line.trim_start();
    let indent = line.len().saturating_sub(body.len());
    let words = body.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    format!("{}{words}", line.get(..indent).unwrap_or_default())
}

/// The message of this channel that a link in the text points at: `https://acme.slack.com/archives/C1/p1700000000000100`.
/// Those of other channels are not read: who asks may not be in them.
pub fn linked_message(text: &str, channel: &str) -> Option<String> {
    let folder = format!("/archives/{channel}/p");
    let (_, behind) = text.split_once(&folder)?;
    let digits: String = behind.chars().take_while(char::is_ascii_digit).take(20).collect();
    let (seconds, micros) = digits.split_at_checked(digits.len().checked_sub(6)?)?;
    (!seconds.is_empty()).then(|| format!("{seconds}.{micros}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_as_its_writer_saw_it() {
        let names = BTreeMap::from([("U1".to_owned(), "anna".to_owned())]);
        for (text, expected) in [
            ("<@UBOT> how is it?", "how is it?"),
            ("<@UBOT|jamie>, how is it?", "how is it?"),
            ("how is it <@UBOT> today?", "how is it today?"),
            ("is <@U1> on call?", "is @anna on call?"),
            ("is <@U2|bob> on call?", "is @bob on call?"),
            ("is <@U3> on call?", "is @U3 on call?"),
            ("see <#C1|ops> and <#C2>", "see #ops and #C2"),
            ("<!here> and <!subteam^S1|@ops>", "here and ops"),
            ("<https://x.example/a?b=1&amp;c=2|the page>", "the page"),
            ("<https://x.example/a?b=1&amp;c=2>", "https://x.example/a?b=1&c=2"),
            ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
            ("&amp;lt;", "&lt;"),
            ("1 < 2", "1 < 2"),
            ("<", "<"),
            ("<>", ""),
            ("<@UBOT>", ""),
            ("  <@UBOT>  ", ""),
            ("<@UBOT>\n  kind: Pod\n\n  name: x", "kind: Pod\n\n  name: x"),
        ] {
            assert_eq!(plain(text, "UBOT", &names), expected, "{text}");
        }
    }

    #[test]
    fn mentions_are_users_only_and_bounded() {
        assert_eq!(mentions("<@U1> <#C1> <!here> <@U2|b> <@U1>").into_iter().collect::<Vec<_>>(), ["U1", "U2"]);
        let many: String = (0..500).map(|n| format!("<@U{n}>")).collect();
        assert_eq!(mentions(&many).len(), NAMES);
    }

    #[test]
    fn a_link_is_followed_within_its_channel_only() {
        for (text, expected) in [
            ("why <https://acme.slack.com/archives/C1/p1700000000000100>?", Some("1700000000.000100")),
            ("why <https://acme.slack.com/archives/C1/p1700000000000100?thread_ts=1.2|x>", Some("1700000000.000100")),
            ("why https://acme.slack.com/archives/C2/p1700000000000100", None),
            ("https://acme.slack.com/archives/C1/p12", None),
            ("https://acme.slack.com/archives/C1/p", None),
            ("nothing", None),
        ] {
            assert_eq!(linked_message(text, "C1").as_deref(), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_stop(text in "[<>@#!|&a-z;é \n]{0,60}") {
            let _ = plain(&text, "UBOT", &BTreeMap::new());
            let _ = mentions(&text);
            let _ = linked_message(&text, "a");
        }
    }
}
