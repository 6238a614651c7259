/** Asks a token-service for tokens, and whether tokens are good. */
export class TokenClient {
  #base;
  #credentials;

  constructor(base, { client, secret }) {
    this.#base = base;
    this.#credentials = { client, secret };
  }

  /** A new token in this client's name. */
  async issue({ scope } = {}) {
    const { token } = await this.#post("/tokens", { ...this.#credentials, scope });
    return token;
  }

  /** The claims of a good token; throws for any other. */
  async check(token) {
    const { claims } = await this.#post("/tokens/check", { token });
    return claims;
  }

  async #post(path, body) {
    const answer = await fetch(new URL(path, this.#base), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const result = await answer.json();
    if (!answer.ok) {
      throw new Error(`token-service: ${result.error}`);
    }
    return result;
  }
}
