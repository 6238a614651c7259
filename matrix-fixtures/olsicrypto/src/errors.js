/** Thrown for whatever does not verify. `code` is stable, the message is for people. */
export class OlsicryptoError extends Error {
  constructor(code, message) {
    super(message);
    this.name = "OlsicryptoError";
    this.code = code;
  }
}
