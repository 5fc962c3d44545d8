/**
 * TLS as far as programs can tell: a handshake of records that shows names and
 * certificates, then the bytes as they are. Record headers are those of TLS, so that either
 * side notices when the other speaks plain HTTP.
 * Left out: encryption, versions, resumption, ALPN choice beyond the first common name.
 */
import { concatBytes, decodeText, encodeText } from "./bytes.ts";
import { type Certificate, type CertificateVerdict, decodeCertificates, verifyCertificate } from "./certificates.ts";
import type { Interruption, Socket } from "./types.ts";

const HANDSHAKE = 0x16;
const ALERT = 0x15;

export interface TlsClientOptions {
  /** Sent to the server and compared with its certificate; default: nothing sent, nothing compared. */
  readonly serverName?: string;
  /** Trusted authorities in PEM; default: none. */
  readonly roots?: string;
  /** Takes any certificate (`curl -k`). */
  readonly isInsecure?: boolean;
  /** The client's certificate in PEM. */
  readonly certificate?: string;
  readonly alpn?: readonly string[];
  readonly nowMs: number;
}

export interface TlsSession {
  readonly kind: "established";
  readonly socket: Socket;
  readonly serverCertificates: readonly Certificate[];
  /** `valid`, or with `isInsecure` whatever was found. */
  readonly verdict: CertificateVerdict;
  readonly alpn: string | null;
  /** The server asked for a client certificate. */
  readonly wasCertificateRequested: boolean;
}

export type TlsAlert =
  | "bad-certificate"
  | "certificate-required"
  | "unknown-ca"
  | "handshake-failure"
  | "unrecognized-name";

export interface TlsFailure {
  readonly kind: "failed";
  /**
   * `wrong-version-number`: the peer does not speak TLS. `unexpected-eof`: it closed.
   * `certificate`: the client does not accept the server's. `alert`: the server refused.
   */
  readonly reason: "wrong-version-number" | "unexpected-eof" | "certificate" | "alert";
  readonly verdict?: CertificateVerdict;
  readonly alert?: TlsAlert;
  readonly serverCertificates?: readonly Certificate[];
}

/** A handshake that failed, for callers that want an exception. */
export class TlsError extends Error {
  readonly failure: TlsFailure;

  constructor(failure: TlsFailure) {
    super(`TLS handshake failed: ${failure.reason}`);
    this.name = "TlsError";
    this.failure = failure;
  }
}

interface ClientHello {
  readonly serverName: string | null;
  readonly certificate: string | null;
  readonly alpn: readonly string[];
}

interface ServerHello {
  readonly certificates: string;
  readonly alpn: string | null;
  readonly requestsCertificate: boolean;
}

/** The client's handshake on a connected socket, which stays the caller's to release on failure. */
export async function connectTls(
  socket: Socket,
  options: TlsClientOptions,
  interruption?: Interruption,
): Promise<TlsSession | TlsFailure> {
  const hello: ClientHello = {
    serverName: options.serverName ?? null,
    certificate: options.certificate ?? null,
    alpn: options.alpn ?? [],
  };
  try {
    await socket.write(record(HANDSHAKE, hello), interruption);
  } catch {
    return { kind: "failed", reason: "unexpected-eof" };
  }
  const answer = await readRecord(socket, interruption);
  if (answer.kind !== "record") return failure(answer);
  const server = answer.content as ServerHello;
  const serverCertificates = decodeCertificates(server.certificates);
  const verdict = verifyCertificate(serverCertificates, {
    roots: decodeCertificates(options.roots ?? ""),
    nowMs: options.nowMs,
    ...(options.serverName === undefined ? {} : { serverName: options.serverName }),
  });
  if (verdict.kind !== "valid" && !options.isInsecure) {
    await socket.write(record(ALERT, { alert: "bad-certificate" }), interruption).catch(() => {});
    return { kind: "failed", reason: "certificate", verdict, serverCertificates };
  }
  await socket.write(record(HANDSHAKE, { isFinished: true }), interruption);
  const finished = await readRecord(socket, interruption);
  if (finished.kind !== "record") return failure(finished);
  return {
    kind: "established",
    socket,
    serverCertificates,
    verdict,
    alpn: server.alpn,
    wasCertificateRequested: server.requestsCertificate,
  };
}

function failure(read: Exclude<RecordRead, { kind: "record" }>): TlsFailure {
  switch (read.kind) {
    case "alert":
      return { kind: "failed", reason: "alert", alert: read.alert };
    case "end":
      return { kind: "failed", reason: "unexpected-eof" };
    case "not-tls":
      return { kind: "failed", reason: "wrong-version-number" };
  }
}

export interface TlsServerOptions {
  /** The certificate chain in PEM, or the one for a server name. */
  readonly certificates: string | ((serverName: string | null) => string);
  /** Default `none`. `require` refuses clients without one; its validity is judged by `clientRoots`. */
  readonly clientCertificates?: "none" | "request" | "require";
  /** Authorities for client certificates in PEM; a certificate of another is refused (or, with `request`, ignored). */
  readonly clientRoots?: string;
  readonly alpn?: readonly string[];
  readonly now: () => number;
  /** The bytes a plain HTTP request is answered with; default: what Go's server says. */
  readonly plainHttpAnswer?: string;
}

