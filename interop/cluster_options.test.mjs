// The options of the adapters, in fleets of Kedge and the reference.
import { after, before, describe, test } from "node:test";
import { equal } from "./lib/check.mjs";
import { ask, Fleet, Redis } from "./lib/fleets.mjs";
import { fleetScenarios } from "./scenarios/fleet.mjs";

const all = /arrives, in order|sockets are found|questions|speak to each other|flags/;
const withoutBinary = /rooms|sockets are found|speak to each other|flags/;
const options = [
  ["classic", "key=other,publishOnSpecificResponseChannel=true", all],
  ["classic", "parser=json", withoutBinary],
  ["sharded", "channelPrefix=other", all],
  ["streams", "streamName=log,streamCount=3,channelPrefix=other,readCount=3,blockTimeInMs=200,maxLen=1000", all],
  ["streams", "useShardedPubSub=true,onlyPlaintext=true", withoutBinary],
];

let redis;
before(async () => (redis = await Redis.start()));
after(() => redis.end());

for (const [adapter, given, scenarios] of options) {
  describe(`${adapter}, ${given}`, () => {
    let fleet;
    before(async () => (fleet = await Fleet.start(redis, ["kedge", "node"], "--adapter", adapter, "--adapter-options", given)));
    after(() => fleet.end());
    for (const [name, run] of fleetScenarios.filter(([name]) => scenarios.test(name)))
      test(name, { timeout: 60_000 }, () => run(fleet, {}));
  });
}

test("fleets with other prefixes do not hear each other", { timeout: 60_000 }, async () => {
  const fleets = await Promise.all(["one", "two"].map((key) => Fleet.start(redis, ["kedge"], "--adapter-options", `key=${key}`)));
  try {
    const [one, two] = await Promise.all(fleets.map((each) => each.client("a")));
    const [error, found] = await ask(one, "fleet-fetch", []);
    equal([error, found.map(({ id }) => id)], [null, [one.id]], "who is found");
    equal((await ask(two, "fleet-fetch", []))[1].length, 1, "how many the other finds");
  } finally {
    await Promise.all(fleets.map((each) => each.end()));
  }
});
