//! Turns over a scripted model and a scripted toolbox, on a paused clock.

mod by_model;
mod by_playbook;
mod world;
