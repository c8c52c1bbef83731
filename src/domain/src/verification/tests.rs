//! Goldens of the judgement, and what looks show.

mod judging;
mod measuring;
