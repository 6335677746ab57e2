// A reporter for node --test: failures as they happen, then the table, the files that took longest, and the counts.
import { relative, join } from "node:path";
import { scenarios } from "../scenarios/all.mjs";
import { fieldsOf } from "./suite.mjs";
import { Table } from "./table.mjs";
import { root } from "./programs.mjs";

const isSuite = ({ details }) => details?.type === "suite";

function reasonOf({ details }) {
  const { error } = details;
  return error?.cause?.message ?? error?.message ?? String(error);
}

// Cells stand in no file of tests, and say themselves where they were run.
const placeOf = ({ file = "" }) => (/\.test\.m?js$/.test(file) ? `\n  ${relative(root, file)}` : "");

// Where a suite only repeats that one of its tests failed, there is nothing to tell.
const repeats = ({ details }) => details?.error?.failureType === "subtestsFailed";

/** How long the tests of each file took, one after another. */
class Durations {
  #byFile = new Map();

  add({ file, nesting, details }) {
    if (nesting === 0 && file) this.#byFile.set(file, (this.#byFile.get(file) ?? 0) + details.duration_ms);
  }
  *longest(count) {
    const sorted = [...this.#byFile].sort(([, a], [, b]) => b - a);
    for (const [file, ms] of sorted.slice(0, count)) yield `${Math.round(ms / 1000)} s ${relative(root, file)}\n`;
  }
}

export default async function* reporter(source) {
  const table = new Table(scenarios.map(({ name }) => name));
  const durations = new Durations();
  const counts = { tests: 0, pass: 0, fail: 0, skipped: 0 };
  const begun = performance.now();
  const count = (outcome) => (counts.tests++, counts[outcome]++);

  for await (const { type, data } of source) {
    if (type === "test:stderr") yield data.message;
    if (type !== "test:pass" && type !== "test:fail") continue;
    durations.add(data);
    const failed = type === "test:fail";
    if (isSuite(data) ? !failed || repeats(data) : failed && repeats(data)) continue;
    if (data.skip !== undefined) count("skipped");
    else count(failed ? "fail" : "pass");
    const reason = failed ? reasonOf(data) : undefined;
    const fields = fieldsOf(data.name);
    if (fields) {
      const verdict = failed ? "FAIL" : fields.note ? "differs" : "ok";
      table.add({ ...fields, verdict, error: reason, ms: Math.round(data.details.duration_ms) });
    }
    if (failed) yield `not ok ${data.name}\n  ${reason}${placeOf(data)}\n`;
  }

  const page = join(root, "interop/report.html");
  table.write(page);
  yield `\n${table.toText()}\nThe table with all details: ${relative(process.cwd(), page)}\n\n`;
  yield* durations.longest(30);
  for (const [name, value] of Object.entries(counts)) yield `# ${name} ${value}\n`;
  yield `# duration_ms ${Math.round(performance.now() - begun)}\n`;
}
