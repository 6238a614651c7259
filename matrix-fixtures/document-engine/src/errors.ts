/** Something is wrong with a template, or does not fit its data. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";

  constructor(
    message: string,
    readonly line: number,
  ) {
    super(`line ${line}: ${message}`);
  }
}
