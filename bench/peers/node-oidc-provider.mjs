// node-oidc-provider on SQLite, as durable as the issuer: write-ahead log, synchronous=FULL.
//
// node node-oidc-provider.mjs PORT FOLDER GRANTS; what the load needs is written to FOLDER/peer.json. Tokens are opaque,
// as they are by default: they cost it no signature. Its own adapter for a database is an interface; this is the least
// that fulfils it, with statements that are prepared once.

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import Provider from 'oidc-provider';

const [port, folder, grants] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const database = new Database(`${folder}/oidc.db`);
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
database.exec(`
  CREATE TABLE IF NOT EXISTS models (
    model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, grant_id TEXT, uid TEXT, expires_at INTEGER,
    PRIMARY KEY (model, id)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS of_grant ON models (model, grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS of_uid ON models (model, uid) WHERE uid IS NOT NULL`);
const put = database.prepare(`INSERT INTO models VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at`);
const get = database.prepare('SELECT payload FROM models WHERE model = ? AND id = ? AND (expires_at IS NULL OR expires_at > ?)');
const getByUid = database.prepare('SELECT payload FROM models WHERE model = ? AND uid = ?');
const use = database.prepare("UPDATE models SET payload = json_set(payload, '$.consumed', ?) WHERE model = ? AND id = ?");
const remove = database.prepare('DELETE FROM models WHERE model = ? AND id = ?');
const revoke = database.prepare('DELETE FROM models WHERE model = ? AND grant_id = ?');
const now = () => Math.floor(Date.now() / 1000);

class Adapter {
  constructor(model) {
    this.model = model;
  }

  async upsert(id, payload, expiresIn) {
    const { grantId = null, uid = null } = payload;
    put.run(this.model, id, JSON.stringify(payload), grantId, uid, expiresIn ? now() + expiresIn : null);
  }

  async find(id) {
    const row = get.get(this.model, id, now());
    return row && JSON.parse(row.payload);
  }

  async findByUid(uid) {
    const row = getByUid.get(this.model, uid);
    return row && JSON.parse(row.payload);
  }

  async findByUserCode() {
    return undefined;
  }

  async consume(id) {
    use.run(now(), this.model, id);
  }

  async destroy(id) {
    remove.run(this.model, id);
  }

  async revokeByGrantId(grantId) {
    revoke.run(this.model, grantId);
  }
}

const service = { client_id: 'service', client_secret: 'a-secret-of-the-service-long-enough' };
const client_id = 'public';
const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: Adapter,
  clients: [
    { ...service, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
    {
      client_id,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['https://client.example.com/callback'],
    },
  ],
  features: { clientCredentials: { enabled: true }, introspection: { enabled: true }, devInteractions: { enabled: false } },
  scopes: ['openid', 'offline_access', 'food:read', 'food:write'],
  findAccount: async (_, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
  cookies: { keys: ['a-key-of-the-benchmark'] },
});

const client = await provider.Client.find(client_id);
const refresh_tokens = [];
for (let at = 0; at < Number(grants); at += 1) {
  const scope = 'food:read food:write';
  const grant = new provider.Grant({ accountId: 'alex', clientId: client_id });
  grant.addOIDCScope(`offline_access ${scope}`);
  const grantId = await grant.save();
  const token = new provider.RefreshToken({
    accountId: 'alex', client, grantId, gty: 'authorization_code', scope, rotations: 0, iiat: now(), authTime: now(),
  });
  refresh_tokens.push(await token.save());
}
writeFileSync(`${folder}/peer.new`, JSON.stringify({ ...service, public_client_id: client_id, refresh_tokens }));
renameSync(`${folder}/peer.new`, `${folder}/peer.json`);
provider.listen(Number(port), '127.0.0.1');
