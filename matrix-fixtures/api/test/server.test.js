import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createServer } from "../src/server.js";
import { Store } from "../src/store.js";

const server = createServer(new Store());
let base;

before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

async function call(method, path, body) {
  const answer = await fetch(base + path, { method, body });
  return { status: answer.status, body: await answer.json() };
}

const at = (minute) => `2026-01-31T12:0${minute}:00.000Z`;

test("it says that it is up", async () => {
  assert.deepEqual(await call("GET", "/healthz"), { status: 200, body: { status: "ok" } });
});

test("a position that was posted can be read, and makes a track", async () => {
  const path = "/boats/boat-7";
  assert.equal((await call("GET", `${path}/position`)).status, 404);
  for (const [minute, lat] of [[0, 48], [1, 48.01]]) {
    const body = JSON.stringify({ lat, lon: -4.5, at: at(minute), battery: 80 });
    assert.equal((await call("POST", `${path}/position`, body)).status, 201);
  }
  assert.deepEqual((await call("GET", `${path}/position`)).body, { lat: 48.01, lon: -4.5, at: at(1) });
  assert.equal((await call("GET", `${path}/track`)).body.km, 1.112);
  assert.deepEqual((await call("GET", "/boats")).body, ["boat-7"]);
});

test("what is no position is refused, with the reason", async () => {
  const post = (body) => call("POST", "/boats/boat-8/position", body);
  assert.match((await post(JSON.stringify({ lat: 91, lon: 0, at: at(0) }))).body.error, /lat/);
  assert.equal((await post("{")).status, 400);
  assert.equal((await post("null")).status, 400);
  assert.equal((await post("x".repeat(20_000))).status, 400);
});

test("other paths and names are not there", async () => {
  assert.equal((await call("GET", "/boats/BOAT_7/position")).status, 404);
  assert.equal((await call("DELETE", "/boats")).status, 404);
});
