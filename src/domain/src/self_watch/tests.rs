//! Hysteresis, and that nothing is told twice or forgotten.

use super::*;
use crate::sense::uptime::Uptime;
use proptest::prelude::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
}

fn finding(matter: Matter, level: Level) -> Finding {
    let text = "the endpoint shop was up for 80.0 % of the last hour".to_owned();
    Finding { matter, subject: "shop".to_owned(), environment: "prod".to_owned(), level, text }
}

fn look(watch: &Watch, matter: Matter, sight: Sight, seconds: i64) -> Watch {
    watch.looked(&BTreeMap::from([(matter, sight)]), at(seconds))
}

fn told(watch: &Watch) -> Vec<&str> {
    watch.owed.iter().map(|message| message.text.as_str()).collect()
}

#[test]
fn trouble_is_told_when_it_lasts_once_and_its_end_once() {
    let bad = || Ok(vec![finding(Matter::Uptime, Level::Bad)]);
    let mut watch = look(&Watch::default(), Matter::Uptime, bad(), 0);
    assert!(watch.owed.is_empty() && watch.standing().is_empty(), "it has not settled");
    for seconds in (30..=600).step_by(30) {
        watch = look(&watch, Matter::Uptime, bad(), seconds);
    }
    let sentence = "the endpoint shop was up for 80.0 % of the last hour.";
    assert_eq!(told(&watch), [format!("**Scarlet: uptime**\n{sentence}")]);
    assert_eq!(watch.standing().len(), 1);
    for seconds in (630..=1_500).step_by(30) {
        watch = look(&watch, Matter::Uptime, Ok(Vec::new()), seconds);
    }
    assert_eq!(told(&watch)[1..], [format!("**Scarlet: uptime is over**\n{sentence}")]);
    let [begin, end] = watch.owed.as_slice() else { unreachable!("two were told") };
    assert!(begin.about == end.about && begin.key != end.key && !begin.is_over && end.is_over);
    assert_eq!(watch.standing(), Vec::<&Notice>::new());
    let keys = watch.owed.iter().map(|message| message.key.clone()).collect();
    assert!(watch.handed_over(&keys).owed.is_empty());
}

#[test]
fn what_comes_back_soon_is_not_told_again_and_what_lasts_is_told_again_late() {
    let matter = Matter::CapReached;
    let bad = || Ok(vec![finding(matter, Level::Bad)]);
    let mut watch = look(&Watch::default(), matter, bad(), 0);
    watch = look(&watch, matter, Ok(Vec::new()), 30);
    watch = look(&watch, matter, bad(), 60);
    assert_eq!((watch.owed.len(), watch.standing().len()), (1, 1), "a short absence is none");
    watch = look(&watch, matter, Ok(Vec::new()), 90);
    watch = look(&watch, matter, Ok(Vec::new()), 90 + 600);
    assert_eq!((watch.owed.len(), watch.standing().len()), (2, 0), "it is over");
    watch = look(&watch, matter, bad(), 800);
    assert_eq!((watch.owed.len(), watch.standing().len()), (2, 1), "it is back: shown, and not told again so soon");
    watch = look(&watch, matter, bad(), 6 * 3_600);
    assert_eq!(watch.owed.len(), 3);
    watch = look(&watch, matter, bad(), 12 * 3_600);
    assert!(told(&watch)[3].contains("Still: "), "{:?}", told(&watch));
}

#[test]
fn what_could_not_be_looked_at_is_neither_trouble_nor_over() {
    let matter = Matter::HealsFailed;
    let mut watch = look(&Watch::default(), matter, Ok(vec![finding(matter, Level::Bad)]), 0);
    for seconds in (60..=7_200).step_by(60) {
        watch = look(&watch, matter, Err("the store is away".to_owned()), seconds);
    }
    assert_eq!((watch.owed.len(), watch.standing().len()), (1, 1));
    assert_eq!(watch.blind[&matter], Blind { since: at(60), why: "the store is away".to_owned() });
    watch = look(&watch, matter, Ok(Vec::new()), 7_260);
    assert!(watch.blind.is_empty() && watch.standing().len() == 1, "the absence is counted from the first look");
}

#[test]
fn between_its_bounds_a_figure_begins_and_ends_nothing() {
    let hour = |up, made| Uptime { up, made, not_made: 0 };
    let levels: Vec<Level> = [(120, 120), (114, 120), (113, 120), (108, 120), (107, 120), (0, 4), (0, 0)]
        .into_iter()
        .map(|(up, made)| uptime(&hour(up, made)))
        .collect();
    use Level::{Bad, Between, Good};
    assert_eq!(levels, [Good, Good, Between, Between, Bad, Between, Between]);
    let cases: [(&[u16], Level); 6] = [
        (&[], Good),
        (&[300, 300], Between),
        (&[300, 300, 599, 900], Bad),
        (&[300, 300, 600], Between),
        (&[600, 300, 300, 300], Good),
        (&[300, 700, 300], Between),
    ];
    for (confidences, level) in cases {
        assert_eq!(confidence(confidences), level, "{confidences:?}");
    }
    assert_eq!([cap(9, 10), cap(10, 10), cap(0, 0)], [Good, Bad, Good]);
}

#[test]
fn when_it_was_looked_is_kept_without_a_write_for_every_look() {
    let first = look(&Watch::default(), Matter::Uptime, Ok(Vec::new()), 0);
    assert_eq!(first.looked_at, Some(at(0)));
    assert_eq!(look(&first, Matter::Uptime, Ok(Vec::new()), 15), first);
    assert_eq!(look(&first, Matter::Uptime, Ok(Vec::new()), 60).looked_at, Some(at(60)));
}

#[test]
fn what_is_beyond_the_bound_is_counted() {
    let many = |number: usize| Finding { subject: number.to_string(), ..finding(Matter::CapReached, Level::Bad) };
    let watch = look(&Watch::default(), Matter::CapReached, Ok((0..NOTICES + 7).map(many).collect()), 0);
    assert_eq!((watch.notices.len(), watch.beyond), (NOTICES, 7));
}

proptest! {
    #[test]
    fn beginnings_and_ends_alternate_and_keep_their_distance(
        levels in prop::collection::vec((0_u8..4, 1_i64..2_000), 1..200),
    ) {
        let matter = Matter::Uptime;
        let (mut watch, mut now) = (Watch::default(), 0);
        for (level, pause) in levels {
            now += pause;
            let sight = match level {
                0 => Ok(vec![finding(matter, Level::Bad)]),
                1 => Ok(vec![finding(matter, Level::Between)]),
                2 => Ok(Vec::new()),
                _ => Err("away".to_owned()),
            };
            watch = look(&watch, matter, sight, now);
        }
        let mut is_told = false;
        let mut last: Option<i64> = None;
        for message in &watch.owed {
            let when: i64 = message.key.rsplit(' ').next().and_then(|end| end.split('.').next()).unwrap().parse().unwrap();
            if message.is_over {
                prop_assert!(is_told, "an end without a beginning");
                is_told = false;
            } else {
                prop_assert!(last.is_none_or(|last| when - last >= matter.again_after().num_seconds()));
                last = Some(when);
                is_told = true;
            }
        }
        let keys: BTreeSet<&String> = watch.owed.iter().map(|message| &message.key).collect();
        prop_assert_eq!(keys.len(), watch.owed.len(), "a key of its own each");
    }
}
