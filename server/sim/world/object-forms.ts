/** Short forms for the objects of a fresh cluster. */
import { stringify } from "yaml";
import type { ApiClient } from "../kube/api/types.ts";
import type { Pki } from "./pki.ts";
import type { WorldSettings } from "./settings.ts";

export interface ClusterObjectsInput {
  readonly client: ApiClient;
  readonly settings: WorldSettings;
  readonly pki: Pki;
  readonly nowMs: number;
}

export const RBAC = "rbac.authorization.k8s.io";
export const yaml = (value: unknown): string => stringify(value, { indentSeq: false, lineWidth: 0 });

export function configMap(
  client: ApiClient,
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
  metadata: Readonly<Record<string, unknown>> = {},
): void {
  client.create("configmaps", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace, ...metadata },
    data,
  });
}

export type Rule = Readonly<Record<string, readonly string[]>>;
export type Subject = Readonly<Record<string, string>>;

export const group = (name: string): Subject => ({ apiGroup: RBAC, kind: "Group", name });

export const account = (name: string, namespace: string): Subject => ({ kind: "ServiceAccount", name, namespace });

export function clusterRole(client: ApiClient, name: string, rules: readonly Rule[]): void {
  client.create(`clusterroles.${RBAC}`, { metadata: { name }, rules });
}

export function clusterRoleBinding(
  client: ApiClient,
  name: string,
  roleName: string,
  subjects: readonly Subject[],
): void {
  const roleRef = { apiGroup: RBAC, kind: "ClusterRole", name: roleName };
  client.create(`clusterrolebindings.${RBAC}`, { metadata: { name }, roleRef, subjects });
}

export function roleWithBinding(
  client: ApiClient,
  namespace: string,
  name: string,
  rules: readonly Rule[],
  subjects: readonly Subject[],
): void {
  client.create(`roles.${RBAC}`, { metadata: { name, namespace }, rules });
  const roleRef = { apiGroup: RBAC, kind: "Role", name };
  client.create(`rolebindings.${RBAC}`, { metadata: { name, namespace }, roleRef, subjects });
}

export const serviceAccount = (client: ApiClient, namespace: string, name: string): void => {
  client.create("serviceaccounts", { metadata: { name, namespace } });
};
