//! What a reaction means on a message of the desk.

use domain::approval::Choice;

/// What a reaction says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// I have it.
    Claim,
    /// Yes or no to a plan.
    Vote(Choice),
}

impl Word {
    /// The word of a reaction's name. A tone of skin changes nothing. Only what the message names counts: a sign that
    /// looks like one of them is no consent.
    pub(super) fn of(name: &str) -> Option<Self> {
        let name = name.split("::").next().unwrap_or(name).trim_matches(':');
        match name {
            "eyes" => Some(Self::Claim),
            "white_check_mark" | "+1" | "thumbsup" => Some(Self::Vote(Choice::Approve)),
            "x" | "-1" | "thumbsdown" => Some(Self::Vote(Choice::Reject)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_counts_in_any_tone_of_skin() {
        for (name, expected) in [
            ("eyes", Some(Word::Claim)),
            ("white_check_mark", Some(Word::Vote(Choice::Approve))),
            ("+1", Some(Word::Vote(Choice::Approve))),
            ("+1::skin-tone-6", Some(Word::Vote(Choice::Approve))),
            ("thumbsup::skin-tone-2", Some(Word::Vote(Choice::Approve))),
            ("x", Some(Word::Vote(Choice::Reject))),
            ("-1::skin-tone-3", Some(Word::Vote(Choice::Reject))),
            ("thumbsdown", Some(Word::Vote(Choice::Reject))),
            ("heavy_check_mark", None),
            ("tada", None),
            ("", None),
        ] {
            assert_eq!(Word::of(name), expected, "{name}");
        }
    }
}
