//! Holding a log against itself and against its anchor, record by record, in bounded memory.

use super::{Anchor, Checkpoint, Line};
use std::fmt;

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// There are records, but no anchor to hold them against.
    NoAnchor {
        /// Why not: it is missing, or cannot be read.
        why: String,
    },
    /// These bytes are no record.
    Unreadable {
        /// The number of the line, from 1.
        line: u64,
        /// Why.
        why: String,
    },
    /// The content does not give the hash that stands there, or is not written as this program writes it: it was edited.
    Edited {
        /// Of which record.
        sequence: u64,
    },
    /// The record does not follow the one before: records were moved, put in or taken out. Both numbers are the same
    /// where only the hash of the record before is another.
    Broken {
        /// What should stand here.
        expected: u64,
        /// What stands here.
        found: u64,
    },
    /// The log begins later than at 1, and no anchored checkpoint in it tells of a cut there.
    UnrecordedCut {
        /// The first record that is there.
        first: u64,
    },
    /// The log ends before its anchor: acknowledged records are lost.
    LostTail {
        /// The anchor's count.
        anchored: u64,
        /// The last record that is there.
        last: u64,
    },
    /// The record that the anchor names has another hash: the log was written anew.
    OtherThanAnchored {
        /// The anchor's count.
        anchored: u64,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnchor { why } => write!(formatter, "there is no anchor to hold the records against: {why}"),
            Self::Unreadable { line, why } => write!(formatter, "line {line} is no record: {why}"),
            Self::Edited { sequence } => write!(formatter, "record {sequence} was edited"),
            Self::Broken { expected, found } if expected == found => {
                write!(formatter, "record {found} does not go on from the record before it")
            }
            Self::Broken { expected, found } => write!(formatter, "record {found} stands where {expected} belongs"),
            Self::UnrecordedCut { first } => {
                write!(formatter, "the log begins at record {first}, and no checkpoint tells of a cut there")
            }
            Self::LostTail { anchored, last } => {
                write!(formatter, "the log ends at record {last}, but {anchored} were acknowledged: the rest is lost")
            }
            Self::OtherThanAnchored { anchored } => {
                write!(formatter, "record {anchored} is another than the anchor names: the log was written anew")
            }
        }
    }
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Sequence number of the first record; 0 where there is none.
    pub first: u64,
    /// The end of the chain as far as it holds.
    pub end: Anchor,
    /// The anchor that it was held against; the one of an empty log where it is missing.
    pub anchor: Anchor,
    /// Whether the last record is torn: the write of a record that was never acknowledged was interrupted. Not a fault.
    pub torn_tail: bool,
    /// Whole records beyond the anchor, which were never acknowledged. Not a fault.
    pub beyond_anchor: u64,
    /// What is wrong, in the order of the log; the first [`Report::FINDINGS`] of it.
    pub findings: Vec<Finding>,
    /// How much more is wrong than is listed.
    pub unlisted: u64,
}

impl Report {
    /// How many findings are listed at most.
    pub const FINDINGS: usize = 1_000;

    /// Whether nothing is wrong.
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }

    fn found(&mut self, finding: Finding) {
        if self.findings.len() < Self::FINDINGS {
            self.findings.push(finding);
        } else {
            self.unlisted = self.unlisted.saturating_add(1);
        }
    }
}

/// Reads a log record by record.
#[derive(Debug)]
pub struct Verifier {
    /// `None` where it is missing.
    anchor: Option<Anchor>,
    report: Report,
    /// Lines so far, unreadable ones counted in.
    lines: u64,
    /// What the next record must follow; `None` before the first.
    last: Option<Anchor>,
    /// Whether a line could not be read since `last`, so that one record may be missing without a further finding.
    skipped: bool,
    /// The largest sequence number that was seen.
    highest: u64,
    /// The cut before the first record, until a checkpoint tells it.
    untold_cut: Option<Anchor>,
    /// Whether the chain holds so far.
    whole: bool,
}

impl Verifier {
    /// Against this anchor.
    pub fn new(anchor: Anchor) -> Self {
        Self { report: Report { anchor: anchor.clone(), ..Report::default() }, ..Self::blank(Some(anchor)) }
    }

    /// Without an anchor, which is a fault; the rest is looked at all the same.
    pub fn without_anchor(why: impl Into<String>) -> Self {
        let mut verifier = Self::blank(None);
        verifier.report.found(Finding::NoAnchor { why: why.into() });
        verifier
    }

