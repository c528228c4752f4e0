//! Everything ends at once: what is done after a leak, with many grants, beside others that write.

use issuer::store::revocations::Selection;

use crate::support::TestIssuer;
use crate::support::database::TestDatabase;

const GRANTS: u64 = 20_000;

const FILL_GRANTS: &str = "INSERT INTO grants (grant_id, user_id, client_id, scope, resource, auth_time,
         current_counter, from_counter, rotated_at, last_step, created_at, idle_ends_at, ends_at, status_list, status_idx)
     WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)
     SELECT 'g' || i, $1, 'c', 'food:read', 'http://localhost:8081/mcp', 0, 1, 0, 0, 'issued', 0, 9999999999,
         9999999999, 0, i FROM n";
const FILL_ENTRIES: &str = "INSERT INTO status_entries (list_id, idx, free_at)
     SELECT status_list, status_idx, ends_at FROM grants";
/// Ended long ago; its entry is another grant's by now.
const ENDED: &str = "UPDATE grants SET revoked_at = 1 WHERE grant_id = 'g7'";
const REUSED: &str = "UPDATE status_entries SET revoked = 0 WHERE idx = 7";
const REVOKED: &str = "SELECT COUNT(*) FROM status_entries WHERE revoked = 1";
const REVISION: &str = "SELECT revision FROM status_revision";

async fn filled(database: TestDatabase) -> TestIssuer {
    let issuer = TestIssuer::with(database, &[]).await;
    let user_id = issuer.user().await;
    issuer.database.execute(FILL_GRANTS, &[&user_id]).await;
    for statement in [FILL_ENTRIES, ENDED, REUSED] {
        issuer.database.execute(statement, &[]).await;
    }
    issuer
}

#[actix_web::test]
async fn twenty_thousand_grants_end_with_their_entries_and_count_as_one_change() {
    for database in TestDatabase::each() {
        let issuer = filled(database).await;
        let before = issuer.database.count(REVISION).await;
        let ended = issuer.app.store.revoke(Selection::All, issuer.clock.now()).await;
        assert_eq!(ended.unwrap(), GRANTS - 1);
        assert_eq!(issuer.database.count(REVOKED).await.unsigned_abs(), GRANTS - 1);
        let touched = "UPDATE grants SET client_name = 'Another' WHERE grant_id = 'g7'";
        issuer.database.execute(touched, &[]).await;
        let of_another = "SELECT revoked FROM status_entries WHERE idx = 7";
        assert_eq!(
            issuer.database.count(of_another).await,
            0,
            "an old grant's end says nothing of the new one"
        );
        let changes = issuer.app.store.status_changes(before).await.unwrap();
        assert_eq!(u64::try_from(changes.len()).unwrap(), GRANTS - 1);
        if issuer.database.is_postgres() {
            // Each count makes another version of the one row, and walks over those that its transaction made before.
            assert!(
                changes.iter().all(|change| change.revision == before + 1),
                "one change for all"
            );
        }
    }
}

#[actix_web::test]
async fn a_refresh_is_no_change_of_the_lists() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client_id, tokens) = issuer.signed_in().await;
        let before = issuer.database.count(REVISION).await;
        let token = crate::support::text(&tokens, "refresh_token");
        assert_eq!(issuer.refresh(&client_id, token).await.0, 200);
        assert_eq!(issuer.database.count(REVISION).await, before);
    }
}
