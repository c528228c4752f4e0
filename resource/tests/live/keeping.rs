//! How long answers are kept, and which of too many. On both databases.

use resource::food::model::{Freshness, Source};
use resource::food::providers::Providers;
use shared::clock::Clock;
use shared::database::Database;
use shared::{on_reader, on_writer};

use super::stand_in::{Says, StandIn};
use super::{JAR, NO_PRODUCT, NOW, PRODUCT, off_at, process, says};
use crate::saved_foods::{Kept, stores};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// As many as are kept.
const MOST: i64 = 50_000;

async fn count(database: &Database, which: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM provider_answers WHERE {which}");
    let sql = sqlx::AssertSqlSafe(sql);
    async { on_reader!(database, pool => sqlx::query_scalar::<_, i64>(sql).fetch_one(pool).await) }
        .await
        .unwrap()
}

/// So many answers that are as good as new until then.
async fn add(database: &Database, ids: std::ops::Range<i64>, foods: &str, fresh_until: i64) {
    const SQL: &str = "WITH RECURSIVE ids (id) AS (SELECT $1 UNION ALL SELECT id + 1 FROM ids WHERE id + 1 < $2)
        INSERT INTO provider_answers (provider, question, foods, attribution, told_at, fresh_until)
        SELECT 'openfoodfacts', 'food:' || id, $3, '', $4, $5 FROM ids";
    on_writer!(database, pool => sqlx::query(SQL).bind(ids.start).bind(ids.end).bind(foods).bind(NOW)
        .bind(fresh_until).execute(pool).await.map(drop))
    .unwrap();
}

async fn freshness(providers: &Providers) -> Option<Freshness> {
    let food = providers.food(Source::OpenFoodFacts, JAR).await.ok()??;
    food.fetched.map(|fetched| fetched.freshness)
}

#[actix_web::test]
async fn an_answer_stands_in_for_thirty_days_and_goes_then_though_no_provider_answers() {
    for Kept { store, .. } in &stores().await {
        let (stand_in, clock) = (StandIn::start(says(PRODUCT)), Clock::fixed(NOW));
        let providers = process(&off_at(&stand_in), store, &clock);
        assert_eq!(freshness(&providers).await, Some(Freshness::Live));
        stand_in.says(Says::Status(500, ""));
        clock.advance(7 * DAY + 30 * DAY - 1);
        assert_eq!(freshness(&providers).await, Some(Freshness::Stale));
        assert_eq!(count(&store.database(), "true").await, 1);
        clock.advance(1);
        assert_eq!(freshness(&providers).await, None);
        clock.advance(HOUR);
        assert_eq!(freshness(&providers).await, None);
        assert_eq!(count(&store.database(), "true").await, 0);
    }
}

#[actix_web::test]
async fn of_too_many_those_stay_that_are_of_use_for_the_longest() {
    for Kept { store, .. } in &stores().await {
        let (stand_in, clock) = (StandIn::start(says(NO_PRODUCT)), Clock::fixed(NOW));
        let database = store.database();
        add(&database, 0..10, "[]", NOW).await;
        add(&database, 10..20, "[]", NOW + HOUR).await;
        add(&database, 20..30, "[{}]", NOW - DAY).await;
        add(&database, 30..30 + MOST - 5, "[{}]", NOW + 7 * DAY).await;
        freshness(&process(&off_at(&stand_in), store, &clock)).await;
        let outdated = format!("foods = '[]' AND fresh_until <= {NOW}");
        assert_eq!(count(&database, &outdated).await, 0);
        let useful = format!("fresh_until = {}", NOW + 7 * DAY);
        assert_eq!(count(&database, &useful).await, MOST - 5);
        // The answer that came after is one more.
        assert_eq!(count(&database, "true").await, MOST + 1);
        assert_eq!(count(&database, &format!("fresh_until < {NOW}")).await, 0);
    }
}

#[actix_web::test]
async fn an_answer_of_a_clock_that_was_wrong_gives_its_place_to_the_next() {
    for Kept { store, .. } in &stores().await {
        let stand_in = StandIn::start(says(PRODUCT));
        let ahead = process(&off_at(&stand_in), store, &Clock::fixed(NOW + 365 * DAY));
        assert_eq!(freshness(&ahead).await, Some(Freshness::Live));
        let providers = process(&off_at(&stand_in), store, &Clock::fixed(NOW));
        assert_eq!(freshness(&providers).await, Some(Freshness::Live));
        assert_eq!(freshness(&providers).await, Some(Freshness::Cache));
        assert_eq!(stand_in.asked().len(), 2);
    }
}
