//! What is to be done next about a write, by what is found of its document. Pure.
//!
//! A write changes a document only in the very state in which it was seen (its version, its `write_id`), so an attempt
//! that arrives late, or twice, finds another state and does nothing. Each write has its own `write_id`: where the
//! connection died before the answer, the document tells whether it stands.
//!
//! What this cannot tell apart: a document that was made by an attempt without an answer and removed by somebody else
//! before it was looked for is made again, as the caller would, who reads that there is none.

use mongodb::bson::oid::ObjectId;
use ports::store::document::Expect;

/// What is there of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) version: u64,
    pub(super) write_id: ObjectId,
    pub(super) is_expired: bool,
}

/// The state that a write starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// There is nothing.
    Nothing,
    /// A document of this version that has not expired.
    Version(u64),
    /// This very document.
    Exactly(Found),
}

/// What is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Write from here.
    Write(Base),
    /// It stands, with this version; 0 for a deletion.
    Stands(u64),
    /// The expectation does not hold.
    Conflict(Option<u64>),
    /// An attempt may have been made, and overwritten since.
    CannotTell,
}

/// What can be written without looking first.
pub(super) fn first(expect: Expect) -> Option<Base> {
    match expect {
        Expect::Any => None,
        Expect::Absent => Some(Base::Nothing),
        Expect::Version(version) => Some(Base::Version(version)),
    }
}

/// The version that a document gets when it is written from there.
pub(super) fn version_from(base: Base) -> u64 {
    match base {
        Base::Version(version) => version.saturating_add(1),
        Base::Exactly(found) if !found.is_expired => found.version.saturating_add(1),
        Base::Nothing | Base::Exactly(_) => 1,
    }
}

/// What is next for a document that shall be put there. `in_doubt` says that an attempt was not answered.
pub(super) fn put(expect: Expect, write_id: ObjectId, found: Option<Found>, in_doubt: bool) -> Next {
    if let Some(found) = found.filter(|found| found.write_id == write_id) {
        return Next::Stands(found.version);
    }
    let living = found.filter(|found| !found.is_expired);
    let base = found.map_or(Base::Nothing, Base::Exactly);
    match (expect, living) {
        (Expect::Any, _) | (Expect::Absent, None) => Next::Write(base),
        // A first version that somebody else wrote: ours never was.
        (Expect::Absent, Some(living)) if in_doubt && living.version != 1 => Next::CannotTell,
        (Expect::Absent, Some(living)) => Next::Conflict(Some(living.version)),
        (Expect::Version(version), Some(living)) if living.version == version => Next::Write(base),
        // Somebody else made the version that ours would have been.
        (Expect::Version(version), Some(living)) if !in_doubt || living.version == version.saturating_add(1) => {
            Next::Conflict(Some(living.version))
        }
        (Expect::Version(_), None) if !in_doubt => Next::Conflict(None),
        (Expect::Version(_), _) => Next::CannotTell,
    }
}

