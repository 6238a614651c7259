import assert from "node:assert/strict";
import { test } from "node:test";
import { newKey, open, seal } from "../src/index.js";

const key = newKey();

test("what was sealed opens again, and is different each time", () => {
  const sealed = seal("grüße aus Brest", key, "letters");
  assert.equal(open(sealed, key, "letters"), "grüße aus Brest");
  assert.notEqual(seal("grüße aus Brest", key, "letters"), sealed);
});

test("another key, context or content does not open", () => {
  const sealed = seal("text", key, "a");
  assert.throws(() => open(sealed, newKey(), "a"), { code: "not-ours" });
  assert.throws(() => open(sealed, key, "b"), { code: "not-ours" });
  assert.throws(() => open(`${sealed}AAAA`, key, "a"), { code: "not-ours" });
  assert.throws(() => open("abc", key, "a"), { code: "malformed" });
});

test("a key of the wrong size is refused, and not shown", () => {
  assert.throws(() => seal("text", "c2hvcnQ"), (error) => error.code === "bad-key" && !error.message.includes("c2hvcnQ"));
});
