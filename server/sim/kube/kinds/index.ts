/**
 * Every kind of the API, in the order of discovery: groups as `/apis` lists them, resources as
 * each group version lists them.
 */
import type { KindDefinition } from "./types.ts";
import {
  mutatingAdmissionPolicy,
  mutatingAdmissionPolicyBinding,
  mutatingWebhookConfiguration,
  validatingAdmissionPolicy,
  validatingAdmissionPolicyBinding,
  validatingWebhookConfiguration,
} from "./admission-registration.ts";
import { apiService } from "./api-service.ts";
import { binding } from "./binding.ts";
import { certificateSigningRequest } from "./certificate-signing-request.ts";
import { componentStatus } from "./component-status.ts";
import { configMap } from "./config-map.ts";
import { controllerRevision } from "./controller-revision.ts";
import { cronJob } from "./cron-job.ts";
import { customResourceDefinition } from "./custom-resource-definition.ts";
import { daemonSet } from "./daemon-set.ts";
import { deployment } from "./deployment.ts";
import { deviceClass, resourceClaim, resourceClaimTemplate, resourceSlice } from "./dynamic-resources.ts";
import { endpointSlice } from "./endpoint-slice.ts";
import { endpoints } from "./endpoints.ts";
import { event, eventsV1Event } from "./event.ts";
import { flowSchema, priorityLevelConfiguration } from "./flow-control.ts";
import { horizontalPodAutoscaler, horizontalPodAutoscalerV1 } from "./horizontal-pod-autoscaler.ts";
import { ingressClass } from "./ingress-class.ts";
import { ingress } from "./ingress.ts";
import { ipAddress } from "./ip-address.ts";
import { job } from "./job.ts";
import { lease } from "./lease.ts";
import { limitRange } from "./limit-range.ts";
import { namespace } from "./namespace.ts";
import { networkPolicy } from "./network-policy.ts";
import { node } from "./node.ts";
import { persistentVolumeClaim } from "./persistent-volume-claim.ts";
import { persistentVolume } from "./persistent-volume.ts";
import { podDisruptionBudget } from "./pod-disruption-budget.ts";
import { podTemplate } from "./pod-template.ts";
import { pod } from "./pod.ts";
import { priorityClass } from "./priority-class.ts";
import { replicaSet } from "./replica-set.ts";
import { replicationController } from "./replication-controller.ts";
import { resourceQuota } from "./resource-quota.ts";
import {
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectReview,
  selfSubjectRulesReview,
  subjectAccessReview,
  tokenReview,
} from "./reviews.ts";
import { clusterRoleBinding, roleBinding } from "./role-binding.ts";
import { clusterRole, role } from "./role.ts";
import { runtimeClass } from "./runtime-class.ts";
import { secret } from "./secret.ts";
import { serviceAccount } from "./service-account.ts";
import { serviceCidr } from "./service-cidr.ts";
import { service } from "./service.ts";
import { statefulSet } from "./stateful-set.ts";
import { storageClass } from "./storage-class.ts";
import { csiDriver, csiNode, csiStorageCapacity, volumeAttachment, volumeAttributesClass } from "./storage.ts";

export const kinds: readonly KindDefinition[] = [
  binding,
  componentStatus,
  configMap,
  endpoints,
  event,
  limitRange,
  namespace,
  node,
  persistentVolumeClaim,
  persistentVolume,
  pod,
  podTemplate,
  replicationController,
  resourceQuota,
  secret,
  serviceAccount,
  service,
  apiService,
  controllerRevision,
  daemonSet,
  deployment,
  replicaSet,
  statefulSet,
  eventsV1Event,
  selfSubjectReview,
  tokenReview,
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  subjectAccessReview,
  horizontalPodAutoscaler,
  horizontalPodAutoscalerV1,
  cronJob,
  job,
  certificateSigningRequest,
  ingressClass,
  ingress,
  ipAddress,
  networkPolicy,
  serviceCidr,
  podDisruptionBudget,
  clusterRoleBinding,
  clusterRole,
  roleBinding,
  role,
  csiDriver,
  csiNode,
  csiStorageCapacity,
  storageClass,
  volumeAttachment,
  volumeAttributesClass,
  mutatingAdmissionPolicy,
  mutatingAdmissionPolicyBinding,
  mutatingWebhookConfiguration,
  validatingAdmissionPolicy,
  validatingAdmissionPolicyBinding,
  validatingWebhookConfiguration,
  customResourceDefinition,
  priorityClass,
  lease,
  runtimeClass,
  endpointSlice,
  deviceClass,
  resourceClaim,
  resourceClaimTemplate,
  resourceSlice,
  flowSchema,
  priorityLevelConfiguration,
];

const byGvk = new Map(kinds.map((kind) => [gvkKey(kind.group, kind.version, kind.kind), kind]));
const byResource = new Map(
  // A group's preferred version comes first in `kinds`; the first one wins.
  [...kinds].reverse().map((kind) => [resourceKey(kind.group, kind.plural), kind]),
);
const byResourceVersion = new Map(
  kinds.map((kind) => [`${kind.version}/${resourceKey(kind.group, kind.plural)}`, kind]),
);

export function kindByGvk(group: string, version: string, kind: string): KindDefinition | undefined {
  return byGvk.get(gvkKey(group, version, kind));
}

/** By plural name; without `version` the group's preferred one. */
export function kindByResource(group: string, plural: string, version?: string): KindDefinition | undefined {
  const key = resourceKey(group, plural);
  return version === undefined ? byResource.get(key) : byResourceVersion.get(`${version}/${key}`);
}

export interface GroupVersions {
  readonly group: string;
  /** Preferred one first. */
  readonly versions: readonly string[];
}

/** Groups with their versions as `/apis` lists them; the core group (`""`) comes first. */
export const groupVersions: readonly GroupVersions[] = [...new Set(kinds.map((kind) => kind.group))].map((group) => ({
  group,
  versions: [...new Set(kinds.filter((kind) => kind.group === group).map((kind) => kind.version))],
}));

function gvkKey(group: string, version: string, kind: string): string {
  return `${group}/${version}/${kind}`;
}

/** `pods`, `deployments.apps`. */
function resourceKey(group: string, plural: string): string {
  return group === "" ? plural : `${plural}.${group}`;
}
