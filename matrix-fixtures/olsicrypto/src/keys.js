import { Buffer } from "node:buffer";
import { hkdfSync, randomBytes } from "node:crypto";
import { OlsicryptoError } from "./errors.js";

const KEY_BYTES = 32;

/** A new random key, as base64url text. */
export function newKey() {
  return randomBytes(KEY_BYTES).toString("base64url");
}

/** The bytes of a key, or an error that does not show it. */
export function keyBytes(key) {
  const bytes = Buffer.from(String(key), "base64url");
  if (bytes.length !== KEY_BYTES) {
    throw new OlsicryptoError("bad-key", `a key has ${KEY_BYTES} bytes as base64url, this one has ${bytes.length}`);
  }
  return bytes;
}

/** A key for one purpose, so that what one purpose leaks is of no use to another. */
export function deriveKey(key, purpose) {
  return Buffer.from(hkdfSync("sha256", keyBytes(key), "", `olsicrypto/${purpose}`, KEY_BYTES)).toString("base64url");
}
