//! Whether records of another store's log can go on here.

use domain::chain::{Anchor, LINE_BYTES, Line};
use ports::store::Log;
use ports::store::error::StoreError;

/// Whether the records follow each other and the end of a log; an empty log may begin anywhere.
///
/// # Errors
/// [`StoreError::Invalid`] for the first that does not, or was changed.
pub fn check(log: Log, end: &Anchor, lines: &[Line]) -> Result<(), StoreError> {
    let mut before = (end.count > 0).then(|| end.clone());
    for line in lines {
        let sequence = line.sequence;
        let wrong = |what: &str| {
            let message = format!("record {sequence} cannot be taken over into the {} log: {what}", log.name());
            Err(StoreError::Invalid { message })
        };
        if line.computed_hash() != line.hash {
            return wrong("its content does not give its hash");
        }
        let bytes = line.to_json().len();
        if bytes > LINE_BYTES {
            return wrong(&format!("it has {bytes} bytes, a record has at most {LINE_BYTES}"));
        }
        match &before {
            Some(before) if !line.follows(before) => {
                return wrong(&format!("it does not go on from record {} with its hash", before.count));
            }
            None if sequence == 0 || (sequence == 1 && !line.follows(&Anchor::default())) => {
                return wrong("it is no first record");
            }
            _ => before = Some(line.anchor()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::chain::Entry;

    #[test]
    fn a_record_that_no_reader_would_read_is_not_taken_over() {
        let entry = |characters| Entry {
            at: chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
            kind: "test".to_owned(),
            body: "x".repeat(characters).into(),
            personal: None,
        };
        let start = Anchor::default();
        let check = |characters| check(Log::Audit, &start, &[Line::after(&start, entry(characters))]);
        assert_eq!(check(LINE_BYTES / 2), Ok(()));
        let refused = check(LINE_BYTES).unwrap_err();
        assert!(matches!(&refused, StoreError::Invalid { message } if message.contains("at most")), "{refused}");
    }
}
