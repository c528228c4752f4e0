// oidc-provider in our issuer's place: JWTs for the resource, registration, client documents and DPoP.
// Each login is taken, with any password: its own pages for development.

import { Provider } from "oidc-provider";

const { ISSUER, RESOURCE } = process.env;

const provider = new Provider(ISSUER, {
  features: {
    registration: { enabled: true },
    clientIdMetadataDocument: { enabled: true, ack: "draft-02" },
    dPoP: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: "food:read food:write", audience: RESOURCE, accessTokenFormat: "jwt" }),
    },
  },
  scopes: ["openid", "offline_access", "food:read", "food:write"],
  issueRefreshToken: () => true,
  // It fetches from public addresses only, and the test's client is on this computer.
  fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
  pkce: { required: () => true },
});

provider.listen(new URL(ISSUER).port, "127.0.0.1");
