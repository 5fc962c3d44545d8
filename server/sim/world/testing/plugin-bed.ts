/** A world with a small shop, and its terminal's words without what chance decides. */
import { bootWorld, createBootImage } from "../../world.ts";
import type { HostEnvironment, Scenario, World } from "../../world-types.ts";

const pod = (namespace: string, name: string, container: string) => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${namespace}, labels: {app: ${name}}}
spec:
  nodeName: node01
  containers: [{name: c, ${container}}]
`;

const service = (name: string, spec: string) => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: shop}
spec: {${spec}}
`;

const BUSYBOX = 'image: busybox:1.36, command: [sleep, "3600"]';
const NGINX = "image: nginx:1.27, ports: [{containerPort: 80, name: http}]";

const SHOP = [
  "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n",
  "apiVersion: v1\nkind: Namespace\nmetadata: {name: ops, labels: {team: ops}}\n",
  pod("shop", "client", BUSYBOX),
  pod("ops", "client", BUSYBOX),
  pod("shop", "web", NGINX),
  service("web", "clusterIP: 10.96.0.80, selector: {app: web}, ports: [{port: 8080, targetPort: 80}]"),
  service("none", "clusterIP: 10.96.0.81, selector: {app: nobody}, ports: [{port: 80}]"),
  service("bare", "clusterIP: None, selector: {app: web}, ports: [{port: 8080, targetPort: 80}]"),
].join("");

const host: HostEnvironment = {
  now: () => performance.now(),
  setTimer: () => {
    throw new Error("a world on virtual time asked for a real timer");
  },
  defer: (callback) => void setImmediate(callback),
  reportFault: (error, context) => {
    throw new Error(`simulator fault in ${context}`, { cause: error });
  },
};

export interface PluginBed {
  readonly world: World;
  /** Output, errors and the exit status, as a terminal shows them. */
  run(script: string): Promise<string>;
  /** Deletes all policies and manifests. */
  clear(): Promise<void>;
}

/** Pods `shop/client`, `shop/web`, `ops/client`, and Services before the web pod; the context is in `shop`. */
export async function createPluginBed(scenario: Scenario = {}): Promise<PluginBed> {
  const world = bootWorld({ image: await createBootImage(scenario, host, "virtual"), host, clock: "virtual" });
  const run = async (script: string) => {
    const { stdout, stderr, exitCode } = await world.runCommand(`cd ~/lab\n${script}`, { stdin: "" });
    return withoutChance(`${stdout}${stderr}[${exitCode}]`);
  };
  const setUp = await world.runCommand(
    "set -e; mkdir lab; kubectl config set-context --current --namespace shop; kubectl apply -f -; kubectl wait --for=condition=Ready pod --all -A",
    { stdin: SHOP },
  );
  if (setUp.exitCode !== 0) throw new Error(`the shop does not stand: ${setUp.stderr}`);
  return {
    world,
    run,
    async clear() {
      await run("kubectl delete networkpolicy --all -n shop; kubectl delete networkpolicy --all -n ops; rm -f *");
    },
  };
}

function withoutChance(text: string): string {
  return text
    .replace(/\b10\.244\.\d+\.\d+(?!\/)\b/g, "POD-IP")
    .replace(/\b(coredns|calico-kube-controllers)-([a-z0-9]{8,10})-([a-z0-9*]+)/g, (_, name, ...hashes) =>
      [name, ...hashes.slice(0, 2).map((hash: string) => hash.replace(/[a-z0-9]/g, "x"))].join("-"),
    );
}
