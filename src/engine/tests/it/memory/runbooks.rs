//! Pages: taken in, changed, gone, broken; from a folder and built in.

use super::*;
use domain::memory::runbook::{Fault, Problem};
use engine::memory::{Gone, Ingested, Page, RunbookSet, builtin_runbooks, runbooks_of_folder};
use std::fs;
use std::path::{Path, PathBuf};

fn page(path: &str, text: &str) -> Page {
    Page { path: path.to_owned(), text: text.to_owned(), written_at: Some(day("2026-03-01")) }
}

fn set(name: &str, pages: Vec<Page>) -> RunbookSet {
    RunbookSet { name: name.to_owned(), pages, problems: Vec::new() }
}

fn counts(told: &Ingested) -> (usize, usize, usize, usize) {
    (told.remembered, told.unchanged, told.forgotten, told.problems.len())
}

#[tokio::test]
async fn pages_come_change_and_go_with_their_set() {
    let world = World::new();
    let memory = world.memory_of_words();
    let good = |path: &str, text: &str| page(path, &format!("---\nalerts: DiskFull\n---\n# About {path}\n\n{text}"));
    let first = set("a", vec![good("one.md", "disk"), good("two.md", "disk"), good("three.md", "disk")]);
    assert_eq!(counts(&memory.ingest_runbooks(first.clone()).await.unwrap()), (3, 0, 0, 0));
    assert_eq!(counts(&memory.ingest_runbooks(set("b", vec![good("one.md", "disk")])).await.unwrap()), (1, 0, 0, 0));
    assert_eq!(counts(&memory.ingest_runbooks(first).await.unwrap()), (0, 3, 0, 0));

    let broken = page("three.md", "no title");
    let second = set("a", vec![good("one.md", "disk, and more"), broken]);
    let told = memory.ingest_runbooks(second).await.unwrap();
    assert_eq!(counts(&told), (1, 0, 1, 1));
    assert_eq!(told.problems[0].fault, Fault::NoTitle);
    let found = search(&memory, "DiskFull").await;
    let mut sources: Vec<&str> = found.recalled.iter().map(|recalled| recalled.source.as_str()).collect();
    sources.sort_unstable();
    assert_eq!(sources, ["a/one.md", "a/three.md", "b/one.md"], "a page that is broken now keeps what was remembered");
    assert!(found.recalled[0].cited().contains("(runbook, 2026-03-01, "));
}

#[tokio::test]
async fn what_could_not_be_listed_is_not_forgotten() {
    let world = World::new();
    let memory = world.memory_of_words();
    let first = set("a", vec![page("net/one.md", "# One\n\ndisk"), page("two.md", "# Two\n\ndisk")]);
    memory.ingest_runbooks(first).await.unwrap();
    let fault = Fault::Unreadable { message: "permission denied".to_owned() };
    let problems = vec![Problem { source_name: "net".to_owned(), fault }];
    let told = memory.ingest_runbooks(RunbookSet { name: "a".to_owned(), pages: vec![], problems }).await.unwrap();
    assert_eq!(counts(&told), (0, 0, 1, 1));
    assert_eq!(titles(&search(&memory, "disk").await), ["One"]);
}

/// A folder of a test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("auto-devops-runbooks-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, path: &str, content: &[u8]) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_folder_is_read_with_its_folders_and_its_problems() {
    let folder = Folder::new("read");
    folder.write("b.md", b"# B\n\ntext");
    folder.write("deep/er/a.md", b"# A\n\ntext");
    folder.write(".hidden.md", b"# H\n\ntext");
    folder.write(".git/x.md", b"# G\n\ntext");
    folder.write("notes.txt", b"no page");
    folder.write("bad.md", &[0xff, 0xfe, 0x00]);
    folder.write("large.md", &[b'a'; 70_000]);
    std::os::unix::fs::symlink(folder.0.join("b.md"), folder.0.join("mounted.md")).unwrap();
    std::os::unix::fs::symlink("/nowhere/at/all", folder.0.join("dangling.md")).unwrap();
    std::os::unix::fs::symlink(&folder.0, folder.0.join("round")).unwrap();
    let set = runbooks_of_folder(&folder.0).unwrap();
    let paths: Vec<&str> = set.pages.iter().map(|page| page.path.as_str()).collect();
    assert_eq!(paths, ["b.md", "deep/er/a.md", "mounted.md"]);
    assert!(set.pages.iter().all(|page| page.written_at.is_some()));
    let mut problems: Vec<&str> = set.problems.iter().map(|problem| problem.source_name.as_str()).collect();
    problems.sort_unstable();
    assert_eq!(problems, ["bad.md", "large.md"]);
}

