// npm run interop -- [--url URL | --target NAME] [--client C] [--transport T] [--scenario S] [--jobs N]
// Runs the scenarios against one server and prints the table; see README.md.
import { parseArgs } from "node:util";
import { cells, haste, judge, serverFor, startServers } from "./lib/matrix.mjs";
import { root } from "./lib/programs.mjs";
import { Table } from "./lib/table.mjs";
import { targetByName } from "./lib/targets.mjs";
import { performHere } from "./lib/worlds.mjs";
import { scenarios } from "./scenarios/all.mjs";

const { values: given } = parseArgs({
  options: {
    url: { type: "string" },
    target: { type: "string", default: "kedge" },
    client: { type: "string" },
    transport: { type: "string" },
    scenario: { type: "string" },
    jobs: { type: "string", default: "16" },
  },
});

// What somebody else's server can be asked: what needs no restarts, no options and no wires to cut.
const fitsUrl = ({ scenario, client }) => !client.parser && !["server", "recovery"].includes(scenario.needs);
const wanted = (name, value) => value === undefined || name === value;

async function runAll(spots, jobs, one) {
  const queue = [...spots];
  const worker = async () => {
    while (queue.length) await one(queue.shift());
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}

const target = given.url ? { name: new URL(given.url).host } : targetByName(given.target);
if (!target) throw new Error(`no such target: ${given.target}`);
const spots = cells().filter(({ client, transport, scenario }) =>
  wanted(client.name, given.client) && wanted(transport, given.transport) && wanted(scenario.name, given.scenario))
  .filter((spot) => !given.url || fitsUrl(spot));

const needed = [...new Set(spots.map(({ scenario, client }) => serverFor(scenario, client)))];
const up = given.url ? {} : startServers(target, needed);
const table = new Table(scenarios.map(({ name }) => name));
await runAll(spots, Number(given.jobs), async (spot) => {
  const url = given.url?.replace(/\/$/, "");
  const result = await judge(spot, target, async () => {
    const program = await up[serverFor(spot.scenario, spot.client)];
    await performHere({ ...spot, target, program, url, patience: haste(spot, target) });
  });
  const place = { client: spot.client.name, transport: spot.transport, scenario: spot.scenario.name };
  table.add({ ...place, target: target.name, ...result, error: result.error?.message });
  if (result.error) console.log(`FAIL ${Object.values(place).join(" | ")}\n  ${result.error.message}`);
});
for (const program of Object.values(up)) await program.then((started) => started.stop(), () => {});

table.order(spots);
table.write(`${root}/interop/report.html`);
const failed = table.rows.filter(({ verdict }) => verdict === "FAIL").length;
console.log(`\n${table.toText()}\n${table.rows.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
