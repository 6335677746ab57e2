// Starts the server programs, learns their address from their first line, and leaves none behind.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { within } from "./check.mjs";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const builds = process.env.KEDGE_BUILD ? [process.env.KEDGE_BUILD] : [join(root, "build/release"), join(root, "build/dev")];
const running = new Set();

process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** The path of a program that CMake built; says how to build it when it is not there. */
export function built(relative) {
  const found = builds.map((build) => join(build, relative)).find(existsSync);
  if (found) return found;
  throw new Error(`${relative} is not built (looked in ${builds.join(", ")}): cmake --preset release && ninja -C build/release`);
}

function firstLine(child, name) {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("error", reject);
    child.once("exit", (code, signal) => reject(new Error(`${name} ended before it listened (${signal ?? code}); it was given ${child.spawnargs.slice(1).join(" ")}`)));
  });
}

/** One running program: its address, and its end. */
export class Program {
  static async start(command, args) {
    const program = new Program(command, args);
    await program.start();
    return program;
  }

  constructor(command, args, stdio = ["ignore", "pipe", "inherit"]) {
    this.command = command;
    this.args = args;
    this.stdio = stdio;
  }

  async start() {
    const child = spawn(this.command, this.args, { stdio: this.stdio });
    running.add(child);
    this.child = child;
    this.ended = new Promise((resolve) => child.once("close", (code, signal) => (running.delete(child), resolve(signal ?? code))));
    const line = await within(40_000, `${this.command} says where it listens`, firstLine(child, this.command));
    const [, scheme, port] = line.match(/^listening on (https?):\/\/(?:127\.0\.0\.1|localhost):(\d+)$/) ?? [];
    if (!port) throw new Error(`${this.command} said "${line}" instead of where it listens`);
    this.port = Number(port);
    this.url = `${scheme}://127.0.0.1:${port}`;
  }

  /** Ends it as an operator would; resolves with its exit status. */
  stop() {
    this.child.kill("SIGTERM");
    return within(20_000, `the end of ${this.command}`, this.ended);
  }

  /** Ends it as a crash would. */
  async kill() {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}
