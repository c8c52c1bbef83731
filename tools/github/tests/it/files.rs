//! `read_file` and `code_search`: every sort of entry, and the search held to what may be read.

use super::fake::{Answer, Checked, Fake, adapter};
use super::world::REPOSITORY;
use super::{call, shown};
use domain::envelope::FailureKind;
use domain::observed::Table;
use domain::observed::github::{CodeRow, RepositoryFile};
use expect_test::expect;
use serde_json::{Value, json};

/// Base64 with line breaks, as the API sends it.
fn packed(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (at, chunk) in bytes.chunks(3).enumerate() {
        let word = chunk.iter().chain([&0, &0]).take(3).fold(0u32, |word, byte| word << 8 | u32::from(*byte));
        for place in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * place) & 63) as usize] as char;
            out.push(if place <= chunk.len() { letter } else { '=' });
        }
        if at % 15 == 14 {
            out.push('\n');
        }
    }
    out
}

fn holding(path: &str, bytes: &[u8]) -> Checked {
    let fake = Checked(Fake::default());
    let document = json!({"type": "file", "name": "x", "path": path, "sha": "f", "size": bytes.len(), "encoding": "base64",
        "content": packed(bytes), "target": null});
    fake.on(&format!("{REPOSITORY}/contents/{path}"), &[("ref", "")], Answer::One(document));
    fake
}

async fn read(fake: &Fake, arguments: Value) -> (RepositoryFile, domain::envelope::Envelope) {
    let envelope = call(&fake.adapter(), "read_file", arguments).await.unwrap();
    (serde_json::from_value(envelope.data.clone()).unwrap(), envelope)
}

