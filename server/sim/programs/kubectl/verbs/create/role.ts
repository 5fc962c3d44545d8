/** `kubectl create role` and `create clusterrole`. */
import type { Kubectl } from "../../context.ts";
import { KubectlError } from "../../errors.ts";
import { createGenerated, nameArgument } from "../create.ts";
import type { Verb } from "../verb.ts";

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

const STANDARD_VERBS = new Set([
  "*",
  "get",
  "list",
  "watch",
  "create",
  "update",
  "patch",
  "delete",
  "deletecollection",
  "proxy",
  "use",
  "bind",
  "impersonate",
  "escalate",
  "approve",
  "sign",
]);

export const createRole: Verb = {
  words: "create role",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    const verbs = await verbsOf(kubectl);
    if (kubectl.flags.list("resource").length === 0) throw new KubectlError("at least one resource must be specified");
    return create(kubectl, "Role", name, { rules: await resourceRules(kubectl, verbs) });
  },
};

export const createClusterRole: Verb = {
  words: "create clusterrole",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    const { flags } = kubectl;
    const aggregation = flags.string("aggregation-rule");
    const urls = flags.list("non-resource-url");
    if (aggregation !== "") {
      if (urls.length > 0 || flags.list("resource").length > 0) {
        throw new KubectlError(
          "aggregation rule must be specified without nonResourceURLs, resources or resourceNames",
        );
      }
      const labels = Object.fromEntries(aggregation.split(",").map((pair) => pair.split("=") as [string, string]));
      return create(kubectl, "ClusterRole", name, {
        rules: null,
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: labels }] },
      });
    }
    const verbs = await verbsOf(kubectl);
    if (flags.list("resource").length === 0 && urls.length === 0) {
      throw new KubectlError("at least one resource or nonResourceURL must be specified");
    }
    const rules = [
      ...(flags.list("resource").length > 0 ? await resourceRules(kubectl, verbs) : []),
      ...(urls.length > 0 ? [{ verbs, nonResourceURLs: urls }] : []),
    ];
    return create(kubectl, "ClusterRole", name, { rules });
  },
};

function create(
  kubectl: Kubectl,
  kind: "Role" | "ClusterRole",
  name: string,
  body: Readonly<Record<string, unknown>>,
): Promise<number> {
  return createGenerated(kubectl, {
    group: "rbac.authorization.k8s.io",
    version: "v1",
    kind,
    plural: kind === "Role" ? "roles" : "clusterroles",
    isNamespaced: kind === "Role",
    object: { kind, apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name }, ...body },
  });
}

async function verbsOf(kubectl: Kubectl): Promise<readonly string[]> {
  const given = kubectl.flags.list("verb");
  const verbs = given.includes("*") ? ["*"] : [...new Set(given)];
  if (verbs.length === 0) throw new KubectlError("at least one verb must be specified");
  for (const verb of verbs) {
    if (!STANDARD_VERBS.has(verb)) await kubectl.err(`Warning: '${verb}' is not a standard resource verb\n`);
  }
  return verbs;
}

/** One rule for each API group, in the order the groups first appear. */
async function resourceRules(kubectl: Kubectl, verbs: readonly string[]): Promise<readonly Rule[]> {
  const byGroup = new Map<string, string[]>();
  const add = (group: string, resource: string) => byGroup.set(group, [...(byGroup.get(group) ?? []), resource]);
  for (const word of kubectl.flags.list("resource")) {
    const [resource = "", subresource] = word.split("/");
    if (resource === "*") {
      add("*", "*");
      continue;
    }
    const type = await kubectl.withDiscovery((discovery) => discovery.require(resource));
    add(type.group, subresource === undefined ? type.name : `${type.name}/${subresource}`);
  }
  const resourceNames = [...new Set(kubectl.flags.list("resource-name"))];
  return [...byGroup].map(([group, resources]) => ({
    verbs,
    apiGroups: [group],
    resources: [...new Set(resources)],
    ...(resourceNames.length > 0 ? { resourceNames } : {}),
  }));
}
