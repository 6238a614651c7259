export { OlsicryptoError } from "./errors.js";
export { deriveKey, newKey } from "./keys.js";
export { checkPassword, hashPassword } from "./password.js";
export { open, seal } from "./seal.js";
export { sign, verify } from "./token.js";
