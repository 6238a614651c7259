import assert from "node:assert/strict";
import { test } from "node:test";
import { newKey } from "@olsitec/olsicrypto";
import { Tokens } from "../src/tokens.js";

const [old, current] = [newKey(), newKey()];
const before = new Tokens({ keys: new Map([["1", old]]), seconds: 60 });
const during = new Tokens({ keys: new Map([["2", current], ["1", old]]), seconds: 60 });
const after = new Tokens({ keys: new Map([["2", current]]), seconds: 60 });

test("a token outlives the rotation of its key, but not its removal", () => {
  const token = before.issue({ sub: "api" });
  assert.equal(during.check(token).sub, "api");
  assert.throws(() => after.check(token), { code: "unknown-key" });
});

test("the first key signs", () => {
  const token = during.issue({ sub: "api" });
  assert.match(token, /^2\./);
  assert.equal(after.check(token).sub, "api");
});

test("a token ends", () => {
  const token = after.issue({ sub: "api" }, { now: 1000 });
  assert.equal(after.check(token, { now: 1059 }).exp, 1060);
  assert.throws(() => after.check(token, { now: 1060 }), { code: "expired" });
});

test("a key id cannot be swapped", () => {
  const token = before.issue({ sub: "api" }).replace(/^1/, "2");
  assert.throws(() => during.check(token), { code: "bad-signature" });
});
