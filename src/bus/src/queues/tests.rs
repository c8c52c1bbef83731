//! The queues against a model that keeps everything in plain lists.

use super::Queues;
use crate::limits::Limits;
use chrono::DateTime;
use ports::bus::Event;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const IDLE: Duration = Duration::from_secs(30);
const GROUPS: [&str; 2] = ["g0", "g1"];

fn event(id: &str) -> Arc<Event> {
    Arc::new(Event { id: id.to_owned(), at: DateTime::UNIX_EPOCH, kind: "k".to_owned(), body: serde_json::Value::Null })
}

fn queues(remembered: usize) -> Queues {
    let mut queues = Queues::new(Limits { idle: IDLE, remembered, ..Limits::default() });
    for group in GROUPS {
        queues.join("t", group).unwrap();
    }
    queues
}

#[derive(Debug, Clone)]
enum Act {
    Publish(u8),
    Take { group: usize, consumer: u64 },
    Acknowledge { group: usize, id: u8 },
    Leave { group: usize, consumer: u64 },
    Wait(u64),
    Withdraw(u8),
    Pause(bool),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let group = 0..GROUPS.len();
    let act = prop_oneof![
        4 => (0..12_u8).prop_map(Act::Publish),
        6 => (group.clone(), 0..3_u64).prop_map(|(group, consumer)| Act::Take { group, consumer }),
        3 => (group.clone(), 0..12_u8).prop_map(|(group, id)| Act::Acknowledge { group, id }),
        1 => (group, 0..3_u64).prop_map(|(group, consumer)| Act::Leave { group, consumer }),
        2 => (0..40_u64).prop_map(Act::Wait),
        1 => (0..12_u8).prop_map(Act::Withdraw),
        1 => any::<bool>().prop_map(Act::Pause),
    ];
    proptest::collection::vec(act, 0..120)
}

/// Order, attempts, and who has it since when.
type Owed = (i64, u32, Option<(u64, u64)>);

/// What one group owes and has handled.
#[derive(Default)]
struct Model {
    owed: BTreeMap<u8, Owed>,
    handled: BTreeSet<u8>,
}

impl Model {
    fn give_back_idle(&mut self, now: u64) {
        for (_, _, held) in self.owed.values_mut() {
            *held = held.filter(|(_, since)| now - since < IDLE.as_secs());
        }
    }

    fn take(&mut self, consumer: u64, now: u64) -> Option<(u8, u32)> {
        let waiting = self.owed.iter_mut().filter(|(_, (_, _, held))| held.is_none());
        let (id, (_, attempts, held)) = waiting.min_by_key(|(_, (order, ..))| *order)?;
        *attempts += 1;
        *held = Some((consumer, now));
        Some((*id, *attempts))
    }
}

proptest! {
    #[test]
    fn every_history_is_as_the_model_says(acts in acts()) {
        let mut queues = queues(1_000);
        let mut model = [Model::default(), Model::default()];
        let (start, mut now, mut order, mut paused) = (Instant::now(), 0, 0, false);
        for act in acts {
            match act {
                Act::Publish(number) => {
                    order += 1;
                    let id = number.to_string();
                    let lacking = queues.lacking("t", &id);
                    queues.offer("t", &lacking, order, &event(&id), 10);
                    for (group, model) in GROUPS.iter().zip(&mut model) {
                        let lacks = !model.owed.contains_key(&number) && !model.handled.contains(&number);
                        prop_assert_eq!(lacks, lacking.iter().any(|name| name == group));
                        if lacks {
                            model.owed.insert(number, (order, 0, None));
                        }
                    }
                }
                Act::Take { group, consumer } => {
                    model[group].give_back_idle(now);
                    let wanted = if paused { None } else { model[group].take(consumer, now) };
                    let took = queues.take("t", GROUPS[group], consumer, start + Duration::from_secs(now));
                    let took = took.map(|delivery| (delivery.event.id.parse().unwrap(), delivery.attempt));
                    prop_assert_eq!(took, wanted);
                }
                Act::Acknowledge { group, id } => {
                    let had = queues.acknowledge("t", GROUPS[group], &id.to_string());
                    prop_assert_eq!(had, model[group].owed.remove(&id).is_some());
                    model[group].handled.insert(id);
                }
                Act::Leave { group, consumer } => {
                    queues.leave("t", GROUPS[group], consumer);
                    for (_, _, held) in model[group].owed.values_mut() {
                        *held = held.filter(|(holder, _)| *holder != consumer);
                    }
                }
                Act::Wait(seconds) => now += seconds,
                Act::Withdraw(id) => {
                    queues.withdraw("t", &id.to_string());
                    for model in &mut model {
                        model.owed.remove(&id);
                    }
                }
                Act::Pause(wanted) => {
                    paused = wanted;
                    queues.pause(wanted);
                }
            }
            let owed: usize = model.iter().map(|model| model.owed.len()).sum();
            prop_assert_eq!(queues.bytes(), owed * 10);
            for id in 0..12_u8 {
                let any = model.iter().any(|model| model.owed.contains_key(&id));
                prop_assert_eq!(queues.is_owed("t", &id.to_string()), any);
            }
            let at = start + Duration::from_secs(now);
            model.iter_mut().for_each(|model| model.give_back_idle(now));
            for id in 0..12_u8 {
                let held = model.iter().any(|model| model.owed.get(&id).is_some_and(|(_, _, held)| held.is_some()));
                prop_assert_eq!(queues.is_held("t", &id.to_string(), at), held);
            }
        }
    }
}

#[test]
fn only_so_many_handled_ids_are_remembered() {
    let mut queues = queues(2);
    for id in ["a", "b", "c"] {
        queues.acknowledge("t", "g0", id);
    }
    assert_eq!(queues.lacking("t", "a"), ["g0", "g1"], "the oldest is forgotten");
    assert_eq!(queues.lacking("t", "b"), ["g1"]);
    assert_eq!(queues.lacking("t", "c"), ["g1"]);
}
