const seen = new Map();

/** Whether a client may ask again: ten times a minute. */
export function mayAsk(client, now) {
  const recent = (seen.get(client) ?? []).filter((time) => now - time < MINUTE);
  seen.set(client, [...recent, now]);
  return recent.length < 10;
}
