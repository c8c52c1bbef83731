//! The acceptance tests of the house: `tidy` holds its rules. Everything is in the test targets; this library is empty.
