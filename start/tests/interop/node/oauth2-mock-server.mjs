// oauth2-mock-server in our issuer's place: everybody is johndoe, and tokens say neither whom they are for nor who
// asked. CLAIMS puts more into its access tokens, by its own hook.

import { OAuth2Server } from "oauth2-mock-server";

const { ISSUER, CLAIMS } = process.env;

const server = new OAuth2Server();
await server.issuer.keys.generate("RS256");
server.service.on("beforeTokenSigning", ({ payload }) => {
  const isIdToken = "aud" in payload;
  if (!isIdToken) Object.assign(payload, JSON.parse(CLAIMS));
});
await server.start(Number(new URL(ISSUER).port), "127.0.0.1");
