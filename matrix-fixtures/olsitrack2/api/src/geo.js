const EARTH_RADIUS_KM = 6371;
const radians = (degrees) => (degrees * Math.PI) / 180;

/** The great-circle distance between two positions in km. */
export function distance(a, b) {
  const sinLat = Math.sin(radians(b.lat - a.lat) / 2);
  const sinLon = Math.sin(radians(b.lon - a.lon) / 2);
  const h = sinLat ** 2 + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * sinLon ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(h));
}

/** The length of a track in km, to the metre. */
export function distanceOf(positions) {
  const legs = positions.slice(1).map((position, index) => distance(positions[index], position));
  const km = legs.reduce((sum, leg) => sum + leg, 0);
  return Math.round(km * 1000) / 1000;
}
