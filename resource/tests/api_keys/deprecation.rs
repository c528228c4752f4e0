//! Users of keys are told that keys end, and nobody else is.

use super::{key, status, table};
use crate::http::tools_list;
use crate::support::TestResource;

#[actix_web::test]
async fn every_answer_to_the_user_of_a_key_says_since_when_and_until_when() {
    let server = TestResource::start_with(&[
        ("AUTH_MODE", "both"),
        ("API_KEY_DEPRECATION_WARNING", "2027-01-01"),
        ("RESOURCE_API_KEY_SUNSET", "2027-12-31"),
    ])
    .await;
    let key = key(&server, "ci", "food:write").await;
    let refused_for_scope = server.post(&key, &crate::http::search(), &[]).await;
    assert_eq!(refused_for_scope.status, 403);
    for answer in [server.post(&key, &tools_list(), &[]).await, refused_for_scope] {
        assert_eq!(answer.header("deprecation"), Some("@1798761600"));
        assert_eq!(answer.header("sunset"), Some("Fri, 31 Dec 2027 00:00:00 GMT"));
    }
    for token in [server.signed(), "mcpkey_x".to_owned()] {
        let answer = server.post(&token, &tools_list(), &[]).await;
        assert_eq!((answer.header("deprecation"), answer.header("sunset")), (None, None));
    }
    assert_eq!(status(&server, &key).await, 200);
    assert_eq!(table(&server).await.all().await.unwrap().len(), 1);
}
