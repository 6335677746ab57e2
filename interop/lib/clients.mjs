// The generations of socket.io-client, and what each can do.
const old = [];
const third = ["auth", "any"];
const fourth = [...third, "timeout", "any-outgoing"];

export const clients = [
  { name: "1.7.4", module: "socket.io-client-1", eio: 3, jsonp: true, features: old },
  { name: "2.5", module: "socket.io-client-2", eio: 3, jsonp: true, features: old },
  { name: "3.1.3", module: "socket.io-client-3", eio: 4, jsonp: true, features: third },
  { name: "4.0", module: "socket.io-client-40", eio: 4, jsonp: true, features: third },
  { name: "4.8", module: "socket.io-client", eio: 4, jsonp: false, features: [...fourth, "recovery"] },
  { name: "4.8 msgpack", module: "socket.io-client", eio: 4, jsonp: false, parser: "msgpack", features: fourth },
];
export const nodeTransports = ["polling", "websocket", "upgrade"];
