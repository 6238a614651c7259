import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { OlsicryptoError } from "./errors.js";
import { keyBytes } from "./keys.js";

const NONCE = 12;
const TAG = 16;

/** Encrypts text. `context` is not hidden, but the same one is needed to open it. */
export function seal(text, key, context = "") {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", keyBytes(key), nonce).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
}

/** The text that was sealed with this key in this context. */
export function open(sealed, key, context = "") {
  const bytes = Buffer.from(String(sealed), "base64url");
  if (bytes.length < NONCE + TAG) {
    throw new OlsicryptoError("malformed", "too short to be sealed");
  }
  const decipher = createDecipheriv("aes-256-gcm", keyBytes(key), bytes.subarray(0, NONCE))
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]).toString("utf8");
  } catch {
    throw new OlsicryptoError("not-ours", "sealed with another key, in another context, or changed since");
  }
}
