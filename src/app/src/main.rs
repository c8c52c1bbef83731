//! The program: installs the TLS provider, reads the arguments, runs the command, and owns the exit codes.
//!
//! A reader of our output that goes away (`| head`) ends the program quietly; that case lives in [`app::cli::Stop`].

use app::cli::{self, Stop};
use app::settings::Machine;
use app::terminal::markdown::lines_without_control;
use app::{dispatch, output};
use std::process::ExitCode;

fn main() -> ExitCode {
    // First of all: an HTTP client that is built before this panics. A second installation is refused and harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match cli::parse(std::env::args_os()).and_then(|cli| dispatch::run(cli, &Machine)) {
        Ok(exit) => exit.into(),
        Err(Stop { exit, message }) => {
            if let Some(message) = message {
                output::tell(&lines_without_control(&message));
            }
            exit.into()
        }
    }
}
