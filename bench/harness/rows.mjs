// What is measured. `load` are the switches of bench_load (the floor gets those that it knows); `limit` is what Kedge may
// take at most, as a multiple of the floor, or as a figure where `absolute` names one.
const ack = { mode: "ack" };
const echo = { mode: "echo" };
const broadcast = { mode: "broadcast", clients: 1000 };
const polling = { transport: "polling" };

export const rows = [
  { name: "websocket echo, 64 B, 100 clients, 1 in flight", load: { ...echo }, limit: 1.2, quick: true, calls: true },
  { name: "websocket echo, 64 B, 16 in flight", load: { ...echo, window: 16 }, limit: 2, quick: true, calls: true },
  { name: "websocket acks, 64 B, 16 in flight", load: { ...ack, window: 16 }, limit: 2, quick: true, calls: true },
  { name: "websocket echo, 1 KiB, 16 in flight", load: { ...echo, window: 16, size: 1024 }, limit: 2.5, quick: true },
  { name: "polling echo, 64 B, 100 clients, 1 in flight", load: { ...echo, ...polling }, limit: 1.25, quick: true, calls: true },
  { name: "polling echo, 64 B, 16 in flight", load: { ...echo, ...polling, window: 16 }, limit: 2.5, quick: true, calls: true },
  { name: "broadcast to 1000, per delivery, 1 in flight", load: { ...broadcast }, limit: 1.15, quick: true, calls: true },
  { name: "broadcast to 1000, per delivery, 4 in flight", load: { ...broadcast, window: 4 }, limit: 1.15 },
  { name: "broadcast to 5000, per delivery, 4 in flight", load: { ...broadcast, clients: 5000, window: 4 }, limit: 1.15 },
  { name: "broadcast to 1000 from 16 publishers x 4", load: { ...broadcast, window: 4, publishers: 16 }, limit: 0.35,
    absolute: "server_us" },
  { name: "connect over websocket", load: { mode: "connect", clients: 3000 }, limit: 1.5, quick: true },
  { name: "connect over polling", load: { mode: "connect", clients: 3000, ...polling }, limit: 1.7, quick: true },
  { name: "connect over websocket, one ack, leave", load: { mode: "churn", clients: 3000 }, limit: 1.3, quick: true },
  { name: "websocket echo, 20 000 messages/s, 100 clients", load: { ...echo, rate: 20000 } },
  { name: "TLS websocket echo, 64 B, 100 clients, 1 in flight", load: { ...echo, tls: 1 }, noFloor: true },
  { name: "TLS websocket echo, 64 B, 16 in flight", load: { ...echo, tls: 1, window: 16 }, noFloor: true },
];

// Clients that only stay: kilobytes for each, and the processor's time for their heartbeats. The last two columns of a
// row are what Kedge may take at most.
export const idle = [
  { name: "idle websocket clients", load: { mode: "idle", clients: 10000, seconds: 26 }, kilobytes: 3, percent: 0.4, quick: false },
  { name: "idle polling clients", load: { mode: "idle", clients: 10000, seconds: 0, ...polling }, kilobytes: 4 },
  { name: "idle TLS websocket clients", load: { mode: "idle", clients: 5000, seconds: 0, tls: 1 }, kilobytes: 18 },
];

// The cost of a message must not grow with the number of sessions.
export const growth = [1000, 5000, 10000, 20000, 40000];

// What more workers do; the server gets all cores here, and the load has to share them.
export const threaded = [
  { name: "websocket echo, 64 B, 100 clients, 16 in flight", load: { ...echo, window: 16 } },
  { name: "broadcast to 1000, per delivery, 4 in flight", load: { ...broadcast, window: 4 } },
];
