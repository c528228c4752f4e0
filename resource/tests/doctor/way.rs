//! Where a login goes: to the issuer of the resource that was typed, and nowhere else.

use resource::doctor::login::Way;

use super::pair::Pair;

const RESOURCE: &str = "oauth-protected-resource";
const ISSUER: &[&str] = &["oauth-authorization-server", "openid-configuration"];

async fn way(change: impl FnOnce(&mut Pair)) -> Option<Way> {
    let mut pair = Pair::healthy();
    change(&mut pair);
    let url = pair.url.clone();
    pair.examined_with_way(&url).await.1
}

#[actix_web::test]
async fn a_healthy_pair_has_a_way() {
    let way = way(|_| ()).await.unwrap();
    assert_eq!(way.resource, way.mcp_url);
    assert_eq!(way.issuer, way.metadata["issuer"]);
}

#[actix_web::test]
async fn no_token_is_asked_for_that_is_for_somebody_elses_resource() {
    for foreign in [
        "https://victim.example/mcp",
        "http://localhost/mcp",
        "mcp",
        "https://victim.example/mcp?x=http://localhost",
    ] {
        let way = way(|pair| pair.set(RESOURCE, "resource", Some(foreign.into()))).await;
        assert!(way.is_none(), "{foreign}: {way:?}");
    }
    let of_neighbor = way(|pair| pair.set(RESOURCE, "resource", Some(format!("{}/other", pair.url).into()))).await;
    assert!(of_neighbor.is_none(), "{of_neighbor:?}");
}

#[actix_web::test]
async fn an_issuer_that_calls_itself_otherwise_is_not_gone_to() {
    for foreign in [Some("https://victim.example".into()), None] {
        let way = way(|pair| ISSUER.iter().for_each(|path| pair.set(path, "issuer", foreign.clone()))).await;
        assert!(way.is_none(), "{foreign:?}: {way:?}");
    }
}
