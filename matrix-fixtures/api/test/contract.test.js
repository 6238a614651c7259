import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { routes } from "../src/server.js";

/** The `METHOD /path` pairs of openapi.yaml, which has its paths at two spaces and its methods at four. */
async function contract() {
  const text = await readFile(new URL("../openapi.yaml", import.meta.url), "utf8");
  const pairs = [];
  let path;
  for (const line of text.split("\n")) {
    path = /^ {2}(\/\S*):$/.exec(line)?.[1] ?? path;
    const method = /^ {4}(get|post|put|delete):$/.exec(line)?.[1];
    if (path && method) {
      pairs.push(`${method.toUpperCase()} ${path}`);
    }
  }
  return pairs;
}

test("the service has the routes of its contract, and no others", async () => {
  assert.deepEqual(routes.map(([method, path]) => `${method} ${path}`).sort(), (await contract()).sort());
});
