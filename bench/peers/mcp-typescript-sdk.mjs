// The MCP TypeScript SDK with one tool that does nothing, behind a check of the bearer token.
//
// node mcp-typescript-sdk.mjs PORT ISSUER AUDIENCE. The SDK leaves the token to whoever uses it; jose checks it here as
// its documentation shows it, with the issuer's published keys.

import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { McpServer, createMcpHandler } from '@modelcontextprotocol/server';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const [port, issuer, audience] = process.argv.slice(2);
const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
const expected = { issuer, audience, typ: 'at+jwt', algorithms: ['ES256'] };

const handler = createMcpHandler(
  () => {
    const server = new McpServer({ name: 'bench', version: '1.0.0' });
    server.registerTool('noop', { description: 'Does nothing.' }, async () => ({ content: [{ type: 'text', text: 'ok' }] }));
    return server;
  },
  { responseMode: 'json' },
);
const serve = toNodeHandler(handler);

createServer(async (request, response) => {
  if (request.url === '/readyz') {
    response.writeHead(200, { 'content-length': 0 }).end();
    return;
  }
  try {
    const [, token] = (request.headers.authorization ?? '').split('Bearer ');
    await jwtVerify(token ?? '', keys, expected);
  } catch {
    response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"', 'content-length': 0 }).end();
    return;
  }
  await serve(request, response);
}).listen(Number(port), '127.0.0.1');
