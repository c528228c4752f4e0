//! What an authorization request may ask, and how each mistake is answered.

use super::*;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn read(query: &str) -> Result<AuthorizationRequest, Code> {
    let resources = Resources::parse("http://localhost:8081/mcp,http://localhost:8082/mcp").unwrap();
    let params = Params::decode(query.as_bytes());
    AuthorizationRequest::read(&params, "c", None, &resources).map_err(|error| error.code)
}

fn with(rest: &str) -> Result<AuthorizationRequest, Code> {
    read(&format!(
        "response_type=code&code_challenge={CHALLENGE}&code_challenge_method=S256&{rest}"
    ))
}

#[test]
fn what_is_left_out_has_a_default() {
    let request = with("").unwrap();
    assert_eq!(request.resource, "http://localhost:8081/mcp");
    assert_eq!(request.scope.to_string(), "food:read food:write");
    assert_eq!((request.state, request.max_age), (None, None));
}

#[test]
fn what_is_wrong_has_the_code_of_its_specification() {
    assert_eq!(read("").unwrap_err(), Code::InvalidRequest);
    assert_eq!(read("response_type=token").unwrap_err(), Code::UnsupportedResponseType);
    assert_eq!(read("response_type=code").unwrap_err(), Code::InvalidRequest);
    for rest in [
        "state=a&state=b",
        "max_age=-1",
        "max_age=x",
        "response_mode=fragment",
        "prompt=none+login",
    ] {
        assert_eq!(with(rest).unwrap_err(), Code::InvalidRequest, "{rest}");
    }
    assert_eq!(with("scope=a%22b").unwrap_err(), Code::InvalidScope);
    assert_eq!(with("request=x").unwrap_err(), Code::RequestNotSupported);
    assert_eq!(with("request_uri=x").unwrap_err(), Code::RequestUriNotSupported);
    assert_eq!(with("resource=http://localhost:9/").unwrap_err(), Code::InvalidTarget);
}

#[test]
fn pkce_is_s256_and_nothing_else() {
    for query in [
        format!("response_type=code&code_challenge={CHALLENGE}"),
        format!("response_type=code&code_challenge={CHALLENGE}&code_challenge_method=plain"),
        "response_type=code&code_challenge=short&code_challenge_method=S256".to_owned(),
        "response_type=code&code_challenge_method=S256".to_owned(),
    ] {
        assert_eq!(read(&query).unwrap_err(), Code::InvalidRequest, "{query}");
    }
}

#[test]
fn one_resource_may_come_in_two_spellings_but_two_resources_may_not() {
    let one = with("resource=http://localhost:8082/mcp&resource=http://localhost:8082/mcp/").unwrap();
    assert_eq!(one.resource, "http://localhost:8082/mcp");
    let two = with("resource=http://localhost:8081/mcp&resource=http://localhost:8082/mcp");
    assert_eq!(two.unwrap_err(), Code::InvalidTarget);
}
