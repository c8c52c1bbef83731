//! What was done, as the journal tells it.

use super::story::Deed;
use super::timeline::outcome;
use super::{Story, lasting, line, list, moment};

/// `None` where the journal was not read.
pub(super) fn deeds(story: &Story<'_>) -> Option<String> {
    if !story.is_whole() {
        return None;
    }
    let told = list(&story.deeds(), "The journal tells of nothing that was done for it.", deed);
    Some(format!("## Done\n\nAs the journal has it.\n\n{told}"))
}

fn deed(deed: &Deed<'_>) -> String {
    let on = deed.intent.on.as_deref().map_or_else(|| "something".to_owned(), line);
    let plan = deed.plan();
    let what = match (deed.undoes(), &plan) {
        (Some(undone), _) => format!("taking back {}", line(undone)),
        (None, Some(plan)) => plan.action.name().to_owned(),
        (None, None) => "a change".to_owned(),
    };
    let by = deed.by().map_or_else(|| "on whose word is not recorded".to_owned(), |by| format!("by {}", line(by)));
    let ended = match (deed.begun, deed.end) {
        (_, None) => "it has no end in the journal".to_owned(),
        (None, Some(end)) => format!("not begun: {}", outcome(end)),
        (Some(begun), Some(end)) => {
            format!("{} after {}", outcome(end), lasting(end.at.signed_duration_since(begun.at)))
        }
    };
    let undo = match (&plan, deed.undoes()) {
        (Some(plan), None) if plan.undo.is_none() => "; nothing takes it back",
        _ => "",
    };
    format!("{} {what} on {on} ({}), {by}: {ended}{undo}", moment(deed.intent.at), line(deed.action))
}