/// What is next for a document that shall be gone.
pub(super) fn delete(expect: Expect, found: Option<Found>, in_doubt: bool) -> Next {
    let living = found.filter(|found| !found.is_expired);
    match (expect, living) {
        (Expect::Any | Expect::Absent, None) => Next::Stands(0),
        (Expect::Any, Some(living)) => Next::Write(Base::Exactly(living)),
        (Expect::Absent, Some(living)) => Next::Conflict(Some(living.version)),
        (Expect::Version(version), Some(living)) if living.version == version => Next::Write(Base::Exactly(living)),
        (Expect::Version(_), _) if in_doubt => Next::CannotTell,
        (Expect::Version(_), living) => Next::Conflict(living.map(|living| living.version)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn write(number: u8) -> ObjectId {
        ObjectId::from_bytes([number; 12])
    }

    const OURS: ObjectId = write(1);

    fn found(version: u64, write_id: ObjectId) -> Option<Found> {
        Some(Found { version, write_id, is_expired: false })
    }

    #[test]
    fn a_write_that_stands_is_known_again() {
        for expect in [Expect::Any, Expect::Absent, Expect::Version(4)] {
            assert_eq!(put(expect, OURS, found(5, OURS), true), Next::Stands(5));
        }
    }

    #[test]
    fn what_cannot_be_told_is_said_to_be_so() {
        let other = write(2);
        let cases = [
            (Expect::Version(4), found(5, other), false, Next::Conflict(Some(5))),
            (Expect::Version(4), found(5, other), true, Next::Conflict(Some(5))),
            (Expect::Version(4), found(6, other), false, Next::Conflict(Some(6))),
            (Expect::Version(4), found(6, other), true, Next::CannotTell),
            (Expect::Version(4), None, false, Next::Conflict(None)),
            (Expect::Version(4), None, true, Next::CannotTell),
            (Expect::Absent, found(1, other), true, Next::Conflict(Some(1))),
            (Expect::Absent, found(2, other), true, Next::CannotTell),
            (Expect::Absent, None, true, Next::Write(Base::Nothing)),
        ];
        for (expect, found, in_doubt, expected) in cases {
            assert_eq!(put(expect, OURS, found, in_doubt), expected, "{expect:?} {found:?} {in_doubt}");
        }
        assert_eq!(delete(Expect::Version(4), None, true), Next::CannotTell);
        assert_eq!(delete(Expect::Version(4), None, false), Next::Conflict(None));
        assert_eq!(delete(Expect::Any, None, true), Next::Stands(0));
    }

    /// One document, as a server has it, and the write that made each of its states.
    #[derive(Debug, Clone, Default)]
    struct Server {
        document: Option<Found>,
        applied: Vec<ObjectId>,
    }

    impl Server {
        fn apply(&mut self, base: Base, write_id: ObjectId) -> bool {
            let fits = match base {
                Base::Nothing => self.document.is_none(),
                Base::Version(version) => self.document.is_some_and(|found| found.version == version),
                Base::Exactly(seen) => self.document == Some(seen),
            };
            if fits {
                self.document = Some(Found { version: version_from(base), write_id, is_expired: false });
                self.applied.push(write_id);
            }
            fits
        }
    }

    /// Puts one document through a connection that loses requests and answers, and delivers late. Others write between.
    /// What is told about the write, in the end.
    fn run(expect: Expect, start: Option<Found>, faults: &[u8]) -> (Server, Next) {
        let mut server = Server { document: start, applied: Vec::new() };
        let (mut in_doubt, mut late) = (false, Vec::new());
        let mut base = first(expect);
        for (step, fault) in faults.iter().enumerate() {
            let from = match base.take() {
                Some(base) => base,
                None => match put(expect, OURS, server.document, in_doubt) {
                    Next::Write(base) => base,
                    told => return (server, told),
                },
            };
            match fault % 4 {
                0 => {
                    if server.apply(from, OURS) {
                        return (server, Next::Stands(version_from(from)));
                    }
                }
                1 => in_doubt = true,
                2 => {
                    server.apply(from, OURS);
                    in_doubt = true;
                }
                _ => {
                    late.push(from);
                    in_doubt = true;
                }
            }
            if fault & 4 != 0 {
                let other = write(u8::try_from(step + 10).unwrap());
                let seen = server.document.map_or(Base::Nothing, Base::Exactly);
                server.apply(seen, other);
            }
            if fault & 8 != 0 {
                late.drain(..).for_each(|base| {
                    server.apply(base, OURS);
                });
            }
        }
        (server, Next::CannotTell)
    }

    proptest! {
        #[test]
        fn what_is_told_of_a_swap_is_true(
            expect in prop_oneof![Just(Expect::Absent), (0_u64..3).prop_map(Expect::Version)],
            start in 0_u64..3,
            faults in prop::collection::vec(0_u8..16, 1..12),
        ) {
            let start = found(start, write(9)).filter(|found| found.version > 0);
            let (server, told) = run(expect, start, &faults);
            let times = server.applied.iter().filter(|write_id| **write_id == OURS).count();
            prop_assert!(times <= 1, "doubled: {server:?}");
            match told {
                Next::Stands(_) => prop_assert_eq!(times, 1),
                Next::Conflict(_) => prop_assert_eq!(times, 0),
                Next::CannotTell | Next::Write(_) => {}
            }
        }
    }
}
