//! Remembering, thinking better of it, and forgetting.

use super::*;
use engine::memory::Feedback;
use futures::future::join_all;
use ports::store::query::Query;

#[tokio::test]
async fn secrets_are_taken_out_before_anything_is_kept() {
    let world = World::new();
    let secret = "hunter2-hunter2";
    let mut draft = world.note("title", &format!("postgres://app:{secret}@db/prod\npassword: {secret}"));
    draft.title = format!("see https://u:{secret}@wiki/page");
    draft.names = vec![format!("https://u:{secret}@wiki")];
    draft.source = format!("https://u:{secret}@wiki/page");
    let ids = world.memory().remember(vec![draft]).await.unwrap();
    let kept = world.store.get(&collections::MEMORY, &ids[0]).await.unwrap().unwrap();
    assert!(!format!("{kept:?}").contains("hunter2"), "{kept:?}");
    assert!(format!("{kept:?}").contains("[redacted]"));
}

#[tokio::test]
async fn the_same_source_replaces_what_was_there_and_keeps_the_votes() {
    let world = World::new();
    let memory = world.memory_of_words();
    let first = memory.remember(vec![world.note("disk", "old text")]).await.unwrap();
    assert!(memory.feedback(&first[0], Feedback::Helpful).await.unwrap());
    world.clock.set(day("2027-03-01"));
    let again = memory.remember(vec![world.note("disk", "new text")]).await.unwrap();
    assert_eq!(first, again);
    let found = search(&memory, "disk").await;
    assert_eq!(titles(&found), ["disk"]);
    let recalled = &found.recalled[0];
    assert_eq!((recalled.text.as_str(), recalled.why.votes), ("new text", (1, 0)));
    assert_eq!(recalled.cited(), "as memory: disk (note, 2027-03-01, here/disk)");
}

#[tokio::test]
async fn votes_at_the_same_time_all_count() {
    let world = World::new();
    let memory = world.memory_of_words();
    let id = memory.remember(vec![world.note("disk", "text")]).await.unwrap().remove(0);
    let votes = (0..20)
        .map(|number| memory.feedback(&id, if number % 4 == 0 { Feedback::Unhelpful } else { Feedback::Helpful }));
    assert!(join_all(votes).await.into_iter().all(|voted| voted.unwrap()));
    assert_eq!(search(&memory, "disk").await.recalled[0].why.votes, (15, 5));
    assert!(!memory.feedback("note-0000000000000000", Feedback::Helpful).await.unwrap());
}

#[tokio::test]
async fn what_is_forgotten_is_gone() {
    let world = World::new();
    let memory = world.memory();
    let drafts: Vec<Draft> = (0..5).map(|number| world.note(&format!("disk {number}"), "text")).collect();
    let ids = memory.remember(drafts).await.unwrap();
    embed_all(&memory).await;
    assert_eq!(search(&memory, "disk").await.recalled.len(), 5);
    assert!(memory.forget(&ids[4]).await.unwrap());
    assert!(!memory.forget(&ids[4]).await.unwrap());
    for id in ids.iter().take(3) {
        assert!(memory.forget(id).await.unwrap());
    }
    assert_eq!(titles(&search(&memory, "disk").await), ["disk 3"]);
    assert_eq!(world.store.count(&Query::of(&collections::MEMORY)).await.unwrap(), 1);
    assert_eq!(memory.stats().await.unwrap().meaning.unwrap().vectors, 1);
}

#[tokio::test]
async fn the_count_of_entries_is_told_by_kind() {
    let world = World::new();
    let memory = world.memory_of_words();
    let drafts = vec![world.note("a", "x"), world.note("b", "x"), world.draft(Kind::Incident, "c", "x")];
    memory.remember(drafts).await.unwrap();
    let stats = memory.stats().await.unwrap();
    let some: Vec<(Kind, u64)> = stats.entries.iter().copied().filter(|(_, count)| *count > 0).collect();
    assert_eq!((some, stats.entries.len()), (vec![(Kind::Incident, 1), (Kind::Note, 2)], Kind::ALL.len()));
    assert_eq!(stats.meaning, None);
}
