// What goes wrong in a fleet: Redis that hangs or dies, servers that die, nonsense on the channels; and the reference's emitters.
import { after, before, describe, test } from "node:test";
import { Fleet, Redis } from "./lib/fleets.mjs";
import { emitters, failures } from "./scenarios/fleet_failures.mjs";

const kinds = ["kedge4", "kedge", "kedge"];

for (const adapter of ["classic", "sharded"]) {
  for (const [name, run] of adapter === "classic" ? [...failures, emitters] : failures) {
    describe(`${adapter}: ${name}`, () => {
      let redis;
      let fleet;
      before(async () => {
        redis = await Redis.start();
        fleet = await Fleet.start(redis, kinds, "--adapter", adapter);
      });
      after(async () => {
        await fleet?.end();
        await redis.end();
      });
      test(name, { timeout: 90_000 }, () => run(fleet, redis, { adapter }));
    });
  }
}
