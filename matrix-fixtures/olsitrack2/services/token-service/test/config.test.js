import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "../src/config.js";

const good = { TOKEN_KEYS: "b:key-b,a:key-a", TOKEN_CLIENTS: "api:se:cret" };

test("pairs keep their order, and values their colons", () => {
  const { keys, clients, seconds, port } = readConfig(good);
  assert.deepEqual([...keys], [["b", "key-b"], ["a", "key-a"]]);
  assert.equal(clients.get("api"), "se:cret");
  assert.deepEqual([seconds, port], [300, 8080]);
});

test("what is missing or wrong is named, without its value", () => {
  assert.throws(() => readConfig({}), /TOKEN_KEYS/);
  assert.throws(() => readConfig({ ...good, PORT: "http" }), /PORT/);
  assert.throws(
    () => readConfig({ ...good, TOKEN_CLIENTS: "hush-hush" }),
    (error) => /TOKEN_CLIENTS/.test(error.message) && !/hush/.test(error.message),
  );
});
