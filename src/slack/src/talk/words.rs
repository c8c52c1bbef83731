//! The short texts of talking itself. All that comes from outside is escaped.

use slack_morphism::prelude::*;
use slack_view::content::Content;
use slack_view::escape;

/// What can be asked.
const HELP: &str = "Ask me anything about what runs here, such as \"what is wrong with checkout?\", \"what changed in the \
    last hour?\" or \"how much memory does payment use?\". In a thread that I answer in you need not mention me again. \
    `/jamie help` tells the rest.";

/// Characters of a question that is repeated in the channel.
const QUESTION_CHARACTERS: usize = 2_500;

/// A content of one paragraph, in mrkdwn whose foreign parts are escaped already.
pub fn note(mrkdwn: &str) -> Content {
    let text = SlackBlockMarkDownText::new(mrkdwn.to_owned()).with_verbatim(true);
    let section = SlackSectionBlock::new().with_text(SlackBlockText::MarkDown(text));
    Content { text: mrkdwn.to_owned(), blocks: vec![section.into()] }
}

/// What can be asked, in short.
pub fn help() -> Content {
    note(HELP)
}

/// For people without a role.
pub fn not_for_you() -> Content {
    note(
        "I answer members of this workspace only, so I cannot help you here. Somebody who looks after me can let you in \
         (`slack.roles` in the settings).",
    )
}

/// Above the answer to a command.
pub fn asked(name: &str, question: &str) -> Content {
    note(&format!("*{}* asked: {}", escape::line(name), cut(&escape::text(question))))
}

/// In place of an answer where it is not known what may be looked at.
pub fn settings_unknown() -> Content {
    note(
        "I did not look at anything: the settings of this channel cannot be read now, so I do not know what may be \
         looked at here. `auto-devops doctor` tells what is wrong with the store; ask me again then.",
    )
}

/// How to get us into a channel.
pub fn invite(channel: &str) -> Content {
    note(&format!(
        "I cannot answer there: I am not in <#{}>. Write `/invite @jamie` in it (with the name that I have in your \
         workspace), then ask again.",
        id(channel)
    ))
}

/// Thanks for a thumb.
pub fn thanks(helped: bool) -> Content {
    note(match helped {
        true => "Thank you, I will remember that this helped.",
        false => "Thank you for telling me. Reply in the thread with what was wrong, and I will look again.",
    })
}

/// Where a turn's details are gone.
pub fn gone() -> Content {
    note(
        "This is not kept any more: retention took it (`store.retention` in the settings). Ask again for fresh evidence.",
    )
}

/// To whom may not stop a turn.
pub fn may_not_stop() -> Content {
    note("Only who asked, or a responder, can stop this.")
}

/// To whom stops what is over.
pub fn over() -> Content {
    note("This has ended already.")
}

/// Where something cannot be done now.
pub fn not_now(why: &str) -> Content {
    note(&format!("That did not work: {}. Try again in a moment.", cut(&escape::line(why))))
}

/// Only what an id of Slack is made of: nothing else stands between our brackets.
fn id(id: &str) -> String {
    id.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(QUESTION_CHARACTERS) {
        // An entity that is cut in two would show as letters.
        Some((at, _)) => {
            let head = text.get(..at).unwrap_or_default();
            let head = match head.rfind('&') {
                Some(begin)
                    if head.len().saturating_sub(begin) < 6 && !head.get(begin..).unwrap_or_default().contains(';') =>
                {
                    head.get(..begin).unwrap_or_default()
                }
                _ => head,
            };
            format!("{head}…")
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_pings_nobody_and_links_nowhere() {
        let hostile = "<!channel> <@U1> <https://evil.example|log in> </x>";
        for content in [asked(hostile, hostile), not_now(hostile)] {
            let all = format!("{} {}", content.text, serde_json::to_string(&content.blocks).unwrap());
            assert!(!all.contains("<!") && !all.contains("<@") && !all.contains("<http"), "{all}");
            assert!(all.contains("\"verbatim\":true"), "{all}");
        }
        assert!(!invite("C1> <!channel").text.contains("<!"));
    }

    #[test]
    fn a_long_question_is_cut_and_no_entity_in_two() {
        for length in 2_490..2_510 {
            let text = format!("{}&&&", "x".repeat(length));
            let content = asked("anna", &text);
            assert!(content.text.chars().count() < 3_000);
            let tail: String = content.text.chars().rev().take(6).collect::<Vec<_>>().into_iter().rev().collect();
            assert!(!["&…", "&a…", "&am…", "&amp…"].iter().any(|broken| tail.ends_with(broken)), "{tail}");
        }
    }
}
