//! Icons: MCP 2025-11-25 and later, basic, "Icons". Small SVG in `data:` URIs, so that nobody fetches anything.
//!
//! Easy to get wrong: clients draw them on light and on dark grounds, so each has colors that stand out from both.

use rmcp::model::Icon;

/// An apple: the server, and a food.
const FOOD: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath fill='%23d6453d' d='M12 7c-2-2-8-1.5-8 5 0 5 3.5 10 6 10 1 0 1.5-.5 2-.5s1 .5 2 .5c2.5 0 6-5 6-10 0-6.5-6-7-8-5z'/%3E%3Cpath fill='%233a9d4b' d='M12 6c0-3 2-5 5-5 0 3-2 5-5 5z'/%3E%3C/svg%3E";

/// The icon of the server and of foods.
pub(super) fn food() -> Icon {
    icon(FOOD)
}

fn icon(src: &str) -> Icon {
    Icon::new(src)
        .with_mime_type("image/svg+xml")
        .with_sizes(vec!["any".to_owned()])
}
