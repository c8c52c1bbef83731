//! Lengths of time for people: the two largest units.

use chrono::TimeDelta;

/// `3h12m`, `45s`, `2d4h`.
pub fn spoken(length: TimeDelta) -> String {
    let seconds = length.num_seconds().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let pair = |large: i64, unit: char, small: i64, sub_unit: char| {
        if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit}{small}{sub_unit}") }
    };
    if days > 0 {
        pair(days, 'd', hours, 'h')
    } else if hours > 0 {
        pair(hours, 'h', minutes, 'm')
    } else if minutes > 0 {
        pair(minutes, 'm', seconds % 60, 's')
    } else {
        format!("{seconds}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_spoken_in_two_units() {
        for (seconds, text) in [(45, "45s"), (3_600, "1h"), (11_520, "3h12m"), (187_200, "2d4h")] {
            assert_eq!(spoken(TimeDelta::seconds(seconds)), text);
        }
    }
}
