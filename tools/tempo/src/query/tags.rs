//! Names and values of attributes, of both versions of the API.

use super::lenient::Scalar;
use serde_json::Value;
use std::collections::BTreeMap;

/// Names by scope; what version 1 tells without a scope stands under `unscoped`.
pub(crate) fn names(answer: Value) -> Option<BTreeMap<String, Vec<String>>> {
    let texts = |list: &Value| -> Vec<String> {
        let mut names: Vec<String> =
            list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    if let Some(scopes) = answer.get("scopes") {
        let scopes = scopes.as_array().into_iter().flatten();
        let named =
            scopes.filter_map(|scope| Some((scope.get("name")?.as_str()?.to_owned(), texts(scope.get("tags")?))));
        return Some(named.collect());
    }
    let unscoped = texts(answer.get("tagNames")?);
    Some([("unscoped".to_owned(), unscoped)].into())
}

/// Values with their types (`string`, `int`, `keyword`); version 1 tells no type.
pub(crate) fn values(answer: Value) -> Option<Vec<(String, Option<String>)>> {
    let list = answer.get("tagValues")?;
    if list.is_null() {
        return Some(Vec::new());
    }
    let read = |item: &Value| {
        let value = item.get("value").unwrap_or(item);
        let kind = item.get("type").and_then(Value::as_str).map(str::to_owned);
        let text = serde_json::from_value::<Scalar>(value.clone()).ok()?.text()?;
        Some((text, kind))
    };
    Some(list.as_array()?.iter().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_versions_are_read() {
        let scoped =
            names(json!({"scopes": [{"name": "span", "tags": ["b", "a", "a"]}, {"name": "event", "tags": null}]}))
                .unwrap();
        assert_eq!((scoped["span"].clone(), scoped["event"].len()), (vec!["a".to_owned(), "b".to_owned()], 0));
        assert_eq!(names(json!({"tagNames": ["x"]})).unwrap()["unscoped"], ["x"]);
        assert_eq!(names(json!({"other": 1})), None);
        let typed =
            values(json!({"tagValues": [{"type": "int", "value": "200"}, {"type": "string", "value": "a"}, "old"]}))
                .unwrap();
        assert_eq!(typed[0], ("200".to_owned(), Some("int".to_owned())));
        assert_eq!(typed[2], ("old".to_owned(), None));
        assert_eq!(values(json!({"tagValues": null})), Some(Vec::new()));
    }
}
