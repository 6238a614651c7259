import type { Value } from "./types";

type Filter = (value: Value) => string;

/** What may stand after the bar in `{{ price | money }}`. */
export const filters = new Map<string, Filter>([
  ["money", (value) => `${Number(value).toFixed(2)} €`],
  ["date", (value) => new Date(String(value)).toISOString().slice(0, 10)],
  ["upper", (value) => String(value).toUpperCase()],
]);
