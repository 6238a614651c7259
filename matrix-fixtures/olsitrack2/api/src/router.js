const SEGMENT = "([a-z0-9-]{1,40})";

/** The handler of the first route that fits, and the values of its `{names}`. */
export function findRoute(routes, method, pathname) {
  for (const [routeMethod, path, handler] of routes) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const match = new RegExp(`^${path.replace(/\{\w+\}/g, SEGMENT)}$`).exec(pathname);
    if (match && routeMethod === method) {
      const params = Object.fromEntries(names.map((name, index) => [name, match[index + 1]]));
      return { handler, params };
    }
  }
  return undefined;
}
