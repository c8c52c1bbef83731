//! Time zones for choice: one for each of the places that most people live by. A menu holds 100 options.

use crate::cards::{choice, plain};
use slack_morphism::prelude::{SlackActionId, SlackBlockStaticSelectElement};

/// From west to east.
const ZONES: [&str; 60] = [
    "Pacific/Honolulu",
    "America/Anchorage",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/Denver",
    "America/Mexico_City",
    "America/Chicago",
    "America/Bogota",
    "America/Lima",
    "America/New_York",
    "America/Toronto",
    "America/Caracas",
    "America/Halifax",
    "America/Santiago",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Argentina/Buenos_Aires",
    "Atlantic/Azores",
    "Atlantic/Reykjavik",
    "UTC",
    "Africa/Casablanca",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/London",
    "Africa/Lagos",
    "Europe/Amsterdam",
    "Europe/Berlin",
    "Europe/Brussels",
    "Europe/Copenhagen",
    "Europe/Madrid",
    "Europe/Oslo",
    "Europe/Paris",
    "Europe/Prague",
    "Europe/Rome",
    "Europe/Stockholm",
    "Europe/Vienna",
    "Europe/Warsaw",
    "Europe/Zurich",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Europe/Athens",
    "Europe/Bucharest",
    "Europe/Helsinki",
    "Europe/Kyiv",
    "Asia/Jerusalem",
    "Africa/Nairobi",
    "Europe/Istanbul",
    "Asia/Riyadh",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Dhaka",
    "Asia/Bangkok",
    "Asia/Jakarta",
    "Asia/Singapore",
    "Asia/Shanghai",
    "Asia/Seoul",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
];

/// A menu of time zones; one that is chosen already is in it, whichever it is.
pub(crate) fn menu(action: &str, chosen: Option<&str>) -> SlackBlockStaticSelectElement {
    let mut names: Vec<&str> = ZONES.to_vec();
    names.extend(chosen.filter(|zone| !zone.is_empty() && !ZONES.contains(zone)));
    let options: Vec<_> = names.into_iter().map(|zone| choice(zone, zone)).collect();
    let mut menu = SlackBlockStaticSelectElement::new()
        .with_action_id(SlackActionId::new(action.to_owned()))
        .with_placeholder(plain("Time zone", 150));
    menu.initial_option = options.iter().find(|option| Some(option.value.as_str()) == chosen).cloned();
    menu.options = Some(options);
    menu
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_that_is_offered_exists_and_the_chosen_one_is_among_them() {
        for zone in ZONES {
            assert!(zone.parse::<chrono_tz::Tz>().is_ok(), "{zone}");
        }
        let menu = menu("zone", Some("Asia/Kathmandu"));
        assert_eq!(menu.options.unwrap().len(), ZONES.len() + 1);
        assert_eq!(menu.initial_option.unwrap().value, "Asia/Kathmandu");
    }
}
