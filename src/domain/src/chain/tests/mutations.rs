//! Any log, any single change: it is found.

use super::super::{Anchor, Entry, Line};
use super::canonical::value;
use super::{at, chained, end, log, text, verified};
use proptest::prelude::*;

/// Any log of some records.
fn any_log() -> impl Strategy<Value = Vec<Line>> {
    proptest::collection::vec((value(), "[a-z.]{1,12}", 0..10_000_i64), 1..10).prop_map(|entries| {
        chained(entries.into_iter().map(|(body, kind, minutes)| Entry { at: at(minutes), kind, body, personal: None }))
    })
}

proptest! {
    #[test]
    fn a_flipped_bit_is_found(lines in any_log(), place in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let mut file = text(&lines);
        let place = place.index(file.len());
        file[place] ^= 1 << bit;
        prop_assert!(!verified(&file, &end(&lines)).holds(), "byte {} is {:?}", place, file[place] as char);
    }

    #[test]
    fn moved_records_are_found(lines in any_log(), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
        let (from, to) = (from.index(lines.len()), to.index(lines.len()));
        let mut moved = lines.clone();
        moved.swap(from, to);
        prop_assert_eq!(verified(&text(&moved), &end(&lines)).holds(), from == to);
    }

    #[test]
    fn a_missing_record_is_found(lines in any_log(), which in any::<prop::sample::Index>()) {
        let mut left = lines.clone();
        left.remove(which.index(lines.len()));
        prop_assert!(!verified(&text(&left), &end(&lines)).holds());
    }

    #[test]
    fn a_doubled_record_is_found(lines in any_log(), which in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
        let mut doubled = lines.clone();
        doubled.insert(to.index(lines.len() + 1), lines[which.index(lines.len())].clone());
        prop_assert!(!verified(&text(&doubled), &end(&lines)).holds());
    }

    #[test]
    fn a_record_put_in_is_found_although_it_is_chained(lines in any_log(), to in any::<prop::sample::Index>()) {
        let to = to.index(lines.len());
        let mut more = lines.clone();
        more.insert(to, Line::after(&end(&lines[..to]), super::entry(99)));
        prop_assert!(!verified(&text(&more), &end(&lines)).holds());
    }

    #[test]
    fn a_log_chained_anew_from_some_record_on_is_found(lines in any_log(), from in any::<prop::sample::Index>()) {
        let from = from.index(lines.len());
        let entries = lines.iter().enumerate().map(|(number, line)| Entry {
            at: line.at,
            kind: if number == from { format!("{}x", line.kind) } else { line.kind.clone() },
            body: line.body.clone(),
            personal: None,
        });
        let anew = chained(entries);
        prop_assert!(verified(&text(&anew), &end(&anew)).holds());
        prop_assert!(!verified(&text(&anew), &end(&lines)).holds());
    }

    #[test]
    fn a_log_cut_at_any_byte_is_judged_by_its_anchor(
        lines in any_log(),
        place in any::<prop::sample::Index>(),
        anchored in any::<prop::sample::Index>(),
    ) {
        let file = text(&lines);
        let place = place.index(file.len() + 1);
        let anchored = anchored.index(lines.len() + 1);
        let whole = file[..place].iter().filter(|byte| **byte == b'\n').count();
        let ends_whole = place == 0 || file[place - 1] == b'\n';
        let report = verified(&file[..place], &end(&lines[..anchored]));
        prop_assert_eq!(report.holds(), whole >= anchored, "{:?}", report);
        prop_assert_eq!(report.torn_tail, report.holds() && !ends_whole);
        prop_assert_eq!(report.end, end(&lines[..whole]));
        prop_assert_eq!(report.beyond_anchor, u64::try_from(whole.saturating_sub(anchored)).unwrap());
    }

    #[test]
    fn rubbish_never_passes_for_a_log(file in proptest::collection::vec(any::<u8>(), 0..300)) {
        let report = verified(&file, &end(&log(1)));
        prop_assert!(!report.holds());
        prop_assert_eq!(report.end, Anchor::default());
    }
}
