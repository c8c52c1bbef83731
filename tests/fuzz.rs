//! The small corpus of the fuzzing, replayed: as recorded (every call succeeds), as it once went wrong, and changed by
//! some hundred seeds. The long runs are started by hand: see `docs/fuzzing.md`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot read its corpus must fail")]

mod fuzz {
    pub mod changes;
    pub mod judging;
    pub mod replay;
}
