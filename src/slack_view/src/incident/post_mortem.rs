//! The draft of a post-mortem (`domain::incident::post_mortem`) as a message in the incident's thread.

use crate::answer::Rendered;
use crate::cards::{line, person, small};
use crate::content::Content;
use crate::{document, files};
use domain::incident::Incident;

/// A draft as a message; one that is longer than a message comes with a file that holds it whole.
pub fn post_mortem(incident: &Incident, draft: &str) -> Rendered {
    let (mut blocks, is_whole) = document::blocks(draft);
    let mut below = Vec::new();
    if !is_whole {
        below.push("Cut here; all of it is in the file below".to_owned());
    }
    // The draft tells people by id, as it tells everything: as text.
    below.extend(incident.owner.as_deref().map(|owner| format!("Taken by {}", person(owner))));
    if !below.is_empty() {
        blocks.push(small(&below.join(" · ")));
    }
    let text = format!("Post-mortem draft: {}", line(&incident.title, 300));
    let file = (!is_whole).then(|| files::file("post-mortem", &incident.id, "md", draft));
    Rendered { content: Content { text, blocks }, file }
}
