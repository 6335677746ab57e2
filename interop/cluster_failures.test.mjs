// What goes wrong in a fleet: Redis that hangs or dies, servers that die, nonsense on the channels; and the reference's emitters.
import { after, before, describe, test } from "node:test";
import { createClient } from "redis";
import { Fleet, Redis } from "./lib/fleets.mjs";
import { fleetScenarios } from "./scenarios/fleet.mjs";
import { failures, ofTheClassic } from "./scenarios/fleet_failures.mjs";

const kinds = ["kedge4", "kedge", "kedge"];

for (const adapter of ["classic", "sharded", "streams"]) {
  for (const [name, run] of adapter === "classic" ? [...failures, ...ofTheClassic] : failures) {
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

// As docs/cluster.md says.
const classic = ["+hello +client|setname +ping +publish +subscribe +unsubscribe +psubscribe +punsubscribe +pubsub|numsub",
  "&socket.io#/#* &socket.io#/custom#* &socket.io#/refuse#* &socket.io#/slow#* &socket.io-request#* &socket.io-response#*"];
const rights = [
  ["classic", "without recovery", ...classic],
  ["classic", "with recovery", ...classic, "+set +get +del +multi +exec", "&socket.io-kedge#* ~socket.io-session:*"],
  ["sharded", "with recovery", "+hello +client|setname +ping +spublish +ssubscribe +sunsubscribe +pubsub|shardnumsub", "&socket.io#*"],
  ["streams", "with recovery", "+hello +client|setname +ping +xadd +xread +xrange +xrevrange +xlen +set +get +del +multi +exec +publish +subscribe +unsubscribe +pubsub|numsub",
    "&socket.io#* ~socket.io ~sio:session:*"],
];

for (const [adapter, recovery, ...allowed] of rights) {
  test(`${adapter}: with the least rights, ${recovery}`, { timeout: 60_000 }, async () => {
    const redis = await Redis.start();
    const admin = await createClient({ url: redis.url }).connect();
    await admin.sendCommand(["ACL", "SETUSER", "fleet", "on", ">secret", "resetchannels", "-@all", ...allowed.join(" ").split(" ")]);
    admin.destroy();
    const options = ["--adapter", adapter, ...(recovery === "with recovery" ? ["--recovery"] : [])];
    const fleet = await Fleet.start({ url: redis.url.replace("//", "//fleet:secret@") }, ["kedge", "kedge"], ...options);
    try {
      for (const [name, run] of fleetScenarios) if (/sockets are found|joins take effect|questions/.test(name)) await run(fleet, {});
    } finally {
      await fleet.end();
      await redis.end();
    }
  });
}
