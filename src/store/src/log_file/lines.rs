//! The lines of a part of a file, in bounded memory.

use domain::chain::LINE_BYTES;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::os::unix::fs::FileExt as _;

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A line, without the byte that ends it.
    Whole(Vec<u8>),
    /// The first bytes of a line that has more than a record may have; the rest was passed over.
    TooLong(Vec<u8>),
    /// What stands after the last whole line.
    Torn(Vec<u8>),
}

/// A part of a file. Reads by offset, so that several readers and a writer share one file.
struct Part<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let Some(buffer) = buffer.get_mut(..wanted) else { return Ok(0) };
        let read = self.file.read_at(buffer, self.at)?;
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}

/// Reads line by line.
pub(super) struct Lines<'a> {
    reader: BufReader<Part<'a>>,
    /// Where the next line begins.
    pub offset: u64,
}

impl<'a> Lines<'a> {
    /// The lines from an offset, where one begins, to an end; `buffer` bytes are read at once.
    pub fn new(file: &'a File, from: u64, end: u64, buffer: usize) -> Self {
        Self { reader: BufReader::with_capacity(buffer, Part { file, at: from, end }), offset: from }
    }

    /// The next line; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Found>> {
        let mut bytes = Vec::new();
        // One byte more than a whole line has, to tell the longest line from a longer one.
        let most = u64::try_from(LINE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let read = self.reader.by_ref().take(most).read_until(b'\n', &mut bytes)?;
        self.pass(read);
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            return Ok(Some(Found::Whole(bytes)));
        }
        match read {
            0 => Ok(None),
            read if read <= LINE_BYTES => Ok(Some(Found::Torn(bytes))),
            _ => {
                self.pass_line()?;
                Ok(Some(Found::TooLong(bytes)))
            }
        }
    }

    /// Goes on to where the next line begins.
    pub fn pass_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.reader.fill_buf()?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let passed = end.map_or(buffer.len(), |end| end.saturating_add(1));
            self.reader.consume(passed);
            self.pass(passed);
            if end.is_some() || passed == 0 {
                return Ok(());
            }
        }
    }

    fn pass(&mut self, bytes: usize) {
        self.offset = self.offset.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }
}
