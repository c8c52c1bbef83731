//! The lines themselves. None says anything about the estate: no number, no name, no state.

use super::Occasion;

/// Openings and closings of an occasion.
pub(super) fn of(occasion: Occasion) -> (&'static [&'static str], &'static [&'static str]) {
    match occasion {
        Occasion::AllWell => (
            &[
                "Right, I've had a proper look.",
                "Had a good nose round for you.",
                "Morning, noon or night, I do check.",
            ],
            &["I'll put the kettle on, then.", "Right, where was I with that tea?", "Give us a shout if that changes."],
        ),
        Occasion::TroubleFound => (
            &["Right, here's what I've got.", "Let's have a look at this, then.", "Rolled my sleeves up for this one."],
            &[
                "Shout if you want me to dig further.",
                "Happy to keep digging, just say.",
                "Here if you need another pair of eyes.",
            ],
        ),
        Occasion::CouldNotLook => (
            &["Bit awkward, this one.", "I'll be straight with you.", "Not my finest hour, sorry."],
            &[
                "Give me another nudge in a bit.",
                "Happy to have another go later.",
                "Sorry I can't do better just now.",
            ],
        ),
        Occasion::NothingFound => (
            &["I've had a rummage.", "Had a good dig around for you.", "Right, I went and looked."],
            &["Try me with other words, if you like.", "Point me somewhere else and I'll look.", "Worth asking, mind."],
        ),
        Occasion::Plain => (
            &["Here you go.", "Right then.", "There we are."],
            &["Shout if you need more.", "Anything else, just ask.", "Cheers for asking."],
        ),
    }
}
