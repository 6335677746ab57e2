// The full matrix: every generation over every transport that Node has, plain, on one worker.
import { cells, serverFor, servers } from "./lib/matrix.mjs";
import { againstEachTarget, scenarioCell } from "./lib/suite.mjs";
import { performHere } from "./lib/worlds.mjs";

async function start(target) {
  const started = Object.entries(servers).map(async ([name, args]) => [name, await target.app(["--port", "0", ...args])]);
  return Object.fromEntries(await Promise.all(started));
}

againstEachTarget("matrix", { start, concurrency: 16 }, (target, up) => {
  for (const spot of cells())
    scenarioCell(spot, target, (how) =>
      performHere({ ...spot, ...how, target, program: up[serverFor(spot.scenario, spot.client)] }));
});
