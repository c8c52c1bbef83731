//! The critical path: the chain of work that the end of the trace waited for.
//!
//! It is walked backwards from the end. Within a span, the child that ended last is what the span waited for; before
//! that child began, the child that ended last until then, and so on; what no child covers is the span's own. A child
//! that mostly ran after that moment was not waited for. Clocks of two machines never agree to the microsecond, so a
//! child that overlaps the moment by less than half of itself still counts, up to it.

use super::tree::Tree;

/// A stretch of the path, and the span that worked then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The span; `None` where no span ran at all.
    pub span: Option<usize>,
    /// Unix nanoseconds.
    pub start_ns: i64,
    /// Unix nanoseconds, after the start.
    pub end_ns: i64,
}

struct Frame {
    span: Option<usize>,
    from: i64,
    cursor: i64,
    waiting: Vec<usize>,
}

/// The path in the order of time. Each stretch begins where the one before it ended; together they are the extent of
/// the trace.
pub fn critical_path(tree: &Tree) -> Vec<Segment> {
    let (from, to) = tree.extent();
    let mut backwards: Vec<Segment> = Vec::new();
    let mut stack = vec![Frame { span: None, from, cursor: to, waiting: by_end(tree, &beginnings(tree)) }];
    while let Some(frame) = stack.last_mut() {
        let next = loop {
            let Some(child) = frame.waiting.pop() else { break None };
            let Some(span) = tree.span(child) else { continue };
            let (start, end) = (span.start_ns.max(frame.from), span.end_ns.min(frame.cursor));
            let whole = span.end_ns.saturating_sub(span.start_ns);
            let late = frame.span.is_some() && span.end_ns > frame.cursor && !is_untouched(frame, tree);
            if start < end && (!late || end.saturating_sub(start) > whole / 2) {
                break Some((child, start, end));
            }
        };
        match next {
            Some((child, start, end)) => {
                push(&mut backwards, frame.span, end, frame.cursor);
                frame.cursor = start;
                let waiting = by_end(tree, tree.children(child));
                stack.push(Frame { span: Some(child), from: start, cursor: end, waiting });
            }
            None => {
                push(&mut backwards, frame.span, frame.from, frame.cursor);
                stack.pop();
            }
        }
    }
    backwards.reverse();
    backwards
}

/// Whether nothing of the frame was walked yet: a child that outlives its parent is then cut to it, not skipped.
fn is_untouched(frame: &Frame, tree: &Tree) -> bool {
    frame.span.and_then(|index| tree.span(index)).is_some_and(|span| frame.cursor >= span.end_ns)
}

/// Where a walk from the end of the trace may enter: roots, and work that went on after its parent had ended.
fn beginnings(tree: &Tree) -> Vec<usize> {
    let outlives = |index: &usize| {
        let parent = tree.parent(*index).and_then(|parent| tree.span(parent));
        parent.zip(tree.span(*index)).is_none_or(|(parent, span)| span.end_ns > parent.end_ns)
    };
    (0..tree.spans().len()).filter(outlives).collect()
}

fn push(backwards: &mut Vec<Segment>, span: Option<usize>, start_ns: i64, end_ns: i64) {
    if start_ns < end_ns {
        backwards.push(Segment { span, start_ns, end_ns });
    }
}

/// Sorted so that the last one is the one that ended last; of two, the one that began first.
fn by_end(tree: &Tree, indices: &[usize]) -> Vec<usize> {
    let mut sorted = indices.to_vec();
    sorted.sort_by_key(|index| tree.span(*index).map(|span| (span.end_ns, std::cmp::Reverse(span.start_ns))));
    sorted
}
