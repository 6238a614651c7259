import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { search } from "../site/js/spots.js";

const spots = JSON.parse(await readFile(new URL("../site/data/spots.json", import.meta.url), "utf8"));
const names = (query) => search(spots, query).map((spot) => spot.name);

test("every word must occur, in any order", () => {
  assert.deepEqual(names("sand brest"), ["Plage du Minou"]);
  assert.deepEqual(names("brest"), ["Plage du Minou", "Pointe du Diable"]);
  assert.deepEqual(names("lava"), []);
});

test("accents and case do not matter", () => {
  assert.deepEqual(names("MOLI"), ["Cala Molí"]);
});

test("an empty query shows all spots", () => {
  assert.equal(names("  ").length, spots.length);
});

test("each spot has what the page needs", () => {
  for (const spot of spots) {
    assert.ok(spot.name && spot.town && spot.ground, JSON.stringify(spot));
    assert.ok(spot.range > 0, spot.name);
    assert.ok(!Number.isNaN(Date.parse(spot.highWater)), spot.name);
  }
});
