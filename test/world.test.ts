import { beforeAll, describe, expect, it } from "vitest";
import { type BootImage, bootWorld, createBootImage, terminalStateOf } from "../server/sim/world.ts";
import type { HostEnvironment, World } from "../server/sim/world-types.ts";
import type { VirtualClock } from "../server/sim/machine/clock.ts";

const faults: unknown[] = [];
const host: HostEnvironment = {
  now: () => performance.now(),
  setTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  defer: (callback) => void setImmediate(callback),
  reportFault: (error) => void faults.push(error),
};

const boot = (image: BootImage, more: Partial<Parameters<typeof bootWorld>[0]> = {}): World =>
  bootWorld({ image, host, clock: "virtual", ...more });

const target = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "target", namespace: "default", labels: { app: "target" } },
  spec: {
    containers: [
      {
        name: "target",
        image: "busybox:1.36",
        command: ["sh", "-c", "while true; do echo hello | nc -l -p 8080; done"],
      },
    ],
  },
};
const targetService = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "target", namespace: "default" },
  spec: { selector: { app: "target" }, ports: [{ port: 8080 }] },
};
const client = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "client", namespace: "default", labels: { app: "client" } },
  spec: { containers: [{ name: "client", image: "busybox:1.36", command: ["sleep", "36000"] }] },
};
const denyAll = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "deny", namespace: "default" },
  spec: { podSelector: {}, policyTypes: ["Ingress"] },
};

/** Runs a command in a pod through the API's exec, as kubectl does. */
async function execute(world: World, pod: string, command: string): Promise<string> {
  const clock = world.clock as unknown as VirtualClock;
  const never = { reason: undefined, isInterrupted: false, onInterrupt: () => () => {} };
  const query: [string, string][] = ["sh", "-c", command].map((word) => ["command", word]);
  const answer = await world.cluster.api.handle({
    method: "POST",
    path: `/api/v1/namespaces/default/pods/${pod}/exec`,
    query: [...query, ["container", pod], ["stdout", "true"], ["stderr", "true"]],
    headers: {},
    body: new Uint8Array(0),
    interruption: never,
    user: { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] },
  });
  if (answer.body.kind !== "upgrade") throw new Error(`exec was refused: ${JSON.stringify(answer)}`);
  let output = "";
  const collect = async (bytes: Uint8Array): Promise<void> => {
    output += new TextDecoder().decode(bytes);
  };
  const channels = { stdin: null, stdout: collect, stderr: collect, onResize: () => () => {}, interruption: never };
  await clock.drive(answer.body.session.run(channels));
  return output;
}

let image: BootImage;
beforeAll(async () => {
  image = await createBootImage({}, host);
});

