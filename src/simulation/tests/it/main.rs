//! The simulation in the ordinary test run: 200 small seeds hold, the same seed is the same to the byte, and each invariant
//! finds what breaks it on purpose.

#![expect(clippy::unwrap_used, reason = "a simulation that cannot be made fails")]

mod broken;
mod found;
mod in_estate;
mod seeds;
