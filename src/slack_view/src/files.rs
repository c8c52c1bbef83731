//! What is too long for a message: a file beside it.

use crate::escape;
use domain::answer::Answer;

/// A file to upload beside a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overflow {
    /// Its name, with an ending that Slack knows.
    pub name: String,
    /// What stands above it.
    pub title: String,
    /// What is in it, as it is read: no escapes.
    pub content: String,
}

/// A text of any sort as a file. `about` becomes a part of the name, whatever it holds.
pub fn file(what: &str, about: &str, ending: &str, content: &str) -> Overflow {
    let about = name(about);
    let name = if about.is_empty() { format!("{what}.{ending}") } else { format!("{what}-{about}.{ending}") };
    let title = escape::plain(&format!("{what} {about}"), MOST_TITLE);
    Overflow { name, title, content: escape::clean(content) }
}

/// An answer whole: its text, then every look with what it brought.
pub fn answer(answer: &Answer, spoken: &str, turn: &str) -> Overflow {
    let mut content = format!("{}\n", spoken.trim_end());
    if !answer.evidence.is_empty() {
        content.push_str("\n## Evidence\n");
    }
    for look in &answer.evidence {
        content.push_str(&crate::evidence::as_markdown(look));
    }
    file("answer", turn, "md", &content)
}

const MOST_TITLE: usize = 100;
const MOST_NAME: usize = 60;

/// Letters, digits and single dashes.
fn name(about: &str) -> String {
    let mut name = String::new();
    for character in about.chars() {
        match character {
            kept if kept.is_ascii_alphanumeric() => name.push(kept.to_ascii_lowercase()),
            _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
        if name.len() >= MOST_NAME {
            break;
        }
    }
    name.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_name_whatever_it_is_about() {
        for (about, expected) in [
            ("t-1", "log-t-1.txt"),
            ("../../etc/passwd", "log-etc-passwd.txt"),
            ("Deployment shop/checkout", "log-deployment-shop-checkout.txt"),
            ("\u{202e}\n", "log.txt"),
            (&"x".repeat(200), &format!("log-{}.txt", "x".repeat(60))),
        ] {
            assert_eq!(file("log", about, "txt", "").name, expected);
        }
    }

    #[test]
    fn what_is_in_a_file_is_as_it_is_read() {
        assert_eq!(file("log", "x", "txt", "a <b> & \u{1b}[31mc\r\n").content, "a <b> & [31mc\n");
    }
}
