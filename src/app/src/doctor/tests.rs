//! The rules of the doctor, with probes made for the tests.

use super::*;
use expect_test::expect;

struct Fixed(Subject, &'static str, Option<Sight>);

#[async_trait]
impl Probe for Fixed {
    fn subject(&self) -> Subject {
        self.0
    }

    fn name(&self) -> String {
        self.1.to_owned()
    }

    fn target(&self) -> String {
        format!("http://{}", self.1)
    }

    async fn look(&self) -> Sight {
        match &self.2 {
            Some(sight) => sight.clone(),
            None => std::future::pending().await,
        }
    }
}

fn probes(sights: Vec<Option<Sight>>) -> Vec<Box<dyn Probe>> {
    let names = ["one", "second", "c", "d"];
    sights
        .into_iter()
        .zip(names)
        .map(|(sight, name)| Box::new(Fixed(Subject::Prometheus, name, sight)) as Box<dyn Probe>)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_silent_one_is_given_up_and_stops_no_other() {
    let well = Sight::answers("2.42.0", vec![Detail::well("targets", "3 of 3 up")]);
    let limited = Sight::answers("2.42.0", vec![Detail::lacking("list secrets", "refused")]);
    let start = Instant::now();
    let findings = examine(&probes(vec![Some(well), None, Some(limited), None])).await;
    assert_eq!(start.elapsed(), DEADLINE);
    expect![[r#"
        auto-devops 0.1.0

        ok     prometheus  one     http://one     0 ms      2.42.0
              targets: 3 of 3 up
        AWAY   prometheus  second  http://second  10000 ms  no answer within 10 s
            > is it running, and is the network between open?
        partly prometheus  c       http://c       0 ms      2.42.0
            ! list secrets: refused
        AWAY   prometheus  d       http://d       10000 ms  no answer within 10 s
            > is it running, and is the network between open?

        note: a note"#]]
    .assert_eq(&report::text(&findings, &["a note".to_owned()], false));
    assert_eq!(exit(&findings), Exit::CouldNotLook);
}

#[tokio::test(start_paused = true)]
async fn exit_codes() {
    let well = || Some(Sight::answers("x", Vec::new()));
    let absent = || Some(Sight::absent("x"));
    let away = || Some(Sight::away("x"));
    let cases = [
        (vec![], Exit::Done),
        (vec![absent()], Exit::Done),
        (vec![well(), absent()], Exit::Done),
        (vec![well(), away()], Exit::CouldNotLook),
        (vec![away(), absent()], Exit::Unavailable),
    ];
    for (sights, code) in cases {
        let shown = format!("{sights:?}");
        assert_eq!(exit(&examine(&probes(sights)).await), code, "{shown}");
    }
}
