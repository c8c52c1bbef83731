//! People who were told of an incident hear that it is over.

use super::script::world;
use super::settle;
use crate::shaky::person;
use chrono::TimeDelta;
use domain::heal::Heal;
use domain::incident::{Deed, State};
use domain::policy::Verdict;
use ports::incidents::Incidents as _;

#[tokio::test(start_paused = true)]
async fn whoever_was_told_of_an_incident_hears_once_that_a_person_ended_it() {
    let world = world(Verdict::Escalate).await;
    settle(&world).await;
    assert_eq!((world.escalations().len(), world.incident().await.state), (1, State::Escalated));
    world.script.tells(false);
    world
        .desk
        .act("INC-1", &person("ann"), Deed::Resolve("it was the cache".to_owned()))
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    settle(&world).await;
    assert!(world.told_over().is_empty());
    world.script.tells(true);
    for _ in 0..3 {
        tokio::time::advance(std::time::Duration::from_secs(300)).await;
        world.after(TimeDelta::minutes(5)).await;
        settle(&world).await;
    }
    assert_eq!(world.told_over(), ["INC-1 in prod is over."]);
    assert!(world.load::<Heal>("INC-1").await.pages.is_empty());
}
