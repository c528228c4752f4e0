//! What a list of a million entries takes, in the program of a release.

use crate::status_list::{MEMORY, a_million_entries};

#[actix_web::test]
#[ignore = "for a release build; a_million_entries_of_which_ten_thousand_are_revoked is the short form"]
async fn the_list_of_a_million_entries_is_served_from_memory_within_a_millisecond() {
    let time = a_million_entries().await;
    assert!(cfg!(debug_assertions) || time < MEMORY, "{time:?}");
}
