//! Changed foods are told to who listens, on both kinds of revisions, and to nobody else.

use std::time::Duration;

use reqwest::Response;
use resource::food::custom::Owner;
use resource::food::custom::store::SavedFoods;
use resource::food::model::Source;
use resource::mcp::subscriptions::{Limits, NoPlace, Subscriptions};
use resource::principal::Principal;
use serde_json::{Value, json};

use super::{CURRENT, Client, LEGACY};
use crate::support::{NOW, TestResource, catalogue, client, eventually};

/// A stream of events.
struct Stream {
    answer: Response,
    read: String,
}

impl Stream {
    async fn of(request: reqwest::RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        let headers = answer.headers();
        assert_eq!(answer.status(), 200);
        assert_eq!(headers["content-type"], "text/event-stream");
        assert_eq!(headers["x-accel-buffering"], "no");
        let read = String::new();
        Self { answer, read }
    }

    /// The next event's message; `None` at the end.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data:"));
                let message = data.map(|data| serde_json::from_str(data.trim()).unwrap());
                self.read = rest.to_string();
                if message.is_some() {
                    return message;
                }
                continue;
            }
            let chunk = tokio::time::timeout(Duration::from_mins(1), self.answer.chunk());
            let chunk = chunk.await.unwrap().ok()??;
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next so many events in short, in order of their names: "updated URI" and "list".
    async fn told(&mut self, count: usize) -> Vec<String> {
        let mut told = Vec::new();
        for _ in 0..count {
            told.push(short(&self.next().await.unwrap()));
        }
        told.sort_unstable();
        told
    }

    /// All events to the end, which must come by itself.
    async fn all(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        while let Some(event) = self.next().await {
            told.push(short(&event));
        }
        told
    }
}

fn short(event: &Value) -> String {
    match event["method"].as_str() {
        Some("notifications/resources/updated") => format!("updated {}", event["params"]["uri"].as_str().unwrap()),
        Some("notifications/resources/list_changed") => "list".to_owned(),
        _ => event.to_string(),
    }
}

/// A request of 2026-07-28.
fn message(method: &str, filter: &Value) -> String {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": CURRENT,
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({"notifications": filter, "_meta": meta});
    json!({"jsonrpc": "2.0", "id": "ear", "method": method, "params": params}).to_string()
}

fn request(resource: &TestResource, method: &str, filter: &Value) -> reqwest::RequestBuilder {
    client()
        .post(&resource.url)
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", CURRENT)
        .header("mcp-method", method)
        .body(message(method, filter))
}

fn listen_request(resource: &TestResource, token: &str, filter: &Value) -> reqwest::RequestBuilder {
    request(resource, "subscriptions/listen", filter).bearer_auth(token)
}

/// Opens a stream: `subscriptions/listen`, and what was acknowledged.
async fn listen(resource: &TestResource, token: &str, filter: Value) -> (Stream, Value) {
    let mut stream = Stream::of(listen_request(resource, token, &filter)).await;
    let first = stream.next().await.unwrap();
    assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(
        first["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"],
        "ear"
    );
    (stream, first["params"]["notifications"].clone())
}

/// A session and the subscription to these in it; then its stream.
async fn session(client: &Client, token: &str) -> String {
    let hello = json!({"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let welcome = client.send(token, LEGACY, "initialize", hello).await;
    welcome.header("mcp-session-id").unwrap().to_owned()
}

async fn in_session(client: &Client, token: &str, id: &str, method: &str, uri: &str) -> Value {
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"uri": uri}});
    let headers = [("mcp-protocol-version", LEGACY), ("mcp-session-id", id)];
    client.resource.post(token, &message, &headers).await.json()
}

async fn get(client_: &Client, token: &str, id: &str) -> Stream {
    let request = client().get(&client_.resource.url).bearer_auth(token);
    let request = request
        .header("mcp-session-id", id)
        .header("accept", "text/event-stream");
    Stream::of(request).await
}

fn uri(id: &str) -> String {
    format!("food://custom/{id}")
}

/// Ann's bar, and a box of them.
async fn bar_and_box(client: &Client, token: &str) -> (String, String) {
    let bar = client.save(token, "Quark bar").await;
    let parts = json!([{"foodId": bar, "amount": 2, "unit": "bar"}]);
    let made = json!({"name": "Lunch box", "ingredients": parts, "servings": 1});
    let made = client.call(token, "save_food", made).await;
    (bar, made["id"].as_str().unwrap().to_owned())
}

async fn fatter(client: &Client, token: &str, id: &str, fat: u32) {
    let nutrients = json!({"calories": 160 + 9 * fat, "protein_g": 4, "total_carbs_g": 18, "total_fat_g": 8 + fat});
    let serving = json!({"amount": 1, "unit": "bar", "grams": 40});
    let change = json!({"id": id, "servingSize": serving, "nutrients": nutrients});
    let changed = client.call(token, "save_food", change).await;
    assert_eq!(changed["updated"], true, "{changed}");
}

