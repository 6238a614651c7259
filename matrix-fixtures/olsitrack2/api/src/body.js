const LIMIT = 10_000;

/** The body of a request as JSON. Throws a RangeError or a SyntaxError that may be shown to the sender. */
export async function readJson(request) {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > LIMIT) {
      throw new RangeError(`a body has at most ${LIMIT} characters`);
    }
  }
  return JSON.parse(text);
}
