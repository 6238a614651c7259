import { deriveKey, OlsicryptoError, sign, verify } from "@olsitec/olsicrypto";

/** Issues tokens with the first key and checks those of any key. A token is `<key id>.<body>.<signature>`. */
export class Tokens {
  #keys;
  #current;
  #seconds;

  constructor({ keys, seconds }) {
    this.#keys = new Map([...keys].map(([id, key]) => [id, deriveKey(key, "token")]));
    this.#current = this.#keys.keys().next().value;
    this.#seconds = seconds;
  }

  issue(claims, options = {}) {
    const token = sign(claims, this.#keys.get(this.#current), { expiresIn: this.#seconds, ...options });
    return `${this.#current}.${token}`;
  }

  check(text, options = {}) {
    const [id, ...token] = String(text).split(".");
    const key = this.#keys.get(id);
    if (!key) {
      throw new OlsicryptoError("unknown-key", "the token was signed with a key that is gone");
    }
    return verify(token.join("."), key, options);
  }
}
