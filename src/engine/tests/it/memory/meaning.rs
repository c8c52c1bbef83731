//! Meaning beside words: what it finds, and what happens when it is away.

use super::*;
use std::time::Duration;

#[tokio::test]
async fn meaning_finds_what_words_do_not() {
    let world = World::new();
    let memory = world.memory();
    memory.remember(vec![world.note("automobile", "automobile"), world.note("horse", "horse")]).await.unwrap();
    assert!(search(&memory, "car").await.recalled.is_empty(), "there is no vector yet");
    assert_eq!(embed_all(&memory).await, 2);
    let found = search(&memory, "car").await;
    assert_eq!((titles(&found)[0], found.without_meaning.clone()), ("automobile", None));
    assert!(found.recalled[0].why.to_string().starts_with("by meaning, place 1"), "{}", found.recalled[0].why);
    assert_eq!(embed_all(&memory).await, 0, "nothing is made twice");
    let state = memory.stats().await.unwrap().meaning.unwrap();
    assert_eq!((state.model.as_deref(), state.vectors, state.refused, state.trouble), (Some("m1"), 2, 0, None));
}

#[tokio::test(start_paused = true)]
async fn an_embedder_that_hangs_costs_one_deadline_and_words_go_on() {
    let world = World::new();
    let memory = world.memory();
    memory.remember(vec![world.note("disk", "text")]).await.unwrap();
    for mood in [Mood::Hangs, Mood::Fails] {
        world.hand.set(mood);
        let before = world.hand.asked().len();
        for _ in 0..3 {
            let found = search(&memory, "disk").await;
            assert_eq!(titles(&found), ["disk"]);
            let told = found.without_meaning.unwrap();
            assert!(told.contains("1s") || told.contains("http://gpu:1"), "{told}");
        }
        assert_eq!(world.hand.asked().len(), before + 1, "it is left alone after {mood:?}");
        assert!(memory.stats().await.unwrap().meaning.unwrap().trouble.is_some());
        tokio::time::advance(Duration::from_secs(16)).await;
    }
    world.hand.set(Mood::Well);
    assert_eq!(search(&memory, "disk").await.without_meaning, None, "it is asked again by itself");
    assert_eq!(memory.stats().await.unwrap().meaning.unwrap().trouble, None);
}

#[tokio::test]
async fn what_other_processes_write_and_remove_is_followed() {
    let world = World::new();
    let (here, there) = (world.memory(), world.memory());
    there.remember(vec![world.note("automobile", "automobile"), world.note("horse", "horse")]).await.unwrap();
    embed_all(&there).await;
    assert_eq!(titles(&search(&here, "car").await)[0], "automobile");

    // A change makes the vector void until it is made anew.
    world.clock.advance(chrono::Duration::seconds(5));
    let mut changed = world.note("automobile", "ship");
    changed.title = "ship".to_owned();
    let ids = there.remember(vec![changed]).await.unwrap();
    assert!(search(&here, "car").await.recalled.iter().all(|recalled| recalled.title != "ship"));
    assert_eq!(embed_all(&there).await, 1);
    assert_eq!(titles(&search(&here, "ship").await)[0], "ship");

    assert!(there.forget(&ids[0]).await.unwrap());
    assert!(search(&here, "ship").await.recalled.iter().all(|recalled| recalled.title != "ship"));
    assert_eq!(here.stats().await.unwrap().meaning.unwrap().vectors, 1, "it left the index when it was not found");
}

#[tokio::test]
async fn a_write_that_shows_late_is_seen_all_the_same() {
    let world = World::new();
    let (here, there) = (world.memory(), world.memory());
    assert!(search(&here, "car").await.recalled.is_empty());
    // The other process's clock is behind: its write is older than what was looked through already.
    world.clock.advance(chrono::Duration::seconds(-6));
    there.remember(vec![world.note("automobile", "automobile")]).await.unwrap();
    embed_all(&there).await;
    world.clock.advance(chrono::Duration::seconds(7));
    assert_eq!(titles(&search(&here, "car").await), ["automobile"]);
}

