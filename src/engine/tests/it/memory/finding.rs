//! What a search finds, in which order, and what a turn is given.

use super::*;
use domain::tokens;
use engine::memory::Feedback;
use ports::store::document::{Document, Expect, Write};
use serde_json::json;

#[tokio::test]
async fn a_literal_name_goes_first() {
    let world = World::new();
    let memory = world.memory_of_words();
    let mut coded = world.note("tables", "Something about tables.");
    coded.names = vec!["ORA-00942".to_owned()];
    let chatty = world.note("table or view does not exist", "table view exist table view exist 00942");
    memory.remember(vec![chatty, coded]).await.unwrap();
    let found = search(&memory, "ora-00942: table or view does not exist").await;
    assert_eq!(titles(&found), ["tables", "table or view does not exist"]);
    assert!(found.recalled[0].why.to_string().contains("names ORA-00942"), "{}", found.recalled[0].why);
}

#[tokio::test]
async fn feedback_moves_the_ranking() {
    let world = World::new();
    let memory = world.memory_of_words();
    let drafts: Vec<Draft> =
        (0..4).map(|number| world.note(&format!("disk {number}"), &"disk ".repeat(8 - number))).collect();
    let ids = memory.remember(drafts).await.unwrap();
    let before = search(&memory, "disk").await;
    let last = before.recalled.last().unwrap().id.clone();
    for _ in 0..3 {
        memory.feedback(&last, Feedback::Helpful).await.unwrap();
    }
    assert_eq!(search(&memory, "disk").await.recalled[0].id, last);
    for id in ids.iter().filter(|id| **id == last) {
        for _ in 0..9 {
            memory.feedback(id, Feedback::Unhelpful).await.unwrap();
        }
    }
    assert_eq!(search(&memory, "disk").await.recalled.last().unwrap().id, last);
}

