import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newKey } from "@olsitec/olsicrypto";
import { TokenClient } from "../src/client.js";
import { createServer } from "../src/server.js";
import { Tokens } from "../src/tokens.js";

const clients = new Map([["api", "s3cret"]]);
const server = createServer(new Tokens({ keys: new Map([["1", newKey()]]), seconds: 60 }), clients);
let base;

before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

test("it says that it is up", async () => {
  const answer = await fetch(`${base}/healthz`);
  assert.equal(answer.status, 200);
});

test("a client gets a token that checks", async () => {
  const client = new TokenClient(base, { client: "api", secret: "s3cret" });
  const claims = await client.check(await client.issue({ scope: "positions:write" }));
  assert.equal(claims.sub, "api");
  assert.equal(claims.scope, "positions:write");
});

test("strangers get none, and forged tokens do not check", async () => {
  const stranger = new TokenClient(base, { client: "api", secret: "guess" });
  await assert.rejects(stranger.issue(), /wrong secret/);
  await assert.rejects(new TokenClient(base, {}).issue(), /unknown client/);
  await assert.rejects(stranger.check("1.abc.def"), /bad-signature/);
});

test("a body that is not JSON is refused", async () => {
  for (const body of ["{", "x".repeat(20_000)]) {
    const answer = await fetch(`${base}/tokens`, { method: "POST", body });
    assert.equal(answer.status, 400);
  }
});
