//! The product from outside: the built binary, and whole turns over the simulated estate.

mod estate_turns;
mod scenarios;
