//! Spans with their parents resolved, whatever the spans say of themselves.

use super::span::Span;
use std::collections::BTreeMap;

/// What is not as it should be in a trace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Oddities {
    /// Spans that were there twice and count once.
    pub duplicates: usize,
    /// Spans whose parent is not in the trace; they stand as roots.
    pub missing_parents: usize,
    /// Parent links that were cut because they led in a circle.
    pub cycles: usize,
    /// Spans that end before they start; they count as instants.
    pub negative_durations: usize,
    /// Spans that end after their parent did.
    pub outliving: usize,
    /// Spans without a parent beyond the first.
    pub further_roots: usize,
    /// Whether no span stands without a parent: the beginning is not in the trace.
    pub no_root: bool,
}

/// A trace as a forest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tree {
    spans: Vec<Span>,
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
    roots: Vec<usize>,
    downwards: Vec<usize>,
    oddities: Oddities,
}

impl Tree {
    /// Resolves the parents.
    pub fn new(spans: Vec<Span>) -> Self {
        let mut oddities = Oddities::default();
        let spans = without_duplicates(spans, &mut oddities);
        let mut parents = resolve(&spans, &mut oddities);
        cut_cycles(&mut parents, &mut oddities);
        let mut tree = Self { children: vec![Vec::new(); spans.len()], spans, parents, oddities, ..Self::default() };
        tree.link();
        tree
    }

    fn link(&mut self) {
        let mut by_start: Vec<usize> = (0..self.spans.len()).collect();
        by_start.sort_by_key(|index| (self.span(*index).map_or(0, |span| span.start_ns), *index));
        for index in by_start {
            match self.parent(index) {
                Some(parent) => {
                    if let Some(children) = self.children.get_mut(parent) {
                        children.push(index);
                    }
                }
                None => self.roots.push(index),
            }
        }
        let true_roots = self.roots.iter().filter(|root| self.says_no_parent(**root)).count();
        self.oddities.no_root = true_roots == 0 && !self.spans.is_empty();
        self.oddities.further_roots = true_roots.saturating_sub(1);
        self.downwards = self.roots.clone();
        let mut next = 0;
        while let Some(index) = self.downwards.get(next).copied() {
            next += 1;
            self.downwards.extend(self.children.get(index).into_iter().flatten());
        }
        let outlives = |(index, span): &(usize, &Span)| {
            self.parent(*index).and_then(|parent| self.span(parent)).is_some_and(|parent| span.end_ns > parent.end_ns)
        };
        self.oddities.outliving = self.spans.iter().enumerate().filter(outlives).count();
    }

    fn says_no_parent(&self, index: usize) -> bool {
        self.span(index).is_some_and(|span| span.parent.is_none())
    }

    /// All spans, duplicates left out.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// One span.
    pub fn span(&self, index: usize) -> Option<&Span> {
        self.spans.get(index)
    }

    /// The parent of a span.
    pub fn parent(&self, index: usize) -> Option<usize> {
        self.parents.get(index).copied().flatten()
    }

    /// The children of a span, by their start.
    pub fn children(&self, index: usize) -> &[usize] {
        self.children.get(index).map(Vec::as_slice).unwrap_or_default()
    }

    /// Spans without a parent in this trace, by their start.
    pub fn roots(&self) -> &[usize] {
        &self.roots
    }

    /// All spans, parents before their children.
    pub fn downwards(&self) -> &[usize] {
        &self.downwards
    }

    /// What is not as it should be.
    pub fn oddities(&self) -> Oddities {
        self.oddities
    }

    /// The span at which the trace begins: the longest that says it has no parent, otherwise the earliest.
    pub fn root(&self) -> Option<usize> {
        let mut best: Option<(bool, i64, usize)> = None;
        for index in self.roots.iter().copied() {
            let says = self.says_no_parent(index);
            let duration = if says { self.span(index).map_or(0, Span::duration_ns) } else { 0 };
            if best.is_none_or(|(best_says, longest, _)| (says, duration) > (best_says, longest)) {
                best = Some((says, duration, index));
            }
        }
        best.map(|(_, _, index)| index)
    }

    /// First start and last end of all spans, in unix nanoseconds.
    pub fn extent(&self) -> (i64, i64) {
        let start = self.spans.iter().map(|span| span.start_ns).min().unwrap_or(0);
        let end = self.spans.iter().map(|span| span.end_ns).max().unwrap_or(0);
        (start, end.max(start))
    }

    /// The part of the trace below one span, which becomes its root.
    pub fn below(&self, index: usize) -> Self {
        let mut taken: Vec<usize> = vec![index];
        let mut next = 0;
        while let Some(at) = taken.get(next).copied() {
            next += 1;
            taken.extend(self.children(at));
        }
        let mut spans: Vec<Span> = taken.iter().filter_map(|at| self.span(*at)).cloned().collect();
        if let Some(first) = spans.first_mut() {
            first.parent = None;
        }
        Self::new(spans)
    }

    pub(super) fn with_spans_moved(mut self, shift_of: impl Fn(usize) -> i64) -> Self {
        for (index, span) in self.spans.iter_mut().enumerate() {
            let shift = shift_of(index);
            span.start_ns = span.start_ns.saturating_add(shift);
            span.end_ns = span.end_ns.saturating_add(shift);
        }
        self.children = vec![Vec::new(); self.spans.len()];
        self.roots.clear();
        self.link();
        self
    }
}

fn without_duplicates(spans: Vec<Span>, oddities: &mut Oddities) -> Vec<Span> {
    let mut seen: BTreeMap<(String, i64, String), ()> = BTreeMap::new();
    let mut kept = Vec::with_capacity(spans.len());
    for mut span in spans {
        let key = (span.id.clone(), span.start_ns, format!("{}\n{:?}", span.service, span.kind));
        if !span.id.is_empty() && seen.insert(key, ()).is_some() {
            oddities.duplicates += 1;
            continue;
        }
        if span.end_ns < span.start_ns {
            oddities.negative_durations += 1;
            span.end_ns = span.start_ns;
        }
        kept.push(span);
    }
    kept
}

fn resolve(spans: &[Span], oddities: &mut Oddities) -> Vec<Option<usize>> {
    let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, span) in spans.iter().enumerate().filter(|(_, span)| !span.id.is_empty()) {
        by_id.entry(span.id.as_str()).or_insert(index);
    }
    let parent_of = |(index, span): (usize, &Span)| {
        let wanted = span.parent.as_deref()?;
        match by_id.get(wanted) {
            Some(parent) if *parent == index => {
                oddities.cycles += 1;
                None
            }
            Some(parent) => Some(*parent),
            None => {
                oddities.missing_parents += 1;
                None
            }
        }
    };
    spans.iter().enumerate().map(parent_of).collect()
}

/// Follows each span upwards once; a walk that meets itself cuts the link by which it did.
fn cut_cycles(parents: &mut [Option<usize>], oddities: &mut Oddities) {
    let mut walked_by: Vec<Option<usize>> = vec![None; parents.len()];
    for start in 0..parents.len() {
        let mut at = start;
        while walked_by.get(at).copied().flatten().is_none() {
            if let Some(mark) = walked_by.get_mut(at) {
                *mark = Some(start);
            }
            let Some(parent) = parents.get(at).copied().flatten() else { break };
            if walked_by.get(parent).copied().flatten() == Some(start) {
                oddities.cycles += 1;
                if let Some(link) = parents.get_mut(at) {
                    *link = None;
                }
                break;
            }
            at = parent;
        }
    }
}
