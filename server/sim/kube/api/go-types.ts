/**
 * Go's named types that OpenAPI flattens to `string` or `map`: the decoder names them in its
 * errors (`of type v1.Protocol`). Source: the type declarations of k8s.io/api v0.36.
 */

/** By field name where every API type that has the field uses one name. */
const BY_FIELD: Readonly<Record<string, string>> = {
  accessModes: "v1.PersistentVolumeAccessMode",
  completionMode: "v1.CompletionMode",
  concurrencyPolicy: "v1.ConcurrencyPolicy",
  dnsPolicy: "v1.DNSPolicy",
  effect: "v1.TaintEffect",
  externalTrafficPolicy: "v1.ServiceExternalTrafficPolicy",
  imagePullPolicy: "v1.PullPolicy",
  internalTrafficPolicy: "v1.ServiceInternalTrafficPolicy",
  ipFamilies: "v1.IPFamily",
  ipFamilyPolicy: "v1.IPFamilyPolicy",
  limits: "v1.ResourceList",
  mountPropagation: "v1.MountPropagationMode",
  nodeInclusionPolicy: "v1.NodeInclusionPolicy",
  pathType: "v1.PathType",
  persistentVolumeReclaimPolicy: "v1.PersistentVolumeReclaimPolicy",
  podManagementPolicy: "v1.PodManagementPolicyType",
  policyTypes: "v1.PolicyType",
  preemptionPolicy: "v1.PreemptionPolicy",
  procMount: "v1.ProcMountType",
  protocol: "v1.Protocol",
  reclaimPolicy: "v1.PersistentVolumeReclaimPolicy",
  requests: "v1.ResourceList",
  restartPolicy: "v1.RestartPolicy",
  scheme: "v1.URIScheme",
  sessionAffinity: "v1.ServiceAffinity",
  terminationMessagePolicy: "v1.TerminationMessagePolicy",
  volumeBindingMode: "v1.VolumeBindingMode",
  volumeMode: "v1.PersistentVolumeMode",
  whenUnsatisfiable: "v1.UnsatisfiableConstraintAction",
};

/** By type and field where the field's name alone does not tell. */
const BY_TYPE_AND_FIELD: Readonly<Record<string, string>> = {
  "Secret.type": "v1.SecretType",
  "ServiceSpec.type": "v1.ServiceType",
  "DeploymentStrategy.type": "v1.DeploymentStrategyType",
  "DaemonSetUpdateStrategy.type": "v1.DaemonSetUpdateStrategyType",
  "StatefulSetUpdateStrategy.type": "v1.StatefulSetUpdateStrategyType",
  "LabelSelectorRequirement.operator": "v1.LabelSelectorOperator",
  "NodeSelectorRequirement.operator": "v1.NodeSelectorOperator",
  "Toleration.operator": "v1.TolerationOperator",
  "Capabilities.add": "v1.Capability",
  "Capabilities.drop": "v1.Capability",
  "SeccompProfile.type": "v1.SeccompProfileType",
  "HostPathVolumeSource.type": "v1.HostPathType",
  "EmptyDirVolumeSource.medium": "v1.StorageMedium",
  "NamespaceSpec.finalizers": "v1.FinalizerName",
  "ResourceQuotaSpec.hard": "v1.ResourceList",
  "LimitRangeItem.type": "v1.LimitType",
  "LimitRangeItem.default": "v1.ResourceList",
  "LimitRangeItem.defaultRequest": "v1.ResourceList",
  "LimitRangeItem.max": "v1.ResourceList",
  "LimitRangeItem.min": "v1.ResourceList",
  "EndpointSlice.addressType": "v1.AddressType",
};

/** `definitionName` is the schema's name of the struct; `undefined` when plain Go types tell it all. */
export function goStringType(definitionName: string, field: string): string | undefined {
  const struct = definitionName.split(".").at(-1) ?? "";
  return BY_TYPE_AND_FIELD[`${struct}.${field}`] ?? BY_FIELD[field];
}

/** Named types whose underlying type is string. */
export const NAMED_STRINGS: ReadonlySet<string> = new Set(
  [...Object.values(BY_FIELD), ...Object.values(BY_TYPE_AND_FIELD)].filter((name) => name !== "v1.ResourceList"),
);