    fn blank(anchor: Option<Anchor>) -> Self {
        let report = Report::default();
        Self { anchor, report, lines: 0, last: None, skipped: false, highest: 0, untold_cut: None, whole: true }
    }

    /// The next line of a log, without the byte that ends it.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.report.torn_tail {
            return;
        }
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string());
        match text.and_then(|text| Line::from_json(text).map_err(|error| error.to_string())) {
            // The same record in other bytes is an edit, too: blanks, escapes, a number written otherwise.
            Ok(line) => self.take(&line, line.to_json().as_bytes() != bytes),
            // No record holds a zero byte. Blocks of which a crash left only the length read as zeros.
            Err(_) if self.is_beyond_anchor() && bytes.contains(&0) => self.report.torn_tail = true,
            Err(why) => self.push_unreadable(why),
        }
    }

    /// The next record of a log that keeps its records by itself, not as lines.
    pub fn push_line(&mut self, line: &Line) {
        self.take(line, false);
    }

    /// A record that is there but could not be read.
    pub fn push_unreadable(&mut self, why: impl Into<String>) {
        if self.report.torn_tail {
            return;
        }
        self.lines = self.lines.saturating_add(1);
        self.skipped = true;
        self.found(Finding::Unreadable { line: self.lines, why: why.into() });
    }

    /// What was found. `torn` is what follows the last whole line.
    pub fn finish(mut self, torn: &[u8]) -> Report {
        if !torn.is_empty() && self.is_beyond_anchor() {
            self.report.torn_tail = true;
        }
        if let Some(cut) = self.untold_cut.take() {
            self.report.findings.insert(0, Finding::UnrecordedCut { first: cut.count.saturating_add(1) });
        }
        let anchored = self.anchor.as_ref().map_or(0, |anchor| anchor.count);
        if self.highest < anchored {
            self.found(Finding::LostTail { anchored, last: self.highest });
        }
        self.report
    }

    fn found(&mut self, finding: Finding) {
        self.whole = false;
        self.report.found(finding);
    }

    /// Whether every anchored record was seen, so that what comes now was never acknowledged.
    fn is_beyond_anchor(&self) -> bool {
        self.anchor.as_ref().is_none_or(|anchor| self.highest >= anchor.count)
    }

    fn take(&mut self, line: &Line, written_otherwise: bool) {
        self.lines = self.lines.saturating_add(1);
        if written_otherwise || line.computed_hash() != line.hash {
            self.found(Finding::Edited { sequence: line.sequence });
        }
        self.link(line);
        self.hold_against_anchor(line);
        self.highest = self.highest.max(line.sequence);
        self.last = Some(line.anchor());
        self.skipped = false;
        if self.whole {
            self.report.end = line.anchor();
        }
    }

    /// Holds a record against the one before it.
    fn link(&mut self, line: &Line) {
        let Some(last) = &self.last else { return self.begin(line) };
        let may_miss_one = self.skipped && last.count.checked_add(2) == Some(line.sequence);
        if !line.follows(last) && !may_miss_one {
            let expected = last.count.saturating_add(1);
            self.found(Finding::Broken { expected, found: line.sequence });
        }
    }

    /// The first record: either of the whole log, or after a cut.
    fn begin(&mut self, line: &Line) {
        self.report.first = line.sequence;
        if line.follows(&Anchor::default()) || (self.skipped && line.sequence == 2) {
            return;
        }
        match line.sequence.checked_sub(1) {
            None | Some(0) => self.found(Finding::Broken { expected: 1, found: line.sequence }),
            Some(count) => self.untold_cut = Some(Anchor { count, hash: line.previous.clone() }),
        }
    }

    fn hold_against_anchor(&mut self, line: &Line) {
        let anchored = self.anchor.as_ref().is_none_or(|anchor| line.sequence <= anchor.count);
        if !anchored {
            self.report.beyond_anchor = self.report.beyond_anchor.saturating_add(1);
        } else if Checkpoint::of(line).is_some_and(|checkpoint| self.untold_cut.as_ref() == Some(&checkpoint.cut)) {
            self.untold_cut = None;
        }
        if let Some(anchor) = &self.anchor
            && line.sequence == anchor.count
            && line.hash != anchor.hash
        {
            self.found(Finding::OtherThanAnchored { anchored: anchor.count });
        }
    }
}