async fn with_sessions() -> Client {
    Client {
        resource: TestResource::start_with(&[("RESOURCE_SESSIONS", "on")]).await,
        capabilities: json!({}),
    }
}

/// What happens to a bar and the box that it goes into, and what is told of it.
async fn heard(client: &Client, token: &str, bar: &str, boxed: &str, stream: &mut Stream) {
    let (of_bar, of_box) = (format!("updated {}", uri(bar)), format!("updated {}", uri(boxed)));
    let mut both = vec![of_bar.clone(), of_box.clone()];
    both.sort_unstable();
    fatter(client, token, bar, 1).await;
    assert_eq!(stream.told(2).await, both, "the recipe is another, too");
    client.save(token, "Another bar").await;
    assert_eq!(stream.told(1).await, ["list"], "nobody subscribed to it");
    client
        .call(token, "save_food", json!({"id": boxed, "name": "Dinner box"}))
        .await;
    assert_eq!(stream.told(2).await, ["list".to_owned(), of_box.clone()]);
    let gone = client
        .call(token, "save_food", json!({"id": boxed, "delete": true}))
        .await;
    assert_eq!(gone["deleted"], true, "{gone}");
    assert_eq!(stream.told(2).await, ["list".to_owned(), of_box]);
}

#[actix_web::test]
async fn own_foods_that_change_are_told_on_a_stream_of_2026_07_28() {
    let client = Client::start().await;
    let ann = client.token_of("ann");
    let (bar, boxed) = bar_and_box(&client, &ann).await;
    let uris = [
        uri(&bar),
        uri(&boxed),
        "food://usda/09040".to_owned(),
        "file:///x".to_owned(),
    ];
    let filter = json!({"toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true, "resourceSubscriptions": uris});
    let (mut stream, acknowledged) = listen(&client.resource, &ann, filter).await;
    let honored = json!({"resourcesListChanged": true, "resourceSubscriptions": [uri(&bar), uri(&boxed)]});
    assert_eq!(acknowledged, honored);
    heard(&client, &ann, &bar, &boxed, &mut stream).await;
    let (mut other, acknowledged) = listen(&client.resource, &ann, json!({"resourceSubscriptions": [uri(&bar)]})).await;
    assert_eq!(acknowledged, json!({"resourceSubscriptions": [uri(&bar)]}));
    client.save(&ann, "A third bar").await;
    fatter(&client, &ann, &bar, 2).await;
    let event = other.next().await.unwrap();
    assert_eq!(
        short(&event),
        format!("updated {}", uri(&bar)),
        "the list was not asked for"
    );
    assert_eq!(
        event["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"],
        "ear"
    );
}

#[actix_web::test]
async fn own_foods_that_change_are_told_on_the_stream_of_a_session() {
    let client = with_sessions().await;
    let ann = client.token_of("ann");
    let (bar, boxed) = bar_and_box(&client, &ann).await;
    let id = session(&client, &ann).await;
    let mut stream = get(&client, &ann, &id).await;
    for uri in [uri(&bar), uri(&boxed), "food://usda/09040".to_owned()] {
        let answer = in_session(&client, &ann, &id, "resources/subscribe", &uri).await;
        assert_eq!(answer["result"], json!({}), "{answer}");
    }
    heard(&client, &ann, &bar, &boxed, &mut stream).await;
    let ended = in_session(&client, &ann, &id, "resources/unsubscribe", &uri(&bar)).await;
    assert_eq!(ended["result"], json!({}), "{ended}");
    fatter(&client, &ann, &bar, 2).await;
    client.save(&ann, "A third bar").await;
    assert_eq!(stream.told(1).await, ["list"]);
}

#[actix_web::test]
async fn what_may_have_changed_between_two_streams_of_a_session_is_told_by_the_second() {
    let client = with_sessions().await;
    let ann = client.token_of("ann");
    let (bar, _) = bar_and_box(&client, &ann).await;
    let id = session(&client, &ann).await;
    in_session(&client, &ann, &id, "resources/subscribe", &uri(&bar)).await;
    let of_bar = format!("updated {}", uri(&bar));
    let mut stream = get(&client, &ann, &id).await;
    assert_eq!(
        stream.told(1).await,
        std::slice::from_ref(&of_bar),
        "it may have changed since"
    );
    drop(stream);
    fatter(&client, &ann, &bar, 1).await;
    let mut stream = get(&client, &ann, &id).await;
    assert_eq!(stream.told(2).await, ["list".to_owned(), of_bar]);
}

#[actix_web::test]
async fn a_session_that_is_none_is_known_as_such_also_where_no_place_is_left() {
    let client = with_sessions().await;
    let ann = client.token_of("ann");
    let mut streams = Vec::new();
    for _ in 0..32 {
        streams.push(listen(&client.resource, &ann, json!({"resourcesListChanged": true})).await);
    }
    let request = super::super::support::client()
        .get(&client.resource.url)
        .bearer_auth(&ann);
    let request = request
        .header("mcp-session-id", "unknown")
        .header("accept", "text/event-stream");
    assert_eq!(request.send().await.unwrap().status(), 404);
}

/// Both who listens in another's name and who may not read foods: their streams last two seconds, in which Ann's tell.
#[actix_web::test]
async fn nobody_hears_of_anothers_foods_whatever_they_name() {
    let client = with_sessions().await;
    let ann = client.token_of("ann");
    let (bar, boxed) = bar_and_box(&client, &ann).await;
    let filter = json!({"resourcesListChanged": true, "resourceSubscriptions": [uri(&bar), uri(&boxed)]});
    let (mut hers, honored) = listen(&client.resource, &ann, filter.clone()).await;
    let short_of = |sub: &str, scope: &str| {
        let token = client.resource.token().claim("sub", sub.into());
        let token = token.claim("scope", scope.into()).claim("exp", json!(NOW + 2));
        token.sign(client.resource.key())
    };
    let bob = short_of("bob", "food:read food:write");
    let id = session(&client, &bob).await;
    let refused = in_session(&client, &bob, &id, "resources/subscribe", &uri(&bar)).await;
    assert_eq!(refused["error"]["code"], -32002, "{refused}");
    let mut strangers = vec![get(&client, &bob, &id).await];
    for token in [bob.clone(), short_of("ann", "food:write"), short_of("Ann", "food:read")] {
        let (stream, acknowledged) = listen(&client.resource, &token, filter.clone()).await;
        assert_eq!(acknowledged, honored, "that tells nobody whether it is there");
        strangers.push(stream);
    }
    fatter(&client, &ann, &bar, 1).await;
    client.save(&ann, "Another bar").await;
    assert_eq!(hers.told(3).await.len(), 3);
    let last_word = |event: &String| !event.contains("updated") && event != "list";
    for mut stranger in strangers {
        let heard = stranger.all().await;
        assert!(heard.iter().all(last_word), "{heard:?}");
    }
}

#[actix_web::test]
async fn what_another_process_changes_is_told_as_well() {
    let client = Client::start().await;
    let ann = client.token_of("ann");
    let bar = client.save(&ann, "Quark bar").await;
    let (mut stream, _) = listen(&client.resource, &ann, json!({"resourceSubscriptions": [uri(&bar)]})).await;
    let beside = SavedFoods::open(&client.resource.database_url().parse().unwrap())
        .await
        .unwrap();
    let owner = Owner {
        iss: &client.resource.issuer.url,
        sub: "ann",
    };
    let renamed = |food: &resource::food::custom::Content| {
        let mut food = food.clone();
        food.name = "Curd bar".to_owned();
        Ok(food)
    };
    beside.change(owner, &bar, None, renamed, NOW).await.unwrap();
    assert_eq!(stream.told(1).await, [format!("updated {}", uri(&bar))]);
}

#[actix_web::test]
async fn one_user_has_so_many_streams_and_the_others_theirs() {
    let client = Client::start().await;
    let (ann, bob) = (client.token_of("ann"), client.token_of("bob"));
    let all = json!({"resourcesListChanged": true});
    let mut streams = Vec::new();
    for _ in 0..32 {
        streams.push(listen(&client.resource, &ann, all.clone()).await);
    }
    let refused = listen_request(&client.resource, &ann, &all).send().await.unwrap();
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(
        (&refused["error"]["code"], &refused["id"]),
        (&json!(-32000), &json!("ear")),
        "{refused}"
    );
    listen(&client.resource, &bob, all.clone()).await;
    drop(streams.pop());
    eventually("there is a place again", async || {
        let answer = listen_request(&client.resource, &ann, &all).send().await.unwrap();
        answer.status() == 200
    })
    .await;
}

#[actix_web::test]
async fn all_together_have_so_many_places_and_who_goes_gives_one_back() {
    let client = Client::start().await;
    let saved = client.resource.app.saved_foods.clone();
    let limits = Limits { of_one: 2, in_all: 3 };
    let places = Subscriptions::new(saved, resource::mcp::open_scope(), limits);
    let begin = async |sub: &str| {
        let principal = Principal {
            iss: "https://issuer.example".to_owned(),
            sub: sub.to_owned(),
            client_id: None,
            scope: resource::mcp::open_scope(),
        };
        places.begin(&principal).await
    };
    let taken = [
        begin("ann").await.unwrap(),
        begin("bob").await.unwrap(),
        begin("ann").await.unwrap(),
    ];
    assert!(matches!(begin("ann").await, Err(NoPlace::OfOne)));
    assert!(matches!(begin("carol").await, Err(NoPlace::InAll)));
    drop(taken);
    assert!(begin("carol").await.is_ok() && begin("ann").await.is_ok());
}

#[actix_web::test]
async fn a_stream_ends_with_its_token_and_with_the_server_and_is_counted_until_then() {
    let client = Client::start().await;
    let open = || {
        let mut registry = shared::http::metrics::Registry::default();
        client.resource.app.register_metrics(&mut registry);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("resource_subscriptions "));
        line.unwrap().to_owned()
    };
    let short = client.resource.token().claim("exp", json!(NOW + 1));
    let all = json!({"resourcesListChanged": true});
    let (mut ends, _) = listen(&client.resource, &short.sign(client.resource.key()), all.clone()).await;
    let (mut stays, _) = listen(&client.resource, &client.token_of("ann"), all).await;
    assert_eq!(open(), "2");
    ends.all().await;
    eventually("one is over", async || open() == "1").await;
    client.resource.app.shutdown.cancel();
    stays.all().await;
    eventually("both are over", async || open() == "0").await;
}

#[actix_web::test]
async fn the_capability_is_told_where_it_works() {
    let (without, with) = (Client::start().await, with_sessions().await);
    let open = TestResource::start_with(&[("RESOURCE_ANONYMOUS", "discovery")]).await;
    let both = json!({"subscribe": true, "listChanged": true});
    let hello = json!({"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    for (client, revision, method, told) in [
        (&without, LEGACY, "initialize", json!({})),
        (&with, LEGACY, "initialize", both.clone()),
        (&without, CURRENT, "server/discover", both.clone()),
        (&with, CURRENT, "server/discover", both.clone()),
    ] {
        let result = client.result(revision, method, hello.clone()).await;
        assert_eq!(result["capabilities"]["resources"], told, "{method}: {result}");
    }
    let with_sessions = [("RESOURCE_ANONYMOUS", "discovery"), ("RESOURCE_SESSIONS", "on")];
    let nobody = TestResource::start_with(&with_sessions).await;
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello});
    let nobody = client()
        .post(&nobody.url)
        .header("accept", "application/json, text/event-stream")
        .json(&message);
    let nobody: Value = nobody.send().await.unwrap().json().await.unwrap();
    assert_eq!(nobody["result"]["capabilities"]["resources"], json!({}), "{nobody}");
    let nobody = request(&open, "server/discover", &json!({})).send().await.unwrap();
    let nobody: Value = nobody.json().await.unwrap();
    let result = &nobody["result"];
    assert_eq!(
        result["capabilities"]["resources"],
        json!({}),
        "who has no token: {result}"
    );
}

