//! The mirror against a naive model of the server, and the sequences that went wrong once.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn object(name: u8, version: u64) -> Object {
    Object::of(json!({"metadata": {"name": format!("o{name}"), "namespace": format!("n{}", name % 2),
        "resourceVersion": version.to_string()}}))
    .unwrap()
}

const WIDE: Bounds = Bounds { objects: 1_000, bytes: 1 << 20 };

/// A server by the book: objects, one version counter, a history that may be compacted.
#[derive(Debug, Default)]
struct Model {
    objects: BTreeMap<u8, u64>,
    version: u64,
    history: Vec<(u64, u8, bool)>,
    forgotten: u64,
}

impl Model {
    fn write(&mut self, name: u8) {
        self.version += 1;
        self.objects.insert(name, self.version);
        self.history.push((self.version, name, true));
    }

    fn delete(&mut self, name: u8) {
        if self.objects.remove(&name).is_some() {
            self.version += 1;
            self.history.push((self.version, name, false));
        }
    }

    /// Forgets the history up to now: who asks for older versions gets 410.
    fn compact(&mut self) {
        self.forgotten = self.version;
    }

    /// The list as it was at a version, by the history.
    fn at(&self, version: u64) -> BTreeMap<String, u64> {
        let mut objects = BTreeMap::new();
        for (at, name, put) in self.history.iter().filter(|(at, ..)| *at <= version) {
            let key = key(*name);
            if *put {
                objects.insert(key, *at)
            } else {
                objects.remove(&key)
            };
        }
        objects
    }
}

fn key(name: u8) -> String {
    format!("n{}/o{name}", name % 2)
}

fn held(mirror: &Mirror) -> BTreeMap<String, u64> {
    mirror.objects(None).iter().map(|object| (object.key.to_string(), object.version.parse().unwrap())).collect()
}

/// What happens next to the server or on the way from it.
#[derive(Debug, Clone)]
enum Step {
    Write(u8),
    Delete(u8),
    Compact,
    /// The next answer: a page, the opening of a watch, or so many events.
    Answer(usize),
    Close,
    Break,
    /// Events that were told before are told again, from so many versions ago.
    Repeat(u64),
    /// The next two events come the wrong way round.
    Swap,
    Bookmark,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0_u8..6).prop_map(Step::Write),
        3 => (0_u8..6).prop_map(Step::Delete),
        1 => Just(Step::Compact),
        6 => (1_usize..4).prop_map(Step::Answer),
        1 => Just(Step::Close),
        1 => Just(Step::Break),
        1 => (0_u64..8).prop_map(Step::Repeat),
        1 => Just(Step::Swap),
        1 => Just(Step::Bookmark),
    ];
    prop::collection::vec(step, 0..120)
}

/// The way between a model server and a mirror.
#[derive(Debug, Default)]
struct Wire {
    model: Model,
    /// Where the open watch is.
    told: Option<u64>,
}

impl Wire {
    fn event((version, name, put): (u64, u8, bool)) -> Came {
        if put { Came::Put(object(name, version)) } else { Came::Gone(object(name, version)) }
    }

    fn pending(&self) -> Vec<(u64, u8, bool)> {
        let told = self.told.unwrap_or(u64::MAX);
        self.model.history.iter().copied().filter(|(at, ..)| *at > told).collect()
    }

    /// One answer of the server to what the mirror wants.
    fn answer(&mut self, mirror: &mut Mirror, size: usize) {
        match mirror.want() {
            Want::Page(token) => mirror.take(self.page(&token, size)),
            Want::Watch(from) => {
                let from: u64 = from.parse().unwrap();
                if !mirror.is_following() {
                    self.told = None;
                }
                if self.told.is_none() {
                    if from < self.model.forgotten {
                        return mirror.take(Came::Expired);
                    }
                    self.told = Some(from);
                    return mirror.take(Came::Opened);
                }
                for event in self.pending().into_iter().take(size) {
                    self.told = Some(event.0);
                    mirror.take(Self::event(event));
                }
            }
            Want::Nothing(why) => {
                assert_eq!(why, Unfit::Disorder);
                *mirror = Mirror::new(WIDE);
            }
        }
    }

