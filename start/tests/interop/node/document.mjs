// A client that is known by a document at an address of its own (Client ID Metadata Document).

import { readFileSync } from "node:fs";
import { createServer } from "node:https";

/** Serves the document; its address, which is the client_id. */
export async function publish(document) {
  const [cert, key] = [process.env.TLS_CERT_FILE, process.env.TLS_KEY_FILE].map((file) => readFileSync(file));
  const server = createServer({ cert, key }, (request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ client_id: clientId, ...document }));
  });
  await new Promise((listening) => server.listen(0, "localhost", listening));
  const clientId = `https://localhost:${server.address().port}/client.json`;
  return clientId;
}
