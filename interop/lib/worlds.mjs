// What a scenario needs from Node: the client of a generation, servers to restart, wires to cut.
import { createRequire } from "node:module";
import { perform } from "./rig.mjs";
import { Wire } from "./wire.mjs";

const require = createRequire(import.meta.url);
const bytes = (list) => Buffer.from(list);

/** The options that a client needs for its parser. */
const parserOptions = ({ parser }) => (parser === "msgpack" ? { parser: require("socket.io-msgpack-parser") } : {});

// Things that a scenario started, ended with it.
class Hooks {
  started = [];

  constructor(target, program) {
    this.target = target;
    this.program = program;
  }

  get newest() {
    return require("socket.io-client");
  }

  async server() {
    const program = await this.target.app(["--port", "0"]);
    this.started.push(() => program.kill());
    program.args = program.args.map((arg, i) => (program.args[i - 1] === "--port" ? String(program.port) : arg));
    return program;
  }

  async wire() {
    const wire = await Wire.to(this.program.port);
    this.started.push(() => wire.close());
    return wire;
  }

  async end() {
    for (const end of this.started) await end();
  }
}

/** The world of Node for one generation, without a server. */
export const nodeWorld = (client) => ({ io: require(client.module), client, bytes, options: parserOptions(client) });

/** Runs one scenario in this process. `url` may lead through a proxy to `program`. */
export async function performHere({ scenario, client, transport, target, program, url, noUpgrade = false, patience = 20_000, options = {} }) {
  const hooks = new Hooks(target, program);
  const world = nodeWorld(client);
  Object.assign(world.options, options);
  try {
    await perform(scenario, { ...world, transport, noUpgrade, patience, hooks, url: url ?? program.url });
  } finally {
    await hooks.end();
  }
}