#[actix_web::test]
async fn what_cannot_be_subscribed_to_is_refused() {
    let (client, without) = (with_sessions().await, Client::start().await);
    let ann = client.token_of("ann");
    let id = session(&client, &ann).await;
    for (uri, code) in [
        ("food://custom/00", -32002),
        ("file:///etc/passwd", -32002),
        ("", -32002),
    ] {
        let answer = in_session(&client, &ann, &id, "resources/subscribe", uri).await;
        assert_eq!(answer["error"]["code"], code, "{answer}");
    }
    let foods = catalogue();
    for (at, food) in foods
        .foods()
        .filter(|food| food.id.source == Source::Usda)
        .take(101)
        .enumerate()
    {
        let uri = format!("food://usda/{}", food.id.id);
        let answer = in_session(&client, &ann, &id, "resources/subscribe", &uri).await;
        assert_eq!(answer["error"]["code"] == -32600, at == 100, "{answer}");
    }
    let banana = json!({"uri": "food://usda/09040"});
    let refused = client.error(LEGACY, "resources/subscribe", banana.clone()).await;
    assert_eq!(refused["code"], -32600, "there is no session");
    for method in ["resources/subscribe", "resources/unsubscribe"] {
        let unknown = without.error(LEGACY, method, banana.clone()).await;
        assert_eq!(unknown["code"], -32601, "{method}");
        let replaced = without.error(CURRENT, method, banana.clone()).await;
        assert_eq!(replaced["code"], -32601, "{method}");
    }
    let writer = client.resource.signed_for("food:write");
    let refused = client.send(&writer, LEGACY, "resources/subscribe", banana).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    let many: Vec<String> = (0..20_000).map(|at| format!("food://custom/{at}")).collect();
    let filter = json!({"resourcesListChanged": true, "resourceSubscriptions": many});
    let (_, honored) = listen(&client.resource, &ann, filter).await;
    assert_eq!(honored, json!({"resourcesListChanged": true}), "nobody has so many");
}