#[tokio::test]
async fn another_model_starts_anew() {
    let world = World::new();
    let memory = world.memory();
    let drafts: Vec<Draft> = (0..8).map(|number| world.note(&format!("automobile {number}"), "text")).collect();
    memory.remember(drafts).await.unwrap();
    assert_eq!(embed_all(&memory).await, 8);
    assert_eq!(search(&memory, "car").await.recalled.len(), 8);

    *world.hand.model.lock().unwrap() = "m2".to_owned();
    let found = search(&memory, "car").await;
    assert!(found.recalled.is_empty(), "vectors of two models are not compared: {:?}", titles(&found));
    assert_eq!(search(&memory, "automobile").await.recalled.len(), 8);
    memory.remember(vec![world.note("horse", "new")]).await.unwrap();
    assert_eq!(embed_all(&memory).await, 9);
    assert_eq!(search(&memory, "car").await.recalled[0].why.by_meaning.map(|(place, _)| place), Some(1));
    assert_eq!(memory.stats().await.unwrap().meaning.unwrap().model.as_deref(), Some("m2"));
}

#[tokio::test]
async fn making_vectors_goes_on_where_it_failed() {
    let world = World::new();
    let memory = world.memory();
    let drafts: Vec<Draft> = (0..7).map(|number| world.note(&format!("disk {number}"), "text")).collect();
    memory.remember(drafts).await.unwrap();
    let mut made = memory.embed_missing(3).await.unwrap().made;
    world.hand.set(Mood::Fails);
    for _ in 0..2 {
        let error = memory.embed_missing(3).await.unwrap_err().to_string();
        assert!(error.contains("http://gpu:1"), "{error}");
    }
    world.hand.set(Mood::Well);
    made += embed_all(&memory).await;
    assert_eq!(made, 7);
}

#[tokio::test]
async fn without_an_embedder_there_is_nothing_to_make() {
    let world = World::new();
    let memory = world.memory_of_words();
    memory.remember(vec![world.note("disk", "text")]).await.unwrap();
    assert!(memory.embed_missing(10).await.unwrap().is_complete);
    let found = search(&memory, "disk").await;
    assert_eq!((titles(&found), &found.without_meaning), (vec!["disk"], &None));
    assert_eq!(world.hand.asked(), [0_usize; 0]);
}

#[tokio::test]
async fn what_the_settings_keep_from_an_endpoint_went_to_the_one_that_makes_vectors() {
    let world = World::new();
    for (sources, denied) in [(None, vec!["hr".to_owned()]), (Some(vec!["kubernetes".to_owned()]), Vec::new())] {
        *world.hand.seen.lock().unwrap() = String::new();
        let denies = !denied.is_empty();
        let memory = world.memory().under(domain::disclosure::Disclosure { sources, denied_namespaces: denied });
        let page = world.draft(Kind::Runbook, "automobile", "Start it again.\nAsk hr about payroll.");
        let mut turn = world.draft(Kind::Turn, "is it up?", "seen in a log");
        turn.person = Some("anna".to_owned());
        memory.remember(vec![page, turn, world.note("note", "told by somebody")]).await.unwrap();
        assert!(embed_all(&memory).await <= 1);
        let filters = Filters { person: Some("anna".to_owned()), ..Filters::default() };
        let found = memory.search("is payroll in hr up?", &filters, 10).await.unwrap();
        assert_eq!(found.without_meaning.is_some(), denies, "the question names it too: {found:?}");
        memory.pages_for("Pod hr/payroll-1 is in CrashLoopBackOff").await.unwrap();
        let seen = world.hand.seen.lock().unwrap().clone();
        assert!(!seen.contains("seen in a log") && !seen.contains("told by somebody"), "{seen}");
        assert!(!seen.contains("payroll-1"), "what was found in the cluster: {seen}");
        assert!(!denies || !seen.contains("payroll"), "{seen}");
        assert_eq!(titles(&search(&memory, "car").await)[0], "automobile", "a page is found by meaning");
        let id = domain::memory::entry::id(Kind::Runbook, "here/automobile");
        assert!(memory.forget(&id).await.unwrap());
    }
}
