//! Grants: what they serve, and each way in which they do not.

use super::*;
use chrono::TimeDelta;

const SEED: [u8; 32] = [7; 32];

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn arguments(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn scale() -> Map<String, Value> {
    arguments(json!({"name": "checkout", "replicas": 3, "dry_run": false, "reason": "load"}))
}

fn grant() -> Grant {
    Grant {
        id: "g1".to_owned(),
        plan: "9f2c".to_owned(),
        audience: "production".to_owned(),
        server: "kubernetes".to_owned(),
        tool: "scale".to_owned(),
        arguments: Grant::digest_of(&scale()),
        dry_run: false,
        issued_at_ms: (start() + TimeDelta::seconds(10)).timestamp_millis(),
        not_after_ms: (start() + TimeDelta::seconds(70)).timestamp_millis(),
    }
}

fn signer() -> GrantSigner {
    GrantSigner::from_seed(&SEED).unwrap()
}

fn verifier() -> GrantVerifier {
    GrantVerifier::new(signer().public_key(), "production", start())
}

fn call<'a>(arguments: &'a Map<String, Value>, seconds: i64) -> Call<'a> {
    Call { server: "kubernetes", tool: "scale", arguments, now: start() + TimeDelta::seconds(seconds) }
}

#[test]
fn a_grant_serves_its_call_once() {
    let (verifier, token, asked) = (verifier(), signer().sign(&grant()), scale());
    assert_eq!(verifier.admit(&token, &call(&asked, 20)).map(|grant| grant.plan), Ok("9f2c".to_owned()));
    assert_eq!(verifier.admit(&token, &call(&asked, 21)), Err(GrantError::Used));
}

#[test]
fn the_order_of_the_arguments_does_not_matter_and_their_values_do() {
    let reordered = arguments(json!({"reason": "load", "dry_run": false, "replicas": 3, "name": "checkout"}));
    assert!(verifier().admit(&signer().sign(&grant()), &call(&reordered, 20)).is_ok());
    for (key, value) in
        [("replicas", json!(4)), ("name", json!("checkout2")), ("dry_run", json!(true)), ("extra", json!(1))]
    {
        let mut changed = scale();
        changed.insert(key.to_owned(), value);
        assert_eq!(
            verifier().admit(&signer().sign(&grant()), &call(&changed, 20)),
            Err(GrantError::OtherCall),
            "{key}"
        );
    }
}

#[test]
fn each_wrong_grant_is_refused_for_its_reason() {
    let at = |seconds: i64| (start() + TimeDelta::seconds(seconds)).timestamp_millis();
    let cases = [
        ("another tool", Grant { tool: "drain".to_owned(), ..grant() }, GrantError::OtherCall),
        ("another act server's", Grant { audience: "staging".to_owned(), ..grant() }, GrantError::OtherServer),
        ("another server", Grant { server: "prometheus".to_owned(), ..grant() }, GrantError::OtherCall),
        ("over", Grant { not_after_ms: at(19), ..grant() }, GrantError::Expired),
        ("too long", Grant { not_after_ms: at(10 + 601), ..grant() }, GrantError::Expired),
        ("without an end", Grant { not_after_ms: i64::MAX, ..grant() }, GrantError::Expired),
        ("issued before the server started", Grant { issued_at_ms: at(-1), ..grant() }, GrantError::OutOfTime),
        ("from the future", Grant { issued_at_ms: at(30), ..grant() }, GrantError::OutOfTime),
    ];
    let asked = scale();
    for (name, grant, why) in cases {
        assert_eq!(verifier().admit(&signer().sign(&grant), &call(&asked, 20)), Err(why), "{name}");
    }
}

#[test]
fn what_the_executor_did_not_sign_is_refused() {
    let asked = scale();
    let token = signer().sign(&grant());
    let (claims, signature) = token.split_once('.').unwrap();
    let other = GrantSigner::from_seed(&[8; 32]).unwrap().sign(&grant());
    let forged = signer().sign(&Grant { plan: "other".to_owned(), ..grant() });
    let swapped = format!("{}.{signature}", forged.split_once('.').unwrap().0);
    let cases = [
        (other.as_str(), GrantError::BadSignature),
        (swapped.as_str(), GrantError::BadSignature),
        (claims, GrantError::Unreadable),
        ("", GrantError::Unreadable),
        ("a.b.c", GrantError::Unreadable),
        ("....", GrantError::Unreadable),
    ];
    for (token, why) in cases {
        assert_eq!(verifier().admit(token, &call(&asked, 20)), Err(why), "{token}");
    }
    assert_eq!(verifier().admit(&"a".repeat(10_000), &call(&asked, 20)), Err(GrantError::Unreadable));
}

#[test]
fn a_rehearsal_is_not_the_deed() {
    let admitted = || Admitted { plan: None, grant: None, rehearsal_only: true };
    let mut asked = scale();
    assert_eq!(admitted().into_act(&mut asked).unwrap_err().kind, FailureKind::Refused);
    let mut asked = arguments(json!({"name": "checkout", "reason": "load"}));
    assert!(admitted().into_act(&mut asked).unwrap().is_dry_run(), "what is not said to be real is rehearsed");
    assert!(!asked.contains_key("reason"), "the tool sees its own arguments only");
}

#[test]
fn a_grant_of_staging_served_in_production_too() {
    let staging = signer().sign(&Grant { audience: "staging".to_owned(), ..grant() });
    assert_eq!(verifier().admit(&staging, &call(&scale(), 20)), Err(GrantError::OtherServer));
    // A refusal does not use it up where it belongs.
    let there = GrantVerifier::new(signer().public_key(), "staging", start());
    assert!(there.admit(&staging, &call(&scale(), 20)).is_ok());
}

#[tokio::test]
async fn a_call_that_cannot_be_audited_is_not_made() {
    let asked = scale();
    let full = || AuditFile::open("/dev/full").unwrap();
    for authority in [Authority::WithoutGrants(full()), Authority::grants(verifier(), full())] {
        let refused = authority.record(call(&asked, 0), None, &start).asked().await.unwrap_err();
        assert_eq!(refused.kind, FailureKind::Refused);
        assert!(refused.message.contains("is not made"), "{refused}");
    }
}

proptest::proptest! {
    #[test]
    fn no_token_panics_or_is_admitted(token in "\\PC{0,200}") {
        proptest::prop_assert!(verifier().admit(&token, &call(&scale(), 20)).is_err());
    }
}
