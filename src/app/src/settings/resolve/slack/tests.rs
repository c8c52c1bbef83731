//! What is accepted, what is told, and that no token is shown.

use super::https_address;
use crate::settings::types::slack::{SlackSettings, WaysIn};
use crate::settings::{Imagined, Loaded, Request, load, show};
use domain::person::Role;
use domain::preferences::Voice;
use domain::secret::Secret;
use expect_test::expect;

const BOT: &str = "xoxb-1-hunter2";
const APP: &str = "xapp-1-A0-2-hunter3";
const SIGNING: &str = "hunter4hunter4";

fn load_with(variables: &[(&str, &str)], text: &str) -> Result<Loaded, String> {
    let request = Request { config: Some("/etc/ad/x.toml".into()), ..Request::default() };
    let mut surroundings = Imagined::default().with_variable("HOME", "/home/ann").with_file("/etc/ad/x.toml", text);
    for (name, value) in variables {
        surroundings = surroundings.with_variable(name, value);
    }
    load(&request, &surroundings).map_err(|problems| problems.to_string())
}

fn slack(variables: &[(&str, &str)], text: &str) -> SlackSettings {
    load_with(variables, text).unwrap().settings.slack.unwrap()
}

#[test]
fn without_a_token_there_is_no_slack_and_nothing_is_wrong() {
    for text in ["", "[slack]\nvoice = \"neutral\"\nchannel = \"C0INCIDENTS\"\n"] {
        assert!(load_with(&[], text).unwrap().settings.slack.is_none(), "{text}");
    }
}

#[test]
fn the_variables_that_others_use_suffice() {
    let found = slack(&[("SLACK_BOT_TOKEN", BOT), ("SLACK_APP_TOKEN", APP)], "");
    assert_eq!(found.bot_token.reveal(), BOT);
    assert_eq!(found.ways_in, WaysIn::Socket(Secret::new(APP)));
    assert_eq!((found.api_url.as_str(), found.connections), ("https://slack.com/api", 2));
    assert_eq!((found.guests_may, found.voice, found.digest_hour), (false, Voice::Friendly, 9));
    assert_eq!((found.channel, found.approvals_channel), (None, None));
    let http = slack(&[("SLACK_BOT_TOKEN", BOT), ("SLACK_SIGNING_SECRET", SIGNING)], "");
    assert_eq!(http.ways_in, WaysIn::Http(Secret::new(SIGNING)));
    let all = [("SLACK_BOT_TOKEN", BOT), ("SLACK_APP_TOKEN", APP), ("SLACK_SIGNING_SECRET", SIGNING)];
    let both = slack(&all, "");
    assert_eq!(both.ways_in.app_token().map(Secret::reveal), Some(APP));
    assert_eq!(both.ways_in.signing_secret().map(Secret::reveal), Some(SIGNING));
}

#[test]
fn everything_that_can_be_set_is_read() {
    let text = "[slack]\nbot_token = \"${BOT}\"\napp_token = \"${APP}\"\napi_url = \"http://127.0.0.1:9/api/\"\n\
                connections = 3\nchannel = \"C0INC\"\nviewers = [\"U0GUEST\"]\nresponders = [\"S0ONCALL\"]\n\
                approvers = [\"W0LEAD\"]\nadmins = [\"U0ADMIN\"]\nguests = \"viewer\"\nvoice = \"neutral\"\n\
                portal_url = \"https://portal.example/\"\ngrafana_url = \"https://grafana.example/x/\"\n\
                digest_hour = 7\ndigest_zone = \"Europe/Berlin\"\nanswers_at_once = 4\n";
    let found = slack(&[("BOT", BOT), ("APP", APP)], text);
    assert_eq!((found.api_url.as_str(), found.connections), ("http://127.0.0.1:9/api", 3));
    assert_eq!(found.channel.as_deref(), Some("C0INC"));
    assert_eq!(found.approvals_channel.as_deref(), Some("C0INC"), "where nothing else is said");
    assert!(found.roles.viewers.contains("slack:U0GUEST") && found.roles.responders.contains("slack:S0ONCALL"));
    assert!(found.roles.approvers.contains("slack:W0LEAD") && found.roles.admins.contains("slack:U0ADMIN"));
    assert!(found.guests_may);
    assert_eq!(found.voice, Voice::Neutral);
    assert_eq!(found.portal_url.as_deref(), Some("https://portal.example"));
    assert_eq!(found.grafana_url.as_deref(), Some("https://grafana.example/x"));
    assert_eq!((found.digest_hour, found.digest_zone), (7, chrono_tz::Europe::Berlin));
    assert_eq!(found.answers_at_once, 4);
}

#[test]
fn the_digest_comes_in_the_zone_of_the_output_unless_it_has_its_own() {
    let zoned = slack(&[("SLACK_BOT_TOKEN", BOT), ("SLACK_APP_TOKEN", APP), ("TZ", "Asia/Tokyo")], "");
    assert_eq!(zoned.digest_zone, chrono_tz::Asia::Tokyo);
}

