//! Shifts with a known truth, health without alarms, bounds, saved state, and anything at all.

use super::*;
use crate::noise::Noise;
use crate::traces::Span;
use proptest::prelude::*;

const BEFORE: i64 = 3_600;

/// Two requests a second of about 40 ms; from `BEFORE` on so many times slower, and failing so often.
fn requests(seed: u64, seconds: i64, slower: f64, fails: f64) -> Vec<Request> {
    let mut noise = Noise::new(seed);
    (0..seconds * 2)
        .map(|half| {
            let at = half / 2;
            let (slower, fails) = if at >= BEFORE { (slower, fails) } else { (1.0, 0.002) };
            Request {
                at_unix_seconds: at,
                duration_ns: (4e7 * (0.6 * noise.normal()).exp() * slower) as i64,
                failed: noise.happens(fails),
                path_share: Some(0.3 + 0.05 * noise.normal()),
            }
        })
        .collect()
}

fn changes(requests: &[Request]) -> Vec<(i64, Change)> {
    let mut detector = Detector::new(Rule::default());
    let observe = |request: &Request| {
        detector.observe(*request).into_iter().map(|change| (request.at_unix_seconds, change)).collect::<Vec<_>>()
    };
    requests.iter().flat_map(observe).collect()
}

#[test]
fn shifts_are_found_within_minutes_and_health_is_not() {
    let cases: [(&str, f64, f64, &[Kind]); 4] = [
        ("healthy", 1.0, 0.002, &[]),
        ("slower", 2.0, 0.002, &[Kind::Slower, Kind::SlowTail]),
        ("failing", 1.0, 0.1, &[Kind::Failing]),
        ("both", 2.0, 0.3, &[Kind::Failing, Kind::Slower, Kind::SlowTail]),
    ];
    for (name, slower, fails, expected) in cases {
        let mut kinds = Vec::new();
        for (at, change) in changes(&requests(5, BEFORE + 900, slower, fails)) {
            let Change::Begun(shift) = change else { panic!("{name}: {change:?}") };
            assert!((BEFORE..BEFORE + 420).contains(&at), "{name}: {at} {shift:?}");
            assert!((shift.since_unix_seconds - BEFORE).abs() <= 90, "{name}: {shift:?}");
            assert!(
                shift.share_now > shift.share_before && shift.words().contains("before it was"),
                "{name}: {shift:?}"
            );
            kinds.push(shift.kind);
        }
        kinds.sort();
        assert_eq!(kinds, expected, "{name}");
    }
}

#[test]
fn what_is_over_is_told_and_what_lasts_stays_until_it_is_adopted() {
    let mut long = requests(6, BEFORE + 1_200, 1.0, 0.3);
    long.extend(
        requests(7, 1_200, 1.0, 0.0)
            .into_iter()
            .map(|request| Request { at_unix_seconds: request.at_unix_seconds + BEFORE + 1_200, ..request }),
    );
    let told = changes(&long);
    assert!(matches!(told[..], [(_, Change::Begun(_)), (_, Change::Over(Kind::Failing))]), "{told:?}");
    let mut detector = Detector::new(Rule { adopt_after_seconds: 1_200, ..Rule::default() });
    let told: Vec<Change> =
        requests(6, BEFORE + 3_000, 1.0, 0.3).into_iter().flat_map(|request| detector.observe(request)).collect();
    assert!(matches!(told[..], [Change::Begun(_), Change::Over(Kind::Failing)]), "{told:?}");
    assert_eq!(detector.there(), []);
}

#[test]
fn places_are_bounded_and_a_restored_state_goes_on() {
    let mut shifts = Shifts::new(Rule::default(), Bounds { places: 3 });
    let all = requests(8, BEFORE + 600, 3.0, 0.002);
    let (before, after) = all.split_at(all.len() * 9 / 10);
    let place = Place::Edge { caller: "shop".to_owned(), callee: "cart".to_owned() };
    for (index, request) in before.iter().enumerate() {
        shifts.observe(&place, *request);
        if index < 9 {
            shifts.observe(&Place::Service(format!("passing-{index}")), Request { at_unix_seconds: -900, ..*request });
        }
    }
    assert!(
        shifts.forgotten() >= 6 && shifts.memory_bytes() < 20_000,
        "{} {}",
        shifts.forgotten(),
        shifts.memory_bytes()
    );
    let mut restored: Shifts = serde_json::from_str(&serde_json::to_string(&shifts).unwrap()).unwrap();
    for request in after {
        assert_eq!(shifts.observe(&place, *request), restored.observe(&place, *request));
    }
    assert!(
        shifts.there().iter().any(|(at, shift)| **at == place && shift.kind == Kind::Slower),
        "{:?}",
        shifts.there()
    );
}

#[test]
fn a_trace_is_read_as_services_edges_and_shares_of_the_path() {
    let span = |id: &str, parent: Option<&str>, service: &str, from: i64, to: i64| Span {
        id: id.to_owned(),
        parent: parent.map(str::to_owned),
        service: service.to_owned(),
        start_ns: from,
        end_ns: to,
        ..Span::default()
    };
    let spans = vec![span("a", None, "shop", 0, 100), span("b", Some("a"), "cart", 20, 90)];
    let read = reading::requests(&Tree::new(spans));
    let of = |wanted: &Place| read.iter().find(|(place, _)| place == wanted).map(|(_, request)| *request).unwrap();
    for (service, expected) in [("shop", 0.3), ("cart", 0.7)] {
        let share = of(&Place::Service(service.to_owned())).path_share.unwrap();
        assert!((share - expected).abs() < 1e-9, "{service}: {share}");
    }
    assert_eq!(of(&Place::Edge { caller: "shop".to_owned(), callee: "cart".to_owned() }).duration_ns, 70);
    assert_eq!(read.len(), 3);
}

#[test]
fn more_often_needs_more_than_chance() {
    assert!(more_often((1.0, 15.0), (0.0, 900.0)) < 3.0);
    assert!(more_often((30.0, 300.0), (10.0, 3_600.0)) > 10.0);
    assert_eq!(more_often((1.0, 100.0), (2.0, 100.0)), 0.0);
    for odd in [(f64::NAN, 1.0), (2.0, 1.0), (0.0, 0.0), (-1.0, 5.0), (f64::INFINITY, f64::INFINITY)] {
        assert_eq!((more_often(odd, (1.0, 9.0)), more_often((1.0, 9.0), odd)), (0.0, 0.0), "{odd:?}");
    }
}

fn any_request() -> impl Strategy<Value = Request> {
    let time = prop_oneof![any::<i64>(), 0..20_000_i64, Just(i64::MIN), Just(i64::MAX)];
    let share = prop::option::of(prop_oneof![any::<f64>(), 0.0..1.0]);
    (time, any::<i64>(), any::<bool>(), share).prop_map(|(at_unix_seconds, duration_ns, failed, path_share)| Request {
        at_unix_seconds,
        duration_ns,
        failed,
        path_share,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_requests_keep_shares_in_range_and_memory_bounded(requests in prop::collection::vec(any_request(), 0..300)) {
        let rule = Rule { learn_buckets: 2, learn_requests: 5.0, evidence: 1.0, ..Rule::default() };
        let mut detector = Detector::new(rule);
        let least = detector.memory_bytes();
        for request in requests {
            for change in detector.observe(request) {
                if let Change::Begun(shift) = change {
                    prop_assert!((0.0..=1.0).contains(&shift.share_before) && (0.0..=1.0).contains(&shift.share_now), "{:?}", shift);
                }
            }
        }
        prop_assert_eq!(detector.memory_bytes(), least);
    }
}
