#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { renderDocument, TemplateError, type Data } from "./index";

const [template, data, ...rest] = process.argv.slice(2);

if (!template || !data || rest.length > 0) {
  console.error("usage: document-engine TEMPLATE.md DATA.yml");
  process.exit(2);
}

try {
  const { html } = renderDocument(readFileSync(template, "utf8"), parse(readFileSync(data, "utf8")) as Data);
  process.stdout.write(html);
} catch (error) {
  if (!(error instanceof TemplateError)) {
    throw error;
  }
  console.error(`${template}: ${error.message}`);
  process.exit(1);
}
