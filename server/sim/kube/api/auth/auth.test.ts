import { beforeEach, describe, expect, it } from "vitest";
import { createTestServer, type TestServer } from "../../testing/test-server.ts";
import { bootstrapObjects } from "../bootstrap.ts";
import { createApiServer } from "../server.ts";
import { callerOf, ManualClock, seededRandom } from "../../testing/test-server.ts";

const clock = new ManualClock();
const boot = createApiServer({ clock, random: seededRandom() });
bootstrapObjects({ client: boot.client, advertiseAddress: "172.30.1.2" });
const image = boot.store.image();

const RBAC = "rbac.authorization.k8s.io";
const PODS = "/api/v1/namespaces/dev/pods";
const BOT = "system:serviceaccount:dev:bot";

function start() {
  const parts = createApiServer({ clock, random: seededRandom(2) });
  parts.store.reset(image);
  const { client } = parts;
  client.create("namespaces", { metadata: { name: "dev" } });
  client.create("serviceaccounts", { metadata: { name: "bot", namespace: "dev" } });
  client.create(`roles.${RBAC}`, {
    metadata: { name: "reader", namespace: "dev" },
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }],
  });
  client.create(`rolebindings.${RBAC}`, {
    metadata: { name: "reader", namespace: "dev" },
    roleRef: { apiGroup: RBAC, kind: "Role", name: "reader" },
    subjects: [{ kind: "ServiceAccount", name: "bot", namespace: "dev" }],
  });
  return { ...parts, call: callerOf(parts.server) };
}

const as = (name: string) => ({ headers: { "impersonate-user": name } });

describe("authorization", () => {
  let server: ReturnType<typeof start>;
  beforeEach(() => {
    server = start();
  });

  it("lets a ServiceAccount do what its role says, and no more", async () => {
    expect((await server.call("GET", PODS, as(BOT))).status).toBe(200);
    const everywhere = await server.call("GET", "/api/v1/pods", as(BOT));
    expect(everywhere.json.message).toBe(
      `pods is forbidden: User "${BOT}" cannot list resource "pods" in API group "" at the cluster scope`,
    );
    const removal = await server.call("DELETE", `${PODS}/p`, as(BOT));
    expect(removal.json).toMatchObject({
      message: `pods "p" is forbidden: User "${BOT}" cannot delete resource "pods" in API group "" in the namespace "dev"`,
      reason: "Forbidden",
      details: { name: "p", kind: "pods" },
    });
  });

  it("names the subresource and the group it refuses", async () => {
    const exec = await server.call("POST", `${PODS}/p/exec`, as(BOT));
    expect(exec.json.message).toContain('cannot create resource "pods/exec" in API group ""');
    const deployments = await server.call("GET", "/apis/apps/v1/namespaces/dev/deployments", as(BOT));
    expect(deployments.json.message).toBe(
      `deployments.apps is forbidden: User "${BOT}" cannot list resource "deployments" in API group "apps" in the namespace "dev"`,
    );
  });

  it("lets anybody see the version, and nobody unknown the pods", async () => {
    expect((await server.call("GET", "/version", { user: null })).status).toBe(200);
    const refused = await server.call("GET", "/metrics", { user: null });
    expect(refused.json.message).toBe('forbidden: User "system:anonymous" cannot get path "/metrics"');
  });

  it("tells of a role that a binding names in vain", async () => {
    server.client.delete(`roles.${RBAC}`, "dev", "reader");
    const refused = await server.call("GET", PODS, as(BOT));
    expect(refused.json.message).toMatch(/: RBAC: role\.rbac\.authorization\.k8s\.io "reader" not found$/);
  });

  it("refuses impersonation without the right", async () => {
    const jane = { name: "jane", groups: ["system:authenticated"] };
    const refused = await server.call("GET", PODS, { ...as("root"), user: jane });
    expect(refused.json.message).toBe(
      'users "root" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
  });

  it("does not let users grant what they do not have", async () => {
    server.client.create(`clusterrolebindings.${RBAC}`, {
      metadata: { name: "jane-admin" },
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "admin" },
      subjects: [{ kind: "User", apiGroup: RBAC, name: "jane" }],
    });
    const role = (resources: string[]) => ({
      metadata: { name: "mine" },
      rules: [{ apiGroups: [""], resources, verbs: ["get", "delete"] }],
    });
    const url = `/apis/${RBAC}/v1/namespaces/dev/roles`;
    const refused = await server.call("POST", url, { body: role(["nodes"]), ...as("jane") });
    expect(refused.json.message).toBe(
      'roles.rbac.authorization.k8s.io "mine" is forbidden: user "jane" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes"], Verbs:["get" "delete"]}',
    );
    expect((await server.call("POST", url, { body: role(["pods"]), ...as("jane") })).status).toBe(201);
  });
});

