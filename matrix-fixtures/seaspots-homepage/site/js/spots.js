/** Lower case and without accents, so that "moli" finds "Molí". */
export function fold(text) {
  return text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();
}

/** The spots in which every word of the query occurs, sorted by name. */
export function search(spots, query) {
  const words = fold(query).split(/\s+/).filter(Boolean);
  const matches = (spot) => {
    const text = fold(`${spot.name} ${spot.town} ${spot.ground}`);
    return words.every((word) => text.includes(word));
  };
  return spots.filter(matches).sort((a, b) => a.name.localeCompare(b.name));
}
