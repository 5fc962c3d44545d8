/** `kubectl reach` in a whole world: matrix, lint, difference. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createPluginBed, type PluginBed } from "../../world/testing/plugin-bed.ts";

let bed: PluginBed;
beforeAll(async () => {
  bed = await createPluginBed();
});
afterEach(() => bed.clear());
afterAll(() => bed.world.stop());

const WEB = `cat > web.yaml <<X
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from:
    - podSelector:
        matchLabels:
          role: client
    ports: [{port: 80}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: client}
spec:
  podSelector: {matchLabels: {app: client}}
  policyTypes: [Egress]
  egress:
  - to: [{namespaceSelector: {}}]
    ports: [{port: 80}]
X
`;

const APP = `cat > app.yaml <<X
apiVersion: v1
kind: Namespace
metadata: {name: team, labels: {color: red}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: team}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: c, image: nginx:1.27, ports: [{containerPort: 80, name: http}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: caller, namespace: team, labels: {role: caller}}
spec: {containers: [{name: c, image: busybox:1.36, command: [sleep, "3600"]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: team}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress:
  - from: [{podSelector: {matchLabels: {role: caller}}}, {namespaceSelector: {matchLabels: {color: red}}}]
    ports: [{port: http}]
X
`;

describe("the matrix", () => {
  test("has a table for each declared port", async () => {
    expect(await bed.run(`${WEB} kubectl apply -f web.yaml; kubectl reach`)).toMatchInlineSnapshot(`
      "networkpolicy.networking.k8s.io/web created
      networkpolicy.networking.k8s.io/client created
      Port 80/TCP
      FROM \\ TO   client   web
      client      -        ✗
      web         ✓        -

      ✓ open   ✗ closed by policy   - a pod with itself
      Policies only: whether anybody listens is not looked at.
      [0]"
    `);
  });

  test("names the side that closes a way with -o wide, of chosen pods and port", async () => {
    const script = `${WEB} kubectl apply -f web.yaml >/dev/null
      kubectl reach --from app=client --to app=web --port 53/UDP -o wide`;
    expect(await bed.run(script)).toMatchInlineSnapshot(`
      "Port 53/UDP
      FROM \\ TO                web         (outside: 203.0.113.9)
      client                   ✗ both      ✗ egress
      (outside: 203.0.113.9)   ✗ ingress   -

      ✓ open   ✗ closed by policy, at the side named   - a pod with itself
      Policies only: whether anybody listens is not looked at.
      [0]"
    `);
  });

  test("shows with -o wide which labels and namespaces would fare differently", async () => {
    const script = `kubectl apply -f - >/dev/null <<X
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: friends}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: friend}}}, {namespaceSelector: {matchLabels: {team: red}}}]
X
kubectl reach --port 80 -o wide`;
    expect(await bed.run(script)).toMatchInlineSnapshot(`
      "Port 80/TCP
      FROM \\ TO                                          client   web         (outside: 203.0.113.9)
      client                                             -        ✗ ingress   ✓
      web                                                ✓        -           ✓
      (a pod with app=friend)                            ✓        ✓           ✓
      (namespace with team=red)/(a pod without labels)   ✓        ✓           ✓
      (outside: 203.0.113.9)                             ✓        ✗ ingress   -

      ✓ open   ✗ closed by policy, at the side named   - a pod with itself
      Policies only: whether anybody listens is not looked at.
      [0]"
    `);
  });

  test("covers all namespaces with -A, hostNetwork pods as their nodes", async () => {
    expect(await bed.run("kubectl reach -A --to app=client --port 80")).toMatchInlineSnapshot(`
      "Port 80/TCP
      FROM \\ TO                                              ops/client   shop/client
      kube-system/calico-kube-controllers-xxxxxxxxxx-xxxxx   ✓            ✓
      kube-system/coredns-xxxxxxxxxx-xxxxx                   ✓            ✓
      kube-system/coredns-xxxxxxxxxx-xxxxx                   ✓            ✓
      ops/client                                             -            ✓
      shop/client                                            ✓            -
      shop/web                                               ✓            ✓
      node controlplane (6 hostNetwork pods)                 ✓            ✓
      node node01 (2 hostNetwork pods)                       ✓            ✓
      node node02 (2 hostNetwork pods)                       ✓            ✓

      ✓ open   ✗ closed by policy   - a pod with itself
      Policies only: whether anybody listens is not looked at.
      [0]"
    `);
  });

  test("is data as CSV and JSON", async () => {
    await bed.run(`${WEB} kubectl apply -f web.yaml`);
    expect(await bed.run("kubectl reach -o csv")).toMatchInlineSnapshot(`
      "source,destination,port,protocol,verdict,closed_at
      shop/client,shop/web,80,TCP,closed,ingress
      shop/client,203.0.113.9,80,TCP,closed,egress
      shop/web,shop/client,80,TCP,open,
      shop/web,203.0.113.9,80,TCP,open,
      shop/(a pod with role=client),shop/client,80,TCP,open,
      shop/(a pod with role=client),shop/web,80,TCP,open,
      shop/(a pod with role=client),203.0.113.9,80,TCP,open,
      203.0.113.9,shop/client,80,TCP,open,
      203.0.113.9,shop/web,80,TCP,closed,ingress
      [0]"
    `);
    const json = await bed.run("kubectl reach --to app=web -o json");
    expect(JSON.parse(json.replace(/\[\d\]$/, ""))).toMatchInlineSnapshot(`
      {
        "flows": [
          {
            "closedAt": "ingress",
            "destination": "shop/web",
            "open": false,
            "port": 80,
            "protocol": "TCP",
            "source": "shop/client",
          },
          {
            "closedAt": "egress",
            "destination": "203.0.113.9",
            "open": false,
            "port": 80,
            "protocol": "TCP",
            "source": "shop/client",
          },
          {
            "destination": "203.0.113.9",
            "open": true,
            "port": 80,
            "protocol": "TCP",
            "source": "shop/web",
          },
          {
            "destination": "shop/web",
            "hypothetical": true,
            "open": true,
            "port": 80,
            "protocol": "TCP",
            "source": "shop/(a pod with role=client)",
          },
          {
            "destination": "203.0.113.9",
            "hypothetical": true,
            "open": true,
            "port": 80,
            "protocol": "TCP",
            "source": "shop/(a pod with role=client)",
          },
          {
            "closedAt": "ingress",
            "destination": "shop/web",
            "open": false,
            "port": 80,
            "protocol": "TCP",
            "source": "203.0.113.9",
          },
        ],
        "kind": "Reachability",
        "ports": [
          {
            "port": 80,
            "protocol": "TCP",
          },
        ],
      }
    `);
  });

  test("groups pods that policies cannot tell apart", async () => {
    await bed.run(
      "kubectl create deployment front --image=busybox:1.36 --replicas=22 -- sleep 3600; kubectl rollout status deployment front",
    );
    expect(await bed.run(`${WEB} kubectl apply -f web.yaml >/dev/null; kubectl reach`)).toMatchInlineSnapshot(`
      "Port 80/TCP
      FROM \\ TO                 client   front-6565cc4f7d-* (22)   web
      client                    -        ✓                         ✗
      front-6565cc4f7d-* (22)   ✓        ✓                         ✗
      web                       ✓        ✓                         -

      ✓ open   ✗ closed by policy   - a pod with itself
      Policies only: whether anybody listens is not looked at.
      [0]"
    `);
    await bed.run("kubectl delete deployment front; kubectl wait --for=delete pod -l app=front --timeout=90s");
  });

  test("shows nothing where there are no pods", async () => {
    expect(await bed.run("kubectl reach -n default; kubectl reach --from x=y")).toMatchInlineSnapshot(`
      "No resources found in default namespace.
      No pods with an address match the selectors in shop namespace.
      [0]"
    `);
  });
});

describe("--lint", () => {
  test("names findings of the cluster with line and proof", async () => {
    expect(await bed.run(`${WEB} kubectl apply -f web.yaml >/dev/null; kubectl reach --lint`)).toMatchInlineSnapshot(`
      "warning: shop/web: no pod there matches role=client
        web.yaml:8  spec.ingress[0].from[0].podSelector  [peer-matches-nothing]
      warning: shop/client: shop/client may send, and may not ask the cluster DNS on 53/UDP: names will not resolve
        web.yaml:19  spec.egress  [egress-without-dns]
        proof: shop/client -> kube-system/coredns-xxxxxxxxxx-xxxxx:53/UDP is closed
      note: shop/client: an empty namespaceSelector means all pods of all namespaces, kube-system included
        web.yaml:20  spec.egress[0].to[0]  [allows-every-namespace]
        proof: shop/client -> (another namespace)/(a pod without labels):80/TCP is open
      note: shop/web: nothing that is there now matches this rule
        web.yaml:7  spec.ingress[0]  [rule-changes-nothing]

      0 errors, 2 warnings, 2 notes
      [1]"
    `);
  });

  test("checks a file as if it were applied, and standard input", async () => {
    expect(
      await bed.run(
        `${WEB} kubectl reach --lint web.yaml | head -2; kubectl reach --lint - < web.yaml | head -2; kubectl reach --lint`,
      ),
    ).toMatchInlineSnapshot(`
      "warning: shop/web: no pod there matches role=client
        web.yaml:8  spec.ingress[0].from[0].podSelector  [peer-matches-nothing]
      warning: shop/web: no pod there matches role=client
        STDIN:8  spec.ingress[0].from[0].podSelector  [peer-matches-nothing]
      No findings.
      [0]"
    `);
  });

  test("knows the namespaces and pods that the same file makes", async () => {
    expect(await bed.run(`${APP} kubectl reach --lint app.yaml`)).toBe("No findings.\n[0]");
    const script = `${APP} sed 's/app: api}}$/app: apo}}/; s/color: red}}}/color: blue}}}/' app.yaml | kubectl reach --lint -`;
    expect(await bed.run(script)).toMatchInlineSnapshot(`
      "warning: team/api: no namespace matches color=blue
        STDIN:25  spec.ingress[0].from[1].namespaceSelector  [peer-matches-nothing]

      0 errors, 1 warning, 0 notes
      [1]"
    `);
  });

  test("refuses what apply would refuse", async () => {
    expect(
      await bed.run(`${WEB} sed 's/port: 80/port: 80000/' web.yaml | kubectl reach --lint -`),
    ).toMatchInlineSnapshot(`
      "The NetworkPolicy "web" is invalid: spec.ingress[0].ports[0].port: Invalid value: 80000: must be between 1 and 65535, inclusive
      [2]"
    `);
    expect(
      await bed.run("echo 'a: [' | kubectl reach --lint -; kubectl reach --lint nope.yaml"),
    ).toMatchInlineSnapshot(`
      "error: error parsing STDIN: error converting YAML to JSON: yaml: line 1: did not find expected node content
      error: the path "nope.yaml" does not exist
      [2]"
    `);
  });

  test("is data with -o json", async () => {
    const json = await bed.run(`${WEB} kubectl reach --lint web.yaml -o json`);
    expect(JSON.parse(json.replace(/\[\d\]$/, "")).items[0]).toMatchInlineSnapshot(`
      {
        "id": "peer-matches-nothing",
        "line": "web.yaml:8",
        "path": "spec.ingress[0].from[0].podSelector",
        "policy": "shop/web",
        "severity": "warning",
        "text": "no pod there matches role=client",
      }
    `);
  });
});

describe("diff", () => {
  test("shows the flows that a file would open and close", async () => {
    expect(await bed.run(`${WEB} kubectl reach diff web.yaml`)).toMatchInlineSnapshot(`
      "--- now
      +++ with web.yaml
      - shop/client -> kube-system/coredns-xxxxxxxxxx-xxxxx:53/UDP
      - shop/client -> kube-system/coredns-xxxxxxxxxx-xxxxx:53/TCP
      - shop/client -> kube-system/coredns-xxxxxxxxxx-xxxxx:9153/TCP
      - shop/client -> kube-system/coredns-xxxxxxxxxx-xxxxx:8080/TCP
      - shop/client -> kube-system/coredns-xxxxxxxxxx-xxxxx:8181/TCP
      - shop/client -> kube-system/coredns-xxxxxxxxxx-xxxxx:53/UDP
      - shop/client -> kube-system/coredns-xxxxxxxxxx-xxxxx:53/TCP
      - shop/client -> kube-system/coredns-xxxxxxxxxx-xxxxx:9153/TCP
      - shop/client -> kube-system/coredns-xxxxxxxxxx-xxxxx:8080/TCP
      - shop/client -> kube-system/coredns-xxxxxxxxxx-xxxxx:8181/TCP
      - kube-system/calico-kube-controllers-xxxxxxxxxx-xxxxx -> shop/web:80/TCP
      - kube-system/coredns-xxxxxxxxxx-xxxxx -> shop/web:80/TCP
      - kube-system/coredns-xxxxxxxxxx-xxxxx -> shop/web:80/TCP
      - ops/client -> shop/web:80/TCP
      - shop/client -> shop/web:80/TCP
      - node controlplane (6 hostNetwork pods) -> shop/web:80/TCP
      - node node02 (2 hostNetwork pods) -> shop/web:80/TCP

      0 flows open, 17 close.
      [1]"
    `);
    const script = `${WEB} kubectl apply -f web.yaml >/dev/null; kubectl reach diff web.yaml; echo $?
      sed 's/role: client/app: client/' web.yaml | kubectl reach diff -`;
    expect(await bed.run(script)).toMatchInlineSnapshot(`
      "0
      --- now
      +++ with STDIN
      + shop/client -> shop/web:80/TCP

      1 flow opens, 0 close.
      [1]"
    `);
  });

  test("falls back to flows of pods that could exist", async () => {
    const script = `${WEB} kubectl apply -f web.yaml >/dev/null; sed 's/role: client/role: other/' web.yaml | kubectl reach diff -`;
    expect(await bed.run(script)).toMatchInlineSnapshot(`
      "--- now
      +++ with STDIN
      - shop/(a pod with role=client) -> shop/web:80/TCP
      + shop/(a pod with role=other) -> shop/web:80/TCP
      - shop/(a pod with role=client) -> shop/(a pod with app=web):80/TCP
      + shop/(a pod with role=other) -> shop/(a pod with app=web):80/TCP

      No flow between existing pods changes; these are the smallest examples of others that do.
      [1]"
    `);
  });

  test("shows what a file's policies do to the pods that it makes, and what its labels do to those there are", async () => {
    expect(await bed.run(`${APP} kubectl reach diff app.yaml | grep -v kube-system`)).toMatchInlineSnapshot(`
      "--- now
      +++ with app.yaml
      - ops/client -> team/api-*:80/TCP
      - shop/client -> team/api-*:80/TCP
      - shop/web -> team/api-*:80/TCP
      - node controlplane (6 hostNetwork pods) -> team/api-*:80/TCP
      - node node01 (2 hostNetwork pods) -> team/api-*:80/TCP
      - node node02 (2 hostNetwork pods) -> team/api-*:80/TCP

      0 flows open, 9 close.
      [0]"
    `);
    const policy = `kubectl apply -f - >/dev/null <<X
{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "friends"},
 "spec": {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{"from": [{"podSelector": {"matchLabels": {"friend": "yes"}}},
  {"namespaceSelector": {"matchLabels": {"color": "red"}}}]}]}}
X
`;
    const pod = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "client", "labels": {"friend": "yes"}}, "spec": {"containers": []}}`;
    const namespace = `{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ops", "labels": {"color": "red"}}}`;
    expect(
      await bed.run(`${policy} echo '${pod}' | kubectl reach diff -; echo '${namespace}' | kubectl reach diff -`),
    ).toMatchInlineSnapshot(`
      "--- now
      +++ with STDIN
      + shop/client -> shop/web:80/TCP

      1 flow opens, 0 close.
      --- now
      +++ with STDIN
      + ops/client -> shop/web:80/TCP

      1 flow opens, 0 close.
      [1]"
    `);
  });

  test("changes nothing", async () => {
    expect(
      await bed.run(`${WEB} kubectl reach diff web.yaml >/dev/null; kubectl get networkpolicy`),
    ).toMatchInlineSnapshot(`
      "No resources found in shop namespace.
      [0]"
    `);
  });
});

test.each([
  ["kubectl reach foo"],
  ["kubectl reach diff"],
  ["kubectl reach --port x"],
  ["kubectl reach --port 80/ICMP"],
  ["kubectl reach -o yaml"],
  ["kubectl reach --lint a b"],
  ["kubectl reach --as bob"],
])("`%s` is refused", async (command) => {
  expect(await bed.run(command)).toMatchSnapshot();
});

test("tables are coloured on a terminal only", async () => {
  const result = await bed.world.runCommand("kubectl reach --port 80", {
    tty: { columns: 80, rows: 24 },
    env: { TERM: "xterm" },
  });
  expect(result.stdout).toContain("\x1b[32m✓\x1b[0m");
  expect(await bed.run("kubectl reach --port 80")).not.toContain("\x1b");
});
