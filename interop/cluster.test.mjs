// Fleets over Redis: Kedge with itself, and Kedge with the reference, by the official clients.
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { Fleet, Redis } from "./lib/fleets.mjs";
import { fleetScenarios } from "./scenarios/fleet.mjs";

const older = createRequire(import.meta.url)("socket.io-client-2");

const adapters = [
  ["classic"],
  ["sharded", "--mode", "static"],
  ["sharded", "--mode", "dynamic"],
  ["sharded", "--mode", "dynamic-private"],
  ["streams"],
];
const mixes = [["kedge", "kedge"], ["kedge4", "kedge"], ["kedge", "node"], ["node", "kedge"]];

let redis;
before(async () => (redis = await Redis.start()));
after(() => redis.end());

for (const [adapter, ...mode] of adapters) {
  for (const kinds of mixes) {
    describe(`${adapter} ${mode[1] ?? ""}: ${kinds.join(" and ")}`, () => {
      let fleet;
      before(async () => (fleet = await Fleet.start(redis, kinds, "--adapter", adapter, ...mode)));
      after(() => fleet.end());
      for (const [name, run, { betterThanReference } = {}] of fleetScenarios) {
        // What the reference loses as publisher or as subscriber, Kedge cannot give back.
        const skip = betterThanReference && kinds.includes("node");
        test(name, { skip, timeout: 60_000 }, () => run(fleet, { older }));
      }
    });
  }
}
