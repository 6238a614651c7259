/** A number that is used once. */
export function nonce() {
  return Math.floor(Math.random() * 2 ** 32);
}
