import { readConfig } from "./config.js";
import { createServer } from "./server.js";
import { Tokens } from "./tokens.js";

try {
  const config = readConfig(process.env);
  const server = createServer(new Tokens(config), config.clients);
  server.listen(config.port, () => console.log(`listening on port ${config.port}`));
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => server.close());
  }
} catch (error) {
  console.error(`token-service: ${error.message}`);
  process.exitCode = 2;
}
