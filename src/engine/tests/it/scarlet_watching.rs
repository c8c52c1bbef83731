//! Scarlet watching herself and the estate: from what stands in store, journal and files to what people are told.

use crate::scarlet_telling::World;
use crate::shaky::Broken;
use chrono::TimeDelta;
use domain::audit::{Actor, Kind, Outcome, Record};
use domain::heal::{Heal, Mode};
use domain::self_watch::Matter;
use domain::sense::uptime::{Check, Found, Why};
use engine::scarlet::escalating::Escalator;
use engine::scarlet::health_log::{HealthLog, Rotation};
use engine::scarlet::self_watch::{Endpoints, Healings, Inspects, Parts, SelfWatch, StoreStands, UnknownActions};
use ports::clock::Clock as _;
use ports::store::document::Expect;
use ports::store::{Log, Store, record};
use std::collections::BTreeMap;
use std::sync::Arc;

fn watch(world: &World, inspectors: Vec<Box<dyn Inspects>>) -> (SelfWatch, Arc<Escalator>) {
    let escalator = world.escalator();
    let parts = Parts {
        store: world.store.clone(),
        clock: world.clock.clone(),
        leads: Arc::new(|| true),
        escalator: escalator.clone(),
        inspectors,
    };
    (SelfWatch::new(parts), escalator)
}

fn texts(world: &World) -> Vec<String> {
    world.places.told().into_iter().map(|(_, text)| text).collect()
}

async fn failed_heal(world: &World, incident: &str) {
    let now = world.clock.now();
    let mut heal = Heal::begin(incident, "prod", Mode::Live, now);
    heal.failed_in_a_row = 3;
    heal.alerts.insert("heals-failed".to_owned());
    record::save(&*world.store, &heal, Expect::Any).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn failed_heals_are_told_once_and_their_end_once_by_whichever_process_leads() {
    let world = World::new();
    failed_heal(&world, "INC-1").await;
    for _ in 0..3 {
        let (watch, escalator) = watch(&world, vec![Box::new(Healings { store: world.store.clone() })]);
        watch.pass().await;
        escalator.pass().await;
        assert_eq!(texts(&world), ["**Scarlet: heals-failed**\n3 heals of INC-1 failed in a row."]);
        world.clock.advance(TimeDelta::seconds(15));
    }
    let over = Heal::begin("INC-1", "prod", Mode::Live, world.clock.now());
    record::save(&*world.store, &over, Expect::Any).await.unwrap();
    let (watch, escalator) = watch(&world, vec![Box::new(Healings { store: world.store.clone() })]);
    for _ in 0..3 {
        watch.pass().await;
        escalator.pass().await;
        world.clock.advance(TimeDelta::seconds(6 * 60));
    }
    assert_eq!(texts(&world).len(), 2);
    assert!(texts(&world)[1].starts_with("**Scarlet: heals-failed is over**"), "{:?}", texts(&world));
    assert!(watch.overview().standing().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_is_told_although_nothing_can_be_kept_and_once() {
    let world = World::new();
    let (watch, escalator) = watch(&world, vec![Box::new(StoreStands { store: world.store.clone() })]);
    watch.pass().await;
    world.store.breaks(Broken::All);
    for _ in 0..4 {
        watch.pass().await;
        world.clock.advance(TimeDelta::seconds(20));
    }
    let [told] = texts(&world).try_into().unwrap();
    assert!(told.starts_with("**Scarlet: store-away**\nthe store is away, so that nothing is begun: "), "{told}");
    assert_eq!(watch.overview().standing().len(), 1);
    escalator.pass().await;
    assert!(escalator.overview().blind.is_some(), "what nobody was told could not be looked at");
}

#[tokio::test(start_paused = true)]
async fn an_action_of_which_nobody_knows_is_found_in_the_journal_for_a_day() {
    let world = World::new();
    let record = Record::new(world.clock.now(), Kind::ActionEnded, Actor::Scarlet).of_action("act-7");
    let record = record
        .with("environment", "prod")
        .with("incident", "INC-9")
        .ended(Outcome::Unknown("no answer came".to_owned()));
    world.store.append(Log::Journal, vec![record.entry()]).await.unwrap();
    let actions = UnknownActions::new(world.store.clone());
    for _ in 0..2 {
        let found = actions.look(world.clock.now()).await.remove(&Matter::UnknownAction).unwrap().unwrap();
        assert_eq!((found.len(), found[0].subject.as_str(), found[0].environment.as_str()), (1, "act-7", "prod"));
    }
    world.clock.advance(TimeDelta::seconds(25 * 3_600));
    assert_eq!(actions.look(world.clock.now()).await[&Matter::UnknownAction], Ok(Vec::new()));
    world.store.breaks(Broken::All);
    assert!(actions.look(world.clock.now()).await[&Matter::UnknownAction].is_err());
}

#[tokio::test]
async fn an_endpoint_that_is_down_too_much_is_told_from_its_file() {
    let world = World::new();
    let folder = std::env::temp_dir().join(format!("auto-devops-watching-{}", std::process::id()));
    let log = HealthLog::new(&folder, "prod", Rotation::default()).unwrap();
    for number in 0..20 {
        let is_down = number % 2 == 0;
        log.append(Check {
            at: world.clock.now() + TimeDelta::seconds(number * 30),
            endpoint: "shop".to_owned(),
            found: if is_down { Found::Down } else { Found::Up },
            status: None,
            milliseconds: 5,
            why: is_down.then_some(Why::Timeout),
        })
        .await
        .unwrap();
    }
    world.clock.advance(TimeDelta::seconds(10 * 60));
    let every = BTreeMap::from([("shop".to_owned(), TimeDelta::seconds(30))]);
    let environments = BTreeMap::from([("prod".to_owned(), (log, every))]);
    let (watch, escalator) = watch(&world, vec![Box::new(Endpoints { environments })]);
    for _ in 0..2 {
        watch.pass().await;
        escalator.pass().await;
        world.clock.advance(TimeDelta::seconds(2 * 60));
    }
    std::fs::remove_dir_all(&folder).unwrap();
    let [told] = texts(&world).try_into().unwrap();
    assert!(told.contains("the endpoint shop of prod was up for 50.0 % of 20 checks"), "{told}");
}
