//! A pair of files a case: `NAME.json` and `NAME.txt`.

use expect_test::expect_file;
use serde::Serialize;
use slack_morphism::prelude::SlackView;
use slack_view::content::Content;
use slack_view::text_view;
use std::path::PathBuf;

/// Holds a message to its files.
pub fn message(name: &str, content: &Content) {
    hold(name, content, &text_view::message(content));
}

/// Holds a modal to its files.
pub fn view(name: &str, view: &SlackView) {
    hold(name, view, &text_view::view(view));
}

fn hold<T: Serialize>(name: &str, sent: &T, text: &str) {
    let mut json = serde_json::to_string_pretty(sent).unwrap();
    json.push('\n');
    expect_file![path(name, "json")].assert_eq(&json);
    expect_file![path(name, "txt")].assert_eq(text);
}

fn path(name: &str, ending: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/goldens/{name}.{ending}"))
}
