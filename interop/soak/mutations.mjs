// How a tape is changed: each change is given the events and dice, and gives other events.
const spoken = (events) => events.filter(({ bytes }) => bytes?.length);

function onOne(events, dice, change) {
  const all = spoken(events);
  if (!all.length) return events;
  const chosen = dice.pick(all);
  return events.flatMap((event) => (event === chosen ? change(event) : [event]));
}
const withBytes = (change) => (events, dice) => onOne(events, dice, (event) => [{ ...event, bytes: change(event.bytes, dice) }]);

function span(bytes, dice) {
  const from = dice.between(0, bytes.length);
  return [from, Math.min(bytes.length, from + dice.between(1, dice.chance(0.5) ? 8 : bytes.length))];
}

const odd = [0x00, 0x0a, 0x0d, 0x1e, 0x20, 0x22, 0x2c, 0x30, 0x39, 0x3a, 0x7b, 0x7d, 0x7f, 0x80, 0x88, 0xff];

export const changes = {
  "a bit": withBytes((bytes, dice) => {
    const changed = Buffer.from(bytes);
    changed[dice.between(0, bytes.length - 1)] ^= 1 << dice.between(0, 7);
    return changed;
  }),
  "a byte": withBytes((bytes, dice) => {
    const changed = Buffer.from(bytes);
    changed[dice.between(0, bytes.length - 1)] = dice.pick(odd);
    return changed;
  }),
  "a number": withBytes((bytes, dice) => Buffer.from(
    bytes.toString("latin1").replace(/\d+/g, (digits) => (dice.chance(0.2) ? dice.pick(["0", "-1", "1", "65535", "4294967296", "99999999999999999999", `${digits}0`]) : digits)), "latin1")),
  "bytes gone": withBytes((bytes, dice) => {
    const [from, to] = span(bytes, dice);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  }),
  "bytes twice": withBytes((bytes, dice) => {
    const [from, to] = span(bytes, dice);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  }),
  "bytes between": withBytes((bytes, dice) => {
    const [from] = span(bytes, dice);
    const more = Buffer.from(Array.from({ length: dice.between(1, 40) }, () => dice.pick(odd)));
    return Buffer.concat([bytes.subarray(0, from), more, bytes.subarray(from)]);
  }),
  pieces: (events, dice) => onOne(events, dice, (event) => {
    const pieces = [];
    for (let rest = event.bytes; rest.length; rest = rest.subarray(pieces.at(-1).bytes.length))
      pieces.push({ ...event, awaited: event.awaited && !pieces.length, pause: dice.pick([0, 0, 1]), bytes: rest.subarray(0, dice.between(1, 30)) });
    return pieces;
  }),
  "all at once": (events) => events.map((event) => ({ ...event, awaited: false })),
  "another order": (events, dice) => {
    const [a, b] = [dice.between(0, events.length - 1), dice.between(0, events.length - 1)];
    const changed = [...events];
    [changed[a], changed[b]] = [changed[b], changed[a]];
    return changed;
  },
  "said twice": (events, dice) => onOne(events, dice, (event) => [event, event]),
  "left out": (events, dice) => onOne(events, dice, () => []),
  "on another line": (events, dice) => onOne(events, dice, (event) => [{ ...event, line: dice.between(0, 3) }]),
  "the end early": (events, dice) => onOne(events, dice, (event) => [event, { ...event, kind: "end", bytes: undefined }]),
  "a pause": (events, dice) => onOne(events, dice, (event) => [{ ...event, pause: dice.between(1, 30) }]),
};

/** A tape with some changes, and their names. */
export function changed(events, dice) {
  const names = Array.from({ length: dice.between(1, 3) }, () => dice.pick(Object.keys(changes)));
  return { names, events: names.reduce((before, name) => changes[name](before, dice), events) };
}

/** The events up to this byte. */
export function upTo(events, bytes) {
  const some = [];
  for (const event of events) {
    if (event.bytes && event.bytes.length >= bytes) return [...some, { ...event, bytes: event.bytes.subarray(0, bytes) }];
    bytes -= event.bytes?.length ?? 0;
    some.push(event);
  }
  return some;
}