describe("reviews", () => {
  const server = start();
  const review = (kind: string, group: string, spec: unknown, name?: string) =>
    server.call("POST", `/apis/${group}.k8s.io/v1/${kind.toLowerCase()}s`, {
      body: { apiVersion: `${group}.k8s.io/v1`, kind, ...(spec ? { spec } : {}) },
      ...(name ? as(name) : {}),
    });

  it("say who somebody is", async () => {
    const self = await review("SelfSubjectReview", "authentication", undefined, "jane");
    expect(self.json.status.userInfo).toEqual({ username: "jane", groups: ["system:authenticated"] });
  });

  it("say what somebody may do", async () => {
    const spec = { resourceAttributes: { verb: "get", resource: "pods", namespace: "dev" } };
    expect((await review("SelfSubjectAccessReview", "authorization", spec, BOT)).json.status).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "reader/dev" of Role "reader" to ServiceAccount "bot/dev"',
    });
    expect((await review("SelfSubjectAccessReview", "authorization", spec, "jane")).json.status).toEqual({
      allowed: false,
    });
  });

  it("list the rules that apply in a namespace", async () => {
    const rules = await review("SelfSubjectRulesReview", "authorization", { namespace: "dev" }, BOT);
    expect(rules.json.status.resourceRules).toContainEqual({
      verbs: ["get", "list", "watch"],
      apiGroups: [""],
      resources: ["pods"],
    });
    expect(rules.json.status.nonResourceRules.length).toBeGreaterThan(0);
  });
});

describe("a ServiceAccount's token", () => {
  const server = start();
  const create = (body: unknown = { spec: {} }) =>
    server.call("POST", "/api/v1/namespaces/dev/serviceaccounts/bot/token", { body });
  const withToken = (token: string) => ({ user: null, headers: { authorization: `Bearer ${token}` } });

  it("opens what the account may do", async () => {
    const { token } = (await create()).json.status;
    const claims = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    expect(claims.sub).toBe(BOT);
    expect(claims.exp - claims.iat).toBe(3600);
    expect((await server.call("GET", PODS, withToken(token))).status).toBe(200);
  });

  it("is worthless when forged or expired", async () => {
    const { token } = (await create()).json.status;
    expect((await server.call("GET", PODS, withToken(`${token.slice(0, -4)}AAAA`))).status).toBe(401);
    clock.advance(3_601_000);
    expect((await server.call("GET", PODS, withToken(token))).json.message).toBe("Unauthorized");
  });

  it("must last ten minutes at least", async () => {
    const refused = await create({ spec: { expirationSeconds: 60 } });
    expect(refused.json.message).toContain(
      "spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes",
    );
  });
});

it("a restored cluster accepts the tokens issued before", async () => {
  const before: TestServer = createTestServer();
  before.client.create("namespaces", { metadata: { name: "kube-system" } });
  const issued = await before.call("POST", "/api/v1/namespaces/default/serviceaccounts/default/token", { body: {} });
  const after = createApiServer({ clock: before.clock, random: seededRandom(9), store: before.store });
  const answer = await callerOf(after.server)("GET", "/version", {
    user: null,
    headers: { authorization: `Bearer ${issued.json.status.token}` },
  });
  expect(answer.status).not.toBe(401);
});
