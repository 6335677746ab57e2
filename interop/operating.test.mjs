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
const dashboard = JSON.parse(readFileSync(join(root, "docs/operating/grafana.json"), "utf8"));
const panels = dashboard.panels.filter(({ type }) => type !== "row");
const targets = panels.flatMap((panel) => panel.targets);
const textOf = async (url) => (await fetch(url)).text();

/** The names of metrics that expressions in a text look at. */
const namesIn = (text) => [...new Set(text.match(/\b(?:kedge|process)_[a-z_]+/g))];
const namesInAlerts = () => namesIn(readFileSync(alerts, "utf8").replace(/^ *#.*$/gm, ""));
const namesInDashboard = () => namesIn(targets.map(({ expr }) => expr).join("\n"));

/** An expression of the dashboard as Grafana asks for it, of all servers. */
const filledIn = (expr) => expr.replaceAll("$instance", ".*").replaceAll("$__rate_interval", "1m");

/** The units of systemd in the guide to deployment, by the names of their files. */
function units() {
  const page = readFileSync(join(root, "docs/deployment.md"), "utf8");
  return [...page.matchAll(/^```ini\n# \/etc\/systemd\/system\/(\S+)\n([^]*?)^```$/gm)].map(([, name, text]) => [name, text]);
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

  const parts = ([, name, type]) => (type === "histogram" ? ["_bucket", "_sum", "_count"].map((part) => name + part) : [name]);
  const namesOf = (text) => new Set([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(parts).concat(namesOfRedis()));
  test("every figure that an alert or the dashboard looks at exists", () => {
    const there = namesOf(figures);
    assert.deepEqual(namesInAlerts().filter((name) => !there.has(name)), []);
    assert.deepEqual(namesInDashboard().filter((name) => !there.has(name)), []);
  });

  test("the demo fills the dashboard as well", async () => {
    const demo = await Program.start(built("examples/example_chat"), ["--port", "0"]);
    const there = namesOf(await textOf(`${demo.url}/metrics`));
    await demo.stop();
    assert.deepEqual(namesInDashboard().filter((name) => !there.has(name)), []);
  });

  test("every label of the dashboard exists, and no panel covers another", () => {
    const text = targets.map(({ expr, legendFormat }) => expr + legendFormat).join("\n");
    const labels = new Set([...text.matchAll(/by \(([^)]+)\)|\{\{(\w+)\}\}/g)].flatMap(([, by, shown]) => (by ?? shown).split(", ")));
    labels.delete("instance");
    assert.deepEqual([...labels].filter((label) => !figures.includes(`${label}="`)), []);
    assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length, "ids");
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`));
    assert.equal(new Set(cells).size, cells.length, "cells");
  });

  const systemd = spawnSync("systemd-analyze", ["--version"]).status === 0;
  test("systemd understands the units of the guide", { skip: !systemd && "no systemd here" }, () => {
    const folder = scratch();
    const files = units().map(([name, text]) => {
      writeFileSync(join(folder, name), text.replace(/^ExecStart=.*$/m, "ExecStart=/bin/true"));
      return join(folder, name);
    });
    assert.equal(files.length, 2, "units");
    const { stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...files], { encoding: "utf8" });
    const complaints = (stdout + stderr).split("\n").filter((line) => line.includes(folder) || /\bchat\./.test(line));
    assert.deepEqual(complaints, []);
  });

  test("every figure is in the guide", () => {
    const guide = readFileSync(join(root, "docs/operating/README.md"), "utf8");
    const names = [...figures.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
    const byWing = /^kedge_(sockjs|stomp|sse)_/;
    assert.deepEqual(names.filter((name) => !byWing.test(name) && !guide.includes(`\`${name}\``)), []);
  });

  test("Prometheus scrapes a server, and evaluates each rule and each panel", async () => {
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
      for (const { expr } of targets) {
        const data = await ask(`query?query=${encodeURIComponent(filledIn(expr))}`);
        assert.equal(data?.resultType, "vector", expr);
      }
    } finally {
      await stop();
    }
  });
});