#[test]
fn a_folder_that_is_not_there_is_no_empty_folder() {
    let problem = runbooks_of_folder(Path::new("/nowhere/at/all")).unwrap_err().to_string();
    assert!(problem.contains("/nowhere/at/all"), "{problem}");
}

#[tokio::test]
async fn every_page_of_the_house_is_built_in_and_can_be_read() {
    let set = builtin_runbooks();
    let folder = runbooks_of_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/runbooks")).unwrap();
    let paths = |set: &RunbookSet| set.pages.iter().map(|page| page.path.clone()).collect::<Vec<_>>();
    assert_eq!(paths(&set), paths(&folder), "src/engine/src/memory/builtin.rs lists the pages");
    assert!(set.pages.len() >= 30);
    for page in &set.pages {
        let runbook = domain::memory::runbook::parse(&page.path, &page.text).unwrap();
        assert!(!runbook.names.is_empty(), "{} names no alert", page.path);
        let headings: Vec<&str> = runbook.sections.iter().map(|section| section.heading.as_str()).collect();
        assert_eq!(headings, ["Meaning", "Impact", "Look", "Likely causes", "Fix", "Afterwards"], "{}", page.path);
    }
}

async fn sources(world: &World) -> Vec<String> {
    let query = ports::store::query::Query::of(&collections::MEMORY).limited(500);
    let page = world.store.page(&query).await.unwrap();
    let source = |stored: ports::store::document::Stored| stored.document.body["source"].as_str().unwrap().to_owned();
    let mut sources: Vec<String> = page.documents.into_iter().map(source).collect();
    sources.sort_unstable();
    sources
}

#[tokio::test]
async fn a_folder_that_is_called_runbooks_took_the_place_of_the_built_in_pages() {
    let world = World::new();
    let memory = world.memory_of_words();
    let built_in = builtin_runbooks();
    let pages = built_in.pages.len();
    memory.learn_runbooks(built_in.clone(), Gone::Forgotten).await.unwrap();
    let folder = Folder::new("named");
    folder.write("runbooks/dns-failing.md", b"# Our DNS\n\nIs ours.");
    let own = runbooks_of_folder(&folder.0.join("runbooks")).unwrap();
    let other_way = runbooks_of_folder(&folder.0.join("runbooks/../runbooks/")).unwrap();
    assert_eq!(own, other_way, "one folder is one set, however it is written");
    assert!(own.name.starts_with('/') && built_in.name == "builtin:runbooks", "{} {}", own.name, built_in.name);
    assert_eq!(counts(&memory.learn_runbooks(own, Gone::Forgotten).await.unwrap()), (1, 0, 0, 0));
    assert_eq!(sources(&world).await.len(), pages + 1);
}

