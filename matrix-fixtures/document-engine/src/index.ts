import { renderBlocks } from "./blocks";
import { escapeHtml } from "./escape";
import { splitFrontMatter } from "./front-matter";
import { fillIn } from "./template";
import type { Data, Document } from "./types";

export { TemplateError } from "./errors";
export type { Data, Document, FrontMatter, Value } from "./types";

/** Renders a template with data to a whole HTML page. */
export function renderDocument(template: string, data: Data): Document {
  const { meta, body, firstLine } = splitFrontMatter(template);
  const content = renderBlocks(fillIn(body, data, firstLine));
  const html = [
    "<!doctype html>",
    `<html lang="${escapeHtml(meta.lang)}">`,
    `<head><meta charset="utf-8"><title>${escapeHtml(meta.title)}</title></head>`,
    `<body>\n${content}\n</body>`,
    "</html>",
    "",
  ].join("\n");
  return { title: meta.title, html };
}
