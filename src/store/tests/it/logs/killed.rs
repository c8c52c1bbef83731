//! Writers that are killed while they append.

use super::child::{acknowledged, appending};
use super::{Scratch, entry, holds, open, written};
use ports::store::Log;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};

/// How many writers are killed one after the other.
const ROUNDS: u64 = 12;

#[tokio::test]
async fn nothing_acknowledged_is_lost_or_doubled_by_kills() {
    let scratch = Scratch::new();
    let mut told = BTreeSet::new();
    for round in 1..=ROUNDS {
        let mut child = appending(scratch.path(), round).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        // Killed after another number of acknowledgements each time, somewhere in the middle of what comes next.
        let seen = lines.by_ref().filter_map(|line| acknowledged(&line)).take(usize::try_from(round * 7).unwrap());
        told.extend(seen.map(|number| (round, number)).collect::<Vec<_>>());
        child.kill().unwrap();
        // What it had told before it died counts, too.
        told.extend(lines.filter_map(|line| acknowledged(&line)).map(|number| (round, number)));
        child.wait().unwrap();

        let files = open(scratch.path());
        files.append(Log::Journal, vec![entry(0, round)]).await.unwrap();
        told.insert((0, round));
        let all = written(&files).await;
        let once: BTreeSet<_> = all.iter().copied().collect();
        assert_eq!(once.len(), all.len(), "something is doubled");
        assert!(told.is_subset(&once), "lost: {:?}", told.difference(&once).collect::<Vec<_>>());
        assert_eq!(usize::try_from(holds(&files).await).unwrap(), all.len());
    }
}