#[tokio::test]
async fn what_the_settings_name_no_more_was_remembered_for_ever() {
    let world = World::new();
    let memory = world.memory_of_words();
    let one = |name: &str| set(name, vec![page("one.md", "# One\n\ndisk")]);
    memory.learn_runbooks(one("builtin:runbooks"), Gone::Kept).await.unwrap();
    memory.learn_runbooks(one("/outer"), Gone::Forgotten).await.unwrap();
    memory.learn_runbooks(one("/outer/inner"), Gone::Forgotten).await.unwrap();
    memory.ingest_runbooks(one("/by/hand")).await.unwrap();
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let all = named(&["builtin:runbooks", "/outer", "/outer/inner"]);
    assert_eq!(memory.forget_unnamed_sets(&all).await.unwrap(), 0);
    assert_eq!(memory.forget_unnamed_sets(&named(&["/outer/inner"])).await.unwrap(), 3);
    assert_eq!(counts(&memory.learn_runbooks(one("/outer/inner"), Gone::Forgotten).await.unwrap()), (1, 0, 0, 0));
    assert_eq!(sources(&world).await, ["/by/hand/one.md", "/outer/inner/one.md"]);
}

#[tokio::test]
async fn two_versions_beside_each_other_deleted_each_others_pages() {
    let world = World::new();
    let memory = world.memory_of_words();
    let good = |path: &str| page(path, "# Title\n\ndisk");
    let (older, newer) = (set("s", vec![good("a.md"), good("b.md")]), set("s", vec![good("b.md"), good("c.md")]));
    memory.learn_runbooks(older.clone(), Gone::Kept).await.unwrap();
    assert_eq!(counts(&memory.learn_runbooks(newer.clone(), Gone::Kept).await.unwrap()), (1, 1, 0, 0));
    assert_eq!(counts(&memory.learn_runbooks(older, Gone::Kept).await.unwrap()), (0, 2, 0, 0));
    assert_eq!(sources(&world).await, ["s/a.md", "s/b.md", "s/c.md"]);
    assert_eq!(counts(&memory.learn_runbooks(newer.clone(), Gone::Kept).await.unwrap()), (0, 2, 0, 0));
    assert_eq!(counts(&memory.learn_runbooks(newer, Gone::Forgotten).await.unwrap()), (0, 2, 1, 0));
    assert_eq!(sources(&world).await, ["s/b.md", "s/c.md"], "who speaks for the installation forgets");
}

#[tokio::test]
async fn a_set_that_had_not_changed_was_read_page_by_page() {
    let world = World::new();
    let memory = world.memory_of_words();
    let good = set("s", vec![page("a.md", "# A\n\ndisk"), page("b.md", "# B\n\ndisk")]);
    assert_eq!(counts(&memory.learn_runbooks(good.clone(), Gone::Forgotten).await.unwrap()), (2, 0, 0, 0));
    // A page that is gone from the store shows whether anybody looks at pages.
    let id = domain::memory::entry::id(Kind::Runbook, "s/a.md");
    assert!(memory.forget(&id).await.unwrap());
    assert_eq!(counts(&memory.learn_runbooks(good.clone(), Gone::Kept).await.unwrap()), (0, 2, 0, 0));
    assert_eq!(sources(&world).await, ["s/b.md"]);
    let changed = set("s", vec![good.pages[0].clone(), page("b.md", "# B\n\nmore")]);
    assert_eq!(counts(&memory.learn_runbooks(changed, Gone::Kept).await.unwrap()), (2, 0, 0, 0));

    // What is broken is told every time, not only the first.
    let broken = set("t", vec![page("a.md", "no title")]);
    for _ in 0..2 {
        assert_eq!(counts(&memory.learn_runbooks(broken.clone(), Gone::Forgotten).await.unwrap()), (0, 0, 0, 1));
    }
}

#[tokio::test]
async fn a_built_in_page_was_told_to_be_of_today() {
    let world = World::new();
    let memory = world.memory_of_words();
    world.clock.set(day("2026-11-21"));
    memory.learn_runbooks(builtin_runbooks(), Gone::Kept).await.unwrap();
    let found = search(&memory, "etcd has no leader").await.recalled;
    let told = (found[0].why.to_string(), found[0].cited());
    assert!(
        !told.0.contains("of today") && told.1.contains("(runbook, 2026-11-21, builtin:runbooks/etcd-"),
        "{told:?}"
    );
}