export interface TlsServerSession {
  readonly kind: "established";
  readonly socket: Socket;
  readonly serverName: string | null;
  /** Verified against `clientRoots`. */
  readonly clientCertificate: Certificate | null;
  readonly alpn: string | null;
}

const GO_PLAIN_HTTP_ANSWER = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

/** The server's handshake. A client without TLS gets an answer in plain HTTP. */
export async function acceptTls(
  socket: Socket,
  options: TlsServerOptions,
  interruption?: Interruption,
): Promise<TlsServerSession | { readonly kind: "failed"; readonly reason: "not-tls" | "unexpected-eof" | "refused" }> {
  const first = await readRecord(socket, interruption);
  if (first.kind === "not-tls") {
    await socket.write(encodeText(options.plainHttpAnswer ?? GO_PLAIN_HTTP_ANSWER), interruption).catch(() => {});
    return { kind: "failed", reason: "not-tls" };
  }
  if (first.kind !== "record") return { kind: "failed", reason: "unexpected-eof" };
  const hello = first.content as ClientHello;
  const { certificates, clientCertificates = "none" } = options;
  const alpn = (options.alpn ?? []).find((name) => hello.alpn.includes(name)) ?? null;
  const answer: ServerHello = {
    certificates: typeof certificates === "string" ? certificates : certificates(hello.serverName),
    alpn,
    requestsCertificate: clientCertificates !== "none",
  };
  await socket.write(record(HANDSHAKE, answer), interruption);
  const finished = await readRecord(socket, interruption);
  if (finished.kind !== "record") return { kind: "failed", reason: "refused" };
  const client = judgeClient(hello, options);
  if ("alert" in client) {
    await socket.write(record(ALERT, client), interruption).catch(() => {});
    return { kind: "failed", reason: "refused" };
  }
  await socket.write(record(HANDSHAKE, { isFinished: true }), interruption);
  return {
    kind: "established",
    socket,
    serverName: hello.serverName,
    clientCertificate: client.certificate,
    alpn,
  };
}

function judgeClient(
  hello: ClientHello,
  options: TlsServerOptions,
): { readonly certificate: Certificate | null } | { readonly alert: TlsAlert } {
  const wanted = options.clientCertificates ?? "none";
  const chain = wanted === "none" || !hello.certificate ? [] : decodeCertificates(hello.certificate);
  const [certificate] = chain;
  if (!certificate) return wanted === "require" ? { alert: "certificate-required" } : { certificate: null };
  const roots = decodeCertificates(options.clientRoots ?? "");
  const verdict = verifyCertificate(chain, { roots, nowMs: options.now() });
  if (verdict.kind === "valid") return { certificate };
  return wanted === "require" ? { alert: "bad-certificate" } : { certificate: null };
}

// --------------------------------------------------------------------- records

function record(type: number, content: object): Uint8Array {
  const payload = encodeText(JSON.stringify(content));
  const head = Uint8Array.of(
    type,
    3,
    1,
    (payload.length >> 16) & 0xff,
    (payload.length >> 8) & 0xff,
    payload.length & 0xff,
  );
  return concatBytes([head, payload]);
}

type RecordRead =
  | { readonly kind: "record"; readonly content: unknown }
  | { readonly kind: "alert"; readonly alert: TlsAlert }
  | { readonly kind: "not-tls" | "end" };

const HEAD_BYTES = 6;

async function readRecord(socket: Socket, interruption?: Interruption): Promise<RecordRead> {
  try {
    const head = await readExactly(socket, HEAD_BYTES, interruption, isRecordStart);
    if (head === "other") return { kind: "not-tls" };
    if (head === "end") return { kind: "end" };
    const length = ((head[3] ?? 0) << 16) | ((head[4] ?? 0) << 8) | (head[5] ?? 0);
    const payload = await readExactly(socket, length, interruption);
    if (typeof payload === "string") return { kind: "end" };
    const content: unknown = JSON.parse(decodeText(payload));
    if (head[0] !== ALERT) return { kind: "record", content };
    return { kind: "alert", alert: (content as { alert: TlsAlert }).alert };
  } catch (error) {
    if (interruption?.isInterrupted) throw error;
    return { kind: "end" };
  }
}

function isRecordStart(bytes: Uint8Array): boolean {
  const [type, major] = bytes;
  return (type === HANDSHAKE || type === ALERT) && (major === undefined || major === 3);
}

async function readExactly(
  socket: Socket,
  length: number,
  interruption: Interruption | undefined,
  isPlausible?: (bytes: Uint8Array) => boolean,
): Promise<Uint8Array | "end" | "other"> {
  const parts: Uint8Array[] = [];
  for (let left = length; left > 0; ) {
    const bytes = await socket.read(left, interruption);
    if (bytes.length === 0) return "end";
    if (parts.length === 0 && isPlausible && !isPlausible(bytes)) return "other";
    parts.push(bytes);
    left -= bytes.length;
  }
  return concatBytes(parts);
}
