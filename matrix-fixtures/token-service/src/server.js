import { timingSafeEqual, createHash } from "node:crypto";
import http from "node:http";
import { OlsicryptoError } from "@olsitec/olsicrypto";

const LIMIT = 10_000;

async function readJson(request) {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > LIMIT) {
      throw new SyntaxError("too long");
    }
  }
  return JSON.parse(text) ?? {};
}

function sameSecret(a, b) {
  const digest = (text) => createHash("sha256").update(String(text)).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function issue(tokens, clients, { client, secret, scope }) {
  if (!clients.has(client) || !sameSecret(clients.get(client), secret)) {
    return [401, { error: "unknown client or wrong secret" }];
  }
  return [201, { token: tokens.issue({ sub: client, scope: String(scope ?? "") }) }];
}

function check(tokens, { token }) {
  try {
    return [200, { claims: tokens.check(token) }];
  } catch (error) {
    if (error instanceof OlsicryptoError) {
      return [401, { error: error.code }];
    }
    throw error;
  }
}

async function answer(tokens, clients, request) {
  switch (`${request.method} ${request.url}`) {
    case "GET /healthz":
      return [200, { status: "ok" }];
    case "POST /tokens":
      return issue(tokens, clients, await readJson(request));
    case "POST /tokens/check":
      return check(tokens, await readJson(request));
    default:
      return [404, { error: "not found" }];
  }
}

export function createServer(tokens, clients) {
  return http.createServer(async (request, response) => {
    const [status, body] = await answer(tokens, clients, request).catch((error) => {
      if (error instanceof SyntaxError) {
        return [400, { error: "the body is not JSON, or too long" }];
      }
      console.error(error);
      return [500, { error: "internal error" }];
    });
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
}
