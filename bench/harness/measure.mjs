// Starts a server on one core, the load on the other, and returns the load's figures.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "..", "..");
const programs = path.join(root, "build", "release", "bench");
const certificate = path.join(root, "bench", "results", "certificate.pem");
const key = path.join(root, "bench", "results", "key.pem");
export const serverCore = "0";
const loadCore = "1";

export const servers = ["floor", "kedge", "package", "listen", "reference"];

// More than this share of a core used by other processes spoils a run; below, their share is a tick of the kernel's clock.
const disturbance = 0.12;

function switches(options) {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function pick(options, names) {
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)));
}

function makeCertificate() {
  if (fs.existsSync(key)) return;
  fs.mkdirSync(path.dirname(key), { recursive: true });
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
    "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate], { stdio: "ignore" });
}

function commandOf(server, load, threads) {
  const secure = load.tls ? ["--tls-cert", certificate, "--tls-key", key] : [];
  if (server === "floor") {
    return [path.join(programs, "bench_floor"), ...switches(pick(load, ["transport", "size", "publishers"])),
      "--mode", load.mode === "churn" ? "ack" : load.mode];
  }
  if (server === "kedge") {
    return [path.join(programs, "bench_server"), "--port", "0", "--threads", String(threads), ...secure, ...switches(pick(load, ["ways"]))];
  }
  if (server === "sockjs") return [process.execPath, path.join(root, "bench", "reference", "sockjs.mjs")];
  // The package of node/ is put in the place of engine.io, below the reference's own program.
  const instead = server === "reference" ? [] : ["--require", path.join(root, "interop", "app", "on_package.cjs")];
  const how = server === "listen" ? ["--listen"] : [];
  return [process.execPath, ...instead, path.join(root, "bench", "reference", "server.mjs"), ...secure, ...how];
}

export async function start(server, load, threads) {
  if (load.tls) makeCertificate();
  const cores = threads > 1 ? `${serverCore},${loadCore}` : serverCore;
  const env = { ...process.env, KEDGE_NODE_ADDON: path.join(root, "build", "release", "node", "kedge_node.node") };
  const child = spawn("taskset", ["-c", cores, ...commandOf(server, load, threads)], { stdio: ["ignore", "pipe", "pipe"], env });
  const words = { text: "" };
  child.stderr.on("data", (bytes) => { words.text += bytes; });
  const port = await new Promise((resolve, reject) => {
    let text = "";
    child.once("exit", () => reject(new Error(`the ${server} server did not start`)));
    child.stdout.on("data", (bytes) => {
      text += bytes;
      const match = /listening on \S+:(\d+)/.exec(text);
      if (match) resolve(Number(match[1]));
    });
  });
  child.removeAllListeners("exit");
  return { child, port, words };
}

export async function stop(child) {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  // One that takes long to say goodbye to 10 000 clients has nothing more to tell.
  const patience = setTimeout(() => child.kill("SIGKILL"), 3000);
  await ended;
  clearTimeout(patience);
}

async function output(command, args) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (bytes) => { text += bytes; });
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(`${path.basename(command)} ${args.join(" ")}: status ${status}`);
  return text;
}

export async function load(port, pid, options) {
  return JSON.parse(await output("taskset", ["-c", loadCore, path.join(programs, "bench_load"), "--port", String(port),
    "--server", String(pid), ...switches(options)]));
}

/// Whether other processes had a part in the figures.
export function isDisturbed(figures) {
  return figures.seconds !== undefined && figures.others_busy > Math.max(disturbance, 0.03 / figures.seconds);
}

/// One measurement with a server of its own.
export async function measure(server, options, threads = 1) {
  const { child, port, words } = await start(server, options, threads);
  let figures;
  try {
    figures = await load(port, child.pid, options);
  } finally {
    await stop(child);
  }
  figures.disturbed = isDisturbed(figures);
  // What connecting took is among them, spread over the messages.
  const allocations = /^(\d+) allocations$/m.exec(words.text);
  if (allocations && figures.all_messages) figures.allocations = Number(allocations[1]) / figures.all_messages;
  return figures;
}

/// System calls for each message: strace counts while the load runs. Null where strace may not.
export async function systemCalls(server, options) {
  const { child, port } = await start(server, options, 1);
  const report = path.join(root, "bench", "results", "strace.txt");
  fs.mkdirSync(path.dirname(report), { recursive: true });
  fs.rmSync(report, { force: true });
  // The clients wait a second after connecting, and strace begins in it.
  const running = load(port, child.pid, { ...options, seconds: 1, settle: 1.5 });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const counting = spawn("strace", ["-f", "-c", "-p", String(child.pid), "-o", report], { stdio: "ignore" });
  counting.once("error", () => {});
  const figures = await running;
  await stop(child);
  if (counting.exitCode === null && counting.pid) await once(counting, "exit");
  if (!fs.existsSync(report)) return null;
  const total = /^\s*[\d.]+\s+[\d.]+\s+\d*\s*(\d+)\s+\d*\s*total$/m.exec(fs.readFileSync(report, "utf8"));
  return total ? Number(total[1]) / figures.all_messages : null;
}
