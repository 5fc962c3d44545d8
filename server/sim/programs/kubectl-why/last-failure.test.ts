/** Bare `kubectl why` where several people share one world: each is told of his own failures. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPluginBed, type PluginBed } from "../../world/testing/plugin-bed.ts";

const DENY = `kubectl apply -f - <<X
{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "deny", "namespace": "shop"},
 "spec": {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]}}
X`;

describe("the last failure of a terminal", () => {
  let bed: PluginBed;
  beforeAll(async () => {
    bed = await createPluginBed();
    await bed.run(DENY);
  });
  afterAll(() => bed.world.stop());

  /** A terminal that stays: what one command did, the next can ask about. */
  const openTerminal = () => {
    const shell = bed.world.openShell();
    return async (command: string, stdin = ""): Promise<string> => (await shell.execute(command, { stdin })).stdout;
  };
  const headline = async (terminal: (command: string) => Promise<string>): Promise<string> =>
    (await terminal("kubectl why")).split("\n", 1)[0] ?? "";

  test("is its own, whoever failed since", async () => {
    const [one, two, three] = [openTerminal(), openTerminal(), openTerminal()];
    await one("kubectl exec client -- wget -T 2 -qO- http://web:8080");
    await two("kubectl exec -n ops client -- nc -w 1 web.shop 8080");
    expect(await headline(one)).toMatch(/^Last failed connection: shop\/client -> web \(10\.96\.0\.80:8080\) TCP/);
    expect(await headline(two)).toMatch(/^Last failed connection: ops\/client -> web\.shop \(10\.96\.0\.80:8080\)/);
    expect(await three("kubectl why")).toBe(
      "No connection of this terminal has failed.\nAsk about any other: kubectl why SOURCE DESTINATION[:PORT]\n",
    );
  });

  test("may come from a shell in the pod, a datagram, a ping or the terminal itself", async () => {
    const [one, other] = [openTerminal(), openTerminal()];
    await other("kubectl exec client -- nc -w 1 web 8080");
    await one("kubectl exec -i client -- sh", "nc -w 1 web 8081; (sleep 1; nc -w 1 web 8082)\n");
    expect(await headline(one)).toContain("web (10.96.0.80:8082)");
    await one("kubectl exec client -- ping -c 1 -W 1 $(kubectl get pod web -o jsonpath={.status.podIP})");
    expect(await headline(one)).toContain("ICMP timed out");
    await one("kubectl exec client -- sh -c 'echo x | nc -u -w 1 web 53'");
    expect(await headline(one)).toContain(":53) UDP");
    await one("curl -m 1 http://10.96.0.80:8080");
    expect(await headline(one)).toMatch(/^Last failed connection: external terminal -> 10\.96\.0\.80:8080 TCP/);
  });

  test("may come from a pod that this terminal runs and watches", async () => {
    const [one, two] = [openTerminal(), openTerminal()];
    await one("kubectl run tmp --rm -i --restart Never --image busybox:1.36 -- wget -T 2 -qO- http://web:8080");
    expect(await headline(one)).toContain("shop/tmp -> web (10.96.0.80:8080)");
    expect(await two("kubectl why")).toMatch(/^No connection of this terminal has failed/);
  });

  test("gives way to one of a pod that works by itself, and says so", async () => {
    const [one, two] = [openTerminal(), openTerminal()];
    await one("kubectl exec client -- wget -T 2 -qO- http://web:8080");
    await two(`kubectl run loop --image busybox:1.36 -- sh -c 'while true; do nc -w 1 web 8080; sleep 5; done'
      kubectl wait --for condition=Ready pod/loop; sleep 10`);
    expect(await headline(two)).toMatch(
      /^Last failed connection \(of a pod, none of this terminal\): shop\/loop -> web \(10\.96\.0\.80:8080\)/,
    );
    expect(await one("kubectl why")).toMatch(
      /^Last failed connection: shop\/client .*\nLater, \d+s ago, one of no terminal failed too: shop\/loop -> web \(10\.96\.0\.80:8080\) TCP\n/,
    );
  });

  test.each([
    ["client", "wbe", "Namespace shop has no Service wbe; it has bare, none, web."],
    ["client", "web.ops", "Service web is in namespace shop, not in ops: from a pod in shop its name is web."],
    ["client", "bare.sop.svc", "There is no namespace sop."],
    [
      "client",
      "example.com",
      "There is no Internet here: names are known of this cluster's Services and of /etc/hosts.",
    ],
    ["-n ops client", "web", "Service web is in namespace shop, not in ops: from a pod in ops its name is web.shop."],
    ["-n ops client", "nope", "Namespace ops has no Services."],
    ["-n ops client", "client.shop", "client is a pod, and pods have no names in the DNS: give it a Service"],
  ])("may be a name: %s asks for %s", async (pod, name, advice) => {
    const one = openTerminal();
    await one(`kubectl exec ${pod} -- wget -T 2 -qO- http://${name}`);
    const said = await one("kubectl why");
    expect(said).toContain(`-> ${name} found no such name`);
    expect(said).toContain("✗ name        nobody knows the name");
    expect(said).toContain(advice);
  });

  test("tells the terminal that only pods know the names of Services", async () => {
    const one = openTerminal();
    await one("curl -m 2 http://web.shop");
    expect(await one("kubectl why")).toContain("Service shop/web exists, but only pods ask the cluster DNS");
  });

  test("is explained while the API server is away, which may be the reason", async () => {
    const node = await createPluginBed({ env: "killercoda" });
    const shell = node.world.openShell();
    await shell.execute("mv /etc/kubernetes/manifests/kube-apiserver.yaml /root; sleep 30; kubectl get nodes");
    const { stdout, exitCode } = await shell.execute("kubectl why");
    expect(exitCode).toBe(1);
    expect(stdout.replace(/ \d+s ago/, "")).toMatchInlineSnapshot(`
      "Last failed connection: node controlplane -> 172.30.1.2:6443 TCP was refused
      CLOSED: node controlplane -> 172.30.1.2:6443 TCP: nobody listens on port 6443 of node controlplane, the connection is refused; no policy stops it.

      ✓ route       a host always reaches itself
      ✗ listener    node controlplane does not listen on port 6443  <- decides

      Advice:
      - A refusal is not the work of a policy: nothing listens on port 6443/TCP of node controlplane.
      "
    `);
    node.world.stop();
  });
});
