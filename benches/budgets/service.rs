//! The built `auto-devops serve`, in a home of its own.
//!
//! Guarantee: it ends with its value.

use crate::Fallible;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

/// A service that listens.
pub struct Service {
    /// Where.
    pub address: SocketAddr,
    home: PathBuf,
    child: Child,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    /// Starts it with these settings, and waits until it listens.
    pub fn start(program: &Path, home: &Path, settings: &str) -> Fallible<Self> {
        let file = home.join("config.toml");
        fs::write(&file, settings)?;
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&file)
            .env_clear()
            .env("HOME", home)
            .env("XDG_STATE_HOME", home.join("state"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} serve could not be started: {error}", program.display()))?;
        let told = child.stderr.take().ok_or("the service has no standard error")?;
        let mut told = BufReader::new(told);
        let mut service = Self { address: SocketAddr::from(([127, 0, 0, 1], 0)), home: home.to_owned(), child };
        service.address = listening(&mut told)?;
        // Whatever it tells later must find a reader, or it would wait for one.
        std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
        Ok(service)
    }

    /// The folder of its embedded store.
    pub fn state(&self) -> PathBuf {
        self.home.join("state").join("auto-devops")
    }

    /// Its largest resident set so far, in KiB.
    pub fn peak_kib(&self) -> Fallible<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        kib.ok_or_else(|| "the kernel tells no VmHWM of the service".into())
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) -> Fallible<()> {
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        let ended = self.child.wait()?;
        if asked.success() && ended.success() { Ok(()) } else { Err(format!("the service ended with {ended}").into()) }
    }
}

fn listening(told: &mut BufReader<ChildStderr>) -> Fallible<SocketAddr> {
    let mut all = String::new();
    loop {
        let mut line = String::new();
        if told.read_line(&mut line)? == 0 {
            return Err(format!("the service ended before it listened:\n{all}").into());
        }
        if let Some((_, address)) = line.split_once("listening at http://") {
            return Ok(address.trim().parse()?);
        }
        all.push_str(&line);
    }
}
