//! Searching where very many foods are saved, beside an empty database.

use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};

use crate::forged::Mint;
use crate::in_turns;
use crate::issuer_server::IssuerServer;
use crate::load::{Aim, run};
use crate::report::{Figure, Scenario};
use crate::rounds::{Loaded, Plan};
use crate::rows::USER;
use crate::tools::{self, Anew, MARKS, Wire};

/// Saved foods, and how many of them each account has.
const SAVED: i64 = 1_000_000;
const EACH: i64 = 100;

/// Copies of the one food that is there: `EACH` of the account itself, and as many of each other.
const GROW: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
     INSERT INTO saved_foods (iss, sub, food_id, name_key, brand_key, version, food, created_at, updated_at)
     SELECT iss, CASE WHEN i < $2 THEN sub ELSE printf('10000000-0000-4000-8000-%012x', i / $2) END,
        printf('30000000-0000-4000-8000-%012x', i), 'porridge of day ' || i, brand_key, 1,
        json_set(food, '$.name', 'Porridge of day ' || i), created_at, updated_at
     FROM n CROSS JOIN (SELECT * FROM saved_foods LIMIT 1)";

pub(super) async fn saved(plan: Plan) -> Result<Scenario, String> {
    let issuer = IssuerServer::start("issuer", "1").await?;
    let empty = tools::start("resource", "empty", &issuer, &[]).await?;
    let grown = tools::start("resource", "grown", &issuer, &[]).await?;
    let mint = Mint::new(&issuer).await?;
    let stranger = mint.make_for("0f6b5c1e-0005-4000-8000-000000000005")?;
    let owner = mint.make_for(USER)?;
    let food = json!({"name": "Porridge", "servingSize": {"amount": 250, "unit": "g"},
        "nutrients": {"calories": 210, "protein_g": 7, "total_carbs_g": 36, "total_fat_g": 4}});
    let save = Wire::V2026.call("save_food", &food, Some(&owner));
    run(&Aim::times(grown.address, 1), vec![save]).await?;
    let saved = grow(&issuer, plan.rows(SAVED)).await?;
    // Answers are kept for those who have no foods of their own, which is not what is compared here.
    let query = json!({"query": format!("banana, raw {MARKS}")});
    let call = |token: &String| Wire::V2026.call("search_food", &query, Some(token));
    let searching = |token: &String| Anew::several(&call(token), plan.connections);
    let mut none = Loaded::new("search_food, nothing saved by anybody", &empty, searching(&owner)?);
    let mut other = Loaded::new(
        "search_food, a million saved, none by this account",
        &grown,
        searching(&stranger)?,
    );
    let mut own = Loaded::new(
        "search_food, a million saved, 100 by this account",
        &grown,
        searching(&owner)?,
    );
    let series = in_turns!(plan, none, other, own);
    let p99: Vec<f64> = series
        .iter()
        .map(|series| series.spread(|round| round.p99_us).median)
        .collect();
    let base = p99.first().copied().unwrap_or_default();
    let mut figures = vec![Figure::new("saved foods", saved, "")];
    for (series, p99) in series.iter().zip(&p99).skip(1) {
        figures.push(Figure::new(
            &format!("{}: p99, of the first row's", series.name),
            p99 / base,
            "",
        ));
    }
    Ok(Scenario {
        name: "saved".to_owned(),
        series,
        figures,
    })
}

/// How many there are then.
async fn grow(issuer: &IssuerServer, rows: i64) -> Result<f64, String> {
    let file = issuer.folder.path().join("grown.db");
    let database = SqliteConnection::connect(&format!("sqlite:{}", file.display())).await;
    let mut database = database.map_err(|error| error.to_string())?;
    let grown = sqlx::query(GROW).bind(rows).bind(EACH).execute(&mut database).await;
    grown.map_err(|error| error.to_string())?;
    let count: i32 = sqlx::query_scalar("SELECT COUNT(*) FROM saved_foods")
        .fetch_one(&mut database)
        .await
        .map_err(|error| error.to_string())?;
    Ok(f64::from(count))
}
