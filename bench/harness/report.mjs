// The figures as a table in Markdown and as a chart.

const titles = { floor: "floor", kedge: "Kedge", package: "under Node", listen: "under Node, listening", reference: "reference" };

export function number(value, digits = 3) {
  if (value === undefined || value === null || Number.isNaN(value)) return "–";
  if (value >= 1000) return Math.round(value).toLocaleString("en").replace(/,/g, " ");
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(digits)));
}

function table(head, lines) {
  const align = head.map((_, index) => (index === 0 ? "---" : "--:"));
  return [head, align, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n") + "\n";
}

function verdict(row) {
  if (!row.limit || !row.kedge) return "–";
  const value = row.absolute ? row.kedge[row.absolute] : row.kedge.server_us / row.floor.server_us;
  const bound = row.absolute ? `${row.limit} us` : `${row.limit} ×`;
  return value <= row.limit ? bound : `**${bound}**`;
}

function ratio(above, below) {
  return above && below ? `${number(above.server_us / below.server_us)} ×` : "–";
}

function costTable(rows) {
  return table(["CPU microseconds of the server per message", "floor", "Kedge", "under Node", "listening", "reference", "Kedge / floor", "at most",
    "reference / Kedge", "under Node / reference", "listening / reference"], rows.map((row) => [row.name, number(row.floor?.server_us), number(row.kedge?.server_us),
    number(row.package?.server_us), number(row.listen?.server_us), number(row.reference?.server_us), ratio(row.kedge, row.floor),
    verdict(row), ratio(row.reference, row.kedge), ratio(row.package, row.reference), ratio(row.listen, row.reference)]));
}

function wayTable(rows) {
  const mark = (fine, text) => (fine ? text : `**${text}**`);
  return table(["CPU microseconds of the server per message", "Kedge", "as Socket.IO over WebSocket", "Kedge / Socket.IO", "at most", "reference",
    "reference / Kedge", "at least"], rows.map((row) => [row.name, number(row.kedge.server_us), number(row.socketio.server_us), ratio(row.kedge, row.socketio),
        row.most ? mark(row.kedge.server_us <= row.most * row.socketio.server_us, `${row.most} ×`) : "–",
        row.other ? `${number(row.other.server_us)} (${row.reference})` : "–", ratio(row.other, row.kedge),
        row.least ? mark(row.other?.server_us >= row.least * row.kedge.server_us, `${row.least} ×`) : "–"]));
}

function detailTable(rows) {
  const lines = [];
  for (const row of rows) {
    for (const server of ["floor", "kedge", "package", "listen", "reference"]) {
      const figures = row[server];
      if (!figures) continue;
      lines.push([row.name, titles[server], number(figures.per_second), number(figures.p50_us), number(figures.p99_us),
        number(figures.p999_us), number(row.calls?.[server]), number(figures.allocations), `${number(figures.server_busy * 100)} %`,
        [figures.load_is_bottleneck ? "load-bound" : "", figures.disturbed ? "disturbed" : ""].filter(Boolean).join(", ")]);
    }
  }
  return table(["work", "server", "messages/s", "p50 us", "p99 us", "p99.9 us", "system calls per message", "allocations per message",
    "core in use", ""], lines);
}

function idleTable(rows) {
  return table(["clients that only stay", "how many", "Kedge, KB each", "at most", "under Node, KB each", "listening, KB each", "reference, KB each", "floor, % of a core",
    "Kedge, % of a core", "at most", "reference, % of a core"], rows.map((row) => [row.name, number(row.load.clients),
    number(row.kedge?.kb_per_client), row.kilobytes, number(row.package?.kb_per_client), number(row.listen?.kb_per_client),
    number(row.reference?.kb_per_client), number(row.floor?.server_busy * 100), number(row.kedge?.server_busy * 100), row.percent ?? "–", number(row.reference?.server_busy * 100)]));
}

function growthTable(points) {
  return table(["sessions, each with one echo in flight", "floor, us", "Kedge, us", "Kedge / floor"], points.map((point) =>
    [number(point.clients), number(point.floor?.server_us), number(point.kedge?.server_us), ratio(point.kedge, point.floor)]));
}

function threadTable(rows) {
  return table(["Kedge with n threads, server and load sharing the cores", "threads", "us per message", "messages/s"],
    rows.map((row) => [row.name, row.threads, number(row.kedge.server_us), number(row.kedge.per_second)]));
}

export function markdown(results) {
  const parts = [`${results.machine}\n`, costTable(results.rows)];
  if (results.ways.length) parts.push(wayTable(results.ways));
  if (results.idle.length) parts.push(idleTable(results.idle));
  if (results.growth.length) parts.push(growthTable(results.growth));
  if (results.threaded.length) parts.push(threadTable(results.threaded));
  parts.push(detailTable(results.rows));
  const disturbed = results.disturbed;
  parts.push(`Medians of ${results.rounds} interleaved run${results.rounds > 1 ? "s" : ""}; ${disturbed.repeated} run(s) were ` +
        `disturbed by other processes and repeated, ${disturbed.kept} stayed disturbed. Bold: over what it may be.\n`);
  return parts.join("\n");
}

// --- The chart: a row of dots for each kind of work, on a logarithmic axis of microseconds.

const colours = { floor: "#8a94a6", kedge: "#0f766e", reference: "#d97706" };
const geometry = { width: 860, left: 330, right: 40, top: 74, line: 26, bottom: 44 };

function dots(row, y, x) {
  const present = ["floor", "kedge", "reference"].filter((server) => row[server]);
  const values = present.map((server) => row[server].server_us);
  const line = `<line class="grid" x1="${x(Math.min(...values))}" x2="${x(Math.max(...values))}" y1="${y}" y2="${y}" stroke-width="2"/>`;
  const marks = present.map((server) => `<circle cx="${x(row[server].server_us)}" cy="${y}" r="5.5" fill="${colours[server]}">` +
        `<title>${titles[server]}: ${number(row[server].server_us)} us</title></circle>`);
  return `<text x="${geometry.left - 16}" y="${y + 4}" text-anchor="end">${row.name}</text>${line}${marks.join("")}`;
}

function legend() {
  return ["floor", "kedge", "reference"].map((server, index) => {
    const x = geometry.left + index * 190;
    const text = { floor: "the floor of this kernel", kedge: "Kedge", reference: "socket.io on Node" }[server];
    return `<circle cx="${x}" cy="50" r="5.5" fill="${colours[server]}"/><text x="${x + 12}" y="54">${text}</text>`;
  }).join("");
}

export function chart(results) {
  const rows = results.rows.filter((row) => row.kedge && row.floor && row.reference && !row.load.rate);
  const values = rows.flatMap((row) => [row.floor, row.kedge, row.reference].map((figures) => figures.server_us));
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)));
  const { width, left, right, top, line, bottom } = geometry;
  const height = top + rows.length * line + bottom;
  const x = (value) => Number((left + (Math.log10(value) - low) / (high - low) * (width - left - right)).toFixed(1));
  const axis = [];
  for (let power = low; power <= high; ++power) {
    const at = x(10 ** power);
    axis.push(`<line class="grid" x1="${at}" x2="${at}" y1="${top - 8}" y2="${height - bottom}"/>` +
            `<text x="${at}" y="${height - bottom + 20}" text-anchor="middle">${number(10 ** power)} us</text>`);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2937 } .title { font-size: 16px; font-weight: 600 }
.grid { stroke: #d5dae1 } .ground { fill: #fff }
@media (prefers-color-scheme: dark) { text { fill: #e5e7eb } .grid { stroke: #3b4452 } .ground { fill: #0d1117 } }
</style>
<rect class="ground" width="${width}" height="${height}"/>
<text class="title" x="20" y="26">Processor time of the server per message (less is better, logarithmic)</text>
${legend()}
${axis.join("\n")}
${rows.map((row, index) => dots(row, top + index * line + line / 2, x)).join("\n")}
</svg>
`;
}
