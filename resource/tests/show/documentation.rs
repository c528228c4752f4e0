//! The pictures in `docs/pictures`, drawn from the running server. They are drawn and measured in every run, and kept
//! where the environment names a folder: `DOCS_PICTURES="$PWD/docs/pictures" cargo test -p resource docs_pictures`.

use std::path::PathBuf;

use serde_json::json;

use super::LEGACY;
use super::picture::{Scene, banana, meal};

#[actix_web::test]
async fn docs_pictures() {
    let Some(scene) = Scene::set().await else { return };
    let unkept = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("DOCS_PICTURES").map_or_else(|| unkept.path().to_owned(), PathBuf::from);
    for (name, call, theme, width) in [
        ("food-narrow-light", banana(), "light", 320),
        ("food-wide-dark", banana(), "dark", 760),
        ("meal-wide-light", meal(), "light", 760),
        ("meal-narrow-dark", meal(), "dark", 320),
    ] {
        let result = scene.client.result(LEGACY, "tools/call", call).await;
        scene.show(&result, &json!({"theme": theme}), width).await;
        scene.check(name).await;
        let height: u32 = scene.browser.look("return document.documentElement.scrollHeight").await;
        scene.browser.screen(width, height, theme == "dark").await;
        scene.browser.leave_frame().await;
        let png = scene.browser.screenshot().await;
        assert_eq!(png_size(&png), (width, height), "{name}");
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }
    scene.browser.stop().await;
}

/// Width and height of a PNG, which stand first in it.
fn png_size(png: &[u8]) -> (u32, u32) {
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}
