/**
 * kube-apiserver as a process: an HTTPS listener in front of the API function. While it does
 * not run, or its files are wrong, nobody reaches the API. Models the flags of v1.36.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { encodeText, NO_BYTES } from "../../machine/bytes.ts";
import { type Certificate, encodeCertificate } from "../../machine/certificates.ts";
import { type HttpServerRequest, type HttpServerResponse, serveHttp } from "../../machine/http.ts";
import { never } from "../../machine/interruption.ts";
import type { Process, Program } from "../../machine/types.ts";
import type { ApiRequest, ApiResponse, ApiServer, UserInfo } from "../../kube/api/types.ts";
import { API_SERVER, COMPONENTS } from "../keys.ts";
import { CHANNEL_PROTOCOLS, runChannelStream } from "./channel-stream.ts";
import { klog, parseFlags, terminated } from "./component.ts";
import { WebSocketConnection, websocketAccept } from "./websocket.ts";

/** Flags that name files the server reads when it starts. */
const FILE_FLAGS = [
  "client-ca-file",
  "tls-cert-file",
  "tls-private-key-file",
  "etcd-cafile",
  "etcd-certfile",
  "etcd-keyfile",
  "kubelet-client-certificate",
  "kubelet-client-key",
  "proxy-client-cert-file",
  "proxy-client-key-file",
  "requestheader-client-ca-file",
  "service-account-key-file",
  "service-account-signing-key-file",
];
const OTHER_FLAGS = new Set([
  "advertise-address",
  "allow-privileged",
  "anonymous-auth",
  "audit-log-maxage",
  "audit-log-maxbackup",
  "audit-log-maxsize",
  "audit-log-path",
  "audit-policy-file",
  "authorization-mode",
  "bind-address",
  "default-not-ready-toleration-seconds",
  "default-unreachable-toleration-seconds",
  "disable-admission-plugins",
  "enable-admission-plugins",
  "enable-bootstrap-token-auth",
  "encryption-provider-config",
  "etcd-servers",
  "event-ttl",
  "feature-gates",
  "kubelet-certificate-authority",
  "kubelet-preferred-address-types",
  "max-requests-inflight",
  "profiling",
  "request-timeout",
  "requestheader-allowed-names",
  "requestheader-extra-headers-prefix",
  "requestheader-group-headers",
  "requestheader-username-headers",
  "runtime-config",
  "secure-port",
  "service-account-issuer",
  "service-cluster-ip-range",
  "service-node-port-range",
  "tls-cipher-suites",
  "tls-min-version",
  "token-auth-file",
  "v",
]);

export const apiServerProgram: Program = {
  name: "kube-apiserver",
  async run(process) {
    const api = process.machine.services.get(API_SERVER);
    const flags = parseFlags(process.argv);
    const unknown = [...flags.keys()].find((flag) => !FILE_FLAGS.includes(flag) && !OTHER_FLAGS.has(flag));
    if (unknown !== undefined) {
      await process.stderr.write(`Error: unknown flag: --${unknown}\n`);
      return 1;
    }
    for (const flag of FILE_FLAGS) {
      const path = flags.get(flag);
      if (path === undefined || process.machine.fs.exists(path)) continue;
      await klog(process, "E", "run.go:72", `"command failed" err="open ${path}: no such file or directory"`);
      return 1;
    }
    if (api === undefined) return 1;
    if (!(await reachesEtcd(process))) {
      await klog(process, "E", "run.go:72", '"command failed" err="context deadline exceeded"');
      return 1;
    }
    await serve(process, api, flags);
    return 0;
  },
};

/** Seconds the server tries to reach etcd before it gives up. */
const ETCD_DEADLINE_SECONDS = 20;

async function reachesEtcd(process: Process): Promise<boolean> {
  const components = process.machine.services.get(COMPONENTS);
  for (let second = 0; second < ETCD_DEADLINE_SECONDS; second++) {
    if (components?.isRunning("etcd") ?? true) return true;
    await process.sleep(1000);
  }
  return false;
}

