import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../src/store.js";

const position = (minute) => ({ lat: 48, lon: -4, at: `2026-01-31T12:0${minute}:00.000Z` });

test("positions are in order of time, whatever order they come in", () => {
  const store = new Store();
  for (const minute of [2, 0, 1]) {
    store.add("a", position(minute));
  }
  assert.deepEqual(store.track("a"), [0, 1, 2].map(position));
  assert.deepEqual(store.last("a"), position(2));
});

test("a repetition is dropped", () => {
  const store = new Store();
  store.add("a", position(0));
  store.add("a", position(0));
  assert.equal(store.track("a").length, 1);
});

test("only the newest are kept", () => {
  const store = new Store({ trackLength: 2 });
  for (const minute of [0, 1, 2]) {
    store.add("a", position(minute));
  }
  assert.deepEqual(store.track("a"), [1, 2].map(position));
});
