//! The learner in the estate: with few worlds and few pupils it knows the best strategy within the episodes.

#[path = "../../examples/learning/lessons.rs"]
mod lessons;

use estate::scenarios::Scenario;
use lessons::course::Course;
use lessons::figure::{Row, picture, table};
use lessons::school::EPISODES;

/// A pupil of each of a few seeds, in one world of each scenario.
const PUPILS: u64 = 4;

#[tokio::test]
async fn the_best_strategy_of_each_scenario_is_known_within_fifty_episodes() {
    let (mut healed, mut rows) = (0, Vec::new());
    for scenario in Scenario::all() {
        let course = Course::sit(scenario, &[1]).await.unwrap();
        let row = Row::of(&course, PUPILS);
        healed += usize::from(row.ways.first().is_some_and(|way| way.healed > 0));
        for figures in [&row.prior, &row.reversed].into_iter().flatten() {
            assert!(figures.worst.is_some_and(|after| after <= EPISODES), "{}: {figures:?}", scenario.name);
        }
        rows.push(row);
    }
    assert!(healed >= 8, "{healed} of 12 have a strategy that heals: {rows:#?}");
    assert_eq!(table(&rows, 1).lines().count(), 2 + rows.len());
    let choices = rows.iter().filter(|row| row.is_a_choice()).count();
    assert_eq!(picture(&rows, PUPILS).matches("<polyline").count(), 2 * choices);
}
