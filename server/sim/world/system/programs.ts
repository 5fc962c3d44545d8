/** The programs of the cluster's own images, one line each, in front of those of the programs room. */
import type { Process, Program, ProgramRegistry } from "../../machine/types.ts";
import { type ComponentName, COMPONENTS } from "../keys.ts";
import { apiServerProgram } from "./api-server-program.ts";
import { klog, parseFlags, serveHealth, terminated, type HealthOptions } from "./component.ts";
import { coreDnsProgram } from "./coredns-program.ts";

interface ComponentProgram {
  readonly name: string;
  readonly components?: readonly ComponentName[];
  readonly health?: (flags: ReadonlyMap<string, string>) => readonly HealthOptions[];
  /** Flags that name a kubeconfig, without which the component ends. */
  readonly configFlags?: readonly string[];
  readonly greeting?: readonly [source: string, text: string];
}

const host = (flags: ReadonlyMap<string, string>): Pick<HealthOptions, "address"> => {
  const address = flags.get("bind-address");
  return address === undefined ? {} : { address };
};

function componentProgram(definition: ComponentProgram): Program {
  return { name: definition.name, run: (process) => runComponent(process, definition) };
}

async function runComponent(process: Process, definition: ComponentProgram): Promise<number> {
  const flags = parseFlags(process.argv);
  for (const flag of definition.configFlags ?? []) {
    const path = flags.get(flag);
    if (path === undefined || process.machine.fs.exists(path)) continue;
    await klog(process, "E", "run.go:72", `"command failed" err="stat ${path}: no such file or directory"`);
    return 1;
  }
  const end = terminated(process);
  for (const health of definition.health?.(flags) ?? []) serveHealth(process, health);
  const { components = [], greeting } = definition;
  const starter = process.machine.services.get(COMPONENTS);
  const controllers = components.map((component) => starter?.start(component));
  try {
    if (greeting) await klog(process, "I", greeting[0], greeting[1]);
    await end;
    return 0;
  } finally {
    for (const controller of controllers) controller?.stop();
  }
}

const LOCAL = { address: "127.0.0.1" };

const systemPrograms: readonly Program[] = [
  apiServerProgram,
  coreDnsProgram,
  componentProgram({
    name: "etcd",
    components: ["etcd"],
    health: (flags) => [
      { port: 2379, isTls: true, paths: ["/health"] },
      { port: 2380, isTls: true, paths: [] },
      {
        port: 2381,
        ...LOCAL,
        isTls: false,
        paths: flags.has("listen-metrics-urls") ? ["/livez", "/readyz", "/health"] : [],
      },
    ],
  }),
  componentProgram({
    name: "kube-controller-manager",
    components: ["kube-controller-manager"],
    configFlags: ["kubeconfig"],
    health: (flags) => [{ port: 10_257, ...host(flags), isTls: true, paths: ["/healthz", "/livez", "/readyz"] }],
    greeting: ["leaderelection.go:271", '"Successfully acquired lease" lock="kube-system/kube-controller-manager"'],
  }),
  componentProgram({
    name: "kube-scheduler",
    components: ["kube-scheduler"],
    configFlags: ["kubeconfig"],
    health: (flags) => [{ port: 10_259, ...host(flags), isTls: true, paths: ["/healthz", "/livez", "/readyz"] }],
    greeting: ["leaderelection.go:271", '"Successfully acquired lease" lock="kube-system/kube-scheduler"'],
  }),
  componentProgram({
    name: "kube-proxy",
    components: ["kube-proxy"],
    configFlags: ["config"],
    health: () => [
      { port: 10_256, isTls: false, paths: ["/healthz", "/livez"] },
      { port: 10_249, ...LOCAL, isTls: false, paths: ["/metrics", "/proxyMode"] },
    ],
    greeting: ["server_linux.go:145", '"Using iptables proxy"'],
  }),
  componentProgram({ name: "calico-node", components: ["network-plugin", "policy-agent"] }),
  componentProgram({ name: "flanneld", components: ["network-plugin"] }),
  componentProgram({ name: "calico-kube-controllers" }),
  componentProgram({ name: "pause" }),
  {
    name: "cni-install",
    run: async (process) => {
      const target = "/host/opt/cni/bin";
      if (process.machine.fs.exists(target)) {
        for (const plugin of ["calico", "calico-ipam", "flannel", "host-local", "portmap", "loopback"]) {
          process.machine.fs.writeFile(`${target}/${plugin}`, "", { mode: 0o755 });
        }
      }
      return 0;
    },
  },
];

const byName = new Map(systemPrograms.map((program) => [program.name, program]));

export const withSystemPrograms = (programs: ProgramRegistry): ProgramRegistry => ({
  get: (name) => byName.get(name) ?? programs.get(name),
});
