// script/price [ATTACK...]: what each attack takes of a server with one worker: processor time and memory for each byte that
// the attacker sends, and the longest wait of somebody else. Prints a table for docs/security.md.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clients } from "../lib/clients.mjs";
import { built, Program, root } from "../lib/programs.mjs";
import { attacks } from "./attacks.mjs";
import { Guest } from "./guest.mjs";
import { Ledger } from "./ledger.mjs";

const seconds = 4;
const tick = 10; // ms: the kernel's unit of processor time
const page = 4096;
const newest = clients.find(({ name }) => name === "4.8");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const processorTime = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tick;
};
const memory = (pid) => Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * page;

/** The longest wait for an answer, and the most memory, until `over`. */
async function watch(guest, pid, over) {
  let [longest, most] = [0, 0];
  while (!over()) {
    const asked = performance.now();
    await guest.count(1);
    longest = Math.max(longest, performance.now() - asked);
    most = Math.max(most, memory(pid));
    await sleep(5);
  }
  return { longest, most };
}

async function price(name) {
  const server = await Program.start(built("interop/soak_server"), ["--port", "0", "--threads", "1"]);
  const { pid } = server.child;
  const ledger = new Ledger();
  const guest = await Guest.open({ url: server.url, ledger, patience: 60_000 }, newest, "websocket");
  let over = false;
  const calm = await watch(guest, pid, ((end) => () => Date.now() > end)(Date.now() + 1000));
  const before = { time: processorTime(pid), memory: memory(pid) };
  const watched = watch(guest, pid, () => over);
  const attacker = spawn(process.execPath, [join(root, "interop/soak/attacks.mjs"), server.port, name, seconds], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  attacker.stdout.on("data", (text) => (said += text));
  await new Promise((resolve) => attacker.once("close", resolve));
  const spent = processorTime(pid) - before.time;
  over = true;
  const { longest, most } = await watched;
  guest.leave("disconnect");
  await server.stop();
  if (ledger.faults.length) throw new Error(ledger.faults.join("\n"));
  const bytes = Number(said);
  return { bytes, spent, grown: most - before.memory, longest, calm: calm.longest };
}

const rounded = (number) => (number >= 10 ? String(Math.round(number)) : number.toPrecision(2));

function row(name, { bytes, spent, grown, longest }) {
  const held = grown < 2 ** 20 ? "no more" : `${Math.round(grown / 2 ** 20)} MiB, ${rounded(grown / Math.max(bytes, 1))}`;
  return `| ${name} | ${rounded(bytes / 1e6 / seconds)} | ${bytes ? rounded((spent * 1e6) / bytes) : "–"} | ${held} | ${rounded(longest)} |`;
}

console.log("| attack | MB/s sent | ns of processor for each byte | memory at most, bytes for each byte | longest wait of a bystander, ms |");
console.log("|---|--:|--:|--:|--:|");
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(attacks);
let calm = 0;
for (const name of chosen) {
  const found = await price(name);
  calm = Math.max(calm, found.calm);
  console.log(row(name, found));
}
console.log(`\nWithout an attack the longest wait was ${rounded(calm)} ms.`);
