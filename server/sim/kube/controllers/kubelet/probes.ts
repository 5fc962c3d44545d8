/** Liveness, readiness and startup probes of one running container. Models kubelet's prober, v1.36. */
import { decodeText, encodeText } from "../../../machine/bytes.ts";
import { createInterruption } from "../../../machine/interruption.ts";
import { connectTls } from "../../../machine/tls.ts";
import type { Cancel, Clock, Interruption, ProcessNetwork, Socket } from "../../../machine/types.ts";
import type { Container, Probe } from "../objects.ts";
import type { RunningContainer } from "./container-run.ts";
import { execAndCollect } from "./exec-session.ts";

export type ProbeKind = "startup" | "liveness" | "readiness";

export interface ProbeTarget {
  readonly spec: Container;
  readonly container: RunningContainer;
  readonly podIp: string;
  readonly clock: Clock;
  /** The node's network, where the kubelet's requests come from; undefined while it is down. */
  readonly network: () => ProcessNetwork | undefined;
  /**
   * Given for the cluster's own pods: a probe that passed waits until this calls, which is when one of
   * the components they depend on has come or gone. An idle world must cost no CPU.
   */
  readonly restsUntil?: (listener: () => void) => Cancel;
  /** Whether the probes passed in an earlier life of the world, and rest. */
  readonly isAtRest?: boolean;
  onResult(kind: ProbeKind, isPassing: boolean): void;
  onFailure(kind: ProbeKind, message: string): void;
}

export type ProbeOutcome =
  | { readonly kind: "success" }
  | { readonly kind: "failure"; readonly output: string }
  /** The probe itself could not run: neither a success nor a failure. */
  | { readonly kind: "unknown"; readonly output: string };

/** Starts the container's probes; the startup probe holds the others back. Returns the stopper. */
export function startProbes(target: ProbeTarget): Cancel {
  const { livenessProbe, readinessProbe, startupProbe } = target.spec;
  const stops: Cancel[] = [];
  const startOthers = (): void => {
    if (livenessProbe) stops.push(startProbe(target, "liveness", livenessProbe));
    if (readinessProbe) stops.push(startProbe(target, "readiness", readinessProbe));
  };
  if (startupProbe && target.isAtRest !== true) {
    stops.push(startProbe({ ...target, onResult: onStartup }, "startup", startupProbe));
  } else startOthers();
  function onStartup(kind: ProbeKind, isPassing: boolean): void {
    target.onResult(kind, isPassing);
    if (isPassing) startOthers();
  }
  return () => {
    for (const stop of stops) stop();
  };
}

function startProbe(target: ProbeTarget, kind: ProbeKind, probe: Probe): Cancel {
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  let isStopped = false;
  let cancel: Cancel = () => {};
  let successes = 0;
  let failures = 0;
  const turn = async (): Promise<void> => {
    const outcome = await runProbe(target, probe);
    if (isStopped) return;
    let hasPassed = false;
    if (outcome.kind === "success") {
      failures = 0;
      if (++successes >= (probe.successThreshold ?? 1)) {
        hasPassed = true;
        if (successes === (probe.successThreshold ?? 1)) target.onResult(kind, true);
      }
    } else if (outcome.kind === "failure") {
      successes = 0;
      target.onFailure(kind, outcome.output);
      if (++failures >= (probe.failureThreshold ?? 3)) target.onResult(kind, false);
    }
    if (isStopped || (hasPassed && kind === "startup")) return;
    if (hasPassed && target.restsUntil !== undefined) rest(target.restsUntil);
    else cancel = target.clock.setTimer(periodMs, () => void turn());
  };
  const rest = (until: NonNullable<ProbeTarget["restsUntil"]>): void => {
    cancel = until(() => {
      cancel();
      cancel = target.clock.setTimer(periodMs, () => void turn());
    });
  };
  if (target.isAtRest === true && target.restsUntil !== undefined) rest(target.restsUntil);
  else cancel = target.clock.setTimer((probe.initialDelaySeconds ?? 0) * 1000, () => void turn());
  return () => {
    isStopped = true;
    cancel();
  };
}

function portOf(spec: Container, port: number | string): number {
  if (typeof port === "number") return port;
  return spec.ports?.find(({ name }) => name === port)?.containerPort ?? Number(port);
}

