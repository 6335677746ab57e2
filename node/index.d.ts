import { Server as ReferenceServer, Socket, Transport, transports, parser, protocol, uServer } from "engine.io-reference";
import type { AttachOptions, ServerOptions } from "engine.io-reference";
import type { Server as HttpServer } from "node:http";
import type { Server as HttpsServer, ServerOptions as TlsOptions } from "node:https";
import type { AddressInfo } from "node:net";

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
  /** Of an engine that listens: how many sessions were opened without Node. */
  readonly listened: number;
  /** Of an engine that listens: how many connections it gave to Node's http server. */
  readonly handedBack: number;
  /** Why new sessions of an engine that listens are opened in Node; null when they are not. */
  readonly byNode: string | null;
}

export interface KedgeOptions {
  /** How much may wait for a client that does not take it, in bytes. Default: 16 MiB, or twice maxHttpBufferSize. */
  maxBufferedBytes?: number;
}

/** Where an engine listens, and for whom. */
export interface ListenOptions {
  /** 0, the default: one that is free. */
  port?: number;
  /** Default: all addresses, IPv6 and IPv4. */
  host?: string;
  /** The path of a UNIX socket, in the place of port and host. */
  socket?: string;
  backlog?: number;
  ipv6Only?: boolean;
  /** By Kedge where only `key`, `cert`, `passphrase` and `minVersion` are given, or else by Node. */
  tls?: TlsOptions;
  /** The http server for all that is not the engine's. Default: the one that the engine is attached to, or one that answers 404. */
  hand_back?: HttpServer | HttpsServer;
  /** How many connections are taken; where Kedge accepts. Default: no limits. */
  limits?: { connections?: number; connectionsPerAddress?: number; handshakesPerSecond?: number };
}

export declare class Server extends ReferenceServer {
  constructor(opts?: ServerOptions & KedgeOptions);
  readonly native: Native;
  /** Set by the function listen(). */
  httpServer?: HttpServer;
  /** Accepts clients itself, in the place of an http server. Emits `listening`, or `error`. */
  listen(options: ListenOptions | number, whenListening?: () => void): this;
  /** Where it listens; null when it does not. */
  address(): AddressInfo | string | null;
  /** Without a reference, only sessions keep the process alive. */
  unref(): this;
  ref(): this;
}

/** The figures of engines, of those that listen and of the process in the text format of Prometheus. */
export declare function metrics(...engines: Server[]): string;
/** Whether these engines take clients: what a readiness check should say. */
export declare function health(...engines: Server[]): { ok: boolean; status: "ok" | "closing"; clients: number };

/** An engine that listens by Kedge. */
export declare function listen(options: ListenOptions & AttachOptions & ServerOptions & KedgeOptions, whenListening?: () => void): Server;
export declare function listen(where: ListenOptions, options: AttachOptions & ServerOptions & KedgeOptions, whenListening?: () => void): Server;
export declare function listen(port: number, options?: AttachOptions & ServerOptions & KedgeOptions, listenCallback?: () => void): Server;
export declare function attach(server: HttpServer | HttpsServer, options?: AttachOptions & ServerOptions & KedgeOptions): Server;

export { Socket, Transport, transports, parser, protocol, uServer };
export type { AttachOptions, BaseServer, ErrorCallback, ServerOptions } from "engine.io-reference";
