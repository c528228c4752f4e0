// A client that knows the URL of the resource server and nothing else: whoever issues tokens for it, sign in there,
// call a tool, refresh, call again. CLIENT is how the issuer knows us: registered, by a document, or known;
// DPOP=yes binds the tokens to a key, REVOKE=yes gives the last one back.

import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { publish } from "./document.mjs";
import * as tool from "./tool.mjs";

const { allow } = await import(process.env.PERSON ?? "./person.mjs");
const { RESOURCE, CLIENT, CLIENT_ID, CLIENT_SECRET, DPOP, REVOKE, SCOPE, FIELDS } = process.env;
const redirectUri = process.env.REDIRECT_URI ?? "http://127.0.0.1:50123/callback";
const resource = new URL(RESOURCE);
const http = { [oauth.allowInsecureRequests]: true }; // on loopback

// The challenge says where the metadata is, the metadata who issues.
const challenge = await fetch(resource, { method: "POST", headers: tool.headers, body: tool.body });
assert.equal(challenge.status, 401);
assert.match(challenge.headers.get("www-authenticate"), /^Bearer .*resource_metadata="http/);
const metadata = await oauth.processResourceDiscoveryResponse(resource, await oauth.resourceDiscoveryRequest(resource, http));
const issuer = new URL(metadata.authorization_servers[0]);
const discover = async (algorithm) =>
  oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...http }));
const as = await discover("oauth2").catch(() => discover("oidc"));

const about = {
  client_name: "Any issuer",
  redirect_uris: [redirectUri],
  grant_types: ["authorization_code", "refresh_token"],
  token_endpoint_auth_method: "none",
  application_type: "native",
};
const register = async () =>
  oauth.processDynamicClientRegistrationResponse(await oauth.dynamicClientRegistrationRequest(as, about, http));
const client =
  CLIENT === "registered" ? await register() : { client_id: CLIENT === "document" ? await publish(about) : CLIENT_ID };
const authentication = CLIENT_SECRET ? oauth.ClientSecretBasic(CLIENT_SECRET) : oauth.None();
// Some issuers hear the scope here, too.
http.additionalParameters = { resource: RESOURCE, scope: SCOPE };
const options = DPOP === "yes" ? { DPoP: oauth.DPoP(client, await oauth.generateKeyPair("ES256")), ...http } : http;

// Authorization code with PKCE.
const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const nonce = SCOPE.includes("openid") ? { nonce: oauth.generateRandomNonce() } : {}; // comes back in the ID token
const authorize = new URL(as.authorization_endpoint);
authorize.search = new URLSearchParams({
  response_type: "code",
  client_id: client.client_id,
  redirect_uri: redirectUri,
  scope: SCOPE,
  resource: RESOURCE,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state,
  ...nonce,
});
const callback = await allow(authorize, redirectUri, JSON.parse(FIELDS));
const parameters = oauth.validateAuthResponse(as, client, callback, state);
const exchange = await oauth.authorizationCodeGrantRequest(as, client, authentication, parameters, redirectUri, verifier, options);
const first = await oauth.processAuthorizationCodeResponse(as, client, exchange, { expectedNonce: nonce.nonce });
assert.equal(first.token_type, DPOP === "yes" ? "dpop" : "bearer");

// A tool, before and after a refresh.
const call = (accessToken) =>
  oauth.protectedResourceRequest(accessToken, "POST", resource, new Headers(tool.headers), tool.body, options);
assert.equal(await tool.calories(await call(first.access_token)), 105);
const again = await oauth.refreshTokenGrantRequest(as, client, authentication, first.refresh_token, options);
const second = await oauth.processRefreshTokenResponse(as, client, again);
assert.equal(await tool.calories(await call(second.access_token)), 105);

// An ID token is no access token.
if (first.id_token) {
  await assert.rejects(call(first.id_token), oauth.WWWAuthenticateChallengeError);
}

// Whoever finds a token that is bound to a key cannot use it.
if (DPOP === "yes") {
  const authorization = `Bearer ${second.access_token}`;
  const found = await fetch(resource, { method: "POST", headers: { ...tool.headers, authorization }, body: tool.body });
  assert.equal(found.status, 401);
}

// A token that was given back is of no more use, as soon as the resource server asks again.
if (REVOKE === "yes") {
  const revoked = await oauth.revocationRequest(as, client, authentication, second.access_token, http);
  await oauth.processRevocationResponse(revoked);
  const end = Date.now() + 20_000;
  const works = () => call(second.access_token).then(() => true, () => false);
  while (await works()) assert.ok(Date.now() < end, "revoked, and still taken");
}

process.exit();