describe("a world", () => {
  it("boots as a learner on the terminal host", async () => {
    const world = boot(image);
    const result = await world.runCommand("whoami; hostname; pwd; sudo id -u; sleep 5; date -u +%T");
    expect(result).toEqual({
      stdout: "learner\nterminal\n/home/learner\n0\n10:00:05\n",
      stderr: "",
      exitCode: 0,
      seconds: 5,
    });
    world.stop();
  });

  it("has OpenBSD's netcat on the terminal host, as Ubuntu does", async () => {
    const world = boot(image);
    const { exitCode, stderr } = await world.runCommand("nc -zv -w 2 127.0.0.1 9; netcat -z 127.0.0.1 9");
    expect([exitCode, stderr]).toEqual([1, "nc: connect to 127.0.0.1 port 9 (tcp) failed: Connection refused\n"]);
    world.stop();
  });

  it("runs a pod whose server answers through its Service's name until a policy denies it", async () => {
    const world = boot(image);
    for (const object of [target, client]) world.cluster.client.create("pods", object);
    world.cluster.client.create("services", targetService);
    await world.settle();
    expect(await execute(world, "client", "nc -w 2 target 8080 </dev/null; echo $?")).toBe("hello\n0\n");
    world.cluster.client.create("networkpolicies.networking.k8s.io", denyAll);
    expect(await execute(world, "client", "nc -w 2 target 8080 </dev/null; echo $?")).toMatch(/1\n$/);
    expect(world.fabric.recentFlows.at(-1)).toMatchObject({ outcome: "dropped", destination: "pod:default/target" });
    world.cluster.client.delete("pods", "default", "target");
    await world.settle();
    expect(world.cluster.client.get("pods", "default", "target")).toBeUndefined();
    world.stop();
  });

  it("keeps a headless shell's variables, functions and directory between commands", async () => {
    const world = boot(image);
    const shell = world.openShell();
    await shell.execute("cd /tmp; greet() { echo hello $1; }; name=you");
    expect(await shell.execute("greet $name; pwd; exit 3")).toMatchObject({ stdout: "hello you\n/tmp\n", exitCode: 3 });
    shell.close();
    world.stop();
  });

  it("completes kubectl, and its alias, in interactive shells as its script says", async () => {
    const world = boot(image);
    const { stdout } = await world.runCommand("bash -ic 'complete -p'");
    expect(stdout).toBe("complete -o default -F __start_kubectl kubectl\ncomplete -o default -F __start_kubectl k\n");
    world.stop();
  });

  it("completes kubectl's words, names and plugins on a terminal, and leaves files to the shell", async () => {
    const world = boot(image);
    const pods = "kubectl run client --image nginx; kubectl run web --image nginx; touch client.yaml";
    await world.runCommand(`${pods}; kubectl wait --for=condition=Ready pod --all`);
    const terminal = world.openTerminal({ id: "one", size: { columns: 80, rows: 24 } });
    let screen = "";
    terminal.onOutput((bytes) => {
      screen += new TextDecoder().decode(bytes);
    });
    /** What stands behind the prompt after the keys. */
    const typed = async (keys: string): Promise<string> => {
      screen = "";
      terminal.input(keys);
      await world.runCommand("sleep 1");
      terminal.input("\u0003");
      await world.runCommand("sleep 1");
      return screen.split("^C")[0] ?? "";
    };
    await typed("");
    expect(await typed("kubectl desc\t")).toBe("kubectl describe ");
    expect(await typed("k get po cl\t")).toBe("k get po client ");
    expect(await typed("k logs pods/w\t")).toBe("k logs pods/web ");
    expect(await typed("k get pods -o yam\t")).toBe("k get pods -o yaml ");
    expect(await typed("k get pods --namespace=kube-p\t")).toBe("k get pods --namespace=kube-public ");
    expect(await typed("k apply -f cl\t")).toBe("k apply -f client.yaml ");
    expect(await typed("k get pods zz\t")).toBe("k get pods zz\u0007");
    expect(await typed("k wh\t")).toBe("k why ");
    expect(await typed("k why cl\tw\t")).toBe("k why client web ");
    expect(await typed("k why web --from=c\t--protocol U\t")).toBe("k why web --from=client --protocol UDP ");
    expect(await typed("k reach d\tcl\t")).toBe("k reach diff client.yaml ");
    expect(await typed("k reach --o\t")).toBe("k reach --output ");
    const own = `cat > /usr/local/bin/kubectl-hello <<'X'
#!/bin/sh
echo hi
X
cat > /usr/local/bin/kubectl_complete-hello <<'X'
#!/bin/sh
echo mars; echo moon; echo :2
X
chmod +x /usr/local/bin/kubectl*hello`;
    expect((await world.runCommand(own, { user: "root" })).exitCode).toBe(0);
    expect(await typed("k hello ma\t")).toBe("k hello mars");
    world.stop();
  });

  it("tells who somebody is: certificates by their digest, groups impersonated one by one", async () => {
    const world = boot(image);
    const own = await world.runCommand("kubectl auth whoami -o jsonpath='{.status.userInfo.extra}'");
    expect(own.stdout).toMatch(/^\{"authentication.kubernetes.io\/credential-id":\["X509SHA256=[0-9a-f]{64}"\]\}$/);
    const other = await world.runCommand(
      "kubectl auth whoami --as u --as-group a --as-group b -o jsonpath='{.status.userInfo}'",
    );
    expect(JSON.parse(other.stdout)).toEqual({ username: "u", groups: ["a", "b", "system:authenticated"] });
    world.stop();
  });

  it("types keys on a terminal at their times", async () => {
    const world = boot(image);
    const result = await world.runCommand("read line; echo got $line", {
      tty: { columns: 80, rows: 24 },
      keys: [
        [1000, "hello"],
        [2000, "\r"],
      ],
    });
    expect(result).toMatchObject({ stdout: "hello\r\ngot hello\r\n", seconds: 2 });
    world.stop();
  });

  it("restores objects, files, logs and shells from a snapshot", async () => {
    const world = boot(image);
    const clock = world.clock as unknown as VirtualClock;
    world.cluster.client.create("pods", client);
    await world.settle();
    await execute(world, "client", "echo inside > /tmp/note");
    await world.runCommand("echo outside > note");
    const terminal = world.openTerminal({ id: "one", size: { columns: 80, rows: 24 } });
    const commands: string[] = [];
    terminal.onCommand(({ line }) => void commands.push(line));
    await clock.drain();
    terminal.input("cd /tmp; kept=yes\r");
    await clock.drain();
    expect(commands).toEqual(["cd /tmp; kept=yes"]);
    const snapshot = JSON.parse(JSON.stringify(world.snapshot()));
    const pods = world.cluster.client.list("pods");
    world.stop();

    const again = boot(image, { snapshot });
    expect(again.cluster.client.list("pods")).toEqual(pods);
    expect(await execute(again, "client", "cat /tmp/note")).toBe("inside\n");
    expect((await again.runCommand("cat note")).stdout).toBe("outside\n");
    const restored = again.openTerminal({
      id: "one",
      size: { columns: 80, rows: 24 },
      restore: terminalStateOf(snapshot, "one"),
    });
    let screen = "";
    restored.onOutput((bytes) => {
      screen += new TextDecoder().decode(bytes);
    });
    const againClock = again.clock as unknown as VirtualClock;
    await againClock.drain();
    restored.input("echo $kept in $PWD\r");
    await againClock.drain();
    expect(screen).toContain("yes in /tmp\r\n");
    again.stop();
  });

  it("ends a terminal's shell and its jobs when the terminal is closed, and nobody else's", async () => {
    const world = boot(image);
    const clock = world.clock as unknown as VirtualClock;
    const open = (id: string) => world.openTerminal({ id, size: { columns: 80, rows: 24 } });
    const [closed, kept] = [open("closed"), open("kept")];
    await clock.drain();
    closed.input("sleep 1111 &\rsleep 2222\r");
    kept.input("sleep 3333 &\r");
    await world.runCommand("sleep 1");
    closed.close();
    await world.runCommand("sleep 1");
    const sleepers = await world.runCommand("pgrep -a sleep | cut -d' ' -f2-");
    expect(sleepers.stdout).toBe("sleep 3333\n");
    world.stop();
  });

  it("gives the same bytes for the same seed and the same commands", async () => {
    const play = async (): Promise<string> => {
      const world = boot(image, { seed: 42 });
      for (const object of [target, client]) world.cluster.client.create("pods", object);
      await world.settle();
      await world.runCommand("echo $RANDOM > random; sleep 2");
      const text = JSON.stringify(world.snapshot());
      world.stop();
      return text;
    };
    const first = await play();
    expect(await play()).toBe(first);
  });

  it("refuses what is no snapshot", () => {
    expect(() => boot(image, { snapshot: { format: "netpol-world/1" } })).toThrow("this is no snapshot of a world");
  });

  it("in killercoda puts root on the control plane node", async () => {
    const killercoda = await createBootImage({ env: "killercoda" }, host);
    const world = boot(killercoda);
    const result = await world.runCommand("whoami; hostname; ls /etc/kubernetes/manifests");
    expect(result.stdout).toBe(
      "root\ncontrolplane\netcd.yaml\nkube-apiserver.yaml\nkube-controller-manager.yaml\nkube-scheduler.yaml\n",
    );
    expect([...world.machines.keys()]).toEqual(["controlplane", "node01"]);
    world.stop();
  });

  it("has caused no fault of the simulator", () => {
    expect(faults).toEqual([]);
  });
});
