//! `resource foods ...`: what comes out goes in again, and nobody else's foods are touched.

use std::path::Path;
use std::process::Output;

use resource::food::custom::store::SavedFoods;
use resource::food::custom::{Content, Measure, Owner, SavedFood};

use super::{complaint, program, text};

const ISS: &str = "https://issuer.example";

fn foods(arguments: &[&str], folder: &Path) -> Output {
    let arguments: Vec<&str> = ["foods"].iter().chain(arguments).copied().collect();
    program(&arguments, &[("OAUTH_ISSUER", ISS)], folder).output().unwrap()
}

async fn store(folder: &Path) -> SavedFoods {
    let url = format!("sqlite:{}", folder.join("data/resource.db").display());
    SavedFoods::open(&url.parse().unwrap()).await.unwrap()
}

fn owner(sub: &str) -> Owner<'_> {
    Owner { iss: ISS, sub }
}

fn cake(name: &str) -> Content {
    Content {
        name: name.to_owned(),
        brand: None,
        category: "Saved foods".to_owned(),
        barcode: Some("4006381333931".to_owned()),
        aliases: vec!["torte, \"große\"".to_owned()],
        portions: vec![Measure {
            amount: 1.0,
            unit: "slice".to_owned(),
            grams: 50.5,
        }],
        nutrients: vec![(204, 12.5), (208, 400.0)],
        recipe: None,
    }
}

async fn all(folder: &Path, sub: &str) -> Vec<SavedFood> {
    let store = store(folder).await;
    let foods = store.all(owner(sub)).await.unwrap();
    store.close().await;
    foods
}

#[actix_web::test]
async fn foods_move_to_another_database_as_they_are() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let source = store(from.path()).await;
    source.save(owner("ann"), &cake("=1+1"), 1).await.unwrap();
    source.save(owner("ann"), &cake("=1+1"), 2).await.unwrap();
    source.save(owner("bob"), &cake("Bob's cake"), 3).await.unwrap();
    source.close().await;
    let kept = all(from.path(), "ann").await;
    for (format, sub) in [("json", "ann"), ("csv", "ann"), ("csv", "carol")] {
        let exported = foods(&["export", "--user", "ann", "--format", format], from.path());
        assert!(exported.status.success(), "{}", text(&exported.stderr));
        let file = to.path().join(format!("foods.{format}"));
        std::fs::write(&file, &exported.stdout).unwrap();
        let import = ["import", file.to_str().unwrap(), "--user", sub];
        let first = foods(&import, to.path());
        let told = text(&first.stdout);
        let is_there = format == "csv" && sub == "ann";
        let expected = if is_there {
            "0 created, 0 updated, 1 unchanged"
        } else {
            "1 created, 0 updated, 0 unchanged"
        };
        assert!(told.starts_with(expected), "{told} {}", text(&first.stderr));
        assert!(text(&foods(&import, to.path()).stdout).starts_with("0 created, 0 updated, 1 unchanged"));
    }
    assert_eq!(all(to.path(), "ann").await, kept);
    let carols = all(to.path(), "carol").await;
    assert_eq!((carols.len(), &carols[0].content), (1, &kept[0].content));
    assert_ne!(carols[0].id, kept[0].id);
    assert_eq!(all(to.path(), "bob").await, []);
}

#[actix_web::test]
async fn a_file_with_one_bad_line_changes_nothing_and_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("foods.csv");
    let portions = "\"[{\"\"amount\"\":1,\"\"unit\"\":\"\"slice\"\",\"\"grams\"\":30}]\"";
    let table = format!("name,calories,portions\nToast,250,{portions}\nBread,-1,{portions}\nToast,1,{portions}\n");
    std::fs::write(&file, &table).unwrap();
    let import = ["import", file.to_str().unwrap(), "--user", "ann"];
    let refused = foods(&import, folder.path());
    let told = text(&refused.stderr);
    assert!(
        !refused.status.success() && told.contains("nothing was imported"),
        "{told}"
    );
    assert!(
        told.contains("line 3 (\"Bread\")") && told.contains("line 4 (\"Toast\")"),
        "{told}"
    );
    assert_eq!(all(folder.path(), "ann").await, []);
    std::fs::write(&file, table.lines().take(2).collect::<Vec<_>>().join("\n")).unwrap();
    assert!(foods(&import, folder.path()).status.success());
    assert_eq!(all(folder.path(), "ann").await.len(), 1);
}

#[test]
fn it_must_be_clear_whose_foods_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let both = [("OAUTH_ISSUER", ISS), ("AUTH_MODE", "both")];
    let run = |arguments: &[&str]| program(arguments, &both, folder.path()).output().unwrap();
    let unclear = complaint(&run(&["foods", "export", "--user", "ann"]));
    assert!(unclear.contains(ISS) && unclear.contains("api_key:"), "{unclear}");
    let empty = run(&["foods", "export", "--user", "ann", "--issuer", "api_key:"]);
    assert!(empty.status.success() && text(&empty.stderr).contains("0 foods of ann (api_key:)"));
    assert!(complaint(&run(&["foods", "export", "--user", "", "--issuer", ISS])).contains("--user"));
    assert!(complaint(&run(&["foods", "import", "nowhere", "--user", "ann", "--issuer", ISS])).contains("nowhere"));
    for usage in [
        &["foods"][..],
        &["foods", "export"],
        &["foods", "import", "--user", "ann"],
    ] {
        assert_eq!(run(usage).status.code(), Some(2), "{usage:?}");
    }
}