#[tokio::test]
async fn lines_of_a_file_are_shown_with_their_place() {
    let text: String = (1..=40).map(|n| format!("line {n} ü\n")).collect();
    let fake = holding("src/main.rs", text.as_bytes());
    let arguments = json!({"path": "/src/main.rs", "ref": "v1", "start_line": 3, "end_line": 5});
    let envelope = call(&fake.adapter(), "read_file", arguments).await.unwrap();
    expect![[r#"
        data.first_line: 3
        data.kind: "file"
        data.lines_total: 40
        data.path: "src/main.rs"
        data.reference: "v1"
        data.size_bytes: 431
        data.text: "line 3 ü\nline 4 ü\nline 5 ü"
        returned: 3
        source: "github https://api.github.test acme/shop"
        total: 40"#]]
    .assert_eq(&shown(&envelope));
    assert_eq!(fake.asked(), ["/repos/acme/shop/contents/src/main.rs?ref=v1"]);
    let (told, envelope) = read(&fake, json!({"path": "src/main.rs", "budget_tokens": 100})).await;
    assert!(envelope.truncated && told.lines_total == Some(40));
    let next = told.text.unwrap().lines().count() + 1;
    assert!(envelope.hint.unwrap().contains(&format!("start_line={next}")));
    let past = call(&fake.adapter(), "read_file", json!({"path": "src/main.rs", "start_line": 41})).await.unwrap_err();
    assert!(past.message.contains("the file has 40 lines"), "{past}");
}

#[tokio::test]
async fn a_file_over_a_megabyte_comes_raw() {
    let fake = Checked(Fake::default());
    let path = format!("{REPOSITORY}/contents/big.sql");
    let document = json!({"type": "file", "name": "big.sql", "path": "big.sql", "size": 2_000_000, "encoding": "none", "content": ""});
    fake.one(&path, document);
    let text = "insert;\n".repeat(250_000);
    fake.on(&format!("raw:{path}"), &[], Answer::Raw(200, Vec::new(), text.into_bytes()));
    let (told, envelope) = read(&fake, json!({"path": "big.sql", "start_line": 200_000, "budget_tokens": 100})).await;
    assert_eq!((told.first_line, told.lines_total, told.size_bytes), (Some(200_000), Some(250_000), 2_000_000));
    assert!(told.text.unwrap().starts_with("insert;\ninsert;") && envelope.truncated);
    fake.on(&format!("raw:{path}"), &[], Answer::Raw(200, Vec::new(), vec![b'x'; 17 << 20]));
    let failure = call(&fake.adapter(), "read_file", json!({"path": "big.sql"})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::TooLarge);
    assert!(failure.to_string().contains("clone the repository"), "{failure}");
}

#[tokio::test]
async fn folders_links_modules_and_what_is_no_text_are_told() {
    let fake = Checked(Fake::default());
    let entries = json!([
        {"type": "file", "name": "README.md", "size": 20}, {"type": "dir", "name": "src", "size": 0},
        {"type": "file", "name": "vendored", "size": 0, "submodule_git_url": "https://github.com/acme/lib"}]);
    fake.one(&format!("{REPOSITORY}/contents/"), json!({"type": "dir", "path": "", "entries": entries}));
    fake.one(
        &format!("{REPOSITORY}/contents/link"),
        json!({"type": "symlink", "path": "link", "target": "../outside", "size": 10}),
    );
    fake.one(
        &format!("{REPOSITORY}/contents/lib"),
        json!({"type": "submodule", "sha": "d4d4", "submodule_git_url": "https://github.com/acme/lib"}),
    );
    let (told, _) = read(&fake, json!({"path": ""})).await;
    expect![[r#"{"columns":["name","type","size_bytes"],"rows":[["src","dir",null],["README.md","file",20],["vendored","submodule",null]]}"#]].assert_eq(&json!(told.entries).to_string());
    let (told, _) = read(&fake, json!({"path": "link"})).await;
    assert_eq!((told.kind.as_str(), told.target.as_deref()), ("symlink", Some("../outside")));
    let (told, _) = read(&fake, json!({"path": "lib"})).await;
    assert_eq!(
        (told.kind.as_str(), told.target.as_deref()),
        ("submodule", Some("https://github.com/acme/lib at d4d4"))
    );
    let (told, envelope) = read(&holding("logo.png", b"\x89PNG\0\x01"), json!({"path": "logo.png"})).await;
    assert_eq!((told.kind.as_str(), told.text), ("binary", None));
    assert!(envelope.hint.unwrap().contains("no text"));
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    let (told, _) = read(&holding("model.bin", pointer), json!({"path": "model.bin"})).await;
    assert_eq!((told.kind.as_str(), told.target.as_deref()), ("lfs_pointer", Some("oid sha256:4d7a, size 12345")));
    let (told, _) = read(&holding("empty", b""), json!({"path": "empty"})).await;
    assert_eq!((told.lines_total, told.text.as_deref()), (Some(0), Some("")));
}

#[tokio::test]
async fn a_path_cannot_leave_its_repository() {
    let fake = Checked(Fake::default());
    for path in ["../../../user", "a/../../b", "a\n/b"] {
        let failure = call(&fake.adapter(), "read_file", json!({"path": path})).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::BadRequest, "{path}");
    }
    assert!(fake.asked().is_empty());
    let odd = call(&fake.adapter(), "read_file", json!({"path": "a b/%2e%2e/c?x#y"})).await.unwrap_err();
    assert_eq!(odd.kind, FailureKind::NotFound);
    assert_eq!(fake.asked(), ["/repos/acme/shop/contents/a%20b/%252e%252e/c%3Fx%23y"]);
}

fn results(repositories: &[&str]) -> Answer {
    let item = |name: &&str| {
        json!({"path": "src/tax.rs", "repository": {"full_name": name},
            "text_matches": [{"property": "content", "fragment": "let tax = floor(x);"}]})
    };
    Answer::List(repositories.iter().map(item).collect(), Some("items"))
}

#[tokio::test]
async fn a_search_is_held_to_the_allowed_repositories() {
    let fake = Checked(Fake::default());
    fake.on("/search/code", &[("q", "")], results(&["acme/shop", "evil/other", "tools/x"]));
    let mut config = fake.config();
    config.repositories = vec!["acme/shop".to_owned(), "tools/*".to_owned()];
    let adapter = adapter(config);
    let arguments = json!({"query": "floor(x)", "path": "src/", "language": "rust"});
    let envelope = call(&adapter, "code_search", arguments).await.unwrap();
    let rows: Vec<CodeRow> = serde_json::from_value::<Table>(envelope.data).unwrap().typed().unwrap();
    assert_eq!(rows.iter().map(|row| row.repository.as_str()).collect::<Vec<_>>(), ["acme/shop", "tools/x"]);
    let asked = fake.asked().pop().unwrap();
    assert_eq!(
        asked,
        "/search/code?q=floor%28x%29+path%3Asrc+language%3Arust+repo%3Aacme%2Fshop+user%3Atools&per_page=10&page=1"
    );
    for query in ["x repo:acme/vault", "x OR ORG:acme", "user:evil x"] {
        let failure = call(&adapter, "code_search", json!({"query": query})).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused, "{query}");
    }
    for field in ["path", "language", "filename"] {
        let mut arguments = json!({"query": "x"});
        arguments[field] = json!("a repo:acme/vault");
        assert_eq!(call(&adapter, "code_search", arguments).await.unwrap_err().kind, FailureKind::BadRequest);
    }
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test]
async fn a_search_that_was_not_finished_is_told() {
    let fake = Checked(Fake::default());
    let document = json!({"total_count": 0, "incomplete_results": true, "items": []});
    let headers = vec![("x-github-sso", "partial-results; organizations=1,2".to_owned())];
    fake.on("/search/code", &[("q", "")], Answer::Raw(200, headers, document.to_string().into_bytes()));
    let envelope = call(&fake.adapter(), "code_search", json!({"query": "tax"})).await.unwrap();
    assert_eq!(envelope.not_looked.len(), 2, "{:?}", envelope.not_looked);
    assert!(envelope.hint.unwrap().contains("384 KB"));
}

#[tokio::test]
async fn a_list_of_texts_is_not_told_as_an_empty_file() {
    let fake = Checked(Fake::default());
    fake.one(&format!("{REPOSITORY}/contents/README.md"), json!(["a", "b"]));
    let failure = call(&fake.adapter(), "read_file", json!({"path": "README.md"})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadAnswer, "{failure}");
}
