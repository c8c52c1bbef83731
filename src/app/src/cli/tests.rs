//! What is understood, and how wrong usage ends.

use super::*;
use clap::CommandFactory;

fn typed(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split(' '))
}

#[test]
fn clap_finds_nothing_wrong_with_the_definitions() {
    Cli::command().debug_assert();
}

#[test]
fn flags_of_every_command_stand_before_or_after_it() {
    for line in ["auto-devops --env prod -n shop ask x", "auto-devops ask x --env prod --namespace shop"] {
        let request = typed(line).unwrap().global.request();
        assert_eq!(request.narrowing.environment.as_deref(), Some("prod"), "{line}");
        assert_eq!(request.narrowing.namespace.as_deref(), Some("shop"), "{line}");
    }
}

#[test]
fn a_command_of_another_day_does_not_exist() {
    for line in ["auto-devops approve", "auto-devops portal", "auto-devops mcp jaeger"] {
        assert!(typed(line).is_err(), "{line}");
    }
}

#[test]
fn a_port_alone_is_one_of_the_loopback() {
    for (listen, wanted) in [("8090", "127.0.0.1:8090"), (":8090", "127.0.0.1:8090"), ("0.0.0.0:1", "0.0.0.0:1")] {
        let request = typed(&format!("auto-devops mcp prometheus --listen {listen}")).unwrap();
        let Command::Mcp(mcp) = request.command else { panic!("another command") };
        assert_eq!(mcp.listen.map(|address| address.to_string()).as_deref(), Some(wanted));
    }
    assert!(typed("auto-devops mcp prometheus --listen nowhere").is_err());
}

#[test]
fn a_time_back_is_read_before_anything_starts() {
    for time in ["15m", "2h", "3d", "1h30m"] {
        assert!(typed(&format!("auto-devops ask x --since {time}")).is_ok(), "{time}");
    }
    for time in ["banana", "0s", "15", "2h3"] {
        let message = typed(&format!("auto-devops chat --since {time}")).unwrap_err().to_string();
        assert!(message.contains("15m, 2h or 3d"), "{message}");
    }
}

#[test]
fn a_mistyped_command_is_answered_with_the_near_one() {
    let message = typed("auto-devops docter").unwrap_err().to_string();
    assert!(message.contains("doctor"), "{message}");
}

#[test]
fn every_command_says_what_it_does() {
    for command in Cli::command().get_subcommands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(about.len() > 10, "{} has no description", command.get_name());
    }
}

#[test]
fn a_conversation_is_gone_on_with_by_its_id_or_as_the_last_one() {
    let cases = [("chat", None), ("chat --continue", Some("")), ("chat --continue 4f1c", Some("4f1c"))];
    for (line, wanted) in cases {
        let Command::Chat(chat) = typed(&format!("auto-devops {line}")).unwrap().command else { panic!("{line}") };
        assert_eq!(chat.continued.as_deref(), wanted, "{line}");
    }
}

#[test]
fn what_cannot_be_undone_or_has_two_meanings_must_be_said_wholly() {
    for line in [
        "store migrate",
        "store migrate --to-mongodb --to-embedded",
        "store erase-person",
        "memory add",
        "memory add x --runbooks y",
        "memory add --title x",
        "memory rate x good",
        "audit list --since yesterday",
        "usage --by team",
        "pause on",
        "pause on prod --until yesterday",
        "replay run --rules senses.toml",
        "replay run INC-1 --file recording.json",
        "replay run --autonomy everything",
    ] {
        assert!(typed(&format!("auto-devops {line}")).is_err(), "{line}");
    }
}
