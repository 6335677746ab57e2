// A reporter for node --test: failures as they happen, then the table, then the counts.
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

// Where a suite only repeats that one of its tests failed, there is nothing to tell.
const repeats = ({ details }) => details?.error?.failureType === "subtestsFailed";

export default async function* reporter(source) {
  const table = new Table(scenarios.map(({ name }) => name));
  const counts = { tests: 0, pass: 0, fail: 0, skipped: 0 };
  const begun = performance.now();
  const count = (outcome) => (counts.tests++, counts[outcome]++);

  for await (const { type, data } of source) {
    if (type === "test:stderr") yield data.message;
    if (type !== "test:pass" && type !== "test:fail") continue;
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
    if (failed) yield `not ok ${data.name}\n  ${reason}\n  ${relative(root, data.file ?? "")}\n`;
  }

  const page = join(root, "interop/report.html");
  table.write(page);
  yield `\n${table.toText()}\nThe table with all details: ${relative(process.cwd(), page)}\n\n`;
  for (const [name, value] of Object.entries(counts)) yield `# ${name} ${value}\n`;
  yield `# duration_ms ${Math.round(performance.now() - begun)}\n`;
}
