/** A checked position, with nothing in it that we do not know. Throws a RangeError that says what is wrong. */
export function parsePosition(value) {
  const { lat, lon, at } = value ?? {};
  if (!Number.isFinite(lat) || Math.abs(lat) > 90) {
    throw new RangeError("lat is a number from -90 to 90");
  }
  if (!Number.isFinite(lon) || Math.abs(lon) > 180) {
    throw new RangeError("lon is a number from -180 to 180");
  }
  const time = typeof at === "string" ? Date.parse(at) : NaN;
  if (Number.isNaN(time)) {
    throw new RangeError("at is a date and time, as 2026-01-31T12:00:00Z");
  }
  return { lat, lon, at: new Date(time).toISOString() };
}
