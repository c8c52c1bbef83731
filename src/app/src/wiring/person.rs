//! Who sits at the terminal, and the names that are drawn for what is new.

use chrono::Utc;
use domain::audit::{Actor, PersonReference, Personal};
use domain::chain::hexadecimal;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::guards::Signature;

/// Characters of a name that the bus takes.
const NAME_CHARACTERS: usize = 48;

/// The person at the terminal: `local:NAME`, by the name that they signed in to this machine with. Nobody checks it here:
/// whoever may run the program as this user may also write its files.
pub fn local() -> String {
    let name =
        ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()));
    format!("local:{}", name.unwrap_or_else(|| "somebody".to_owned()))
}

/// A name for this process that none before it had: its number, and when it began.
pub fn process() -> String {
    format!("{}-{}", std::process::id(), Utc::now().timestamp_micros())
}

/// A name for this replica that no other on the same store or Redis has, and that it has again after a restart: its host
/// and the port that it listens at. In a form that the bus takes for a name.
pub fn replica(port: u16) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().filter(|host| !host.trim().is_empty());
    let host = host.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    replica_of(&host, port)
}

/// The end of a long host name stays: the names of pods differ there.
fn replica_of(host: &str, port: u16) -> String {
    let fits = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-');
    let cleaned: Vec<char> = host.trim().chars().map(|one| if fits(one) { one } else { '-' }).collect();
    let port = format!("-{port}");
    let most = NAME_CHARACTERS.saturating_sub(port.len());
    let kept: String = cleaned.iter().skip(cleaned.len().saturating_sub(most)).collect();
    if kept.is_empty() { format!("host{port}") } else { format!("{kept}{port}") }
}

/// Ids for conversations, turns and records: 80 random bits as 20 hexadecimal digits.
pub fn ids() -> Arc<dyn Fn() -> String + Send + Sync> {
    let random = SystemRandom::new();
    let process = process();
    let counter = AtomicU64::new(0);
    Arc::new(move || {
        let mut bytes = [0_u8; 10];
        match random.fill(&mut bytes) {
            Ok(()) => hexadecimal(&bytes),
            // A machine without random numbers still has a clock and a count.
            Err(_) => format!("{process}-{}", counter.fetch_add(1, Ordering::Relaxed)),
        }
    })
}

/// How the audit trail names the person at the terminal: by an opaque reference, with name and words beside the chain.
pub fn signature(why: &str) -> Signature {
    signature_of(&local(), why)
}

/// The same for a person of any surface, by id: `slack:U123`.
pub fn signature_of(person: &str, why: &str) -> Signature {
    let draw = ids();
    let data = serde_json::json!({"person": person, "why": why});
    let personal = Personal::new(draw(), draw(), person.to_owned(), data, Utc::now());
    let who = Actor::Person(PersonReference::of(&personal.salt, &personal.person));
    Signature { who, personal: Some(personal) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_replicas_without_a_host_name_in_their_environment_shared_one_name_on_the_bus() {
        assert_ne!(replica(8080), replica(8081));
        assert_eq!(replica(8080), replica(8080), "the same after a restart");
        let pod = "auto-devops-of-a-team-with-quite-a-long-name-7d9f8b6c4-x2x9k";
        for (host, wanted) in [
            ("node-7\n", "node-7-8080"),
            ("ann's laptop", "ann-s-laptop-8080"),
            ("", "host-8080"),
            (pod, "-long-name-7d9f8b6c4-x2x9k-8080"),
        ] {
            let name = replica_of(host, 8080);
            assert!(name.len() <= NAME_CHARACTERS, "{name}");
            assert!(name.ends_with(wanted), "{name} for {host}");
        }
    }
}