async function runProbe(target: ProbeTarget, probe: Probe): Promise<ProbeOutcome> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.exec) return execProbe(target, probe.exec.command ?? [], timeoutMs);
  const network = target.network();
  if (network === undefined) return { kind: "unknown", output: "kubelet is not running" };
  if (probe.httpGet) return httpProbe(target, probe.httpGet, network, timeoutMs);
  const tcp = probe.tcpSocket ?? (probe.grpc && { port: probe.grpc.port });
  if (tcp)
    return tcpProbe(network, ("host" in tcp && tcp.host) || target.podIp, portOf(target.spec, tcp.port), timeoutMs);
  return { kind: "success" };
}

async function execProbe(target: ProbeTarget, command: readonly string[], timeoutMs: number): Promise<ProbeOutcome> {
  const { interruption, interrupt } = createInterruption();
  const cancel = target.clock.setTimer(timeoutMs, () => interrupt());
  const timeout = new Promise<"timeout">((resolve) => interruption.onInterrupt(() => resolve("timeout")));
  const result = await Promise.race([execAndCollect(target.container, command), timeout]);
  cancel();
  if (result === "timeout") {
    return {
      kind: "failure",
      output: `command timed out: "${command.join(" ")}" timed out after ${timeoutMs / 1000}s`,
    };
  }
  if ("error" in result) return { kind: "unknown", output: result.error };
  return result.exitCode === 0 ? { kind: "success" } : { kind: "failure", output: decodeText(result.output) };
}

async function tcpProbe(
  network: ProcessNetwork,
  address: string,
  port: number,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  try {
    const socket = await network.connect(address, port, { timeoutMs });
    socket.release();
    return { kind: "success" };
  } catch (error) {
    return { kind: "failure", output: `dial tcp ${address}:${port}: ${dialFailure(error)}` };
  }
}

function dialFailure(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  if (code === "ECONNREFUSED") return "connect: connection refused";
  if (code === "EHOSTUNREACH") return "connect: no route to host";
  if (code === "ENETUNREACH") return "connect: network is unreachable";
  return "i/o timeout";
}

async function httpProbe(
  target: ProbeTarget,
  { path = "/", port, host, scheme = "HTTP", httpHeaders = [] }: NonNullable<Probe["httpGet"]>,
  network: ProcessNetwork,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const address = host || target.podIp;
  const number = portOf(target.spec, port);
  const url = `${scheme.toLowerCase()}://${address}:${number}${path}`;
  const { interruption, interrupt } = createInterruption();
  const cancel = target.clock.setTimer(timeoutMs, () => interrupt("timeout"));
  try {
    const plain = await network.connect(address, number, { timeoutMs, interruption });
    const socket = scheme === "HTTPS" ? await secured(plain, target, interruption) : plain;
    if (socket === undefined) {
      plain.release();
      return { kind: "failure", output: `Get "${url}": http: server gave HTTP response to HTTPS client` };
    }
    const headers = new Map([
      ["Host", `${address}:${number}`],
      ["User-Agent", "kube-probe/1.36"],
      ["Accept", "*/*"],
      ["Connection", "close"],
      ...httpHeaders.map(({ name, value }) => [name, value] as const),
    ]);
    const head = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await socket.write(encodeText(`GET ${path} HTTP/1.1\r\n${head}\r\n`), interruption);
    const status = await readStatus(socket, interruption);
    socket.release();
    if (status === undefined) return { kind: "failure", output: `Get "${url}": EOF` };
    return status >= 200 && status < 400
      ? { kind: "success" }
      : { kind: "failure", output: `HTTP probe failed with statuscode: ${status}` };
  } catch (error) {
    if (interruption.isInterrupted) {
      return {
        kind: "failure",
        output: `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
      };
    }
    const failure = dialFailure(error);
    return failure === "i/o timeout"
      ? {
          kind: "failure",
          output: `Get "${url}": dial tcp ${address}:${number}: i/o timeout (Client.Timeout exceeded while awaiting headers)`,
        }
      : { kind: "failure", output: `Get "${url}": dial tcp ${address}:${number}: ${failure}` };
  } finally {
    cancel();
  }
}

/** Probes take any certificate. */
async function secured(plain: Socket, { clock }: ProbeTarget, interruption: Interruption): Promise<Socket | undefined> {
  const session = await connectTls(plain, { isInsecure: true, nowMs: clock.now() }, interruption);
  return session.kind === "established" ? session.socket : undefined;
}

async function readStatus(socket: Socket, interruption: Interruption): Promise<number | undefined> {
  let text = "";
  while (!text.includes("\r\n") && text.length < 8192) {
    const bytes = await socket.read(4096, interruption);
    if (bytes.length === 0) break;
    text += decodeText(bytes);
  }
  const match = /^HTTP\/1\.[01] (\d{3})/.exec(text);
  return match ? Number(match[1]) : undefined;
}
