// What the server does for one message, counted by valgrind: the same on every run, whatever else the machine does.
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const program = path.join(process.env.KEDGE_BUILD ?? path.join(import.meta.dirname, '../../build/release'), 'bench/bench_instructions');

/** The rows, and how many messages the shorter of two runs has. */
const rows = {
    'websocket echo, 64 B, 1 in flight': 400,
    'websocket echo, 64 B, 16 in flight': 800,
    'websocket echo, 1 KiB, 16 in flight': 800,
    'websocket acks, 16 in flight': 800,
    'websocket echo, MessagePack, 16 in flight': 800,
    'binary echo, 64 KiB': 40,
    'binary echo, 1 MiB': 4,
    '1000 rooms of 10, per delivery': 4000,
    'join and leave, per pair': 800,
    'polling echo, 1 in flight': 200,
    'polling echo, 16 in flight': 800,
    'broadcast to 1000, per delivery': 4000,
    'connect over websocket': 200,
    'connect over polling': 200,
};

function run(command, words) {
    return new Promise((resolve, reject) => {
        const child = spawn(command, words, {stdio: ['ignore', 'pipe', 'pipe']});
        let said = '';
        for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
        child.once('error', reject);
        child.once('close', (status) => (status === 0 ? resolve(said) : reject(new Error(`${words.join(' ')}: ${said}`))));
    });
}

async function once(row, count, folder) {
    const out = path.join(folder, `${count}.${row.replaceAll(/\W+/g, '-')}`);
    const said = await run('valgrind', [
        '--tool=callgrind', '--toggle-collect=bench_serve', `--callgrind-out-file=${out}`, program, row, String(count),
    ]);
    const number = (pattern) => Number(pattern.exec(said)[1]);
    return {
        instructions: number(/Collected\s*:\s*(\d+)/),
        allocations: number(/(\d+) allocations/),
        calls: number(/(\d+) calls/),
    };
}

/** What the messages cost by which a longer run exceeds a shorter one, per message. */
async function count(row) {
    const messages = rows[row];
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kedge-instructions-'));
    try {
        const [short, long] = await Promise.all([once(row, messages, folder), once(row, 2 * messages, folder)]);
        const each = (figure) => (long[figure] - short[figure]) / messages;
        return {
            instructions: Math.round(each('instructions')),
            allocations: Number(each('allocations').toFixed(2)),
            calls: Number(each('calls').toFixed(2)),
        };
    } finally {
        fs.rmSync(folder, {recursive: true});
    }
}

const committed = path.join(import.meta.dirname, '../instructions.json');

/** What has grown: more than 3 % of instructions, or an allocation or a call in ten messages. */
function grown(known, now) {
    const found = [];
    if (now.instructions > known.instructions * 1.03) found.push(`${now.instructions} instructions, not ${known.instructions}`);
    for (const figure of ['allocations', 'calls']) {
        if (now[figure] > known[figure] + 0.1) found.push(`${now[figure]} ${figure}, not ${known[figure]}`);
    }
    return found;
}

function tell(name, now, faults) {
    const figures = `${now.instructions} instructions, ${now.allocations} allocations, ${now.calls} system calls`;
    console.log(`${faults.length ? 'not ok' : 'ok'} ${name}: ${figures}${faults.length ? `: ${faults.join('; ')}` : ''}`);
}

/** Counts the rows and holds them against those that are committed; with `update`, writes them down. Says whether all is well. */
export async function check(only, update) {
    const known = fs.existsSync(committed) ? JSON.parse(fs.readFileSync(committed, 'utf8')) : {};
    const names = Object.keys(rows).filter((name) => only.test(name));
    let failed = 0;
    for (const name of names) {
        const now = await count(name);
        const faults = update ? [] : known[name] ? grown(known[name], now) : ['there is no count to compare it with'];
        tell(name, now, faults);
        if (faults.length) ++failed;
        known[name] = now;
    }
    if (update) fs.writeFileSync(committed, `${JSON.stringify(known, null, 4)}\n`);
    console.log(`${names.length - failed} passed, ${failed} failed`);
    return failed === 0;
}
