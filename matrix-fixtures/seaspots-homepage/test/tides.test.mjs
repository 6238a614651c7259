import assert from "node:assert/strict";
import { test } from "node:test";
import { heightAt, nextHighWater, TIDE_PERIOD, trend } from "../site/js/tides.js";

const spot = { range: 6, highWater: "2026-01-01T04:00:00Z" };
const high = new Date(spot.highWater);
const after = (milliseconds) => new Date(high.getTime() + milliseconds);

test("high water is the full range, low water is zero", () => {
  assert.equal(heightAt(spot, high), 6);
  assert.ok(Math.abs(heightAt(spot, after(TIDE_PERIOD / 2))) < 1e-9);
});

test("the tide falls after high water and rises after low water", () => {
  assert.equal(trend(spot, after(60_000)), "falling");
  assert.equal(trend(spot, after(TIDE_PERIOD / 2 + 60_000)), "rising");
});

test("the next high water is never in the past", () => {
  assert.deepEqual(nextHighWater(spot, high), high);
  assert.deepEqual(nextHighWater(spot, after(1)), after(TIDE_PERIOD));
  assert.deepEqual(nextHighWater(spot, after(-TIDE_PERIOD - 1)), after(-TIDE_PERIOD));
});