    /// A page of the list as it was when the first page was read.
    fn page(&self, token: &str, size: usize) -> Came {
        let (version, skip): (u64, usize) = match token.split_once(' ') {
            None => (self.model.version, 0),
            Some((version, skip)) => (version.parse().unwrap(), skip.parse().unwrap()),
        };
        if version < self.model.forgotten {
            return Came::Expired;
        }
        let all: Vec<(String, u64)> = self.model.at(version).into_iter().collect();
        let objects = all.iter().skip(skip).take(size).map(|(key, version)| {
            let name = key.rsplit('o').next().unwrap().parse().unwrap();
            object(name, *version)
        });
        let next = if skip + size < all.len() { format!("{version} {}", skip + size) } else { String::new() };
        Came::Page { objects: objects.collect(), next, version: version.to_string() }
    }

    fn end(&mut self, mirror: &mut Mirror, came: Came) {
        self.told = None;
        mirror.take(came);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_in_between_the_mirror_ends_as_the_server_is(steps in steps()) {
        let (mut wire, mut mirror) = (Wire::default(), Mirror::new(WIDE));
        wire.model.version = 1;
        for step in steps {
            match step {
                Step::Write(name) => wire.model.write(name),
                Step::Delete(name) => wire.model.delete(name),
                Step::Compact => wire.model.compact(),
                Step::Answer(size) => wire.answer(&mut mirror, size),
                Step::Close => wire.end(&mut mirror, Came::Closed),
                Step::Break => wire.end(&mut mirror, Came::Broken),
                Step::Repeat(back) if mirror.is_following() => {
                    let told = wire.told.unwrap();
                    let again = wire.model.history.clone();
                    for event in again.into_iter().filter(|(at, ..)| *at + back > told && *at <= told) {
                        mirror.take(Wire::event(event));
                    }
                }
                Step::Swap if mirror.is_following() => {
                    if let [first, second, ..] = wire.pending().as_slice() {
                        mirror.take(Wire::event(*second));
                        mirror.take(Wire::event(*first));
                        wire.told = Some(second.0);
                    }
                }
                Step::Bookmark if mirror.is_following() && wire.pending().is_empty() => {
                    wire.told = Some(wire.model.version);
                    mirror.take(Came::Bookmark(wire.model.version.to_string()));
                }
                Step::Repeat(_) | Step::Swap | Step::Bookmark => {}
            }
            prop_assert_eq!(mirror.bytes(), mirror.objects(None).iter().map(|object| object.bytes()).sum::<usize>());
        }
        let mut rounds = 0;
        while !(mirror.is_following() && wire.told.is_some() && wire.pending().is_empty()) {
            wire.answer(&mut mirror, 3);
            rounds += 1;
            prop_assert!(rounds < 500, "it does not come to rest: {:?}", mirror);
        }
        let expected = wire.model.at(wire.model.version);
        prop_assert_eq!(held(&mirror), expected);
    }
}

fn following(objects: Vec<Object>, version: &str) -> Mirror {
    let mut mirror = Mirror::new(WIDE);
    mirror.take(Came::Page { objects, next: String::new(), version: version.to_owned() });
    mirror.take(Came::Opened);
    assert!(mirror.is_following());
    mirror
}

#[test]
fn a_late_event_of_a_deleted_object_does_not_bring_it_back() {
    let mut mirror = following(vec![object(1, 5)], "5");
    mirror.take(Came::Gone(object(1, 7)));
    mirror.take(Came::Put(object(1, 6)));
    assert_eq!((held(&mirror).len(), mirror.want()), (0, Want::Watch("7".to_owned())));
    mirror.take(Came::Put(object(1, 8)));
    mirror.take(Came::Gone(object(1, 7)));
    assert_eq!(held(&mirror), BTreeMap::from([("n1/o1".to_owned(), 8)]));
}

#[test]
fn an_event_that_was_missed_is_repaired_by_listing_anew_and_not_for_ever() {
    let mut mirror = following(Vec::new(), "9");
    mirror.take(Came::Put(object(1, 7)));
    assert_eq!((mirror.want(), mirror.failures()), (Want::Page(String::new()), 1));
    let mut mirror = Mirror::new(WIDE);
    for _ in 0..100 {
        mirror.take(Came::Page { objects: Vec::new(), next: String::new(), version: "9".to_owned() });
        mirror.take(Came::Opened);
        mirror.take(Came::Put(object(1, 7)));
    }
    assert_eq!(mirror.want(), Want::Nothing(Unfit::Disorder));
}

#[test]
fn a_watch_that_tells_nothing_before_it_ends_is_a_failure_and_at_last_listed_anew() {
    let mut mirror = following(vec![object(1, 5)], "5");
    mirror.take(Came::Bookmark("6".to_owned()));
    mirror.take(Came::Closed);
    assert_eq!((mirror.want(), mirror.failures(), mirror.is_following()), (Want::Watch("6".to_owned()), 0, false));
    for failures in 1..FAILURES_BEFORE_LISTING {
        mirror.take(Came::Opened);
        mirror.take(Came::Closed);
        assert_eq!((mirror.want(), mirror.failures()), (Want::Watch("6".to_owned()), failures));
    }
    mirror.take(Came::Broken);
    assert_eq!((mirror.want(), mirror.failures()), (Want::Page(String::new()), FAILURES_BEFORE_LISTING));
}

#[test]
fn what_is_over_a_bound_is_let_go() {
    let mut mirror = Mirror::new(Bounds { objects: 2, bytes: 1 << 20 });
    let objects = vec![object(1, 1), object(2, 2)];
    mirror.take(Came::Page { objects, next: String::new(), version: "5".to_owned() });
    mirror.take(Came::Opened);
    mirror.take(Came::Put(object(3, 6)));
    assert_eq!((mirror.want(), mirror.bytes()), (Want::Nothing(Unfit::TooMuch), 0));
    let mut mirror = Mirror::new(Bounds { objects: 100, bytes: 500 });
    let page =
        Came::Page { objects: vec![object(1, 1), object(2, 2)], next: "more".to_owned(), version: "5".to_owned() };
    mirror.take(page);
    assert_eq!((mirror.want(), mirror.bytes()), (Want::Nothing(Unfit::TooMuch), 0));
}

#[test]
fn a_page_token_that_comes_again_ends_the_list() {
    let mut mirror = Mirror::new(WIDE);
    for _ in 0..2 {
        mirror.take(Came::Page { objects: vec![object(1, 1)], next: "same".to_owned(), version: "5".to_owned() });
    }
    assert_eq!((mirror.want(), mirror.failures()), (Want::Page(String::new()), 1));
}

#[test]
fn lists_without_a_version_are_not_watched() {
    for version in ["", "0"] {
        let mut mirror = Mirror::new(WIDE);
        mirror.take(Came::Page { objects: vec![object(1, 1)], next: String::new(), version: version.to_owned() });
        assert_eq!(mirror.want(), Want::Nothing(Unfit::NoVersion));
    }
}

#[test]
fn a_namespace_is_exactly_its_objects_in_the_order_of_the_server() {
    let named = |namespace: &str, name: &str| {
        Object::of(json!({"metadata": {"name": name, "namespace": namespace, "resourceVersion": "1"}})).unwrap()
    };
    let mirror = following(vec![named("a", "y"), named("a-b", "z"), named("a", "x"), named("b", "x")], "5");
    let keys = |namespace| mirror.objects(namespace).iter().map(|object| object.key.to_string()).collect::<Vec<_>>();
    assert_eq!(keys(Some("a")), ["a/x", "a/y"]);
    assert_eq!(keys(Some("a-b")), ["a-b/z"]);
    assert_eq!(keys(None), ["a-b/z", "a/x", "a/y", "b/x"]);
}
