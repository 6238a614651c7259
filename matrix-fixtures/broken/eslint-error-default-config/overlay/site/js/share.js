/** Copies the address of a spot, for a friend. */
export async function share(spot) {
  const address = new URL(`#${slug(spot.name)}`, location.href);
  await navigator.clipboard.writeText(address.href);
}
