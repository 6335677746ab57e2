"use strict";

// The figures of the engines of this process, as Prometheus reads them, and whether they take clients.
const { addon } = require("./native");

const escape = (text) => text.replace(/[\\"\n]/g, (sign) => (sign === "\n" ? "\\n" : `\\${sign}`));
const labelsOf = (labels) =>
  Object.keys(labels).length === 0 ? "" : `{${Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`)}}`;

/** One figure: its two lines of comment, and a line for each sample. */
function figure(name, type, help, samples) {
  const lines = samples.map(([labels, value]) => `kedge_node_${name}${labelsOf(labels)} ${value}`);
  return [`# HELP kedge_node_${name} ${help}`, `# TYPE kedge_node_${name} ${type}`, ...lines, ""].join("\n");
}

const sum = (engines, of) => engines.reduce((total, engine) => total + of(engine), 0);

/** How many websockets each way of serving one has had. */
function websockets(engines) {
  const ways = new Map();
  const count = (by, reason, value) => {
    const key = JSON.stringify(reason === undefined ? { by } : { by, reason });
    ways.set(key, (ways.get(key) ?? 0) + value);
  };
  count("descriptor", undefined, 0);
  for (const { native } of engines) {
    count("descriptor", undefined, native.taken);
    for (const [reason, value] of Object.entries(native.carried)) count("carried", reason, value);
    for (const [reason, value] of Object.entries(native.left)) count("ws", reason, value);
  }
  return [...ways].map(([key, value]) => [JSON.parse(key), value]);
}

/** The figures of these engines; those of listen() come from the addon, which has them of all engines of this thread. */
function metrics(...engines) {
  return [
    addon ? addon.metrics() : "",
    figure("clients", "gauge", "Open sessions.", [[{}, sum(engines, (engine) => engine.clientsCount)]]),
    figure("websockets_total", "counter", "Websockets that came to Node, by who serves them.", websockets(engines)),
    figure("sessions_listened_total", "counter", "Sessions that were opened without Node.",
      [[{}, sum(engines, ({ native }) => native.listened)]]),
    figure("connections_handed_back_total", "counter", "Connections that listen() gave to Node.",
      [[{}, sum(engines, ({ native }) => native.handedBack)]]),
    figure("native", "gauge", "Whether an engine is native at all, by what keeps it from it.",
      engines.map(({ native }, engine) => [{ engine: String(engine), reason: native.reason ?? "" }, Number(native.enabled)])),
  ].join("");
}

/** Whether these engines take clients: what a readiness check should say. */
function health(...engines) {
  const ok = engines.every((engine) => !engine.closed);
  return { ok, status: ok ? "ok" : "closing", clients: sum(engines, (engine) => engine.clientsCount) };
}

module.exports = { health, metrics };
