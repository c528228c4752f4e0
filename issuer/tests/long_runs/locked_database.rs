//! threats.md B18: a lock that stays for ten seconds.

use std::time::Duration;

use crate::locked_database::held_for;

#[actix_web::test]
#[ignore = "takes half a minute; it_costs_no_token_and_the_client_hears_when_to_try_again is the short form"]
async fn a_lock_of_ten_seconds_costs_no_token() {
    held_for(Duration::from_secs(10)).await;
}
