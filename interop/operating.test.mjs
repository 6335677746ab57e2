// What operators take from docs/operating, as Prometheus itself reads it.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "./lib/check.mjs";
import { built, Program, root } from "./lib/programs.mjs";
import { freePort, scratch, startProxy } from "./lib/proxies.mjs";

const alerts = join(root, "docs/operating/alerts.yml");
const textOf = async (url) => (await fetch(url)).text();

/** The names of metrics that expressions of the alerts look at. */
function namesInAlerts() {
  const withoutComments = readFileSync(alerts, "utf8").replace(/^ *#.*$/gm, "");
  return new Set(withoutComments.match(/\b(?:kedge|process)_[a-z_]+/g));
}

/** The figures of Redis are told by the programs that have an adapter for it. */
function namesOfRedis() {
  const source = readFileSync(join(root, "cluster/redis/redis_figures.cpp"), "utf8");
  return [...source.matchAll(/shown\{"(\w+)"/g)].map(([, name]) => `kedge_redis_${name}_total`);
}

/** A Prometheus that has the alerts and looks at one server every second. */
async function prometheus(target) {
  const [folder, port] = [scratch(), await freePort()];
  const file = join(folder, "prometheus.yml");
  writeFileSync(file, `
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ["${alerts}"]
scrape_configs:
  - job_name: kedge
    static_configs: [{targets: ["127.0.0.1:${target}"]}]
`);
  const stop = await startProxy("prometheus", [
    `--config.file=${file}`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`, "--log.level=error",
  ], port);
  const url = `http://127.0.0.1:${port}`;
  await until("Prometheus is ready", async () => (await fetch(`${url}/-/ready`)).ok);
  const ask = async (path) => JSON.parse(await textOf(`${url}/api/v1/${path}`)).data;
  return { ask, stop };
}

describe("operating", () => {
  let kedge;
  let figures;
  before(async () => {
    kedge = await Program.start(built("examples/example_all_clients"), ["--port", "0"]);
    figures = await textOf(`${kedge.url}/metrics`);
  });
  after(async () => assert.equal(await kedge.stop(), 0, "exit status"));

  test("promtool finds nothing to say of /metrics", () => {
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: figures, encoding: "utf8" });
    assert.equal(stdout + stderr, "");
    assert.equal(status, 0);
  });

  test("promtool takes the alert rules", () => {
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "rules", alerts], { encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
  });

  test("every figure that an alert looks at exists", () => {
    const there = new Set([...figures.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name).concat(namesOfRedis()));
    assert.deepEqual([...namesInAlerts()].filter((name) => !there.has(name)), []);
  });

  test("every figure is in the guide", () => {
    const guide = readFileSync(join(root, "docs/operating/README.md"), "utf8");
    const names = [...figures.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
    const byWing = /^kedge_(sockjs|stomp|sse)_/;
    assert.deepEqual(names.filter((name) => !byWing.test(name) && !guide.includes(`\`${name}\``)), []);
  });

  test("Prometheus scrapes a server, and evaluates each rule", async () => {
    const { ask, stop } = await prometheus(kedge.port);
    try {
      const up = () => ask("query?query=up").then(({ result }) => result[0]?.value[1] === "1");
      await until("the server is up", up);
      const rules = async () => (await ask("rules")).groups.flatMap((group) => group.rules);
      await until("all rules are evaluated", async () => (await rules()).every(({ health }) => health !== "unknown"));
      const all = await rules();
      assert.ok(all.length > 10, "rules");
      assert.deepEqual(all.filter(({ health }) => health !== "ok").map(({ name, lastError }) => [name, lastError]), []);
      const firing = all.filter(({ state }) => state === "firing").map(({ name }) => name);
      assert.deepEqual(firing, [], "alerts of an idle server");
    } finally {
      await stop();
    }
  });
});
