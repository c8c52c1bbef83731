//! What Jamie can do for somebody, by what they may.

use crate::cards::section;
use crate::content::Content;
use domain::person::{Right, Role};

/// What somebody without any role is told.
pub(crate) const NO_ROLE: &str = "Sorry, you have no access here. People of other organisations and guests get none by \
                                  default; an administrator of this program can name you in its settings.";

/// What each right makes possible.
const ABILITIES: [(Right, &str); 9] = [
    (Right::Ask, "• Ask: mention me in a channel, write to me directly, or `/jamie why is checkout slow?`"),
    (Right::Ask, "• Ask about a message: its menu (⋮), then “Ask Jamie about this”"),
    (Right::SeeIncidents, "• `/jamie incidents [environment]`: what is open · `/jamie status`: how things stand"),
    (Right::Freeze, "• `/jamie freeze [environment] [why]`: stop every action that has not begun"),
    (Right::HandleIncidents, "• On an incident's message: 👀 claims it; buttons resolve and escalate it"),
    (Right::Approve, "• On a proposal: ✅ or 👍 approves, ❌ or 👎 rejects; taking the reaction away takes it back"),
    (Right::LiftFreeze, "• `/jamie unfreeze [environment]`: let actions go on"),
    (Right::Configure, "• `/jamie settings`: environment, tools, incidents and quiet hours of this channel"),
    (Right::Ask, "• `/jamie help`: this list"),
];

/// A line for each thing that a role may do.
pub fn lines(role: Role) -> Vec<&'static str> {
    ABILITIES.iter().filter(|(right, _)| role.may(*right)).map(|(_, line)| *line).collect()
}

/// The help message of somebody.
pub fn message(role: Option<Role>) -> Content {
    let Some(role) = role else {
        return Content { text: NO_ROLE.to_owned(), blocks: vec![section(NO_ROLE)] };
    };
    let text = "What I can do for you".to_owned();
    Content { blocks: vec![section(&format!("*{text}*\n{}", lines(role).join("\n")))], text }
}

/// What somebody is told who asks for the incidents of an environment that they may not see: not whether there are any.
pub fn not_for(environment: &str, least: Role) -> Content {
    let least = match least {
        Role::Viewer => "viewer",
        Role::Responder => "responder",
        Role::Approver => "approver",
        Role::Admin => "admin",
    };
    note(&format!(
        "Incidents of {environment} are not for your role: it takes at least the role of {least} to see them."
    ))
}

/// A short word to one person; the text is not ours wholly, and is escaped.
pub fn note(text: &str) -> Content {
    let text = crate::cards::line(text, 2_900);
    Content { blocks: vec![section(&text)], text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_is_told_what_it_may_and_nothing_above_it() {
        for (role, told, not_told) in [
            (Role::Viewer, "freeze", "unfreeze"),
            (Role::Responder, "claims", "approves"),
            (Role::Approver, "unfreeze", "settings"),
            (Role::Admin, "settings", "no access"),
        ] {
            let help = lines(role).join("\n");
            assert!(help.contains(told), "{role:?}: {help}");
            assert!(!help.contains(not_told), "{role:?}: {help}");
        }
        assert_eq!(message(None).text, NO_ROLE);
    }
}
