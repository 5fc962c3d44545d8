import { defineKind } from "./define.ts";

export const role = defineKind({
  group: "rbac.authorization.k8s.io",
  kind: "Role",
  plural: "roles",
});

export const clusterRole = defineKind({
  group: "rbac.authorization.k8s.io",
  kind: "ClusterRole",
  plural: "clusterroles",
  isNamespaced: false,
});