#[test]
fn every_mistake_is_told_at_once_and_no_token_is_shown() {
    let text = "[slack]\nbot_token = \"xoxp-hunter2\"\napp_token = \"xoxb-hunter2\"\nsigning_secret = \"xapp-hunter2\"\n\
                channel = \"#incidents\"\napprovals_channel = \"D0ANN\"\nviewers = [\"@ann\", \"U0BOB\"]\n\
                approvers = [\"ann@example.com\"]\nconnections = 11\nguests = \"all\"\ndigest_hour = 24\n\
                portal_url = \"https://ann:hunter2@portal\"\npublic_url = \"http://jamie.example\"\n";
    let told = load_with(&[], text).err().unwrap();
    assert!(!told.contains("hunter2"), "{told}");
    expect![[r##"
        12 mistakes in the settings:

        /etc/ad/x.toml:9: slack.connections
          found     11
          accepted  a whole number from 1 to 10

        /etc/ad/x.toml:10: slack.guests
          found     "all"
          accepted  one of nothing, viewer

        /etc/ad/x.toml:11: slack.digest_hour
          found     24
          accepted  a whole number from 0 to 23

        /etc/ad/x.toml:2: slack.bot_token
          found     a token of another sort
          accepted  the Bot User OAuth Token, which begins with xoxb-

        /etc/ad/x.toml:3: slack.app_token
          found     a token of another sort
          accepted  the App-Level Token, which begins with xapp-

        /etc/ad/x.toml:4: slack.signing_secret
          found     a token
          accepted  the Signing Secret of the app's Basic Information page

        /etc/ad/x.toml:5: slack.channel
          found     "#incidents", which is no id
          accepted  the id of a channel, such as C0123456789: it stands at the end of the channel's details in Slack

        /etc/ad/x.toml:6: slack.approvals_channel
          found     "D0ANN", which is no id
          accepted  the id of a channel, such as C0123456789: it stands at the end of the channel's details in Slack

        /etc/ad/x.toml:7: slack.viewers
          found     "@ann", which is no id
          accepted  ids of people (U0123456789, W…) and user groups (S0123456789): a profile has "Copy member ID"

        /etc/ad/x.toml:8: slack.approvers
          found     "ann@example.com", which is no id
          accepted  ids of people (U0123456789, W…) and user groups (S0123456789): a profile has "Copy member ID"

        /etc/ad/x.toml:12: slack.portal_url
          found     an address with a user in it
          accepted  an address that everybody in Slack may see

        /etc/ad/x.toml:13: slack.public_url
          found     "http://jamie.example"
          accepted  an address that Slack can reach: https://HOST or https://HOST/PATH, without user, password, query or fragment"##]]
    .assert_eq(&told);
}

#[test]
fn half_of_what_is_needed_is_told() {
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("SLACK_APP_TOKEN", APP)], "app_token without bot_token"),
        (&[("SLACK_SIGNING_SECRET", SIGNING)], "signing_secret without bot_token"),
        (&[("SLACK_BOT_TOKEN", BOT)], "neither app_token nor signing_secret"),
        (&[("SLACK_BOT_TOKEN", "xoxb-"), ("SLACK_APP_TOKEN", APP)], "begins with xoxb-"),
        (&[("SLACK_BOT_TOKEN", "xoxb-a b"), ("SLACK_APP_TOKEN", APP)], "begins with xoxb-"),
    ];
    for (variables, wanted) in cases {
        let told = load_with(variables, "").err().unwrap();
        assert!(told.contains(wanted) && told.starts_with("1 mistake"), "{wanted}: {told}");
        assert!(!told.contains("hunter"), "{told}");
    }
}

#[test]
fn no_token_is_in_what_config_shows() {
    let all = [("SLACK_BOT_TOKEN", BOT), ("SLACK_APP_TOKEN", APP), ("SLACK_SIGNING_SECRET", SIGNING)];
    let loaded = load_with(&all, "").unwrap();
    let shown = show::text(&loaded) + &show::document(&loaded).to_string() + &format!("{loaded:?}");
    assert!(!shown.contains("hunter"), "{shown}");
    assert!(shown.contains("slack.bot_token = \"[secret]\""), "{shown}");
}

#[test]
fn an_address_for_slack_is_one_that_it_can_reach() {
    let cases = [
        ("https://jamie.example/", Some("https://jamie.example")),
        ("https://jamie.example:8443/ops/", Some("https://jamie.example:8443/ops")),
        ("http://jamie.example", None),
        ("https://", None),
        ("https://ann:secret@jamie.example", None),
        ("https://jamie.example/?key=1", None),
        ("https://jamie.example/#x", None),
        ("https://jamie.example/\n", None),
        ("https://jamie.example/\"", None),
        ("jamie.example", None),
    ];
    for (given, wanted) in cases {
        assert_eq!(https_address(given).as_deref(), wanted, "{given:?}");
    }
}

#[test]
fn an_environment_says_who_may_see_its_incidents() {
    let text = "[environments.prod]\nvisible_to = \"responder\"\n[environments.dev]\n";
    let environments = load_with(&[], text).unwrap().settings.environments;
    assert_eq!((environments["prod"].visible_to, environments["dev"].visible_to), (Role::Responder, Role::Viewer));
    let told = load_with(&[], "[environments.prod]\nvisible_to = \"nobody\"\n").err().unwrap();
    assert!(told.contains("one of viewer, responder, approver, admin"), "{told}");
}
