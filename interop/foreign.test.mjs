// Clients that the authors of Socket.IO did not write.
import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { byHand } from "./foreign/by_hand.mjs";
import { nodeTransports } from "./lib/clients.mjs";
import { root } from "./lib/programs.mjs";
import { againstEachTarget, cell } from "./lib/suite.mjs";

const run = promisify(execFile);
const python = "/usr/bin/python3";
const script = join(root, "interop/foreign/python_client.py");
const pythonScenarios = execFileSync(python, [script, "--list"], { encoding: "utf8" }).trim().split("\n");

async function performInPython(url, transport, scenario) {
  await run(python, [script, url, transport, scenario], { timeout: 60_000 }).catch(({ stderr, message }) => {
    throw new Error(stderr?.trim().split("\n").at(-1) || message);
  });
}

const start = async (target) => ({ app: await target.app(["--port", "0"]) });

againstEachTarget("foreign", { start, concurrency: 2 }, (target, up) => {
  for (const transport of nodeTransports)
    for (const scenario of pythonScenarios)
      cell({ client: "python-socketio", transport, scenario }, target, () => performInPython(up.app.url, transport, scenario));
  for (const [name, perform] of Object.entries(byHand))
    cell({ client: "by hand", transport: name, scenario: "conversation" }, target, () => perform(up.app.url));
});
