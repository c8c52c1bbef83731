//! Rate limits are told with the time when they end and never pressed; what has not changed costs nothing.

use super::fake::{Answer, Checked, Fake, adapter, raw};
use super::world::{REPOSITORY, commit, shop};
use super::{NOW, call, call_at};
use domain::envelope::FailureKind;
use serde_json::json;
use tools_github::Limits;

/// 2026-11-21T02:10:00Z.
const RESET: u64 = 1_795_227_000;

#[tokio::test]
async fn what_has_not_changed_is_asked_conditionally() {
    let fake = shop();
    let adapter = fake.adapter();
    let first = call(&adapter, "commits", json!({"commit": "abc1234"})).await.unwrap();
    assert_eq!(fake.unchanged(), 0);
    let second = call(&adapter, "commits", json!({"commit": "abc1234"})).await.unwrap();
    assert_eq!((first, fake.unchanged()), (second, 2));
    fake.one(&format!("{REPOSITORY}/commits/abc1234"), commit("a1", "amended", "ann", "2026-11-20T09:00:00Z"));
    let third = call(&adapter, "commits", json!({"commit": "abc1234"})).await.unwrap();
    assert_eq!(third.data["message"], "amended");
}

#[tokio::test]
async fn nothing_is_kept_where_the_settings_say_so() {
    let fake = shop();
    let limits = Limits { cached_answers: 0, ..Limits::default() };
    let adapter = adapter(tools_github::GithubConfig { limits, ..fake.config() });
    for _ in 0..2 {
        call(&adapter, "commits", json!({})).await.unwrap();
    }
    assert_eq!(fake.unchanged(), 0);
}

#[tokio::test]
async fn once_a_limit_is_used_up_nothing_is_sent_before_it_ends() {
    let fake = shop();
    let adapter = fake.adapter();
    fake.limit(1, RESET);
    call(&adapter, "commits", json!({})).await.unwrap();
    for _ in 0..2 {
        let failure = call(&adapter, "pull_requests", json!({})).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::RateLimited, "{failure}");
        assert!(failure.message.contains("until 2026-11-21T02:10:00Z (in 10m)"), "{failure}");
    }
    assert_eq!(fake.asked().len(), 1, "{:?}", fake.asked());
    fake.limit(100, RESET + 3_600);
    call_at(&adapter, "pull_requests", json!({}), "2026-11-21T02:10:00Z").await.unwrap();
}

#[tokio::test]
async fn a_limit_in_the_midst_of_a_call_is_told_for_what_it_hid() {
    let fake = shop();
    fake.limit(2, RESET);
    let envelope = call(&fake.adapter(), "deployments", json!({})).await.unwrap();
    assert_eq!(envelope.returned, 4);
    assert!(envelope.not_looked[0].contains("the state of 3 deployments"), "{:?}", envelope.not_looked);
    assert!(envelope.data.to_string().contains("unknown"));
}

#[tokio::test]
async fn a_secondary_limit_closes_everything_for_as_long_as_it_says() {
    let fake = Checked(Fake::default());
    let path = format!("{REPOSITORY}/commits");
    fake.on(&path, &[], raw(403, &[("retry-after", "90")], "You have exceeded a secondary rate limit"));
    let adapter = fake.adapter();
    let failure = call(&adapter, "commits", json!({})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::RateLimited);
    assert!(failure.message.contains("until 2026-11-21T02:01:30Z (in 1m30s)"), "{failure}");
    let other = call(&adapter, "code_search", json!({"query": "x"})).await.unwrap_err();
    assert_eq!((other.kind, fake.asked().len()), (FailureKind::RateLimited, 1), "{NOW}");
}

#[tokio::test]
async fn the_code_search_has_a_limit_of_its_own() {
    let fake = Checked(Fake::default());
    let headers = vec![
        ("x-ratelimit-resource", "code_search".to_owned()),
        ("x-ratelimit-remaining", "0".to_owned()),
        ("x-ratelimit-reset", "1795226460".to_owned()),
    ];
    let body = json!({"total_count": 0, "incomplete_results": false, "items": []}).to_string().into_bytes();
    fake.on("/search/code", &[("q", "")], Answer::Raw(200, headers, body));
    fake.on(&format!("{REPOSITORY}/commits"), &[], Answer::List(Vec::new(), None));
    let adapter = fake.adapter();
    call(&adapter, "code_search", json!({"query": "x"})).await.unwrap();
    let failure = call(&adapter, "code_search", json!({"query": "y"})).await.unwrap_err();
    assert!(failure.to_string().contains("10 requests a minute"), "{failure}");
    call(&adapter, "commits", json!({})).await.unwrap();
}
