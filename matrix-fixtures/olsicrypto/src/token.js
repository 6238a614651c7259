import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { OlsicryptoError } from "./errors.js";
import { keyBytes } from "./keys.js";

const seconds = () => Math.floor(Date.now() / 1000);

function signature(body, key) {
  return createHmac("sha256", keyBytes(key)).update(body).digest();
}

/** A token `body.signature` that carries the claims and ends after `expiresIn` seconds. */
export function sign(claims, key, { expiresIn = 300, now = seconds() } = {}) {
  const body = Buffer.from(JSON.stringify({ ...claims, iat: now, exp: now + expiresIn })).toString("base64url");
  return `${body}.${signature(body, key).toString("base64url")}`;
}

/** The claims of a token that we signed and that has not ended. */
export function verify(token, key, { now = seconds() } = {}) {
  const [body, given, ...rest] = String(token).split(".");
  if (!body || !given || rest.length > 0) {
    throw new OlsicryptoError("malformed", "not a token");
  }
  const expected = signature(body, key);
  const actual = Buffer.from(given, "base64url");
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
    throw new OlsicryptoError("bad-signature", "the token was not signed with this key");
  }
  const claims = JSON.parse(Buffer.from(body, "base64url").toString());
  if (claims.exp <= now) {
    throw new OlsicryptoError("expired", "the token has ended");
  }
  return claims;
}
