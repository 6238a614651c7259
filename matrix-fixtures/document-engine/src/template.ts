import { TemplateError } from "./errors";
import { escapeHtml } from "./escape";
import { filters } from "./filters";
import type { Data, Value } from "./types";

const SECTION = /(?<open>\{\{#\s*(?<section>[\w.]+)\s*\}\}\n?)(?<inner>[\s\S]*?)\{\{\/\s*\k<section>\s*\}\}\n?/;
const TAG = /\{\{\s*(?<path>[\w.]+)\s*(?:\|\s*(?<filter>\w+)\s*)?\}\}/;
// Both in one pass, so that a value is never read as a template.
const EITHER = new RegExp(`${SECTION.source}|${TAG.source}`, "g");

/** Fills data into the tags of a template. `firstLine` is where the template starts in its file. */
export function fillIn(template: string, data: Data, firstLine = 1): string {
  const lineAt = (offset: number) => firstLine + template.slice(0, offset).split("\n").length - 1;
  let filled = "";
  let end = 0;

  for (const match of template.matchAll(EITHER)) {
    const { open = "", section, inner = "", path = "", filter } = match.groups ?? {};
    filled += template.slice(end, match.index);
    end = match.index + match[0].length;

    if (section === undefined) {
      const line = lineAt(match.index);
      filled += escapeHtml(applyFilter(valueAt(data, path, line), filter, line));
    } else {
      const innerLine = lineAt(match.index + open.length);
      for (const item of items(valueAt(data, section, lineAt(match.index)))) {
        filled += fillIn(inner, { ...data, ...item }, innerLine);
      }
    }
  }
  return filled + template.slice(end);
}

function valueAt(data: Data, path: string, line: number): Value {
  let value: Value | undefined = data;
  for (const key of path.split(".")) {
    value = isData(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  if (value === undefined || value === null) {
    throw new TemplateError(`there is no "${path}" in the data`, line);
  }
  return value;
}

/** What a section is repeated for: each item of a list, or once for a value that is there. */
function items(value: Value): Data[] {
  if (Array.isArray(value)) {
    return value.map((item) => (isData(item) ? item : { item }));
  }
  return value ? [isData(value) ? value : {}] : [];
}

function isData(value: Value | undefined): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function applyFilter(value: Value, name: string | undefined, line: number): string {
  if (name === undefined) {
    return String(value);
  }
  const filter = filters.get(name);
  if (!filter) {
    throw new TemplateError(`there is no filter "${name}", only ${[...filters.keys()].join(", ")}`, line);
  }
  return filter(value);
}
