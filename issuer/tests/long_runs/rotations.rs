//! threats.md B20: rotations under the full load of requests.

use crate::key_rotation::twenty_rotations;

#[actix_web::test]
#[ignore = "takes minutes; no_valid_token_is_refused_during_twenty_rotations_under_load is the short form"]
async fn no_valid_token_is_refused_during_twenty_rotations_under_200_requests_a_second() {
    twenty_rotations(200).await;
}
