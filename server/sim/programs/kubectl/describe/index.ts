/** Describers by kind. What has none of its own is described field by field. */
import { certificateSigningRequest } from "./certificate-signing-request.ts";
import { configMap, secret, serviceAccount } from "./config.ts";
import { cronJob } from "./cron-job.ts";
import { daemonSet } from "./daemon-set.ts";
import { deployment } from "./deployment.ts";
import { endpoints, endpointSlice } from "./endpoints.ts";
import { generic } from "./generic.ts";
import { ingress, ingressClass } from "./ingress.ts";
import { job } from "./job.ts";
import { limitRange, namespace, resourceQuota } from "./namespace.ts";
import { ipAddress, serviceCidr } from "./networking.ts";
import { networkPolicy } from "./network-policy.ts";
import { node } from "./node.ts";
import { pod } from "./pod.ts";
import { horizontalPodAutoscaler, podDisruptionBudget, priorityClass } from "./policies.ts";
import { clusterRole, clusterRoleBinding, role, roleBinding } from "./rbac.ts";
import { replicaSet, replicationController } from "./replica-set.ts";
import { service } from "./service.ts";
import { statefulSet } from "./stateful-set.ts";
import { persistentVolume, persistentVolumeClaim, storageClass } from "./storage.ts";
import type { Describer } from "./types.ts";

export const describers: readonly Describer[] = [
  certificateSigningRequest,
  clusterRole,
  clusterRoleBinding,
  configMap,
  cronJob,
  daemonSet,
  deployment,
  endpoints,
  endpointSlice,
  horizontalPodAutoscaler,
  ingress,
  ingressClass,
  ipAddress,
  job,
  limitRange,
  namespace,
  networkPolicy,
  node,
  persistentVolume,
  persistentVolumeClaim,
  pod,
  podDisruptionBudget,
  priorityClass,
  replicaSet,
  replicationController,
  resourceQuota,
  role,
  roleBinding,
  secret,
  service,
  serviceAccount,
  serviceCidr,
  statefulSet,
  storageClass,
];

/** Never fails: kinds nobody knows are described as kubectl describes custom resources. */
export function describerFor(group: string, kind: string): Describer {
  return describers.find((describer) => describer.group === group && describer.kind === kind) ?? generic;
}

export type { Describer, RelatedObjects, RelatedQuery, RelatedResult } from "./types.ts";

export { CURRENT_MINOR } from "./types.ts";
