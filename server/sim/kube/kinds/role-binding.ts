import { defineKind } from "./define.ts";

export const roleBinding = defineKind({
  group: "rbac.authorization.k8s.io",
  kind: "RoleBinding",
  plural: "rolebindings",
});

export const clusterRoleBinding = defineKind({
  group: "rbac.authorization.k8s.io",
  kind: "ClusterRoleBinding",
  plural: "clusterrolebindings",
  isNamespaced: false,
});
