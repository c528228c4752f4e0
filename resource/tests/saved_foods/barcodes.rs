//! Barcodes: one food of a user each, in whatever length.

use resource::food::custom::store::SavedFoods;
use resource::food::custom::{Content, Gtin, Refused};
use shared::on_writer;

use super::{ANN, BOB, Kept, cake, change, created, refused, stores};

fn with_barcode(name: &str, barcode: &str) -> Content {
    Content {
        barcode: Some(barcode.to_owned()),
        ..cake(name, 400.0)
    }
}

fn gtin(barcode: &str) -> Gtin {
    Gtin::parse(barcode).unwrap()
}

#[tokio::test]
async fn a_barcode_is_found_in_every_length_and_by_its_owner_only() {
    for Kept { store, .. } in &stores().await {
        let bar = created(store, ANN, &with_barcode("Bar", "036000291452")).await;
        for barcode in ["036000291452", "0036000291452", "00036000291452"] {
            assert_eq!(
                store.with_barcode(ANN, &gtin(barcode)).await.unwrap(),
                Some(bar.clone())
            );
            assert_eq!(store.with_barcode(BOB, &gtin(barcode)).await.unwrap(), None);
        }
        assert_eq!(store.with_barcode(ANN, &gtin("4006381333931")).await.unwrap(), None);
        created(store, BOB, &with_barcode("Bar", "036000291452")).await;
    }
}

/// 01234565 is right as both, and was saved as a GTIN-8 before UPC-E was read.
#[tokio::test]
async fn a_short_barcode_finds_the_long_one_and_what_was_saved_before_it_was_read() {
    for Kept { store, .. } in &stores().await {
        insert_old_column(store, "a", "ann", "01234565", "00000001234565").await;
        assert_eq!(
            store.with_barcode(ANN, &gtin("01234565")).await.unwrap().unwrap().id,
            "a"
        );
        let bar = created(store, ANN, &with_barcode("Bar", "012345000065")).await;
        for barcode in ["01234565", "012345000065"] {
            let found = store.with_barcode(ANN, &gtin(barcode)).await.unwrap();
            assert_eq!(found, Some(bar.clone()), "{barcode}");
        }
    }
}

#[tokio::test]
async fn another_food_cannot_have_it_until_it_is_free() {
    for Kept { store, .. } in &stores().await {
        let bar = created(store, ANN, &with_barcode("Bar", "036000291452")).await;
        let box_of = with_barcode("Box", "0036000291452");
        let taken = Refused::BarcodeTaken(Box::new(bar.clone()));
        assert_eq!(refused(store.save(ANN, &box_of, 2).await), taken);
        let plain = created(store, ANN, &cake("Box", 1.0)).await;
        assert_eq!(refused(change(store, &plain.id, None, box_of.clone()).await), taken);
        change(store, &bar.id, None, cake("Bar", 1.0)).await.unwrap();
        change(store, &plain.id, None, box_of).await.unwrap();
        let found = store.with_barcode(ANN, &gtin("036000291452")).await.unwrap().unwrap();
        assert_eq!(found.id, plain.id);
    }
}

/// The tables as they were before barcodes had a column.
async fn without_barcodes(store: &SavedFoods) {
    let database = store.database();
    for sql in [
        "DROP INDEX saved_foods_barcode",
        "ALTER TABLE saved_foods DROP COLUMN barcode",
        "DROP TABLE saved_food_owners",
        "DELETE FROM _sqlx_migrations WHERE version = 3",
    ] {
        on_writer!(database, pool => sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
}

async fn insert_old_column(store: &SavedFoods, id: &str, sub: &str, barcode: &str, compared: &str) {
    const SQL: &str = "UPDATE saved_foods SET barcode = $1 WHERE food_id = $2";
    insert_old(store, id, sub, Some(barcode)).await;
    let database = store.database();
    on_writer!(database, pool => sqlx::query(SQL).bind(compared).bind(id).execute(pool).await.map(drop)).unwrap();
}

async fn insert_old(store: &SavedFoods, id: &str, sub: &str, barcode: Option<&str>) {
    const SQL: &str = "INSERT INTO saved_foods
        (food_id, iss, sub, name_key, brand_key, version, food, created_at, updated_at)
        VALUES ($1, $2, $3, $1, '', 1, $4, 1, 1)";
    let food = Content {
        barcode: barcode.map(str::to_owned),
        ..cake(id, 1.0)
    };
    let (database, food) = (store.database(), serde_json::to_string(&food).unwrap());
    on_writer!(database, pool => sqlx::query(SQL).bind(id).bind(ANN.iss).bind(sub).bind(&food)
        .execute(pool).await.map(drop))
    .unwrap();
}

#[tokio::test]
async fn barcodes_that_were_saved_before_are_found_and_of_two_foods_one_has_it() {
    for Kept { store, url, .. } in &stores().await {
        without_barcodes(store).await;
        insert_old(store, "a", "ann", Some("036000291452")).await;
        insert_old(store, "b", "ann", Some("0036000291452")).await;
        insert_old(store, "c", "ann", None).await;
        insert_old(store, "d", "bob", Some("036000291452")).await;
        insert_old(store, "e", "ann", Some("123456")).await;
        store.close().await;
        let store = SavedFoods::open(&url.parse().unwrap()).await.unwrap();
        let code = gtin("036000291452");
        let found = |owner| store.with_barcode(owner, &code);
        assert_eq!(found(ANN).await.unwrap().unwrap().id, "a");
        assert_eq!(found(BOB).await.unwrap().unwrap().id, "d");
        assert_eq!(store.all(ANN).await.unwrap().len(), 4);
        store.close().await;
    }
}
