import assert from "node:assert/strict";
import { test } from "node:test";
import { checkPassword, hashPassword } from "../src/index.js";

const stored = hashPassword("caffè", { cost: 1024 });

test("only the right password matches", () => {
  assert.ok(checkPassword("caffè", stored));
  assert.ok(!checkPassword("caffe", stored));
});

test("the same letters typed another way match", () => {
  assert.ok(checkPassword("caffe\u0300", stored));
});

test("a stored text of another kind is no match", () => {
  assert.ok(!checkPassword("caffè", "caffè"));
  assert.ok(!checkPassword("caffè", ""));
});
