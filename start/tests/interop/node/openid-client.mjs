// openid-client: every endpoint of the issuer and a tool, with a client that signs what it asks with its own key.

import assert from "node:assert/strict";
import * as oidc from "openid-client";
import { allow } from "./person.mjs";
import * as tool from "./tool.mjs";

const { ISSUER, RESOURCE, USERNAME, PASSWORD } = process.env;
const { SERVICE_ID, SERVICE_SECRET, ASKER_ID, ASKER_SECRET } = process.env;
const redirectUri = "http://127.0.0.1:50123/callback";
const resource = new URL(RESOURCE);

const http = { execute: [oidc.allowInsecureRequests] }; // on loopback
const key = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
const jwk = { ...(await crypto.subtle.exportKey("jwk", key.publicKey)), kid: "mine", alg: "ES256" };
const registered = {
  client_name: "openid-client",
  redirect_uris: [redirectUri],
  token_endpoint_auth_method: "private_key_jwt",
  jwks: { keys: [jwk] },
};
const signed = oidc.PrivateKeyJwt({ key: key.privateKey, kid: "mine" });
const config = await oidc.dynamicClientRegistration(new URL(ISSUER), registered, signed, http);
const client = config.clientMetadata();
assert.equal(client.token_endpoint_auth_method, "private_key_jwt");

// Authorization code with PKCE, pushed (RFC 9126), and an ID token.
const verifier = oidc.randomPKCECodeVerifier();
const checks = { expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), pkceCodeVerifier: verifier };
const authorize = await oidc.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: redirectUri,
  scope: "openid food:read",
  resource: RESOURCE,
  code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state: checks.expectedState,
  nonce: checks.expectedNonce,
});
const callback = await allow(authorize, redirectUri, { username: USERNAME, password: PASSWORD });
const first = await oidc.authorizationCodeGrant(config, callback, { ...checks, idTokenExpected: true });
const { sub } = first.claims();
assert.equal((await oidc.fetchUserInfo(config, first.access_token, sub)).sub, sub);

// Refresh, and a tool.
const second = await oidc.refreshTokenGrant(config, first.refresh_token);
assert.notEqual(second.access_token, first.access_token);
assert.notEqual(second.refresh_token, first.refresh_token);
const call = (accessToken) =>
  oidc.fetchProtectedResource(config, accessToken, resource, "POST", tool.body, new Headers(tool.headers));
assert.equal(await tool.calories(await call(second.access_token)), 105);

// A service gets a token by itself.
const basic = (secret) => oidc.ClientSecretBasic(secret);
const service = await oidc.discovery(new URL(ISSUER), SERVICE_ID, undefined, basic(SERVICE_SECRET), http);
const own = await oidc.clientCredentialsGrant(service, { scope: "food:read", resource: RESOURCE });
assert.equal(await tool.calories(await call(own.access_token)), 105);

// A resource server asks what a token is.
const asker = await oidc.discovery(new URL(ISSUER), ASKER_ID, undefined, basic(ASKER_SECRET), http);
const told = await oidc.tokenIntrospection(asker, second.access_token);
assert.deepEqual([told.active, told.sub, told.client_id, told.aud], [true, sub, client.client_id, RESOURCE]);
assert.equal((await oidc.tokenIntrospection(asker, own.access_token)).active, true);

// Revocation: of the service's token, and of all that the person allowed.
await oidc.tokenRevocation(service, own.access_token);
await oidc.tokenRevocation(config, second.refresh_token);
assert.equal((await oidc.tokenIntrospection(asker, own.access_token)).active, false);
assert.equal((await oidc.tokenIntrospection(asker, second.access_token)).active, false);

console.log(JSON.stringify({ revoked: [own.access_token, second.access_token] }));
