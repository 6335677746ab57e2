// The full matrix: every generation over every transport that Node has, plain, on one worker.
import { cells, serverFor, startServers } from "./lib/matrix.mjs";
import { againstEachTarget, scenarioCell } from "./lib/suite.mjs";
import { performHere } from "./lib/worlds.mjs";

againstEachTarget("matrix", { start: startServers, concurrency: 16 }, (target, up) => {
  for (const spot of cells())
    scenarioCell(spot, target, async (how) =>
      performHere({ ...spot, ...how, target, program: await up[serverFor(spot.scenario, spot.client)] }));
});
