/** `kubectl create rolebinding` and `create clusterrolebinding`. */
import type { Kubectl } from "../../context.ts";
import { KubectlError } from "../../errors.ts";
import { createGenerated, nameArgument } from "../create.ts";
import type { Verb } from "../verb.ts";

const RBAC = "rbac.authorization.k8s.io";

export const createRoleBinding: Verb = {
  words: "create rolebinding",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    const role = kubectl.flags.string("role");
    const clusterRole = kubectl.flags.string("clusterrole");
    if ((role === "") === (clusterRole === ""))
      throw new KubectlError("exactly one of clusterrole or role must be specified");
    const roleRef = { apiGroup: RBAC, kind: role === "" ? "ClusterRole" : "Role", name: role || clusterRole };
    return create(kubectl, "RoleBinding", name, roleRef);
  },
};

export const createClusterRoleBinding: Verb = {
  words: "create clusterrolebinding",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    return create(kubectl, "ClusterRoleBinding", name, {
      apiGroup: RBAC,
      kind: "ClusterRole",
      name: kubectl.flags.string("clusterrole"),
    });
  },
};

function create(
  kubectl: Kubectl,
  kind: "RoleBinding" | "ClusterRoleBinding",
  name: string,
  roleRef: Readonly<Record<string, string>>,
): Promise<number> {
  const subjects = subjectsOf(kubectl);
  const plural = `${kind.toLowerCase()}s`;
  return createGenerated(kubectl, {
    group: RBAC,
    version: "v1",
    kind,
    plural,
    isNamespaced: kind === "RoleBinding",
    failurePrefix: `failed to create ${kind.toLowerCase()}`,
    object: {
      kind,
      apiVersion: `${RBAC}/v1`,
      metadata: { name },
      ...(subjects.length > 0 ? { subjects } : {}),
      roleRef,
    },
  });
}

/** Users, groups and service accounts of the flags, in this order. */
export function subjectsOf(kubectl: Kubectl): readonly Readonly<Record<string, string>>[] {
  const { flags } = kubectl;
  const rbac = (kind: string) => (name: string) => ({ kind, apiGroup: RBAC, name });
  return [
    ...flags.list("user").map(rbac("User")),
    ...flags.list("group").map(rbac("Group")),
    ...flags.list("serviceaccount").map((text) => {
      const [namespace = "", name = "", ...more] = text.split(":");
      if (name === "" || namespace === "" || more.length > 0)
        throw new KubectlError("serviceaccount must be <namespace>:<name>");
      return { kind: "ServiceAccount", name, namespace };
    }),
  ];
}
