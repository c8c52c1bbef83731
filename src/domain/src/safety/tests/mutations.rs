//! Every single change of a call, and of the call that takes it back, is objected to by the second reader alone.

use super::*;
use crate::action::ActCall;
use serde_json::{Map, Value, json};

/// A few other values of the same form, and one of another.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::String(text) => {
            vec![json!(format!("{text}x")), json!(text.to_uppercase()), json!(""), json!(7), Value::Null]
        }
        Value::Number(number) => {
            let number = number.as_u64().unwrap();
            vec![json!(number + 1), json!(number * 10 + 9), json!(0), json!(number.to_string()), json!(-1), json!(0.5)]
        }
        Value::Array(items) => {
            let mut more = items.clone();
            more.push(json!("job=\"x\""));
            let fewer = items.iter().skip(1).cloned().collect::<Vec<_>>();
            let reversed = items.iter().rev().cloned().collect::<Vec<_>>();
            vec![json!(more), json!(fewer), json!(reversed), json!([])]
        }
        _ => vec![Value::Null],
    }
}

/// All calls that differ in one place.
fn mutants(call: &ActCall) -> Vec<(String, ActCall)> {
    let with = |arguments: Map<String, Value>| ActCall { arguments, ..call.clone() };
    let mut mutants = vec![
        ("server".to_owned(), ActCall { server: format!("{}x", call.server), ..call.clone() }),
        ("tool".to_owned(), ActCall { tool: format!("{}x", call.tool), ..call.clone() }),
    ];
    for tool in ["drain", "delete_job", "delete_pod", "rollout_restart", "call_webhook", "logs"] {
        if tool != call.tool {
            mutants.push((format!("tool {tool}"), ActCall { tool: tool.to_owned(), ..call.clone() }));
        }
    }
    for name in ["force", "dry_run", "replicas", "instance", "webhook", "timeout_seconds", "to_revision", "cpu_limit"] {
        if !call.arguments.contains_key(name) {
            let mut more = call.arguments.clone();
            more.insert(name.to_owned(), json!(1));
            mutants.push((format!("{name} added"), with(more)));
        }
    }
    for (name, value) in &call.arguments {
        let mut fewer = call.arguments.clone();
        fewer.remove(name);
        mutants.push((format!("{name} removed"), with(fewer)));
        for other in others(value).into_iter().filter(|other| other != value) {
            let mut changed = call.arguments.clone();
            changed.insert(name.clone(), other.clone());
            mutants.push((format!("{name} is {other}"), with(changed)));
        }
    }
    mutants
}

#[test]
fn every_single_change_of_a_call_is_objected_to() {
    let mut count = 0;
    for case in all() {
        for (change, call) in mutants(&case.plan.call) {
            let mut mutant = case.clone();
            mutant.plan.call = call;
            assert!(!said_of(&mutant).is_empty(), "{}: {change}", case.name);
            count += 1;
        }
    }
    assert!(count > 500, "{count}");
}

#[test]
fn every_single_change_of_an_undo_is_objected_to() {
    let mut count = 0;
    for case in all() {
        let Some(undo) = &case.plan.undo else { continue };
        for (change, call) in mutants(undo) {
            // What was left of a silence may have been counted a minute earlier.
            if change == "minutes is 61" {
                continue;
            }
            let mut mutant = case.clone();
            mutant.plan.undo = Some(call);
            assert!(!said_of(&mutant).is_empty(), "{}: {change}", case.name);
            count += 1;
        }
    }
    assert!(count > 300, "{count}");
}

#[test]
fn an_undo_where_none_is_needed_and_none_where_one_is_are_objected_to() {
    for case in all() {
        let mut mutant = case.clone();
        let needs_one = case.plan.undo.is_some();
        mutant.plan.undo = if needs_one { None } else { Some(case.plan.call.clone()) };
        assert!(!said_of(&mutant).is_empty(), "{}", case.name);
    }
}
