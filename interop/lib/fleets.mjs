// Redis, and fleets of servers on it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { io } from "socket.io-client";
import { until, within } from "./check.mjs";
import { built, Program, root } from "./programs.mjs";

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function answers(port) {
  return new Promise((resolve) => {
    const probe = connect(port, "127.0.0.1", () => (probe.destroy(), resolve(true)));
    probe.once("error", () => resolve(false));
  });
}

const sentinelSettings = ({ port, folder, sentinelOf }) => `port ${port}
bind 127.0.0.1
dir ${folder}
sentinel monitor mymaster 127.0.0.1 ${sentinelOf.port} 1
sentinel down-after-milliseconds mymaster 500
sentinel failover-timeout mymaster 3000
`;

/** A Redis of its own, that keeps nothing on disk; it can hang, die and come back on its port. */
export class Redis {
  static async start(...settings) {
    const redis = new Redis();
    redis.folder = mkdtempSync(join(tmpdir(), "kedge-redis-"));
    redis.port = await freePort();
    redis.settings = settings;
    await redis.begin();
    return redis;
  }

  /** One that watches another, and makes its replica the master when it is gone. */
  static async sentinel(master) {
    const redis = new Redis();
    redis.folder = mkdtempSync(join(tmpdir(), "kedge-redis-"));
    redis.port = await freePort();
    redis.sentinelOf = master;
    await redis.begin();
    return redis;
  }

  get url() {
    return `redis://127.0.0.1:${this.port}`;
  }

  async begin() {
    if (this.sentinelOf) writeFileSync(join(this.folder, "sentinel.conf"), sentinelSettings(this));
    const args = this.sentinelOf ? [join(this.folder, "sentinel.conf"), "--sentinel"] : ["--port", this.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", this.folder, ...this.settings];
    this.child = spawn("redis-server", args.map(String), { stdio: "ignore" });
    running.add(this.child);
    this.ended = new Promise((resolve) => this.child.once("exit", () => (running.delete(this.child), resolve())));
    await until("Redis listens", () => answers(this.port));
  }

  hang() {
    this.child.kill("SIGSTOP");
  }
  goOn() {
    this.child.kill("SIGCONT");
  }
  async die() {
    this.child.kill("SIGKILL");
    await this.ended;
  }
  async end() {
    await this.die();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const commands = {
  kedge: () => [built("interop/interop_server"), []],
  kedge4: () => [built("interop/interop_server"), ["--threads", "4"]],
  node: () => [process.execPath, [join(root, "interop/app/reference.mjs")]],
  ioredis: () => [process.execPath, [join(root, "interop/app/reference.mjs"), "--redis-client", "ioredis"]],
};

/** Servers `a`, `b`, … of the kinds named. */
export class Fleet {
  nodes = {};
  clients = [];

  static start(redis, kinds, ...more) {
    return Fleet.startEach(kinds, () => [...(redis.switches ?? [redis.sentinelOf ? "--sentinel" : "--redis", redis.url]), ...more]);
  }

  /** `switchesOf(index)`: those of each server beside the usual ones. */
  static async startEach(kinds, switchesOf) {
    const fleet = new Fleet();
    for (const [index, kind] of kinds.entries()) {
      const name = "abcdef"[index];
      const [command, args] = commands[kind]();
      fleet.nodes[name] = await Program.start(command, [...args, "--app", "--port", "0", "--node", name, ...switchesOf(index)]);
    }
    return fleet;
  }

  /** Starts one that has ended again, on its port. */
  async restart(name) {
    const { command, args, port } = this.nodes[name];
    this.nodes[name] = await Program.start(command, args.map((each, i) => (args[i - 1] === "--port" ? String(port) : each)));
  }

  /** A client of one node that is connected. */
  async client(node, path = "/", { io: dial = io, ...options } = {}) {
    const socket = dial(this.nodes[node].url + path, { forceNew: true, transports: ["websocket"], reconnection: false, ...options });
    this.clients.push(socket);
    await within(10_000, `a client of ${node}`, new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("connect_error", reject);
    }));
    return socket;
  }

  async end() {
    for (const each of this.clients) each.disconnect();
    await Promise.all(Object.values(this.nodes).map((each) => each.child.exitCode === null && each.kill()));
  }
}

/** Asks by a socket; the arguments of the answer. */
export const ask = (socket, ...args) =>
  within(10_000, `an answer to ${args[0]}`, new Promise((resolve) => socket.emit(...args, (...answer) => resolve(answer))));

/** The arguments of the next event. */
export const next = (socket, name, ms = 10_000) =>
  within(ms, `the event ${name}`, new Promise((resolve) => socket.once(name, (...args) => resolve(args))));

/** All that comes of one event, in order. */
export function collect(socket, name) {
  const heard = [];
  socket.on(name, (...args) => heard.push(args));
  return heard;
}