#[tokio::test]
async fn what_is_old_falls_behind_and_runbooks_do_not() {
    let world = World::new();
    let memory = world.memory_of_words();
    for (kind, expected) in [(Kind::Turn, "disk b"), (Kind::Runbook, "disk a")] {
        let mut old = world.draft(kind, "disk a", "it fills");
        old.created_at = day("2020-01-01");
        old.person = Some("U1".to_owned());
        let mut new = world.draft(kind, "disk b", "it stays");
        new.person.clone_from(&old.person);
        memory.remember(vec![old, new]).await.unwrap();
        let filters = Filters { kinds: vec![kind], person: Some("U1".to_owned()) };
        let found = memory.search("disk fills", &filters, 10).await.unwrap();
        assert_eq!(titles(&found)[0], expected, "{kind}");
        assert_eq!(found.recalled.len(), 2, "only of the kind that is wanted");
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_is_counted_and_hides_nothing() {
    let world = World::new();
    let memory = world.memory_of_words();
    memory.remember(vec![world.note("disk", "text")]).await.unwrap();
    let words = domain::memory::words::Words::of(&[], "disk", "disk");
    let broken = Document { body: json!({"kind": "note"}), words: Some(words), expires_at: None };
    world.store.write(Write::put(&collections::MEMORY, "broken", Expect::Any, broken)).await.unwrap();
    let found = search(&memory, "disk").await;
    assert_eq!((titles(&found), found.unreadable), (vec!["disk"], 1));
}

#[tokio::test]
async fn a_question_without_words_finds_nothing() {
    let world = World::new();
    let memory = world.memory();
    memory.remember(vec![world.note("disk", "text")]).await.unwrap();
    for question in ["", "  ", "what is the", "?!"] {
        assert!(memory.recall_for(question, "anna", 400).await.unwrap().is_empty(), "{question:?}");
    }
}

#[tokio::test]
async fn a_turn_gets_few_memories_that_touch_the_question_within_its_budget() {
    let world = World::new();
    let memory = world.memory_of_words();
    let long =
        format!("{}\n\nThe disk of checkout fills with logs.\n\n{}", "Nothing. ".repeat(300), "Else. ".repeat(300));
    let mut drafts: Vec<Draft> = (0..6).map(|number| world.note(&format!("disk {number}"), &long)).collect();
    drafts.push(world.note("lunch", "The logs of the kitchen."));
    memory.remember(drafts).await.unwrap();
    for budget in [0, 20, 60, 200, 1_000] {
        let recalled = memory.recall_for("why does the disk fill with logs?", "anna", budget).await.unwrap();
        let cost: usize = recalled.iter().map(|recalled| tokens::estimate(&recalled.quoted())).sum();
        assert!(recalled.len() <= 3 && cost <= budget, "{budget}: {cost}");
        assert!(recalled.iter().all(|recalled| recalled.title.starts_with("disk")), "{budget}");
        if budget == 200 {
            assert_eq!(recalled.len(), 3);
            assert!(recalled[0].text.contains("fills with logs"), "{}", recalled[0].text);
        }
    }
    assert!(
        memory
            .recall_for("which logs are new?", "anna", 400)
            .await
            .unwrap()
            .iter()
            .all(|recalled| recalled.title != "lunch")
    );
}

#[tokio::test]
async fn a_warm_memory_finds_what_the_store_finds() {
    let world = World::new();
    let (cold, warm) = (world.memory_of_words(), world.memory_of_words());
    let drafts = ["disk full", "disk slow", "cpu busy", "disk of the node full", "node gone"];
    let mut drafts: Vec<Draft> = drafts.iter().map(|title| world.note(title, &format!("{title} today"))).collect();
    (drafts[1].kind, drafts[1].person) = (Kind::Turn, Some("U1".to_owned()));
    (drafts[3].kind, drafts[3].person) = (Kind::Turn, Some("U2".to_owned()));
    drafts[2].kind = Kind::Incident;
    cold.remember(drafts).await.unwrap();
    assert_eq!(warm.warm().await.unwrap(), 5);
    let all = Filters::default();
    let theirs = Filters { person: Some("U1".to_owned()), ..Filters::default() };
    let incidents = Filters { kinds: vec![Kind::Incident], ..Filters::default() };
    for question in ["disk full", "the node's disk", "slow", "evicted", "cpu disk"] {
        for filters in [&all, &theirs, &incidents] {
            let (one, two) =
                (cold.search(question, filters, 9).await.unwrap(), warm.search(question, filters, 9).await.unwrap());
            assert_eq!(one, two, "{question} {filters:?}");
        }
    }
}

#[tokio::test]
async fn a_warm_memory_follows_what_others_write_and_remove() {
    let world = World::new();
    let (here, there) = (world.memory_of_words(), world.memory_of_words());
    let ids = there.remember(vec![world.note("disk", "one"), world.note("node", "two")]).await.unwrap();
    assert_eq!(here.warm().await.unwrap(), 2);
    world.clock.advance(chrono::Duration::seconds(5));
    there.remember(vec![world.note("volume", "disk"), world.note("node", "nothing more")]).await.unwrap();
    assert!(there.forget(&ids[0]).await.unwrap());
    assert_eq!(titles(&search(&here, "disk").await), ["volume"]);
    assert!(search(&here, "two").await.recalled.is_empty());
    assert_eq!(here.warm().await.unwrap(), 2, "what is gone left it when it was found");
    assert!(here.forget(&ids[1]).await.unwrap());
    assert_eq!(here.warm().await.unwrap(), 1);
}

#[tokio::test]
async fn many_answers_to_others_kept_ones_own_from_being_found() {
    let world = World::new();
    let (cold, warm) = (world.memory_of_words(), world.memory_of_words());
    let turn = |number: usize, person: &str| Draft {
        source: format!("conversations/{person}?turn={number}"),
        person: Some(person.to_owned()),
        ..world.draft(Kind::Turn, &format!("is the disk full on node {number}?"), "The disk of the node is full.")
    };
    let mut drafts: Vec<Draft> = (0..60).map(|number| turn(number, "ben")).collect();
    let mut own = turn(60, "anna");
    own.text = format!("{} {}", own.text, "Much else was said as well. ".repeat(40));
    drafts.push(own);
    cold.remember(drafts).await.unwrap();
    warm.warm().await.unwrap();
    for memory in [&cold, &warm] {
        let recalled = memory.recall_for("is the disk full?", "anna", 400).await.unwrap();
        let sources: Vec<&str> = recalled.iter().map(|recalled| recalled.source.as_str()).collect();
        assert_eq!(sources, ["conversations/anna?turn=60"]);
        assert!(search(memory, "is the disk full?").await.recalled.is_empty(), "nobody asks, so nobody's answers");
    }
}

#[tokio::test]
async fn one_question_asked_again_and_again_filled_all_that_is_recalled() {
    let world = World::new();
    let memory = world.memory_of_words();
    let mut drafts: Vec<Draft> = (0..5)
        .map(|number| Draft {
            source: format!("conversations/c-{number}?turn=1"),
            person: Some("anna".to_owned()),
            ..world.draft(Kind::Turn, "is the disk full?", "The disk is full.")
        })
        .collect();
    drafts.push(world.note("the disk is full at night", "Backups stand on it."));
    memory.remember(drafts).await.unwrap();
    let recalled = memory.recall_for("is the disk full?", "anna", 600).await.unwrap();
    let mut titles: Vec<&str> = recalled.iter().map(|recalled| recalled.title.as_str()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["is the disk full?", "the disk is full at night"]);
}

#[tokio::test]
async fn related_words_alone_brought_a_page_up() {
    let world = World::new();
    let memory = world.memory_of_words();
    // "disk" has "volume" and "PersistentVolumeClaim" as related words.
    let page = world.draft(Kind::Runbook, "A PersistentVolumeClaim waits for its volume", "The volume is not bound.");
    memory.remember(vec![page, world.note("the disk of rack seven", "It is an old disk.")]).await.unwrap();
    let recalled = memory.recall_for("which disk stands in the rack?", "anna", 600).await.unwrap();
    let titles: Vec<&str> = recalled.iter().map(|recalled| recalled.title.as_str()).collect();
    assert_eq!(titles, ["the disk of rack seven"]);
}
