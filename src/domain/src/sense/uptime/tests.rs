//! Lines of checks, and figures over them.

use super::super::tests::at;
use super::*;
use proptest::prelude::*;

fn check(seconds: i64, found: Found) -> Check {
    let why = (found != Found::Up).then_some(Why::Timeout);
    Check { at: at(seconds), endpoint: "shop".to_owned(), found, status: None, milliseconds: 12, why }
}

fn hour(checks: &[Check], now: i64) -> Uptime {
    figures(checks, |_| Some(TimeDelta::seconds(30)), at(now)).remove("shop").unwrap_or_default().hour
}

#[test]
fn a_line_is_what_the_header_says() {
    let up = Check { status: Some(200), why: None, ..check(0, Found::Up) };
    assert_eq!(HEADER, "time,endpoint,state,status,milliseconds,why\n");
    assert_eq!(up.line(), "2027-01-15T08:00:00.000Z,shop,up,200,12,\n");
    assert_eq!(check(0, Found::NotMade).line(), "2027-01-15T08:00:00.000Z,shop,not_made,,12,timeout\n");
    let hostile = Check { endpoint: "a,b\n=cmd()".to_owned(), ..check(0, Found::Down) };
    assert_eq!(hostile.line(), "2027-01-15T08:00:00.000Z,a_b__cmd__,down,,12,timeout\n");
}

#[test]
fn what_is_no_line_is_no_check() {
    let broken = [
        "",
        "time,endpoint,state,status,milliseconds,why",
        "2027-01-15T08:00:00.000Z,shop,up,200,12",
        "2027-01-15T08:00:00.000Z,shop,up,200,12,,",
        "2027-01-15T08:00:00.000Z,shop,fine,200,12,",
        "2027-01-15T08:00:00.000Z,=cmd(),up,200,12,",
        "2027-01-15T08:00:00.000Z,shop,up,2x0,12,",
        "2027-01-15T08:00:00.000Z,shop,down,,12,because",
        "yesterday,shop,up,200,12,",
    ];
    for line in broken {
        assert_eq!(Check::read(line), None, "{line:?}");
    }
}

#[test]
fn checks_that_were_not_made_are_no_uptime_and_no_downtime() {
    // Due are 120 checks; 60 were made and 54 found it up, 10 are told as not made, of 50 there is no line at all.
    let mut checks: Vec<Check> = (0..60).map(|n| check(30 * n, if n < 6 { Found::Down } else { Found::Up })).collect();
    checks.extend((60..70).map(|n| check(30 * n, Found::NotMade)));
    let uptime = hour(&checks, 3_600);
    // The first check is an hour old and no longer of the last hour.
    assert_eq!(uptime, Uptime { up: 54, made: 59, not_made: 61 });
    assert_eq!(uptime.to_string(), "91.5 % of 59 checks, 61 not made");
}

#[test]
fn no_check_made_is_no_figure() {
    assert_eq!(hour(&[check(0, Found::NotMade)], 60).per_mille(), None);
    assert_eq!(Uptime { up: 0, made: 0, not_made: 2 }.to_string(), "not known: no check was made, 2 not made");
    assert_eq!(hour(&[check(100, Found::Up)], 60), Uptime::default(), "a check in the future");
}

#[test]
fn each_stretch_counts_its_own_checks() {
    let checks = [check(0, Found::Down), check(6 * 86_400, Found::Up), check(6 * 86_400 + 7_200, Found::Up)];
    let every = |_: &str| Some(TimeDelta::hours(1));
    let told = figures(&checks, every, at(6 * 86_400 + 7_300))["shop"];
    assert_eq!((told.hour.made, told.day.made, told.week.made), (1, 2, 3));
    assert_eq!(told.week.per_mille(), Some(666));
}

fn any_check() -> impl Strategy<Value = Check> {
    let found = prop_oneof![Just(Found::Up), Just(Found::Down), Just(Found::NotMade)];
    let why = proptest::option::of(proptest::sample::select(Why::ALL.to_vec()));
    (0_i64..1_000_000, "[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}", found, proptest::option::of(100_u16..600), any::<u64>(), why)
        .prop_map(|(seconds, endpoint, found, status, milliseconds, why)| Check {
            at: at(seconds),
            endpoint,
            found,
            status,
            milliseconds,
            why,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_check_survives_its_way_through_a_line(check in any_check()) {
        prop_assert!(check.line().len() <= LINE_BYTES);
        prop_assert_eq!(Check::read(&check.line()), Some(check));
    }

    #[test]
    fn foreign_lines_never_panic(line in ".{0,200}") {
        let _ = Check::read(&line);
    }

    #[test]
    fn uptime_is_between_none_and_all(founds in proptest::collection::vec(any_check(), 0..20), now in 0_i64..1_000_000) {
        for figures in figures(&founds, |_| Some(TimeDelta::seconds(30)), at(now)).values() {
            for uptime in [figures.hour, figures.day, figures.week] {
                prop_assert!(uptime.up <= uptime.made);
                prop_assert!(uptime.per_mille().is_none_or(|share| share <= 1_000));
                prop_assert_eq!(uptime.per_mille().is_none(), uptime.made == 0);
            }
        }
    }
}
