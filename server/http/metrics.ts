import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { SessionRegistry } from "../session/registry.ts";

export interface Metrics {
  readonly registry: Registry;
  readonly requests: Histogram<"method" | "status">;
  readonly sockets: Gauge<"kind">;
  readonly inputBytes: Counter;
  readonly outputBytes: Counter;
}

/**
 * Read only when asked. Not prom-client's default set: its event-loop watch wakes the
 * process a hundred times a second, and an idle server is to cost nothing.
 */
export function createMetrics(sessions: SessionRegistry): Metrics {
  const registry = new Registry();
  const registers = [registry];
  gauge(registry, "netpol_sessions_awake", "Worlds that are awake", () => sessions.awakeCount);
  gauge(registry, "netpol_terminals_open", "Terminals of awake worlds", () => sessions.terminalCount);
  gauge(registry, "process_resident_memory_bytes", "Resident memory size in bytes", () => process.memoryUsage.rss());
  gauge(registry, "nodejs_heap_size_used_bytes", "Heap in use in bytes", () => process.memoryUsage().heapUsed);
  gauge(registry, "process_cpu_seconds_total", "CPU time spent in seconds", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  gauge(registry, "process_uptime_seconds", "Seconds since start", () => process.uptime());
  return {
    registry,
    requests: new Histogram({
      name: "http_request_duration_seconds",
      help: "Time until an answer was complete",
      labelNames: ["method", "status"],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    }),
    sockets: new Gauge({ name: "netpol_sockets_open", help: "Open WebSockets", labelNames: ["kind"], registers }),
    inputBytes: new Counter({ name: "netpol_terminal_input_bytes_total", help: "Bytes typed", registers }),
    outputBytes: new Counter({ name: "netpol_terminal_output_bytes_total", help: "Bytes shown", registers }),
  };
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
