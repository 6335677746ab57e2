// Replays of what old browsers and old proxies send, byte for byte.
import { replays } from "./legacy/replays.mjs";
import { againstEachTarget, cell } from "./lib/suite.mjs";

const start = async (target) => ({ app: await target.app(["--port", "0"]) });

againstEachTarget("legacy wire", { start }, (target, up) => {
  for (const { client, transport, run } of replays)
    cell({ client, transport, scenario: "replay" }, target, () => run(up.app.url));
});
