// Which scenario applies to which client, and how a result is judged.
import { clients, nodeTransports } from "./clients.mjs";
import { scenarios } from "../scenarios/all.mjs";

/** The servers that the full matrix needs, by name: their switches. */
const servers = { plain: [], recovery: ["--recovery"], msgpack: ["--parser", "msgpack"] };

/** Starts them: promises by name, so that one that does not start fails only those who need it. */
export function startServers(target, needed = Object.keys(servers)) {
  return Object.fromEntries(needed.map((name) => {
    const program = target.app(["--port", "0", ...servers[name]]);
    program.catch(() => {});
    return [name, program];
  }));
}

export function serverFor(scenario, client) {
  if (client.parser) return client.parser;
  return scenario.needs === "recovery" ? "recovery" : "plain";
}

function applies(scenario, client) {
  if (scenario.needs === "recovery") return client.features.includes("recovery");
  return !(scenario.needs === "server" && client.parser);
}

/** Every cell of the table that runs in Node. */
export function cells({ smokeOnly = false } = {}) {
  return clients.flatMap((client) => nodeTransports.flatMap((transport) => scenarios
    .filter((scenario) => applies(scenario, client) && (!smokeOnly || scenario.smoke))
    .map((scenario) => ({ client, transport, scenario }))));
}

/** The known shortfall of the reference, and so of the package on it, in this cell, if there is one. */
export const knownDifference = ({ scenario, client, transport }, target) =>
  (target.name !== "kedge" && scenario.differs?.(client, transport, target)) || undefined;

/** How long a client may take where the reference is known to fall short: no longer than needed to see it. */
export const haste = (cell, target) => (knownDifference(cell, target) ? 1500 : 20_000);

/** Runs `attempt` and tells how it went: `ok`, `differs` (as known) or `FAIL` with the error. */
export async function judge(cell, target, attempt) {
  const note = knownDifference(cell, target);
  const begun = performance.now();
  let error;
  await attempt().catch((reason) => (error = reason));
  const ms = Math.round(performance.now() - begun);
  if (!note) return error ? { verdict: "FAIL", error, ms } : { verdict: "ok", ms };
  if (error || cell.scenario.sometimes) return { verdict: "differs", note, ms };
  return { verdict: "FAIL", error: new Error(`the known difference is gone: ${note}`), ms };
}
