//! What counts as an answer.

use super::{Driver, Same, member};
use crate::wire::Answer;

fn answered(status: u16, body: &str) -> Result<(), String> {
    let mut same = Same {
        request: Vec::new(),
        status: 200,
        holds: Some(("active", "true")),
    };
    let body = body.as_bytes();
    same.answered(&Answer { status, head: "", body })
}

#[test]
fn only_the_answer_that_is_expected_counts() {
    assert_eq!(answered(200, "{\"active\":true,\"sub\":\"a\"}"), Ok(()));
    assert_eq!(answered(200, "{\"sub\": \"a\", \"active\": true}"), Ok(()));
    assert!(answered(200, "{\"active\":false}").is_err());
    assert!(answered(200, "{\"sub\":\"active\",\"n\":true}").is_err());
    assert!(answered(200, "").is_err());
    assert!(answered(401, "{\"active\":true}").is_err());
}

#[test]
fn a_member_is_found_by_its_whole_name() {
    let body = b"{\"grant\":\"token\",\"refresh_token\":\"r\",\"token\":\"t\"}";
    assert_eq!(member(body, "token"), Some("\"t\"}"));
    assert_eq!(member(body, "refresh"), None);
}