async function serve(process: Process, api: ApiServer, flags: ReadonlyMap<string, string>): Promise<void> {
  const { fs, clock } = process.machine;
  const read = (flag: string): string => {
    const path = flags.get(flag);
    return path === undefined ? "" : fs.readText(path);
  };
  const port = Number(flags.get("secure-port") ?? 6443);
  const end = terminated(process);
  const listener = process.net.listen(port);
  void serveHttp(listener, (request, response) => handle(api, request, response), {
    interruption: process.interruption,
    tls: {
      certificates: read("tls-cert-file"),
      clientCertificates: "request",
      clientRoots: read("client-ca-file"),
      now: () => clock.now(),
    },
  });
  const component = process.machine.services.get(COMPONENTS)?.start("kube-apiserver");
  try {
    await klog(process, "I", "secure_serving.go:211", `Serving securely on [::]:${port}`);
    await end;
    listener.close();
  } finally {
    component?.stop();
  }
}

async function handle(api: ApiServer, request: HttpServerRequest, response: HttpServerResponse): Promise<void> {
  const answer = await api.handle(await toApiRequest(request));
  await sendAnswer(answer, request, response);
}

const METHODS_WITH_BODY = new Set(["POST", "PUT", "PATCH", "DELETE"]);

async function toApiRequest(request: HttpServerRequest): Promise<ApiRequest> {
  const target = request.target;
  const mark = target.indexOf("?");
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers.entries()) {
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  const body = METHODS_WITH_BODY.has(request.method) ? await request.body.readAll() : NO_BYTES;
  const query = mark < 0 ? [] : parseQuery(target.slice(mark + 1));
  const isLong = query.some(
    ([name, value]) => (name === "watch" || name === "follow") && value !== "false" && value !== "0",
  );
  const user = request.tls?.clientCertificate ? userOf(request.tls.clientCertificate) : undefined;
  return {
    method: request.method as ApiRequest["method"],
    path: mark < 0 ? target : target.slice(0, mark),
    query,
    headers,
    body,
    // Asking for it makes the server read ahead, which an upgrade must not.
    interruption: isLong ? request.aborted : never,
    ...(user ? { user } : {}),
    ...(request.socket.flow?.audit === undefined ? {} : { audit: request.socket.flow.audit }),
  };
}

export function parseQuery(text: string): readonly (readonly [string, string])[] {
  const decode = (part: string): string => {
    try {
      return decodeURIComponent(part.replaceAll("+", " "));
    } catch {
      return part;
    }
  };
  return text
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      return equals < 0 ? [decode(part), ""] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
    });
}

/** Common name and organisations of a client certificate are user and groups; its digest tells it from others. */
function userOf(certificate: Certificate): UserInfo {
  const { commonName, organizations = [] } = certificate.subject;
  const digest = bytesToHex(sha256(encodeText(encodeCertificate(certificate))));
  return {
    name: commonName,
    groups: [...organizations, "system:authenticated"],
    extra: { "authentication.kubernetes.io/credential-id": [`X509SHA256=${digest}`] },
  };
}

async function sendAnswer(
  answer: ApiResponse,
  request: HttpServerRequest,
  response: HttpServerResponse,
): Promise<void> {
  const { body, headers, status } = answer;
  switch (body.kind) {
    case "text":
      await response.send(status, headers, body.text);
      return;
    case "bytes":
      await response.send(status, headers, body.bytes);
      return;
    case "stream":
      await response.writeHead(status, headers);
      try {
        for await (const chunk of body.chunks) await response.write(chunk);
        await response.end();
      } catch (error) {
        if (!request.aborted.isInterrupted) throw error;
      }
      return;
    case "upgrade":
      await upgrade(answer, request, response);
      return;
    default: {
      const unreachable: Impossible = body;
      return unreachable;
    }
  }
}

type Impossible = ReturnType<() => never>;

async function upgrade(answer: ApiResponse, request: HttpServerRequest, response: HttpServerResponse): Promise<void> {
  if (answer.body.kind !== "upgrade") return;
  const offered = (request.headers.get("Sec-WebSocket-Protocol") ?? "").split(/\s*,\s*/);
  const protocol = CHANNEL_PROTOCOLS.find((name) => offered.includes(name));
  const key = request.headers.get("Sec-WebSocket-Key");
  if (protocol === undefined || !key) {
    await response.send(
      400,
      { "Content-Type": "text/plain; charset=utf-8" },
      "unable to upgrade: you must specify a WebSocket protocol\n",
    );
    return;
  }
  const socket = await response.upgrade({
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Accept": websocketAccept(key),
    "Sec-WebSocket-Protocol": protocol,
  });
  const connection = new WebSocketConnection(socket, never);
  await runChannelStream(connection, answer.body.session, never);
}
