//! The acceptance tests of the house: the test targets hold its rules and contracts; this library has what the fuzzing
//! of the tool servers stands on, which a test target and an example share.

pub mod fuzz;
