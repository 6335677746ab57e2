// The table (client × transport × scenario), for the console and as a page.
import { writeFileSync } from "node:fs";

const signs = { ok: "·", differs: "≠", FAIL: "X" };
const distinct = (list) => [...new Set(list)];
const keyOf = ({ client, transport }) => `${client} ${transport}`;

/** Rows with `client, transport, scenario, target, verdict, note, error, ms`. */
export class Table {
  rows = [];

  /** `order`: names of scenarios, in the order of their columns; others follow. */
  constructor(order = []) {
    this.scenarioOrder = order;
  }

  add(row) {
    this.rows.push(row);
  }

  /** Puts the rows, which came as they ended, into the order of `spots`. */
  order(spots) {
    const names = spots.map(({ client, transport, scenario }) => [client.name, transport, scenario.name].join("|"));
    const place = ({ client, transport, scenario }) => names.indexOf([client, transport, scenario].join("|"));
    this.rows.sort((a, b) => place(a) - place(b));
  }

  get targets() {
    return distinct(this.rows.map(({ target }) => target));
  }
  get columns() {
    return distinct(this.rows.map(keyOf));
  }
  get scenarios() {
    const found = new Set(this.rows.map(({ scenario }) => scenario));
    return [...this.scenarioOrder.filter((name) => found.delete(name)), ...found];
  }

  /** A line for each client, transport and server; a sign for each scenario. */
  toText() {
    const { scenarios, targets } = this;
    const lines = [`Scenarios: ${scenarios.map((name, i) => `${i + 1} ${name}`).join(", ")}`, ""];
    const width = Math.max(...this.columns.map((name) => name.length), 0);
    const rulers = [10, 1].map((unit) => scenarios.map((_, i) => Math.floor((i + 1) / unit) % 10).join(""));
    for (const ruler of rulers) lines.push(`${"".padEnd(width)}             ${ruler}`);
    for (const key of this.columns) {
      const rows = this.rows.filter((row) => keyOf(row) === key);
      for (const target of targets) {
        const at = new Map(rows.filter((row) => row.target === target).map((row) => [row.scenario, row]));
        if (!at.size) continue;
        const cells = scenarios.map((name) => signs[at.get(name)?.verdict] ?? " ").join("");
        lines.push(`${key.padEnd(width)}  ${target.padEnd(9)}  |${cells}|`);
      }
    }
    return [...lines, "", "· ok, ≠ the reference differs as known, X fails, blank: does not apply", ""].join("\n");
  }

  toHtml() {
    const { targets, scenarios, columns } = this;
    const at = new Map(this.rows.map((row) => [[keyOf(row), row.scenario, row.target].join("|"), row]));
    const head = scenarios.map((name) => `<th><span>${escaped(name)}</span></th>`).join("");
    const body = columns.flatMap((key) => targets.map((target) => {
      const cells = scenarios.map((name) => htmlCell(at.get([key, name, target].join("|"))));
      return cells.every((cell) => cell === emptyCell) ? ""
        : `<tr><th>${escaped(key)}</th><th>${escaped(target)}</th>${cells.join("")}</tr>`;
    }));
    return page(`<table><thead><tr><th>client</th><th>server</th>${head}</tr></thead><tbody>${body.join("\n")}</tbody></table>`);
  }

  write(file) {
    writeFileSync(file, this.toHtml());
  }
}

const emptyCell = "<td></td>";
const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

function htmlCell(row) {
  if (!row) return emptyCell;
  const { verdict, note, error, ms } = row;
  return `<td class="${verdict}" title="${escaped(note ?? error ?? "")} ${ms} ms">${verdict}</td>`;
}

const page = (table) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Interop</title>
<style>
body { font: 13px system-ui, sans-serif; margin: 2rem; }
table { border-collapse: collapse; }
th, td { padding: 2px 6px; text-align: left; white-space: nowrap; border-bottom: 1px solid #ddd; }
thead th { vertical-align: bottom; }
thead span { writing-mode: vertical-rl; transform: rotate(180deg); }
.ok { color: #17692b; } .differs { background: #fff1c2; } .FAIL { background: #c62828; color: #fff; }
</style>
<h1>Interop</h1>
<p>Every scenario, with the same expectations, against each server. Point at a cell to see how long it took and what went wrong.</p>
${table}
</html>
`;
