// RabbitMQ with its plugins for STOMP, over TCP and websockets, on loopback and ports of its own, beside whatever runs on this machine.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { until } from "./check.mjs";
import { freePort, scratch } from "./proxies.mjs";

const program = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/** Why it cannot be started here, or false. */
export const missing = existsSync(program) ? false : "rabbitmq-server is not installed (apt-get install rabbitmq-server)";

const running = new Set();
process.on("exit", () => running.forEach(killAll));

/** A program, and all that it started. */
function killAll(child) {
  running.delete(child);
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // it has ended already
  }
}

const answers = (port) => new Promise((resolve) => {
  const socket = connect(port, "127.0.0.1");
  socket.once("connect", () => (socket.destroy(), resolve(true))).once("error", () => resolve(false));
});

/** Ada may use queues and exchanges whose names begin with "ada", and what RabbitMQ makes for her subscriptions. */
const definitions = {
  vhosts: [{ name: "/" }],
  users: [
    { name: "guest", password: "guest", tags: "administrator", limits: {} },
    { name: "ada", password: "secret", tags: "", limits: {} },
  ],
  permissions: [
    { user: "guest", vhost: "/", configure: ".*", write: ".*", read: ".*" },
    { user: "ada", vhost: "/", configure: "^(ada|stomp-)", write: "^(ada|stomp-|amq\\.(default|topic))", read: "^(ada|stomp-|amq\\.topic)" },
  ],
};

export class Rabbit {
  static async start() {
    const rabbit = new Rabbit();
    rabbit.folder = scratch();
    [rabbit.port, rabbit.web, rabbit.epmd, rabbit.amqp, rabbit.distribution] = await Promise.all([1, 2, 3, 4, 5].map(freePort));
    rabbit.configure();
    await rabbit.begin();
    return rabbit;
  }

  configure() {
    const file = (name, text) => writeFileSync(join(this.folder, name), text);
    mkdirSync(join(this.folder, "log"));
    file("definitions.json", JSON.stringify(definitions));
    file("plugins", "[rabbitmq_stomp,rabbitmq_web_stomp].\n");
    file("rabbitmq.conf", [
      `listeners.tcp.1 = 127.0.0.1:${this.amqp}`,
      `stomp.listeners.tcp.1 = 127.0.0.1:${this.port}`,
      "web_stomp.tcp.ip = 127.0.0.1",
      `web_stomp.tcp.port = ${this.web}`,
      `load_definitions = ${join(this.folder, "definitions.json")}`,
      "vm_memory_high_watermark.absolute = 512MB",
      "disk_free_limit.absolute = 1MB",
      "",
    ].join("\n"));
  }

  async begin() {
    const { PATH, KEDGE_TEST_RUN } = process.env;
    const env = {
      PATH,
      // By which script/test finds what a run has left behind.
      ...(KEDGE_TEST_RUN && { KEDGE_TEST_RUN }),
      HOME: this.folder,
      LANG: "C.UTF-8",
      ERL_EPMD_PORT: `${this.epmd}`,
      ERL_EPMD_ADDRESS: "127.0.0.1",
      RABBITMQ_NODENAME: `kedge${this.port}@localhost`,
      RABBITMQ_DIST_PORT: `${this.distribution}`,
      RABBITMQ_CONFIG_FILE: join(this.folder, "rabbitmq"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(this.folder, "plugins"),
      RABBITMQ_MNESIA_BASE: join(this.folder, "mnesia"),
      RABBITMQ_LOG_BASE: join(this.folder, "log"),
      RABBITMQ_PID_FILE: join(this.folder, "pid"),
      // One processor is enough, and it shall not spin on it while it has nothing to do.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}",
    };
    // Erlang's name server would stay behind if Erlang started it.
    this.names ??= spawn("epmd", ["-port", this.epmd, "-address", "127.0.0.1"].map(String), { stdio: "ignore", detached: true });
    running.add(this.names);
    this.child = spawn(program, { env, stdio: "ignore", detached: true });
    running.add(this.child);
    let over = false;
    this.child.once("exit", () => (over = true));
    await until("RabbitMQ listens", async () => {
      if (over) throw new Error(`RabbitMQ ended:\n${execFileSync("sh", ["-c", `tail -n 20 ${this.folder}/log/*.log`])}`);
      return answers(this.amqp); // which comes last, when users are there
    }, 400_000);
  }

  /** As a crash would end it; begin() starts it again with what it kept. */
  async die() {
    killAll(this.child);
    await until("RabbitMQ has gone", async () => !(await answers(this.amqp)));
  }

  async end() {
    await this.die();
    killAll(this.names);
  }
}
