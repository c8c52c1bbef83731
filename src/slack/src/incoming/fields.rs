//! Members of foreign JSON, bounded.

use serde_json::Value;

/// Characters of an id at most; Slack's have fewer than half of that.
const ID: usize = 96;

/// Characters of a URL or of what a modal was opened with at most.
const LONG: usize = 4_000;

/// A text member at a path such as `/item/channel`, which is not empty.
pub(super) fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// An id or `ts`: of bounded length, of letters that ids have, so that it can stand in a name.
pub(super) fn id(value: &Value, path: &str) -> Option<String> {
    let fits = |text: &&str| {
        text.len() <= ID && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-:/".contains(&byte))
    };
    text(value, path).filter(fits).map(str::to_owned)
}

/// The first of several ids that is there.
pub(super) fn first_id(value: &Value, paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|path| id(value, path))
}

/// A long text that is of no use when it is cut.
pub(super) fn long(value: &Value, path: &str) -> Option<String> {
    text(value, path).filter(|text| text.len() <= LONG).map(str::to_owned)
}
