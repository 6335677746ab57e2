// What a soak has seen: figures, faults, and numbered streams that are checked as they come.

/** Random numbers that a seed repeats (mulberry32). */
export class Dice {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** From 0 to 1, without 1. */
  next() {
    let mixed = (this.state = (this.state + 0x6d2b79f5) >>> 0);
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `least` to `most`, both included. */
  between(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  pick(list) {
    return list[Math.floor(this.next() * list.length)];
  }

  chance(probability) {
    return this.next() < probability;
  }
}

export class Ledger {
  figures = new Map();
  faults = [];

  /** `tell` hears of each fault at once. */
  constructor(tell = () => {}) {
    this.tell = tell;
  }

  add(name, count = 1) {
    this.figures.set(name, (this.figures.get(name) ?? 0) + count);
  }

  most(name, value) {
    this.figures.set(name, Math.max(this.figures.get(name) ?? 0, value));
  }

  of(name) {
    return this.figures.get(name) ?? 0;
  }

  fault(text) {
    this.faults.push(text);
    this.tell(text);
  }
}

/** Numbers that come one after the other; of a stream with `gaps` some may be missing. */
export class Stream {
  last;

  constructor(ledger, name, { first, gaps = false } = {}) {
    Object.assign(this, { ledger, name, gaps });
    if (first !== undefined) this.last = first - 1;
  }

  take(number) {
    const { last } = this;
    this.last = number;
    this.ledger.add("messages checked");
    if (last === undefined) return;
    if (this.gaps ? number > last : number === last + 1) return;
    this.ledger.fault(`${this.name}: ${number} came after ${last}`);
  }
}
