//! The digest is over every part.

use super::*;

/// Every place of a value at which a text, number, truth or nothing stands.
fn leaves(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                leaves(value, &format!("{place}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| leaves(value, &format!("{place}/{at}"), found))
        }
        _ => found.push(place.to_owned()),
    }
}

/// Other values of the same form.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::String(text) => {
            let other = format!("{text}x");
            let time = text.replace("2026", "2027");
            // Fields that take one of a few words.
            let words = ["W1", "W2", "W3", "scarlet", "drain", "cordon"];
            [other, time]
                .into_iter()
                .chain(words.map(str::to_owned))
                .filter(|other| other != text)
                .map(Value::from)
                .collect()
        }
        Value::Number(number) => vec![json!(number.as_f64().unwrap() as u64 + 1), json!(0.25)],
        Value::Bool(truth) => vec![json!(!truth)],
        _ => vec![json!(1), json!("x")],
    }
}

#[test]
fn no_part_of_a_plan_can_be_changed_under_its_digest() {
    for case in all() {
        let stored = serde_json::to_value(&case.plan).unwrap();
        let mut places = Vec::new();
        leaves(&stored, "", &mut places);
        assert!(places.len() > 30, "{places:?}");
        let mut changed = 0;
        let digest = case.plan.digest();
        for place in &places {
            for other in others(stored.pointer(place).unwrap()) {
                let mut mutant = stored.clone();
                *mutant.pointer_mut(place).unwrap() = other;
                let Ok(plan) = serde_json::from_value::<Plan>(mutant) else { continue };
                if plan == case.plan {
                    continue;
                }
                changed += 1;
                assert_ne!(plan.digest(), digest, "{}: {place}", case.name);
                break;
            }
        }
        assert!(changed > 30, "{}: {changed}", case.name);
    }
}

#[test]
fn what_may_be_absent_is_in_the_digest_too() {
    let plan = named("scale up").plan;
    let mut digests = BTreeSet::from([plan.digest()]);
    let changes: Vec<fn(&mut Plan)> = vec![
        |plan| plan.cluster = None,
        |plan| plan.undo = None,
        |plan| plan.tainted = BTreeSet::from([Field::Reason]),
        |plan| plan.tainted = BTreeSet::from([Field::Object]),
        |plan| plan.rehearsal.warnings.push("kept by another".to_owned()),
        |plan| plan.rehearsal.diff.clear(),
        |plan| plan.blast_radius.traffic_share = None,
        |plan| plan.success_check.conditions.clear(),
        |plan| plan.proposer = Proposer::Person("pat".to_owned()),
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let mut other = plan.clone();
        change(&mut other);
        assert!(digests.insert(other.digest()), "change {at}");
    }
    assert!(digests.iter().all(|digest| digest.len() == 64));
}

#[test]
fn a_stored_plan_keeps_its_digest() {
    for case in all() {
        let read: Plan = serde_json::from_str(&serde_json::to_string(&case.plan).unwrap()).unwrap();
        assert_eq!(read, case.plan);
        assert_eq!(read.digest(), case.plan.digest());
    }
}
