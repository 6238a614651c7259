import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { renderDocument, TemplateError } from "../src/index";

const template = (name: string) => readFileSync(new URL(`../templates/${name}`, import.meta.url), "utf8");

test("an invoice is rendered", () => {
  const { title, html } = renderDocument(template("invoice.md"), parse(template("invoice.sample.yml")));
  expect(title).toBe("Invoice");
  expect(html).toContain("<h1>Invoice 2026-0042</h1>");
  expect(html).toContain("<p><strong>Harbour &amp; Sons</strong><br>\nBrest</p>");
  expect(html).toContain("<ul>\n  <li>Mooring, January: 120.00 €</li>\n  <li>Crane: 45.50 €</li>\n</ul>");
});

test("a value cannot bring its own markup", () => {
  const { html } = renderDocument("---\ntitle: T\n---\n{{ x }}\n", { x: "**bold** <script>" });
  expect(html).toContain("<p>&#42;&#42;bold&#42;&#42; &lt;script&gt;</p>");
});

test("lines in messages are those of the file", () => {
  expect(() => renderDocument("---\ntitle: T\n---\ntext\n{{ gone }}\n", {})).toThrow("line 5:");
});

test("front matter with a title is needed", () => {
  expect(() => renderDocument("# no front matter", {})).toThrow(TemplateError);
  expect(() => renderDocument("---\nlang: de\n---\n", {})).toThrow("has no title");
});
