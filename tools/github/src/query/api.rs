//! GitHub's JSON, as far as it is read: small structs in which everything may be absent but what makes the document
//! what it is (the list of a list, the id of a thing). Without that, another service's JSON would read as "nothing there".
//!
//! Source: the REST reference (docs.github.com/rest), version 2022-11-28. A `null` counts as absent, because the API
//! writes `null` for whatever was deleted since (accounts, repositories of forks, branches).

mod actions;
mod changes;
mod contents;
mod deployments;

pub(crate) use actions::{Job, Jobs, Run, Runs, Step};
pub(crate) use changes::{CheckRuns, CombinedStatus, Commit, Comparison, File, Pull, Review, User};
pub(crate) use contents::{CodeItem, CodeResults, Content};
pub(crate) use deployments::{Deployment, DeploymentStatus, Release};

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads a document after its nulls are gone.
///
/// # Errors
/// What does not fit, in serde's words.
pub(crate) fn read<T: DeserializeOwned>(mut document: Value) -> Result<T, serde_json::Error> {
    drop_nulls(&mut document);
    serde_json::from_value(document)
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, member| !member.is_null());
            object.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().for_each(drop_nulls);
        }
        _ => {}
    }
}

/// A time; what is none counts as absent.
fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let told = Value::deserialize(deserializer)?;
    let parsed = told.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    Ok(parsed.map(|at| at.with_timezone(&Utc)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_was_deleted_since_is_absent() {
        let commit: Commit = read(json!({"sha": "abc", "author": null, "commit": {"message": "m",
            "author": {"name": "Ann", "date": "soon"}, "committer": {"name": "Ann", "date": "2026-11-20T10:00:00Z"}},
            "parents": [null], "files": null}))
        .unwrap();
        assert_eq!((commit.sha.as_str(), commit.author.login.as_str(), commit.parents.len()), ("abc", "", 0));
        assert_eq!(commit.commit.author.date, None);
        assert!(commit.commit.committer.date.is_some());
    }

    #[test]
    fn another_services_json_is_no_empty_answer() {
        let other = || json!({"hello": "world"});
        assert!(read::<Runs>(other()).is_err() && read::<Jobs>(other()).is_err());
        assert!(read::<Comparison>(other()).is_err() && read::<Content>(other()).is_err());
        assert!(read::<CodeResults>(other()).is_err() && read::<Pull>(other()).is_err());
        assert!(read::<Commit>(other()).is_err() && read::<CheckRuns>(other()).is_err());
        assert!(read::<CombinedStatus>(other()).is_err() && read::<Deployment>(other()).is_err());
        let empty: Runs = read(json!({"total_count": 0, "workflow_runs": []})).unwrap();
        assert!(empty.workflow_runs.is_empty());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let keys = prop::sample::select(vec![
                "sha",
                "commit",
                "author",
                "files",
                "jobs",
                "steps",
                "name",
                "entries",
                "items",
                "commits",
                "head",
                "ref",
                "labels",
                "total_count",
                "created_at",
                "message",
                "x",
            ]);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((keys, inner), 0..6).prop_map(|pairs| Value::Object(
                    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
                )),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_document_panics(document in any_json()) {
            let _ = read::<Commit>(document.clone());
            let _ = read::<Pull>(document.clone());
            let _ = read::<Comparison>(document.clone());
            let _ = read::<Jobs>(document.clone());
            let _ = read::<Runs>(document.clone());
            let _ = read::<Content>(document.clone());
            let _ = read::<CodeResults>(document.clone());
            let _ = read::<Vec<Deployment>>(document);
        }
    }
}
