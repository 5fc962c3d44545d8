/** `kubectl reach` in a whole world: matrix, lint, difference. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createPluginBed, type PluginBed } from "../kubectl-why/testing/plugin-bed.ts";

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

describe("the matrix", () => {
  test("has a table for each declared port", async () => {
    expect(await bed.run(`${WEB} kubectl apply -f web.yaml; kubectl reach`)).toMatchInlineSnapshot(`
      "Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      [2]"
    `);
  });

  test("names the side that closes a way with -o wide, of chosen pods and port", async () => {
    const script = `${WEB} kubectl apply -f web.yaml >/dev/null
      kubectl reach --from app=client --to app=web --port 53/UDP -o wide`;
    expect(await bed.run(script)).toMatchInlineSnapshot(`
      "Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      [2]"
    `);
  });

  test("covers all namespaces with -A, hostNetwork pods as their nodes", async () => {
    expect(await bed.run("kubectl reach -A --to app=client --port 80")).toMatchInlineSnapshot(`
      "Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      [2]"
    `);
  });

  test("is data as CSV and JSON", async () => {
    await bed.run(`${WEB} kubectl apply -f web.yaml`);
    expect(await bed.run("kubectl reach -o csv")).toMatchInlineSnapshot(`
      "Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      [2]"
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
      "Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      [2]"
    `);
    await bed.run("kubectl delete deployment front; kubectl wait --for=delete pod -l app=front --timeout=90s");
  });

  test("shows nothing where there are no pods", async () => {
    expect(await bed.run("kubectl reach -n default; kubectl reach --from x=y")).toMatchInlineSnapshot(`
      "Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      [2]"
    `);
  });
});

describe("--lint", () => {
  test("names findings of the cluster with line and proof", async () => {
    expect(await bed.run(`${WEB} kubectl apply -f web.yaml >/dev/null; kubectl reach --lint`)).toMatchInlineSnapshot(`
      "Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      [2]"
    `);
  });

  test("checks a file as if it were applied, and standard input", async () => {
    expect(
      await bed.run(
        `${WEB} kubectl reach --lint web.yaml | head -2; kubectl reach --lint - < web.yaml | head -2; kubectl reach --lint`,
      ),
    ).toMatchInlineSnapshot(`
      "Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      [2]"
    `);
  });

  test("refuses what apply would refuse", async () => {
    expect(
      await bed.run(`${WEB} sed 's/port: 80/port: 80000/' web.yaml | kubectl reach --lint -`),
    ).toMatchInlineSnapshot(`
      "Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
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
      "Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      [2]"
    `);
    const script = `${WEB} kubectl apply -f web.yaml >/dev/null; kubectl reach diff web.yaml; echo $?
      sed 's/role: client/app: client/' web.yaml | kubectl reach diff -`;
    expect(await bed.run(script)).toMatchInlineSnapshot(`
      "2
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      [2]"
    `);
  });

  test("falls back to flows of pods that could exist", async () => {
    const script = `${WEB} kubectl apply -f web.yaml >/dev/null; sed 's/role: client/role: other/' web.yaml | kubectl reach diff -`;
    expect(await bed.run(script)).toMatchInlineSnapshot(`
      "Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      [2]"
    `);
  });

  test("changes nothing", async () => {
    expect(
      await bed.run(`${WEB} kubectl reach diff web.yaml >/dev/null; kubectl get networkpolicy`),
    ).toMatchInlineSnapshot(`
      "Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      Error from server (InternalError): an error on the server ("Internal Server Error") has prevented the request from succeeding
      [1]"
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
