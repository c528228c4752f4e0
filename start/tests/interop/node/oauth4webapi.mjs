// oauth4webapi: from the URL of the resource server to a tool, and every endpoint of the issuer on the way.

import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { allow } from "./person.mjs";
import * as tool from "./tool.mjs";

const { RESOURCE, USERNAME, PASSWORD } = process.env;
const service = { client_id: process.env.SERVICE_ID, secret: process.env.SERVICE_SECRET };
const asker = { client_id: process.env.ASKER_ID, secret: process.env.ASKER_SECRET };
const redirectUri = "http://127.0.0.1:50123/callback";
const resource = new URL(RESOURCE);
const http = { [oauth.allowInsecureRequests]: true }; // on loopback

// Who issues tokens for it?
const metadata = await oauth.processResourceDiscoveryResponse(resource, await oauth.resourceDiscoveryRequest(resource, http));
const issuer = new URL(metadata.authorization_servers[0]);
const found = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...http });
const as = await oauth.processDiscoveryResponse(issuer, found);

// A client of our own: registered, public.
const wish = { client_name: "oauth4webapi", redirect_uris: [redirectUri], token_endpoint_auth_method: "none" };
const client = await oauth.processDynamicClientRegistrationResponse(await oauth.dynamicClientRegistrationRequest(as, wish, http));

// Authorization code with PKCE, and an ID token.
const verifier = oauth.generateRandomCodeVerifier();
const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
const authorize = new URL(as.authorization_endpoint);
authorize.search = new URLSearchParams({
  response_type: "code",
  client_id: client.client_id,
  redirect_uri: redirectUri,
  scope: "openid food:read",
  resource: RESOURCE,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state,
  nonce,
});
const callback = await allow(authorize, redirectUri, { username: USERNAME, password: PASSWORD });
const parameters = oauth.validateAuthResponse(as, client, callback, state);
const exchange = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), parameters, redirectUri, verifier, http);
const first = await oauth.processAuthorizationCodeResponse(as, client, exchange, { expectedNonce: nonce, requireIdToken: true });
await oauth.validateApplicationLevelSignature(as, exchange, http);
const { sub } = oauth.getValidatedIdTokenClaims(first);

// Who signed in?
const userinfo = await oauth.userInfoRequest(as, client, first.access_token, http);
assert.equal((await oauth.processUserInfoResponse(as, client, sub, userinfo)).sub, sub);

// Refresh.
const again = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), first.refresh_token, http);
const second = await oauth.processRefreshTokenResponse(as, client, again);
assert.notEqual(second.access_token, first.access_token);
assert.notEqual(second.refresh_token, first.refresh_token);

// A tool.
const call = (accessToken) =>
  oauth.protectedResourceRequest(accessToken, "POST", resource, new Headers(tool.headers), tool.body, http);
assert.equal(await tool.calories(await call(second.access_token)), 105);

// A service gets a token by itself.
const wanted = { scope: "food:read", resource: RESOURCE };
const granted = await oauth.clientCredentialsGrantRequest(as, service, oauth.ClientSecretBasic(service.secret), wanted, http);
const own = await oauth.processClientCredentialsResponse(as, service, granted);
assert.equal(await tool.calories(await call(own.access_token)), 105);

// A resource server asks what a token is.
const introspect = async (token, signed) => {
  const options = { requestJwtResponse: signed, ...http };
  const answer = await oauth.introspectionRequest(as, asker, oauth.ClientSecretPost(asker.secret), token, options);
  const told = await oauth.processIntrospectionResponse(as, asker, answer);
  if (signed) await oauth.validateApplicationLevelSignature(as, answer, http);
  return told;
};
const told = await introspect(second.access_token, false);
assert.deepEqual([told.active, told.sub, told.client_id, told.aud], [true, sub, client.client_id, RESOURCE]);
assert.equal((await introspect(own.access_token, true)).active, true);

// Revocation: of the service's token, and of all that the person allowed.
const revoke = async (client, authentication, token) =>
  oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, token, http));
await revoke(service, oauth.ClientSecretBasic(service.secret), own.access_token);
await revoke(client, oauth.None(), second.refresh_token);
assert.equal((await introspect(own.access_token, false)).active, false);
assert.equal((await introspect(second.access_token, false)).active, false);

console.log(JSON.stringify({ revoked: [own.access_token, second.access_token] }));
