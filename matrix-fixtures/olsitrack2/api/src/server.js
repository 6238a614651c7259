import http from "node:http";
import { readJson } from "./body.js";
import { distanceOf } from "./geo.js";
import { parsePosition } from "./position.js";
import { findRoute } from "./router.js";

/** Every route of the service. A handler returns `[status, body]`. */
export const routes = [
  ["GET", "/healthz", () => [200, { status: "ok" }]],
  ["GET", "/boats", ({ store }) => [200, store.boats()]],
  [
    "GET",
    "/boats/{boat}/position",
    ({ store, params }) => {
      const position = store.last(params.boat);
      return position ? [200, position] : [404, { error: `no position of ${params.boat} yet` }];
    },
  ],
  [
    "POST",
    "/boats/{boat}/position",
    async ({ store, params, request }) => {
      store.add(params.boat, parsePosition(await readJson(request)));
      return [201, { status: "kept" }];
    },
  ],
  [
    "GET",
    "/boats/{boat}/track",
    ({ store, params }) => {
      const positions = store.track(params.boat);
      return [200, { positions, km: distanceOf(positions) }];
    },
  ],
];

async function answer(store, request) {
  const { pathname } = new URL(request.url, "http://localhost");
  const found = findRoute(routes, request.method, pathname);
  if (!found) {
    return [404, { error: `there is no ${request.method} ${pathname}` }];
  }
  try {
    return await found.handler({ store, request, params: found.params });
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) {
      return [400, { error: error.message }];
    }
    console.error(error);
    return [500, { error: "internal error" }];
  }
}

export function createServer(store) {
  return http.createServer(async (request, response) => {
    const [status, body] = await answer(store, request);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
}
