//! The file that is written to: opened, repaired, appended to.

use super::Rotation;
use chrono::{DateTime, TimeDelta, Utc};
use domain::sense::uptime::{Check, HEADER, LINE_BYTES};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// An error with the file that it is about.
pub(super) fn named<R>(path: &Path, result: io::Result<R>) -> io::Result<R> {
    result.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    named(from, std::fs::rename(from, to))
}

/// A file that is open for appending.
#[derive(Debug)]
pub(super) struct Current {
    path: PathBuf,
    file: File,
    bytes: u64,
    /// Its first check, where it has one.
    first: Option<DateTime<Utc>>,
}

impl Current {
    /// Opens the file and makes it fit to be appended to. One with other columns is moved to where `aside` says.
    pub(super) fn open(path: &Path, aside: impl Fn(DateTime<Utc>) -> PathBuf) -> io::Result<Self> {
        let mut file = named(path, open(path))?;
        let mut bytes = named(path, whole_lines(&mut file))?;
        if bytes > 0 && !named(path, has_our_header(&mut file))? {
            drop(file);
            rename(path, &aside(DateTime::UNIX_EPOCH))?;
            file = named(path, open(path))?;
            bytes = 0;
        }
        if bytes == 0 {
            named(path, file.write_all(HEADER.as_bytes()))?;
            bytes = HEADER.len() as u64;
        }
        Ok(Self { path: path.to_owned(), file, bytes, first: first_check(path)? })
    }

    /// Whether the open file is the one at this path and as long as it was left: whoever moved it away meanwhile would have
    /// the next checks written where nobody looks for them.
    pub(super) fn is_still(&self, path: &Path) -> bool {
        let there = std::fs::metadata(path).map(|file| file.len());
        self.path == path && there.is_ok_and(|bytes| bytes == self.bytes)
    }

    /// Whether it is to be ended before a check of this time is written.
    pub(super) fn is_over(&self, rotation: &Rotation, at: DateTime<Utc>) -> bool {
        let has_checks = self.first.is_some();
        let age = self.first.map_or(TimeDelta::zero(), |first| at - first);
        has_checks && (self.bytes >= rotation.bytes || age >= rotation.age)
    }

    /// Writes one line.
    pub(super) fn append(&mut self, check: &Check) -> io::Result<()> {
        let line = check.line();
        named(&self.path, self.file.write_all(line.as_bytes()))?;
        self.bytes += line.len() as u64;
        self.first = self.first.or(Some(check.at));
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).read(true).append(true).open(path)
}

/// Cuts off what stands after the last line end; answers with the length that is left.
fn whole_lines(file: &mut File) -> io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let length = end;
    let mut block = [0_u8; 4_096];
    while end > 0 {
        let start = end.saturating_sub(block.len() as u64);
        let wanted = usize::try_from(end - start).unwrap_or(block.len());
        file.seek(SeekFrom::Start(start))?;
        let Some(part) = block.get_mut(..wanted) else { break };
        file.read_exact(part)?;
        if let Some(place) = part.iter().rposition(|byte| *byte == b'\n') {
            end = start + place as u64 + 1;
            break;
        }
        end = start;
    }
    if end < length {
        tracing::warn!(bytes = length - end, "a file of health checks ended within a line: the torn rest is cut off");
        file.set_len(end)?;
    }
    Ok(end)
}

fn has_our_header(file: &mut File) -> io::Result<bool> {
    file.seek(SeekFrom::Start(0))?;
    let mut start = Vec::new();
    file.take(HEADER.len() as u64).read_to_end(&mut start)?;
    Ok(start == HEADER.as_bytes())
}

/// The time of the first line that is a check.
pub(super) fn first_check(path: &Path) -> io::Result<Option<DateTime<Utc>>> {
    let mut found = None;
    each(path, |check| {
        found = Some(check.at);
        false
    })?;
    Ok(found)
}

/// Reads the checks of a file one after the other until `take` says no. Lines that are no checks are passed over, however
/// long they are.
pub(super) fn each(path: &Path, mut take: impl FnMut(Check) -> bool) -> io::Result<()> {
    let mut reader = BufReader::new(named(path, File::open(path))?);
    let mut line: Vec<u8> = Vec::with_capacity(LINE_BYTES);
    loop {
        line.clear();
        let read = named(path, (&mut reader).take(LINE_BYTES as u64).read_until(b'\n', &mut line))?;
        if read == 0 {
            return Ok(());
        }
        if line.last() != Some(&b'\n') {
            named(path, skip_line(&mut reader))?;
            continue;
        }
        let check = std::str::from_utf8(&line).ok().and_then(Check::read);
        if check.is_some_and(|check| !take(check)) {
            return Ok(());
        }
    }
}

fn skip_line(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let (used, is_end) = {
            let buffer = reader.fill_buf()?;
            match buffer.iter().position(|byte| *byte == b'\n') {
                Some(place) => (place + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            }
        };
        reader.consume(used);
        if is_end {
            return Ok(());
        }
    }
}
