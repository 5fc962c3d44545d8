/** `kubectl why` in a whole world: its texts, data and advice. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createPluginBed, type PluginBed } from "../../world/testing/plugin-bed.ts";

let bed: PluginBed;
beforeAll(async () => {
  bed = await createPluginBed();
});
afterEach(() => bed.clear());
afterAll(() => bed.world.stop());

const policy = (name: string, spec: string, namespace = "shop") => `cat > ${name}.yaml <<X
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
${spec}
X
kubectl apply -f ${name}.yaml >/dev/null
`;

const FIELDS = `cat > fields.json <<X
{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "fields", "namespace": "shop"},
 "spec": {"podSelector": {"matchLabels": {"app": "web"}},
  "ingress": [
   {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "x"}}}]},
   {"from": [{"podSelector": {"matchLabels": {"role": "client"}}, "namespaceSelector": {}}]},
   {"from": [{"namespaceSelector": {}}],
    "ports": [{"port": 8080}]},
   {"from": [{"namespaceSelector": {}}], "ports": [
      {"port": 80, "protocol": "UDP"}]},
   {"from": [{"ipBlock": {"cidr": "192.168.0.0/16"}}]},
   {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": [
      "10.244.0.0/16"]}}]},
   {"from": [{"podSelector": {}}]}
  ]}}
X
kubectl apply -f fields.json >/dev/null
`;

describe("kubectl why", () => {
  test("says that nothing has failed yet", async () => {
    expect(await bed.run("kubectl why")).toMatchInlineSnapshot(`
      "No connection of this terminal has failed.
      Ask about any other: kubectl why SOURCE DESTINATION[:PORT]
      [0]"
    `);
  });

  test("shows an open way in order", async () => {
    expect(await bed.run("kubectl why client svc/web")).toMatchInlineSnapshot(`
      "OPEN: shop/client -> svc shop/web:8080 TCP.

      ✓ name        web.shop.svc.cluster.local is 10.96.0.80
      ✓ service     shop/web port 8080 -> POD-IP:80
      ✓ endpoint    POD-IP:80 is shop/web
      ✓ egress      pod shop/client: no policy isolates it for egress
      ✓ ingress     pod shop/web: no policy isolates it for ingress
      ✓ listener    shop/web listens on port 80
      [0]"
    `);
  });

  test("names the first field that failed of each rule, by the line it was written in", async () => {
    expect(await bed.run(`${FIELDS} kubectl why ops/client web.shop:8080`)).toMatchInlineSnapshot(`
      "CLOSED: ops/client -> svc shop/web:8080 TCP: ingress of pod shop/web is denied (policy shop/fields isolates it, no rule allows this), the packet is dropped.

      ✓ name        web.shop.svc.cluster.local is 10.96.0.80
      ✓ service     shop/web port 8080 -> POD-IP:80
      ✓ endpoint    POD-IP:80 is shop/web
      ✓ egress      pod ops/client: no policy isolates it for egress
      ✗ ingress     pod shop/web: isolated by 1 policy, no rule allows this  <- decides
                    policy shop/fields  fields.json:2
                      ingress[0] fails at the namespace label: wants kubernetes.io/metadata.name=x, found namespace ops has kubernetes.io/metadata.name=ops
                        fields.json:4  spec.ingress[0].from[0].namespaceSelector.matchLabels.kubernetes.io/metadata.name
                      ingress[1] fails at the pod label: wants role=client, found pod ops/client has no label role
                        fields.json:5  spec.ingress[1].from[0].podSelector.matchLabels.role
                      ingress[2] fails at the port: wants 8080, found 80
                        fields.json:7  spec.ingress[2].ports[0].port
                      ingress[3] fails at the protocol: wants UDP, found TCP
                        fields.json:9  spec.ingress[3].ports[0].protocol
                      ingress[4] fails at the CIDR: wants 192.168.0.0/16, found POD-IP
                        fields.json:10  spec.ingress[4].from[0].ipBlock.cidr
                      ingress[5] fails at the except: wants not 10.244.0.0/16, found POD-IP
                        fields.json:12  spec.ingress[5].from[0].ipBlock.except[0]
                      ingress[6] fails at the namespace: wants namespace shop, found namespace ops
                        fields.json:13  spec.ingress[6].from[0].podSelector
      · listener    shop/web listens on port 80

      Advice:
      - The Service port is 8080, the pod listens on 80: policies see 80.
        fields.json:7  spec.ingress[2].ports[0].port
      [1]"
    `);
  });

  test("shows every peer of a rule with -o wide", async () => {
    const from =
      "  podSelector: {}\n  ingress:\n  - from:\n    - podSelector: {matchLabels: {role: x}}\n    - ipBlock: {cidr: 192.168.0.0/16}";
    expect(await bed.run(`${policy("web", from)} kubectl why client web -o wide`)).toMatchInlineSnapshot(`
      "CLOSED: shop/client -> shop/web:80 TCP: ingress of pod shop/web is denied (policy shop/web isolates it, no rule allows this), the packet is dropped.

      ✓ egress      pod shop/client: no policy isolates it for egress
      ✗ ingress     pod shop/web: isolated by 1 policy, no rule allows this  <- decides
                    policy shop/web  web.yaml:7
                      ingress[0] fails at the pod label: wants role=x, found pod shop/client has no label role
                        web.yaml:10  spec.ingress[0].from[0].podSelector.matchLabels.role
                                 fails at the CIDR: wants 192.168.0.0/16, found POD-IP
                        web.yaml:11  spec.ingress[0].from[1].ipBlock.cidr
      · listener    shop/web listens on port 80
      [1]"
    `);
  });

  test("explains the last connection that failed, and says when it is open by now", async () => {
    const deny = policy("deny", "  podSelector: {}");
    const script = `${deny} kubectl exec client -- wget -T 2 -qO- http://web:8080; kubectl why
      kubectl delete -f deny.yaml; kubectl why`;
    expect(await bed.run(script)).toMatchInlineSnapshot(`
      "Last failed connection: shop/client -> web (10.96.0.80:8080) TCP timed out 2s ago
      CLOSED: shop/client -> web (10.96.0.80:8080) TCP: ingress of pod shop/web is denied (policy shop/deny isolates it, no rule allows this), the packet is dropped.

      ✓ name        web is 10.96.0.80
      ✓ service     shop/web port 8080 -> POD-IP:80
      ✓ endpoint    POD-IP:80 is shop/web
      ✓ egress      pod shop/client: no policy isolates it for egress
      ✗ ingress     pod shop/web: isolated by 1 policy, no rule allows this  <- decides
                    policy shop/deny  deny.yaml:7
                      it has no ingress rules: it allows nothing
      · listener    shop/web listens on port 80
      networkpolicy.networking.k8s.io "deny" deleted from shop namespace
      Last failed connection: shop/client -> web (10.96.0.80:8080) TCP timed out 2s ago; by the policies of now it is open
      OPEN: shop/client -> web (10.96.0.80:8080) TCP.

      ✓ name        web is 10.96.0.80
      ✓ service     shop/web port 8080 -> POD-IP:80
      ✓ endpoint    POD-IP:80 is shop/web
      ✓ egress      pod shop/client: no policy isolates it for egress
      ✓ ingress     pod shop/web: no policy isolates it for ingress
      ✓ listener    shop/web listens on port 80
      wget: download timed out
      command terminated with exit code 1
      [0]"
    `);
  });

  test("puts a name that cannot be resolved first, and looks ahead", async () => {
    const spec = "  podSelector: {}\n  policyTypes: [Egress]";
    expect(await bed.run(`${policy("out", spec)} kubectl why svc/web --from pod/client`)).toMatchInlineSnapshot(`
      "CLOSED: shop/client -> svc shop/web:8080 TCP: the name cannot be resolved, egress of pod shop/client is denied (policy shop/out isolates it, no rule allows this), the packet is dropped.

      ✗ name        web.shop.svc.cluster.local is asked for at the cluster DNS: egress of pod shop/client is denied (policy shop/out isolates it, no rule allows this), the packet is dropped  <- decides
                    policy shop/out  out.yaml:7
                      it has no egress rules: it allows nothing
      · service     shop/web port 8080 -> POD-IP:80
      · endpoint    POD-IP:80 is shop/web
      ! egress      pod shop/client: isolated by 1 policy, no rule allows this  (would stop it next)
                    policy shop/out  out.yaml:7
                      it has no egress rules: it allows nothing
      · ingress     pod shop/web: no policy isolates it for ingress
      · listener    shop/web listens on port 80

      Advice:
      - Names cannot be resolved: shop/client may not send to the cluster DNS. Allow egress to the pods k8s-app=kube-dns in kube-system on port 53, UDP and TCP.
      [1]"
    `);
  });

  test("tells refusals from policies", async () => {
    expect(
      await bed.run("kubectl why client web:81; kubectl why client svc/none; kubectl why client svc/bare"),
    ).toMatchInlineSnapshot(`
      "CLOSED: shop/client -> shop/web:81 TCP: nobody listens on port 81 of shop/web, the connection is refused; no policy stops it.

      ✓ egress      pod shop/client: no policy isolates it for egress
      ✓ ingress     pod shop/web: no policy isolates it for ingress
      ✗ listener    shop/web does not listen on port 81  <- decides

      Advice:
      - A refusal is not the work of a policy: nothing listens on port 81/TCP of shop/web.
      CLOSED: shop/client -> svc shop/none:80 TCP: Service shop/none has no ready endpoint, the connection is refused.

      ✓ name        none.shop.svc.cluster.local is 10.96.0.81
      ✗ service     shop/none port 80 -> no ready endpoint  <- decides

      Advice:
      - Service shop/none has no ready endpoints: compare its selector with the pods' labels, and see whether the pods are ready.
      CLOSED: shop/client -> svc shop/bare:8080 TCP: nobody listens on port 8080 of shop/web, the connection is refused; no policy stops it.

      ✓ name        bare.shop.svc.cluster.local is POD-IP
      ✓ egress      pod shop/client: no policy isolates it for egress
      ✓ ingress     pod shop/web: no policy isolates it for ingress
      ✗ listener    shop/web does not listen on port 8080  <- decides

      Advice:
      - A refusal is not the work of a policy: nothing listens on port 8080/TCP of shop/web.
      - Service shop/bare is headless: nothing translates port 8080; the pods listen on 80.
      [1]"
    `);
  });

  test("gives the places of stored fields where no file holds the policy", async () => {
    const deny = policy("deny", "  podSelector: {}\n  ingress:\n  - from: [{podSelector: {matchLabels: {a: b}}}]");
    expect(
      await bed.run(`${deny} sed -i 's/a: b/a: c/' deny.yaml; kubectl why client web | tail -6`),
    ).toMatchInlineSnapshot(`
      "✓ egress      pod shop/client: no policy isolates it for egress
      ✗ ingress     pod shop/web: isolated by 1 policy, no rule allows this  <- decides
                    policy shop/deny
                      ingress[0] fails at the pod label: wants a=b, found pod shop/client has no label a
                        networkpolicy shop/deny: spec.ingress[0].from[0].podSelector.matchLabels.a
      · listener    shop/web listens on port 80
      [0]"
    `);
  });

  test("finds the policy at home and as a member of a List", async () => {
    const script = `cat > ~/list.yaml <<X
apiVersion: v1
kind: List
items:
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata: {name: deny}
  spec:
    podSelector: {}
    policyTypes:
    - Ingress
X
mkdir -p sub; cd sub; kubectl apply -f ~/list.yaml; kubectl why client web | grep policy; rm ~/list.yaml`;
    expect(await bed.run(script)).toMatchInlineSnapshot(`
      "networkpolicy.networking.k8s.io/deny created
      CLOSED: shop/client -> shop/web:80 TCP: ingress of pod shop/web is denied (policy shop/deny isolates it, no rule allows this), the packet is dropped.
      ✓ egress      pod shop/client: no policy isolates it for egress
      ✗ ingress     pod shop/web: isolated by 1 policy, no rule allows this  <- decides
                    policy shop/deny  ~/list.yaml:8
      [0]"
    `);
  });

  test("answers as data", async () => {
    const spec = "  podSelector: {}\n  ingress:\n  - ports:\n    - port: 8080";
    const script = `${policy("web", spec)} kubectl why client svc/web -o json`;
    const output = await bed.run(script);
    expect(JSON.parse(output.replace(/\[\d\]$/, ""))).toMatchInlineSnapshot(`
      {
        "advice": [
          {
            "id": "service-port-in-policy",
            "line": "web.yaml:10",
            "path": "spec.ingress[0].ports[0].port",
            "policy": "shop/web",
            "text": "The Service port is 8080, the pod listens on 80: policies see 80.",
          },
        ],
        "destination": "svc shop/web:8080",
        "flow": {
          "destination": "pod:shop/web",
          "destinationAddress": "POD-IP",
          "destinationPort": 80,
          "outcome": "dropped",
          "requestedAddress": "10.96.0.80",
          "requestedName": "web.shop.svc.cluster.local",
          "requestedPort": 8080,
          "sourceAddress": "POD-IP",
        },
        "kind": "Explanation",
        "open": false,
        "path": [
          {
            "at": "name",
            "decides": false,
            "mark": "passed",
            "text": "web.shop.svc.cluster.local is 10.96.0.80",
          },
          {
            "at": "service",
            "decides": false,
            "mark": "passed",
            "text": "shop/web port 8080 -> POD-IP:80",
          },
          {
            "at": "endpoint",
            "decides": false,
            "mark": "passed",
            "text": "POD-IP:80 is shop/web",
          },
          {
            "at": "egress",
            "decides": false,
            "mark": "passed",
            "side": {
              "allowed": true,
              "direction": "egress",
              "end": "shop/client",
              "isolated": false,
              "policies": [],
            },
            "text": "pod shop/client: no policy isolates it for egress",
          },
          {
            "at": "ingress",
            "decides": true,
            "mark": "stopped",
            "side": {
              "allowed": false,
              "direction": "ingress",
              "end": "shop/web",
              "isolated": true,
              "policies": [
                {
                  "line": "web.yaml:7",
                  "policy": "shop/web",
                  "rules": [
                    {
                      "action": "Allow",
                      "failure": {
                        "field": "port",
                        "found": "80",
                        "line": "web.yaml:10",
                        "path": "spec.ingress[0].ports[0].port",
                        "wanted": "8080",
                      },
                      "index": 0,
                      "line": "web.yaml:9",
                      "matches": false,
                      "path": "spec.ingress[0]",
                      "peers": null,
                      "ports": [
                        {
                          "failure": {
                            "field": "port",
                            "found": "80",
                            "line": "web.yaml:10",
                            "path": "spec.ingress[0].ports[0].port",
                            "wanted": "8080",
                          },
                          "line": "web.yaml:10",
                          "path": "spec.ingress[0].ports[0]",
                        },
                      ],
                      "tried": true,
                    },
                  ],
                  "tier": "NetworkPolicy",
                },
              ],
            },
            "text": "pod shop/web: isolated by 1 policy, no rule allows this",
          },
          {
            "at": "listener",
            "decides": false,
            "mark": "not-reached",
            "text": "shop/web listens on port 80",
          },
        ],
        "protocol": "TCP",
        "source": "shop/client",
        "verdict": "CLOSED: shop/client -> svc shop/web:8080 TCP: ingress of pod shop/web is denied (policy shop/web isolates it, no rule allows this), the packet is dropped.",
      }
    `);
    expect(await bed.run("kubectl why client svc/web -o yaml | head -7")).toMatchInlineSnapshot(`
      "advice:
      - id: service-port-in-policy
        line: web.yaml:10
        path: spec.ingress[0].ports[0].port
        policy: shop/web
        text: 'The Service port is 8080, the pod listens on 80: policies see 80.'
      destination: svc shop/web:8080
      [0]"
    `);
  });
});

describe("a Service with several endpoints", () => {
  test("is closed when one of them is, and each is shown", async () => {
    const second = `kubectl run web2 --image=nginx:1.27 -l app=web,tier=old --port=80 >/dev/null; kubectl wait --for=condition=Ready pod web2 >/dev/null
`;
    const spec = "  podSelector: {matchLabels: {tier: old}}";
    expect(await bed.run(`${second}${policy("old", spec)} kubectl why client svc/web`)).toMatchInlineSnapshot(`
      "CLOSED: shop/client -> svc shop/web:8080 TCP (1 of 2 endpoints): ingress of pod shop/web2 is denied (policy shop/old isolates it, no rule allows this), the packet is dropped.

      ✓ name        web.shop.svc.cluster.local is 10.96.0.80
      ✓ service     shop/web port 8080 -> POD-IP:80
      ✓ endpoint    POD-IP:80 is shop/web2
      ✓ egress      pod shop/client: no policy isolates it for egress
      ✗ ingress     pod shop/web2: isolated by 1 policy, no rule allows this  <- decides
                    policy shop/old  old.yaml:7
                      it has no ingress rules: it allows nothing
      · listener    shop/web2 listens on port 80

      Other endpoints:
      ✓ open    POD-IP:80 (shop/web)
      [1]"
    `);
    await bed.run("kubectl delete pod web2 --force");
  });

  test("a recorded failure is explained at the endpoint that failed", async () => {
    const second =
      "kubectl run web3 --image=nginx:1.27 -l app=web,tier=old --port=80; kubectl wait --for=condition=Ready pod web3";
    await bed.run(`${second}\n${policy("old", "  podSelector: {matchLabels: {tier: old}}")}`);
    const tries =
      "for i in 1 2 3 4 5 6 7 8; do kubectl exec client -- wget -T 1 -qO /dev/null http://web:8080 || break; done 2>/dev/null";
    expect(await bed.run(`${tries}; kubectl why | grep -e CLOSED -e decides`)).toMatchInlineSnapshot(`
      "CLOSED: shop/client -> web (10.96.0.80:8080) TCP (1 of 2 endpoints): ingress of pod shop/web3 is denied (policy shop/old isolates it, no rule allows this), the packet is dropped.
      ✗ ingress     pod shop/web3: isolated by 1 policy, no rule allows this  <- decides
      [0]"
    `);
    await bed.run("kubectl delete pod web3 --force");
  });
});

describe("advice", () => {
  const adviceOf = async (script: string) => (await bed.run(script)).split("Advice:\n")[1];

  test("on a label that sits on the namespace", async () => {
    const spec =
      "  podSelector: {}\n  ingress:\n  - from:\n    - namespaceSelector: {}\n      podSelector: {matchLabels: {team: ops}}";
    expect(await adviceOf(`${policy("web", spec)} kubectl why ops/client web`)).toMatchInlineSnapshot(`
      "- The label team=ops sits on namespace ops, not on its pods: podSelector sees the labels of pods only.
        web.yaml:11  spec.ingress[0].from[0].podSelector.matchLabels.team
      [1]"
    `);
  });

  test("on a label that sits on the Deployment, of a peer and of the policy's own selector", async () => {
    const peer = "  podSelector: {}\n  ingress:\n  - from:\n    - podSelector: {matchLabels: {tier: ui}}";
    const script = `kubectl create deployment front --image=busybox:1.36 -- sleep 3600; kubectl label deployment front tier=ui
      kubectl rollout status deployment front`;
    await bed.run(script);
    expect(await adviceOf(`${policy("web", peer)} kubectl why deploy/front web`)).toMatchInlineSnapshot(`
      "- The label tier=ui sits on Deployment shop/front itself; policies see the labels of its pods (spec.template.metadata.labels).
        web.yaml:10  spec.ingress[0].from[0].podSelector.matchLabels.tier
      [1]"
    `);
    await bed.run("kubectl delete networkpolicy web");
    const own = "  podSelector: {matchLabels: {tier: ui}}";
    expect(await adviceOf(`${policy("ui", own)} kubectl why deploy/front web`)).toMatchInlineSnapshot(`
      "- Policy shop/ui selects no pod. The label tier=ui sits on Deployment shop/front itself; policies see the labels of its pods (spec.template.metadata.labels).
        ui.yaml:7  spec.podSelector.matchLabels.tier
      [0]"
    `);
    await bed.run("kubectl delete deployment front; kubectl wait --for=delete pod -l app=front --timeout=90s");
  });

  test("on a policy that lies in another namespace", async () => {
    const allow = "  podSelector: {matchLabels: {app: web}}\n  ingress: [{}]";
    const script = `${policy("deny", "  podSelector: {}")} ${policy("allow", allow, "ops")} kubectl why client web`;
    expect(await adviceOf(script)).toMatchInlineSnapshot(`
      "- Policy ops/allow would allow this, but a policy selects pods of its own namespace only, and pod shop/web is in shop.
        allow.yaml:5  metadata.namespace
      [1]"
    `);
  });

  test("is not given where the failure has other readings", async () => {
    const spec =
      "  podSelector: {}\n  ingress:\n  - from:\n    - podSelector: {matchLabels: {role: x}}\n    ports: [{port: 9}]";
    expect(await adviceOf(`${policy("web", spec)} kubectl why client svc/web`)).toBeUndefined();
  });
});

describe("wrong use and missing rights", () => {
  test.each([
    ["kubectl why client"],
    ["kubectl why a b c"],
    ["kubectl why client web --from x"],
    ["kubectl why client 1.2.3.4"],
    ["kubectl why client web:99999"],
    ["kubectl why client web --protocol IGMP"],
    ["kubectl why client web -o table"],
    ["kubectl why --nope"],
    ["kubectl why nobody svc/web"],
    ["kubectl why client svc/web --as bob"],
    ["kubectl why client svc/web -s http://127.0.0.1:1"],
  ])("`%s`", async (command) => {
    expect(await bed.run(command)).toMatchSnapshot();
  });

  test("--help tells the usage", async () => {
    expect(await bed.run("kubectl why --help | grep -A1 ^Usage")).toMatchInlineSnapshot(`
      "Usage:
        kubectl why [SOURCE DESTINATION[:PORT] | DESTINATION[:PORT] --from=SOURCE] [--protocol=PROTOCOL] [options]
      [0]"
    `);
  });

  test("containers do not have the plugins", async () => {
    expect(
      await bed.run("kubectl exec client -- busybox kubectl-why; kubectl exec client -- ls /bin/kubectl-why"),
    ).toMatchInlineSnapshot(`
      "kubectl-why: applet not found
      command terminated with exit code 127
      ls: /bin/kubectl-why: No such file or directory
      command terminated with exit code 1
      [1]"
    `);
  });
});

test("a plugin that does not enforce policies is named", async () => {
  const flat = await createPluginBed({ plugin: "flannel" });
  expect(await flat.run(`${policy("deny", "  podSelector: {}")} kubectl why client web`)).toMatchInlineSnapshot(`
    "OPEN: shop/client -> shop/web:80 TCP.

    ✓ egress      pod shop/client: this network plugin does not filter it
    ✓ ingress     pod shop/web: this network plugin does not filter it
    ✓ listener    shop/web listens on port 80

    Advice:
    - The network plugin of this cluster does not enforce NetworkPolicies: they are stored and have no effect.
    [0]"
  `);
  flat.world.stop();
});

test("lines fit the terminal, and stay whole in a pipe", async () => {
  const lines = async (command: string): Promise<number[]> => {
    const { stdout } = await bed.world.runCommand(command, { tty: { columns: 110, rows: 24 }, env: { NO_COLOR: "1" } });
    return stdout.split("\r\n").map((line) => line.length);
  };
  const command = `cd ~/lab; ${FIELDS} kubectl why ops/client web.shop:8080`;
  expect(Math.max(...(await lines(command)))).toBeLessThanOrEqual(110);
  expect(Math.max(...(await lines(`${command} | cat`)))).toBeGreaterThan(120);
});
