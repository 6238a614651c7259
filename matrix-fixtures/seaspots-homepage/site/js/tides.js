// A plain cosine between high and low water: good enough to choose a beach, not to steer a ship.

/** Time from one high water to the next, in milliseconds. */
export const TIDE_PERIOD = (12 * 60 + 25) * 60 * 1000;

/** Height above low water in metres at the given time. */
export function heightAt(spot, time) {
  const phase = (2 * Math.PI * (time - new Date(spot.highWater))) / TIDE_PERIOD;
  return (spot.range / 2) * (1 + Math.cos(phase));
}

/** The first high water at or after the given time. */
export function nextHighWater(spot, time) {
  const reference = new Date(spot.highWater).getTime();
  const periods = Math.ceil((time - reference) / TIDE_PERIOD);
  return new Date(reference + periods * TIDE_PERIOD);
}

/** "rising" or "falling". */
export function trend(spot, time) {
  const soon = new Date(time.getTime() + 60_000);
  return heightAt(spot, soon) >= heightAt(spot, time) ? "rising" : "falling";
}
