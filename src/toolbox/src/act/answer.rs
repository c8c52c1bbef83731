//! What an act server answered: done, not done for certain, or nobody knows.
//!
//! In doubt, nobody knows: the executor looks at the world then, and that costs a look. The other mistake, to take an
//! effect for none, would let it be made twice.

use crate::result;
use domain::envelope::{Failure, FailureKind};
use domain::observed::acted::Acted;
use ports::hands::ActError;
use rmcp::model::{CallToolResponse, ErrorCode};
use rmcp::service::ServiceError;

/// The answer to a call.
///
/// # Errors
/// Why it is not known that it was done.
pub fn read(server: &str, tool: &str, response: CallToolResponse, is_rehearsal: bool) -> Result<Acted, ActError> {
    let bad = |why: &str| {
        let message = format!("the answer of act server {server}, tool {tool} cannot be used: {why}");
        ActError::Unknown(Failure::new(FailureKind::BadAnswer, message))
    };
    let CallToolResponse::Complete(result) = response else {
        return Err(bad("it is no result of a call"));
    };
    let fetched = result::own(server, tool, result).map_err(sorted)?;
    let acted: Acted =
        serde_json::from_value(fetched.envelope.data).map_err(|error| bad(&format!("it tells no change: {error}")))?;
    match (is_rehearsal, acted.dry_run) {
        (true, false) => Err(bad("a rehearsal was asked for, and it tells a change")),
        (false, true) => {
            let message = format!("act server {server} only rehearsed {tool}; nothing was changed");
            Err(ActError::Refused(Failure::new(FailureKind::Refused, message)))
        }
        _ => Ok(acted),
    }
}

/// What a tool says went wrong. Its kinds of no doubt come from a check before anything was sent, or from an answer of
/// the backend that says no. A limit on requests can stand in an answer that came too late, and so is in doubt.
fn sorted(failure: Failure) -> ActError {
    match failure.kind {
        FailureKind::BadRequest
        | FailureKind::NotFound
        | FailureKind::Forbidden
        | FailureKind::Unauthenticated
        | FailureKind::Conflict
        | FailureKind::Refused => ActError::Refused(failure),
        FailureKind::Unreachable
        | FailureKind::Timeout
        | FailureKind::BadAnswer
        | FailureKind::TooLarge
        | FailureKind::RateLimited
        | FailureKind::Cancelled => ActError::Unknown(failure),
    }
}

/// A call that the protocol or the transport ended. Only a server that does not know such a call has done nothing.
pub fn unanswered(failure: Failure, error: &ServiceError) -> ActError {
    let is_certain = matches!(error, ServiceError::McpError(data) if matches!(
        data.code,
        ErrorCode::INVALID_PARAMS | ErrorCode::INVALID_REQUEST | ErrorCode::METHOD_NOT_FOUND
    ));
    if is_certain { ActError::Refused(failure) } else { ActError::Unknown(failure) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rmcp::model::{CallToolResult, ContentBlock, ErrorData};
    use serde_json::{Value, json};

    fn acted(dry_run: bool) -> Value {
        let object = json!({"kind": "Deployment", "namespace": "shop", "name": "checkout"});
        json!({"action": "scale", "object": object, "class": "W1", "dry_run": dry_run, "complete": true, "diff": []})
    }

    fn answered(text: String, is_error: bool, is_rehearsal: bool) -> Result<Acted, ActError> {
        let blocks = vec![ContentBlock::text(text)];
        let result = if is_error { CallToolResult::error(blocks) } else { CallToolResult::success(blocks) };
        read("kubernetes", "scale", CallToolResponse::Complete(result), is_rehearsal)
    }

    #[test]
    fn only_a_refusal_without_doubt_is_certain() {
        use FailureKind::*;
        let kinds = [
            BadRequest,
            NotFound,
            Forbidden,
            Unauthenticated,
            Unreachable,
            Timeout,
            BadAnswer,
            TooLarge,
            Conflict,
            RateLimited,
            Cancelled,
            Refused,
        ];
        let certain: Vec<FailureKind> = kinds
            .into_iter()
            .filter(|kind| {
                let failure = json!({"error": Failure::new(*kind, "it failed")}).to_string();
                matches!(answered(failure, true, false), Err(ActError::Refused(_)))
            })
            .collect();
        assert_eq!(certain, [BadRequest, NotFound, Forbidden, Unauthenticated, Conflict, Refused]);
    }

    #[test]
    fn an_answer_that_is_none_leaves_it_open() {
        let whole = |data: Value| json!({"data": data, "returned": 1}).to_string();
        assert!(answered(whole(acted(false)), false, false).is_ok());
        assert!(answered(whole(acted(true)), false, true).is_ok());
        assert!(matches!(answered(whole(acted(true)), false, false), Err(ActError::Refused(_))), "it only rehearsed");
        for text in [whole(json!({"pods": 3})), whole(Value::Null), "<html>".to_owned(), String::new()] {
            assert!(matches!(answered(text.clone(), false, false), Err(ActError::Unknown(_))), "{text}");
        }
        let real = answered(whole(acted(false)), false, true).unwrap_err();
        assert!(real.to_string().contains("a rehearsal was asked for"), "{real}");
    }

    #[test]
    fn a_protocol_error_is_certain_only_where_the_call_is_not_known() {
        let failure = || Failure::new(FailureKind::BadAnswer, "no");
        let of = |code: ErrorCode| ServiceError::McpError(ErrorData::new(code, "no", None));
        assert!(matches!(unanswered(failure(), &of(ErrorCode::INVALID_PARAMS)), ActError::Refused(_)));
        for error in [of(ErrorCode::INTERNAL_ERROR), ServiceError::TransportClosed, ServiceError::UnexpectedResponse] {
            assert!(matches!(unanswered(failure(), &error), ActError::Unknown(_)), "{error}");
        }
    }
}
