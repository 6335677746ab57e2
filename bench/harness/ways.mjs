// Clients of SockJS and STOMP: what a message costs Kedge, beside the same work as Socket.IO over WebSocket, and beside
// sockjs-node and RabbitMQ's web-stomp.
import { execFileSync } from "node:child_process";
import { Rabbit, missing } from "../../interop/lib/rabbitmq.mjs";
import { isDisturbed, load, serverCore, start, stop } from "./measure.mjs";

const broadcast = { mode: "broadcast", clients: 1000 };
const streams = { reference: "sockjs", least: 10 };
const polls = { reference: "sockjs" };
const sockets = { reference: "sockjs", most: 1.3 };
const stomp = { reference: "rabbitmq", most: 1.3 };

const transports = {
  "SockJS, raw websocket": { speaks: "raw", ...sockets },
  "SockJS, websocket": { speaks: "websocket", ...polls },
  "SockJS, xhr-streaming": { speaks: "xhr-streaming", ...streams },
  "SockJS, eventsource": { speaks: "eventsource", ...streams },
  "SockJS, htmlfile": { speaks: "htmlfile", ...streams },
  "SockJS, xhr-polling": { speaks: "xhr", ...polls },
  "SockJS, jsonp-polling": { speaks: "jsonp", ...polls },
  "STOMP over WebSocket": { speaks: "stomp", ...stomp },
};

function row(name, work, { speaks, ...marks }, load) {
  return { name: `${name}: ${work}`, speaks, ...marks, load };
}

/// What is measured. `most` is what Kedge may take as a multiple of the same work as Socket.IO over WebSocket; `least`, how many
/// times as much the reference takes at least.
export const rows = Object.entries(transports).flatMap(([name, transport]) => [
  row(name, "echo", transport, { mode: "echo" }),
  row(name, "to 1000, per delivery", transport, broadcast),
  row(name, "to 1000, 16 in flight", transport, { ...broadcast, window: 16 }),
]);

const pathOf = (server, { speaks, load: { mode } }) => {
  if (speaks === "stomp") return server === "rabbitmq" ? "/ws" : "/stomp";
  return mode === "echo" ? "/echo" : "/all";
};

/// The process of Erlang's machine: the one of its group that a shell has started.
async function startRabbit() {
  const rabbit = await Rabbit.start();
  const found = execFileSync("pgrep", ["-g", String(rabbit.child.pid), "-f", "beam"], { encoding: "utf8" });
  const pid = Number(found.trim().split("\n").at(-1));
  execFileSync("taskset", ["-a", "-p", "-c", serverCore, String(pid)], { stdio: "ignore" });
  return { port: rabbit.web, pid, end: () => rabbit.end() };
}

async function startOther(server) {
  if (server === "rabbitmq") return startRabbit();
  const { child, port } = await start(server, { ways: 1 }, 1);
  return { port, pid: child.pid, end: () => stop(child) };
}

/// One measurement with a server of its own.
async function measure(server, row, options) {
  const { round, ...work } = row.load;
  const { port, pid, end } = await startOther(server);
  try {
    const speaks = row.speaks ? { speaks: row.speaks, path: pathOf(server, row) } : {};
    const figures = await load(port, pid, { ...options, ...work, ...speaks });
    return { ...figures, disturbed: isDisturbed(figures) };
  } finally {
    await end();
  }
}

// The same work as Socket.IO is done once for all transports.
const compared = new Map();
function asSocketio(load, options) {
  const key = JSON.stringify(load);
  if (!compared.has(key)) compared.set(key, measure("kedge", { load }, options));
  return compared.get(key);
}

/// A row's figures: of Kedge, of the same work as Socket.IO, and of the reference where there is one here.
export async function measureWay(row, rounds, options, median) {
  // A topic is a room: what STOMP does goes by way of one.
  const same = row.speaks === "stomp" && row.load.mode === "echo" ? { ...row.load, mode: "room" } : row.load;
  const taking = {
    kedge: () => measure("kedge", row, options),
    socketio: (round) => asSocketio({ ...same, round }, options),
    other: () => measure(row.reference, row, options),
  };
  if (row.reference === "rabbitmq" && missing) delete taking.other;
  const runs = Object.fromEntries(Object.keys(taking).map((name) => [name, []]));
  for (let round = 0; round < rounds; ++round) {
    for (const [name, take] of Object.entries(taking)) runs[name].push(await take(round));
  }
  const result = { ...row };
  for (const [name, all] of Object.entries(runs)) result[name] = median(all);
  return result;
}
