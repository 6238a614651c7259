/** The positions of each boat in order of time, the newest `trackLength` of them. */
export class Store {
  #tracks = new Map();
  #trackLength;

  constructor({ trackLength = 1000 } = {}) {
    this.#trackLength = trackLength;
  }

  /** Adds a position. Trackers send late and twice, so the place is found by time and a repetition is dropped. */
  add(boat, position) {
    const track = this.track(boat);
    const later = track.findIndex((known) => known.at >= position.at);
    if (later >= 0 && track[later].at === position.at) {
      return;
    }
    track.splice(later >= 0 ? later : track.length, 0, position);
    this.#tracks.set(boat, track.slice(-this.#trackLength));
  }

  boats() {
    return [...this.#tracks.keys()].sort();
  }

  last(boat) {
    return this.#tracks.get(boat)?.at(-1);
  }

  track(boat) {
    return [...(this.#tracks.get(boat) ?? [])];
  }
}
