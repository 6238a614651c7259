import { createServer } from "./server.js";
import { Store } from "./store.js";

const port = Number(process.env.PORT ?? 8080);
const store = new Store({ trackLength: Number(process.env.TRACK_LENGTH ?? 1000) });
const server = createServer(store);

server.listen(port, () => console.log(`listening on port ${port}`));
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => server.close());
}
