// Sets glewlwyd up through its administration: two scopes, the user alice, an OpenID Connect plugin whose access tokens
// are JWTs for the resource, and two clients.

import { generateKeyPairSync } from "node:crypto";

const { ISSUER, RESOURCE, PASSWORD, CLIENT_SECRET } = process.env;
const api = new URL("..", ISSUER + "/");

const post = async (path, body, headers = {}) => {
  const options = { method: "POST", headers: { "content-type": "application/json", ...headers } };
  const answer = await fetch(new URL(path, api), { ...options, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
};
const signedIn = await post("auth/", { username: "admin", password: "password" });
const cookie = signedIn.headers.getSetCookie()[0].split(";")[0];
const add = (path, body) => post(path, body, { cookie });

const scopes = ["food:read", "food:write"];
for (const name of scopes) await add("scope/", { name, display_name: name, password_required: true, password_max_age: 0 });
await add("user/", { username: "alice", password: PASSWORD, name: "Alice", scope: ["openid", "g_profile", ...scopes] });

const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
await add("mod/plugin/", {
  module: "oidc",
  name: "oidc",
  display_name: "OpenID Connect",
  parameters: {
    iss: ISSUER,
    "jwt-type": "jwks",
    "jwks-private": JSON.stringify({ keys: [{ ...key, kid: "1", alg: "RS256" }] }),
    "jwks-show": true,
    "access-token-duration": 3600,
    "refresh-token-duration": 86400,
    "code-duration": 120,
    "refresh-token-rolling": true,
    "allow-non-oidc": true,
    "auth-type-code-enabled": true,
    "auth-type-client-enabled": true,
    "auth-type-refresh-enabled": true,
    "pkce-allowed": true,
    "pkce-required": true,
    "resource-allowed": true,
    "resource-scope": Object.fromEntries(scopes.map((scope) => [scope, [RESOURCE]])),
    "oauth-dpop-allowed": true,
    "oauth-dpop-iat-duration": 60,
    "oauth-as-iss-id": true,
    "introspection-revocation-allowed": true,
    "introspection-revocation-allow-target-client": true,
  },
});
const common = { redirect_uri: ["http://127.0.0.1:50123/callback"], scope: [], enabled: true };
await add("client/", {
  client_id: "public",
  confidential: false,
  authorization_type: ["code", "refresh_token"],
  token_endpoint_auth_method: ["none"],
  ...common,
});
// A client may introspect only the tokens that were issued to itself, so the resource server shares this one.
await add("client/", {
  client_id: "food",
  client_secret: CLIENT_SECRET,
  confidential: true,
  authorization_type: ["code", "refresh_token", "client_credentials"],
  token_endpoint_auth_method: ["client_secret_basic"],
  ...common,
});
