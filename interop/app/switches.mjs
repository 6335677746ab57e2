// The command line that all server programs of the harness share; see interop/README.md.
import { parseArgs } from "node:util";

export function switches(argv = process.argv.slice(2)) {
  const { values } = parseArgs({
    args: argv,
    options: {
      app: { type: "boolean" },
      port: { type: "string", default: "3000" },
      "ping-interval": { type: "string", default: "25000" },
      "ping-timeout": { type: "string", default: "20000" },
      "max-buffer": { type: "string", default: "1000000" },
      "connect-timeout": { type: "string", default: "45000" },
      recovery: { type: "boolean", default: false },
      parser: { type: "string" },
      threads: { type: "string" },
      redis: { type: "string" },
      "redis-node": { type: "string", multiple: true },
      "redis-client": { type: "string", default: "redis" },
      adapter: { type: "string", default: "classic" },
      mode: { type: "string" },
      "adapter-options": { type: "string" },
      admin: { type: "string" },
      "admin-mode": { type: "string", default: "development" },
      "admin-readonly": { type: "boolean", default: false },
      node: { type: "string", default: "node" },
      "tls-cert": { type: "string" },
      "tls-key": { type: "string" },
    },
  });
  return values;
}

// Says where the server listens, and ends the process with status 0 when told to.
export function announce(httpServer, scheme, close) {
  console.log(`listening on ${scheme}://127.0.0.1:${httpServer.address().port}`);
  const end = () => {
    close();
    process.exit(0);
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
}
