import { parse } from "yaml";
import { TemplateError } from "./errors";
import type { FrontMatter } from "./types";

const FENCE = /^---\n([\s\S]*?\n)?---\n/;

interface Split {
  meta: FrontMatter;
  body: string;
  /** The line of the file on which the body starts, for messages. */
  firstLine: number;
}

export function splitFrontMatter(template: string): Split {
  const fence = FENCE.exec(template);
  if (!fence) {
    throw new TemplateError("a template starts with front matter between two lines ---", 1);
  }
  const meta: unknown = parse(fence[1] ?? "");
  const title = field(meta, "title");
  if (!title) {
    throw new TemplateError("the front matter has no title", 1);
  }
  return {
    meta: { title, lang: field(meta, "lang") ?? "en" },
    body: template.slice(fence[0].length),
    firstLine: fence[0].split("\n").length,
  };
}

function field(meta: unknown, name: string): string | undefined {
  if (typeof meta !== "object" || meta === null) {
    return undefined;
  }
  const value = (meta as Record<string, unknown>)[name];
  return typeof value === "string" ? value : undefined;
}
