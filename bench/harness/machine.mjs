// What the figures were measured on.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";

function first(command, args) {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).split("\n")[0].trim();
  } catch {
    return `${command}: unknown`;
  }
}

function distribution() {
  const match = /^PRETTY_NAME="(.*)"$/m.exec(fs.readFileSync("/etc/os-release", "utf8"));
  return match ? match[1] : os.type();
}

export function describe(version) {
  const cores = os.cpus();
  return `${new Date().toISOString().slice(0, 10)}: ${cores.length} cores of ${cores[0].model.trim()}, ` +
        `${Math.round(os.totalmem() / 2 ** 30)} GiB, ${distribution()}, Linux ${os.release()}, ${first("g++", ["--version"])}, ` +
        `Node ${process.versions.node}, socket.io ${version}. Server on one core, load on another, over the loopback.`;
}
