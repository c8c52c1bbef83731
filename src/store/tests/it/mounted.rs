//! Small and read-only disks, where the test may mount one.

use crate::scratch::Scratch;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system in memory, unmounted when this is dropped.
pub struct Mounted {
    at: PathBuf,
    _folder: Scratch,
}

impl Mounted {
    /// Of so many KiB. None, told as not run, where mounting is not permitted.
    pub fn of_kib(kib: u32, not_run: &str) -> Option<Self> {
        let folder = Scratch::new();
        let at = folder.path().join("disk");
        std::fs::create_dir(&at).unwrap();
        if mount(&["-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs"], &at) {
            return Some(Self { at, _folder: folder });
        }
        println!("not run: {not_run} (mounting is not permitted here)");
        None
    }

    pub fn path(&self) -> &Path {
        &self.at
    }

    /// Takes away the right to write. False while somebody has a file open for writing.
    pub fn made_read_only(&self) -> bool {
        mount(&["-o", "remount,ro"], &self.at)
    }

    /// Gives it back.
    pub fn make_writable(&self) {
        assert!(mount(&["-o", "remount,rw"], &self.at));
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Lazily: a thread of the store may still be closing its file.
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

fn mount(arguments: &[&str], at: &Path) -> bool {
    Command::new("mount").args(arguments).arg(at).output().is_ok_and(|output| output.status.success())
}

/// A file that can be read only, whoever asks: bound onto itself.
pub struct ReadOnlyFile(PathBuf);

impl ReadOnlyFile {
    /// None, told as not run, where mounting is not permitted.
    pub fn of(file: &Path, not_run: &str) -> Option<Self> {
        let bound = Command::new("mount").arg("--bind").args([file, file]).output();
        if bound.is_ok_and(|output| output.status.success()) {
            let made = Self(file.to_owned());
            assert!(mount(&["-o", "remount,ro,bind"], file));
            return Some(made);
        }
        println!("not run: {not_run} (mounting is not permitted here)");
        None
    }
}

impl Drop for ReadOnlyFile {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
