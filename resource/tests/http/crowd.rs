//! Many people at the same moment, each with a token of their own: nobody is answered with what is another's
//! (RFC 9700 section 4.10, the cache of checked tokens beneath).

use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};

use super::legacy;
use crate::support::TestResource;

fn token(resource: &TestResource, person: usize) -> String {
    let token = resource.token().claim("sub", format!("person-{person}").into());
    token
        .claim("jti", format!("token-{person}").into())
        .sign(resource.key())
}

async fn call(resource: &TestResource, token: &str, tool: &str, arguments: Value) -> Value {
    let message = legacy("tools/call", json!({"name": tool, "arguments": arguments}));
    let reply = resource.post(token, &message, &[]).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["result"]["structuredContent"].clone()
}

/// Each of `people` saves one food, then all call `calls` times at once, and see theirs and no other.
async fn crowd(people: usize, calls: usize) {
    let resource = TestResource::start().await;
    resource.ready().await;
    let tokens: Vec<String> = (0..people).map(|person| token(&resource, person)).collect();
    let save = |person: usize| {
        let (resource, token) = (&resource, &tokens[person]);
        async move {
            let food = json!({"name": format!("Secret stew of {person}"), "servingSize": {"amount": 1, "unit": "bowl", "grams": 300},
                "nutrients": {"calories": 100 + person}});
            let saved = call(resource, token, "save_food", food).await;
            assert_eq!(saved["created"], true, "{saved}");
        }
    };
    stream::iter(0..people).for_each_concurrent(people, save).await;
    let look = |n: usize| {
        let (resource, person) = (&resource, n % people);
        let token = &tokens[person];
        async move {
            let found = call(
                resource,
                token,
                "search_food",
                json!({"query": "secret stew", "source": "custom"}),
            )
            .await;
            let names: Vec<_> = found["results"]
                .as_array()
                .unwrap()
                .iter()
                .map(|food| &food["name"])
                .collect();
            assert_eq!(names, [&json!(format!("Secret stew of {person}"))]);
        }
    };
    stream::iter(0..people * calls).for_each_concurrent(100, look).await;
    resource.stop().await;
}

#[actix_web::test]
async fn a_crowd_sees_no_foreign_food() {
    crowd(20, 10).await;
}

/// `cargo test --release -p resource --test resource -- --ignored a_hundred_people`
#[actix_web::test]
#[ignore = "takes a minute; a_crowd_sees_no_foreign_food is the short form"]
async fn a_hundred_people_call_a_hundred_times_at_once_and_see_no_foreign_food() {
    crowd(100, 100).await;
}
