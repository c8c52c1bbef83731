//! Who somebody is, by what Slack tells.

use super::*;
use crate::testing::ScriptedSlack;
use domain::person::Role;

fn house() -> House {
    let roles = Roles { approvers: BTreeSet::from(["slack:S1".to_owned()]), ..Roles::default() };
    House { roles, guests_may: false }
}

fn people(slack: &Arc<ScriptedSlack>) -> Arc<People> {
    People::new(slack.clone(), house())
}

#[tokio::test]
async fn people_have_the_standing_that_slack_tells() {
    let slack = Arc::new(ScriptedSlack::default());
    let people = people(&slack);
    for (user, team, standing, role) in [
        ("U1", Some("T1"), Standing::Member, Some(Role::Viewer)),
        ("U1", None, Standing::Member, Some(Role::Viewer)),
        ("U1", Some("T9"), Standing::External, None),
        ("UG", Some("T1"), Standing::Guest, None),
        ("UX", None, Standing::External, None),
        ("UB", None, Standing::Bot, None),
    ] {
        let person = people.person(user, team).await.unwrap();
        assert_eq!((person.standing, person.role), (standing, role), "{user} {team:?}");
        assert_eq!(person.id, format!("slack:{user}"));
    }
}

#[tokio::test]
async fn a_role_comes_with_a_group() {
    let slack = Arc::new(ScriptedSlack::default());
    slack.group_is("S1", &["U2"]);
    let person = people(&slack).person("U2", None).await.unwrap();
    assert_eq!(person.role, Some(Role::Approver));
    assert_eq!(person.groups, BTreeSet::from(["slack:S1".to_owned()]));
}

#[tokio::test]
async fn without_the_scope_for_groups_nobody_is_in_one() {
    let slack = Arc::new(ScriptedSlack::default());
    slack.group_is("S1", &["U2"]);
    slack.fail_always("usergroups.list", ScriptedSlack::refusal("usergroups.list", "missing_scope"));
    assert_eq!(people(&slack).person("U2", None).await.unwrap().role, Some(Role::Viewer));
}

#[tokio::test]
async fn whoever_slack_does_not_know_may_nothing() {
    let slack = Arc::new(ScriptedSlack::default());
    slack.fail_next("users.info", ScriptedSlack::refusal("users.info", "user_not_found"));
    let person = people(&slack).person("U404", None).await.unwrap();
    assert_eq!((person.standing, person.role), (Standing::Unknown, None));
}

#[tokio::test(start_paused = true)]
async fn what_is_known_is_used_for_an_hour_while_slack_is_away() {
    let slack = Arc::new(ScriptedSlack::default());
    let people = people(&slack);
    people.person("U1", None).await.unwrap();
    people.person("U1", None).await.unwrap();
    assert_eq!(slack.calls_of("users.info").len(), 1, "asked once in ten minutes");

    let away = ApiError::Unreachable { method: "users.info".to_owned(), why: "cut".to_owned() };
    slack.fail_always("users.info", away.clone());
    slack.fail_always("usergroups.list", away.clone());
    tokio::time::advance(Duration::from_secs(700)).await;
    assert_eq!(people.person("U1", None).await.unwrap().role, Some(Role::Viewer));
    tokio::time::advance(Duration::from_secs(3_000)).await;
    assert_eq!(people.person("U1", None).await.unwrap_err(), away);
    assert_eq!(people.person("U2", None).await.unwrap_err(), away, "nobody gains a role because Slack is away");
}

#[tokio::test(start_paused = true)]
async fn everybody_in_a_row_waited_for_groups_that_slack_did_not_tell() {
    let slack = Arc::new(ScriptedSlack::default());
    let people = people(&slack);
    let away = ApiError::Unknown { method: "usergroups.list".to_owned(), why: "nothing within 10 s".to_owned() };
    slack.fail_always("usergroups.list", away.clone());
    for _ in 0..20 {
        assert_eq!(people.person("U1", None).await.unwrap_err(), away);
    }
    assert_eq!(slack.calls_of("usergroups.list").len(), 1);
    slack.heal();
    tokio::time::advance(Duration::from_secs(4)).await;
    assert_eq!(people.person("U1", None).await.unwrap().role, Some(Role::Viewer));
}
