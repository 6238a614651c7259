import { describe, expect, test } from "bun:test";
import { fillIn } from "../src/template";

describe("values", () => {
  test("are found by their path and escaped", () => {
    expect(fillIn("{{ a.b }}!", { a: { b: "<Tom & Jerry>" } })).toBe("&lt;Tom &amp; Jerry&gt;!");
  });

  test("go through a filter", () => {
    expect(fillIn("{{ p | money }}", { p: 3 })).toBe("3.00 €");
    expect(fillIn("{{ d | date }}", { d: "2026-01-31T12:00:00Z" })).toBe("2026-01-31");
  });

  test("that are missing are an error with the line", () => {
    expect(() => fillIn("a\n{{ gone }}", {})).toThrow('line 2: there is no "gone" in the data');
    expect(() => fillIn("{{ constructor }}", {})).toThrow("line 1");
  });

  test("are never read as a template", () => {
    const data = { secret: "s3cret", list: ["{{ secret }}"] };
    expect(fillIn("{{# list }}{{ item }}{{/ list }}", data)).toBe("{{ secret }}");
  });

  test("with an unknown filter name the known ones", () => {
    expect(() => fillIn("{{ p | euro }}", { p: 3 })).toThrow("only money, date, upper");
  });
});

describe("sections", () => {
  test("repeat for each item and see the outer data", () => {
    const data = { unit: "m", depths: [{ at: "pier", d: 2 }, { at: "buoy", d: 9 }] };
    expect(fillIn("{{# depths }}\n{{ at }} {{ d }} {{ unit }}\n{{/ depths }}\n", data)).toBe("pier 2 m\nbuoy 9 m\n");
  });

  test("keep the lines of the file in messages", () => {
    const template = "{{# list }}\n{{ item }}\n{{/ list }}\n\n{{ gone }}";
    expect(() => fillIn(template, { list: [1, 2, 3] })).toThrow("line 5:");
    expect(() => fillIn(template, { list: [null] })).toThrow("line 2:");
  });

  test("are left out when there is nothing", () => {
    expect(fillIn("a{{# fee }} and {{ fee }}{{/ fee }}", { fee: 0 })).toBe("a");
    expect(fillIn("a{{# list }}{{ item }}{{/ list }}", { list: [] })).toBe("a");
  });
});
