// The reference's side of fleets over Redis: its adapters, and the verbs of the fleet's scenarios. See interop/README.md.
import { createAdapter, createShardedAdapter } from "@socket.io/redis-adapter";
import { createAdapter as createStreamsAdapter } from "@socket.io/redis-streams-adapter";
import { createClient, createCluster } from "redis";

/** To one Redis, or to a cluster of which some nodes are named. */
async function connect(url, nodes, library) {
  if (library === "ioredis") {
    const { Cluster, Redis } = await import("ioredis");
    const client = nodes ? new Cluster(nodes) : new Redis(url);
    return client.on("error", () => {});
  }
  const client = nodes ? createCluster({ rootNodes: nodes.map((each) => ({ url: each })) }) : createClient({ url });
  client.on("error", () => {}); // it connects again by itself
  await client.connect();
  return client;
}

/** name=value,name=value, as createAdapter takes them. */
function optionsOf(text = "") {
  const options = {};
  for (const [name, value] of text.split(",").filter(Boolean).map((each) => each.split("=")))
    options[name] = /^[0-9]+$/.test(value) ? Number(value) : value === "true" ? true : value;
  if (options.parser === "json") options.parser = { encode: JSON.stringify, decode: JSON.parse };
  return options;
}

async function adapterOf({ redis, "redis-node": nodes, "redis-client": library, adapter, mode, "adapter-options": text }) {
  const options = optionsOf(text);
  const publisher = await connect(redis, nodes, library);
  if (adapter === "streams") return createStreamsAdapter(publisher, options);
  const subscriber = await connect(redis, nodes, library);
  if (adapter === "sharded") return createShardedAdapter(publisher, subscriber, { subscriptionMode: mode ?? "dynamic", ...options });
  return createAdapter(publisher, subscriber, options);
}

const told = (error, ...rest) => [error ? error.message : null, ...rest];

function actOnAll(nsp, socket) {
  socket.on("fleet-join", (which, rooms, done) => (nsp.in(which).socketsJoin(rooms), done()));
  socket.on("fleet-leave", (which, rooms, done) => (nsp.in(which).socketsLeave(rooms), done()));
  socket.on("fleet-say", ({ to = [], local, compress = true, volatile }, name, ...args) => {
    const done = args.pop();
    let operator = nsp.to(to).compress(compress);
    if (local) operator = operator.local;
    if (volatile) operator = operator.volatile;
    operator.emit(name, ...args);
    done();
  });
  socket.on("fleet-fetch", async (which, done) => {
    try {
      const found = await nsp.in(which).fetchSockets();
      done(null, found.map(({ id, rooms, data, handshake }) => ({ id, rooms: [...rooms], data, handshake })));
    } catch (error) {
      done(error.message, []);
    }
  });
  socket.on("fleet-question", (which, ms, name, said, done) =>
    nsp.in(which).timeout(ms).emit(name, said, (error, answers) => done(...told(error, answers))));
  socket.on("fleet-private", async (id, name, said, done) => {
    const [one] = await nsp.in(id).fetchSockets();
    if (!one) return done("nobody");
    one.timeout(5000).emit(name, said, (error, answer) => done(...told(error, answer)));
  });
}

function speakToServers(nsp, socket) {
  socket.on("servers-hear", (name, ...args) => {
    const done = args.pop();
    nsp.serverSideEmit(name, ...args);
    done();
  });
  socket.on("servers-answer", (name, ...args) => {
    const done = args.pop();
    nsp.serverSideEmit(name, ...args, (error, answers) => done(...told(error, answers)));
  });
}

function hearServers(nsp, node) {
  nsp.on("told", (...args) => nsp.local.emit("told", node, ...args));
  nsp.on("sum", (a, b, done) => done?.(`${node}:${a + b}`));
  nsp.on("hush", () => {});
}

export async function joinFleet(io, given) {
  io.adapter(await adapterOf(given));
  process.on("unhandledRejection", () => {}); // the adapters reject where nobody listens, while Redis is away
  for (const name of ["/", "/custom"]) {
    const nsp = io.of(name);
    nsp.on("connection", (socket) => {
      actOnAll(nsp, socket);
      speakToServers(nsp, socket);
    });
    hearServers(nsp, given.node);
  }
}
