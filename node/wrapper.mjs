import engine from "./index.js";

export const { Server, Socket, Transport, transports, listen, attach, parser, protocol, uServer, metrics, health } = engine;
