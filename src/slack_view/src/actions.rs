//! The names of what can be pressed, shared by those who draw it and those who hear it.

/// Stops the turn whose message it stands in; its value is the entry's id.
pub const STOP: &str = "stop";
/// Shows what an answer rests on; its value is the turn's id.
pub const EVIDENCE: &str = "evidence";
/// Shows what an answer cost; its value is the turn's id.
pub const COST: &str = "cost";
/// Shows the whole of an answer that is shown in short; its value is the turn's id.
pub const WHOLE: &str = "whole";
/// The answer helped; its value is the turn's id.
pub const HELPFUL: &str = "helpful";
/// The answer did not help; its value is the turn's id.
pub const UNHELPFUL: &str = "unhelpful";
/// Approves a plan; its value is `APPROVAL DIGEST`.
pub const APPROVE: &str = "approve";
/// Rejects a plan; its value is `APPROVAL DIGEST`.
pub const REJECT: &str = "reject";
/// Takes a word back; its value is `APPROVAL DIGEST`.
pub const TAKE_BACK: &str = "take_back";
/// Shows a plan whole, its difference too; its value is the approval's id.
pub const PLAN: &str = "plan";
/// Takes an incident; its value is the incident's id.
pub const CLAIM: &str = "claim";
/// Gives an incident back; its value is the incident's id.
pub const RELEASE: &str = "release";
/// Opens the modal that says why an incident is over; its value is the incident's id.
pub const RESOLVE: &str = "resolve";
/// Opens the modal that says why an incident goes to people; its value is the incident's id.
pub const ESCALATE: &str = "escalate";
/// Opens the modal that says why the action under way is wanted back; its value is the incident's id.
pub const UNDO: &str = "undo";
/// Opens the settings of a channel; its value is the channel's id.
pub const CONFIGURE: &str = "configure";
/// Changes a preference in App Home; the chosen option is the value.
pub const BREVITY: &str = "brevity";
/// As [`BREVITY`], for the voice.
pub const VOICE: &str = "voice";
/// As [`BREVITY`], for the time zone.
pub const ZONE: &str = "zone";

/// Modals and shortcuts by their `callback_id`.
pub mod callbacks {
    /// The modal that asks for a question about a message.
    pub const ASK: &str = "ask_about_message";
    /// The shortcut on a message that opens it.
    pub const ASK_SHORTCUT: &str = "ask_jamie";
    /// The modal of a channel's settings.
    pub const CHANNEL: &str = "channel_settings";
    /// The modal that says why an incident is over.
    pub const RESOLVE: &str = "resolve_incident";
    /// The modal that says why an incident goes to people.
    pub const ESCALATE: &str = "escalate_incident";
    /// The modal that says why the action under way is wanted back.
    pub const UNDO: &str = "undo_action";
    /// The modal that shows evidence, cost or a plan; nothing is submitted.
    pub const SHOW: &str = "show";
}
