import assert from "node:assert/strict";
import { test } from "node:test";
import { deriveKey, newKey, sign, verify } from "../src/index.js";

const key = newKey();

test("a token carries its claims until it ends", () => {
  const token = sign({ sub: "boat-7" }, key, { now: 1000, expiresIn: 60 });
  assert.deepEqual(verify(token, key, { now: 1059 }), { sub: "boat-7", iat: 1000, exp: 1060 });
  assert.throws(() => verify(token, key, { now: 1060 }), { code: "expired" });
});

test("another key, or a changed body, does not verify", () => {
  const token = sign({ sub: "boat-7" }, key);
  const [, signature] = token.split(".");
  const forged = `${sign({ sub: "boat-8" }, newKey()).split(".")[0]}.${signature}`;
  assert.throws(() => verify(token, newKey()), { code: "bad-signature" });
  assert.throws(() => verify(token, deriveKey(key, "other")), { code: "bad-signature" });
  assert.throws(() => verify(forged, key), { code: "bad-signature" });
});

test("what is not a token is malformed", () => {
  for (const text of ["", "a", "a.b.c", undefined]) {
    assert.throws(() => verify(text, key), { code: "malformed" });
  }
});
