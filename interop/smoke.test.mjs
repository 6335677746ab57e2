// Six scenarios of the matrix over TLS, with 4 workers, behind nginx, and behind a proxy that breaks WebSocket.
import { equal, within } from "./lib/check.mjs";
import { cells } from "./lib/matrix.mjs";
import { certificate, nginx, proxyWithoutWebSocket } from "./lib/proxies.mjs";
import { againstEachTarget, cell, scenarioCell } from "./lib/suite.mjs";
import { performHere } from "./lib/worlds.mjs";

const { cert, key } = certificate();
const secure = { switches: ["--tls-cert", cert, "--tls-key", key], options: { rejectUnauthorized: false } };
const workers = { switches: ["--threads", "4"], threads: true };

const ways = {
  TLS: secure,
  "4 workers": workers,
  "TLS, 4 workers": { ...secure, threads: true, switches: [...secure.switches, ...workers.switches] },
  nginx: { switches: [], through: nginx },
  "nginx, 4 workers": { ...workers, through: nginx },
  "no WebSocket": { switches: [], through: proxyWithoutWebSocket, noUpgrade: true },
};

const plainClient = ({ client }) => !client.parser;
const reaches = ({ noUpgrade }) => ({ transport }) => !noUpgrade || transport !== "websocket";

async function start(target, { switches, through }) {
  const app = await target.app(["--port", "0", ...switches]);
  // The proxy first: it is told to end first.
  return through ? { proxy: await through(app.port), app } : { app };
}

// The client tries to upgrade, learns that it cannot, and stays.
const staysOnPolling = {
  name: "stays on polling",
  async run(rig) {
    const peer = rig.start();
    const refused = new Promise((resolve) => peer.engine.once("upgradeError", resolve));
    await rig.connected(peer);
    await within(rig.patience, "the upgrade fails", refused);
    equal(await peer.ask("message-with-ack", "here"), ["here"], "ack after the failure");
    equal((await peer.ask("handshake"))[0].transport, "polling", "transport");
  },
};

for (const [name, way] of Object.entries(ways)) {
  const can = (target) => target.threads || !way.threads;
  againstEachTarget(`smoke, ${name}`, { start: (target) => start(target, way), can }, (target, up) => {
    const { options, noUpgrade } = way;
    const perform = (spot) => (how) =>
      performHere({ ...spot, ...how, options, noUpgrade, target, program: up.app, url: up.proxy?.url });
    for (const spot of cells({ smokeOnly: true }).filter(plainClient).filter(reaches(way))) {
      const transport = `${spot.transport}, ${name}`;
      scenarioCell(spot, target, perform(spot), { transport });
      if (!noUpgrade || spot.transport !== "upgrade" || spot.scenario.name !== "connect") continue;
      cell({ client: spot.client.name, transport, scenario: staysOnPolling.name }, target, () =>
        perform({ ...spot, scenario: staysOnPolling })({ patience: 20_000 }));
    }
  });
}
