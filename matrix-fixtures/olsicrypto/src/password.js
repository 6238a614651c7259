import { Buffer } from "node:buffer";
import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";

const COST = 2 ** 14;
const BYTES = 32;

/** `scrypt$cost$salt$hash`: what to store instead of a password. */
export function hashPassword(password, { cost = COST } = {}) {
  const salt = randomBytes(16);
  const hash = scryptSync(password.normalize("NFKC"), salt, BYTES, { N: cost });
  return ["scrypt", cost, salt.toString("base64url"), hash.toString("base64url")].join("$");
}

/** Whether the password is the one that was hashed. A stored text of another kind is no match. */
export function checkPassword(password, stored) {
  const [kind, cost, salt, hash] = String(stored).split("$");
  if (kind !== "scrypt" || !hash) {
    return false;
  }
  const expected = Buffer.from(hash, "base64url");
  const actual = scryptSync(password.normalize("NFKC"), Buffer.from(salt, "base64url"), BYTES, { N: Number(cost) });
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
