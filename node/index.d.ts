import { Server as ReferenceServer, Socket, Transport, transports, parser, protocol, uServer } from "engine.io-reference";
import type { AttachOptions, ServerOptions } from "engine.io-reference";
import type { Server as HttpServer } from "node:http";

/** Whether websockets are Kedge's, and why one is not. */
export interface Native {
  /** Whether connections of this engine are taken over at all. */
  readonly enabled: boolean;
  /** Why not; null when they are. */
  readonly reason: string | null;
  /** How many websockets were taken over by their descriptor so far. */
  readonly taken: number;
  /** How many are native whose bytes come and go by JavaScript, by what kept them from being taken over. */
  readonly carried: Readonly<Record<string, number>>;
  /** How many were left to the reference, by reason. */
  readonly left: Readonly<Record<string, number>>;
}

export interface KedgeOptions {
  /** How much may wait for a client that does not take it, in bytes. Default: 16 MiB, or twice maxHttpBufferSize. */
  maxBufferedBytes?: number;
}

export declare class Server extends ReferenceServer {
  constructor(opts?: ServerOptions & KedgeOptions);
  readonly native: Native;
  /** Set by listen(). */
  httpServer?: HttpServer;
}

export declare function listen(port: number, options?: AttachOptions & ServerOptions, listenCallback?: () => void): Server;
export declare function attach(server: HttpServer, options: AttachOptions & ServerOptions): Server;

export { Socket, Transport, transports, parser, protocol, uServer };
export type { AttachOptions, BaseServer, ErrorCallback, ServerOptions } from "engine.io-reference";
