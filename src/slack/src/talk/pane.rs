//! The assistant pane when it is opened: what could be asked.

use super::Talk;
use crate::inbox::Later;
use domain::incident::Incident;
use domain::person::Right;

/// Suggestions at most; Slack shows four.
const SUGGESTIONS: usize = 4;

/// Of which so many are about incidents, at most.
const INCIDENTS: usize = 2;

/// Characters on a button.
const LABEL_CHARACTERS: usize = 60;

/// What is asked often: what stands on the button, and what is asked.
const USUAL: [(&str, &str); 4] = [
    ("What is wrong?", "What is wrong right now, and why?"),
    ("What changed?", "What changed in the last hour?"),
    ("Is everything healthy?", "How is the cluster?"),
    ("What is alerting?", "Which alerts are firing?"),
];

impl Talk {
    pub(super) async fn opened(&self, user: &str, channel: &str, thread: &str) -> Result<(), Later> {
        let Some(person) = self.person(user, None).await? else { return Ok(()) };
        if !person.may(Right::Ask) {
            self.turn_away(&person, user, channel, Some(thread)).await;
            return Ok(());
        }
        let mut open = match person.may(Right::SeeIncidents) {
            true => self.parts.incidents.open().await.unwrap_or_default(),
            false => Vec::new(),
        };
        open.retain(|incident| self.parts.sight.shows(&person, &incident.environment));
        if let Err(error) = self.parts.slack.suggest(channel, thread, &prompts(&open)).await {
            tracing::debug!(%error, "the assistant pane has no suggestions");
        }
        Ok(())
    }
}

/// The worst incidents first, then what is asked often.
fn prompts(open: &[Incident]) -> Vec<(String, String)> {
    let about = open.iter().take(INCIDENTS).map(|incident| {
        let title = one_line(&incident.title);
        (head(&title), format!("What is wrong in {}: {title}?", one_line(&incident.environment)))
    });
    let usual = USUAL.iter().map(|(label, asked)| ((*label).to_owned(), (*asked).to_owned()));
    about.chain(usual).take(SUGGESTIONS).collect()
}

/// Titles come from outside: a line of words, no marks of Slack.
fn one_line(text: &str) -> String {
    let plain = text.replace(['<', '>'], " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

fn head(text: &str) -> String {
    match text.char_indices().nth(LABEL_CHARACTERS) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
