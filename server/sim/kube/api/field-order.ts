/**
 * The order in which Go declares, and so writes, the fields of the types that people look at.
 * Types that are not listed keep the order in which their fields came. Source: k8s.io/api v0.36.
 */
import { childOf, definition, definitionOfKind, type FieldSchema } from "../kinds/schema.ts";

const ORDER: Readonly<Record<string, string>> = {
  ObjectMeta:
    "name generateName namespace selfLink uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields",
  OwnerReference: "apiVersion kind name uid controller blockOwnerDeletion",
  ListMeta: "selfLink resourceVersion continue remainingItemCount",
  LabelSelector: "matchLabels matchExpressions",
  LabelSelectorRequirement: "key operator values",
  PodSpec:
    "volumes initContainers containers ephemeralContainers restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector serviceAccountName serviceAccount automountServiceAccountToken nodeName hostNetwork hostPID hostIPC shareProcessNamespace securityContext imagePullSecrets hostname subdomain affinity schedulerName tolerations hostAliases priorityClassName priority dnsConfig readinessGates runtimeClassName enableServiceLinks preemptionPolicy overhead topologySpreadConstraints",
  Container:
    "name image command args workingDir ports envFrom env resources resizePolicy restartPolicy volumeMounts volumeDevices livenessProbe readinessProbe startupProbe lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty",
  ContainerPort: "name hostPort containerPort protocol hostIP",
  EnvVar: "name value valueFrom",
  ResourceRequirements: "limits requests claims",
  VolumeMount: "name readOnly recursiveReadOnly mountPath subPath mountPropagation subPathExpr",
  VolumeMountStatus: "name mountPath readOnly recursiveReadOnly",
  ProjectedVolumeSource: "sources defaultMode",
  ServiceAccountTokenProjection: "audience expirationSeconds path",
  ConfigMapProjection: "name items optional",
  ConfigMapVolumeSource: "name items defaultMode optional",
  SecretVolumeSource: "secretName items defaultMode optional",
  KeyToPath: "key path mode",
  DownwardAPIVolumeFile: "path fieldRef resourceFieldRef mode",
  ObjectFieldSelector: "apiVersion fieldPath",
  Probe:
    "exec httpGet tcpSocket grpc initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold terminationGracePeriodSeconds",
  HTTPGetAction: "path port host scheme httpHeaders",
  Toleration: "key operator value effect tolerationSeconds",
  PodStatus:
    "observedGeneration phase conditions message reason nominatedNodeName hostIP hostIPs podIP podIPs startTime initContainerStatuses containerStatuses qosClass ephemeralContainerStatuses",
  PodCondition: "type observedGeneration status lastProbeTime lastTransitionTime reason message",
  ContainerStatus:
    "name state lastState ready restartCount image imageID containerID started allocatedResources resources volumeMounts user",
  ContainerStateTerminated: "exitCode signal reason message startedAt finishedAt containerID",
  ContainerStateWaiting: "reason message",
  ServiceSpec:
    "ports selector clusterIP clusterIPs type externalIPs sessionAffinity loadBalancerIP loadBalancerSourceRanges externalName externalTrafficPolicy healthCheckNodePort publishNotReadyAddresses sessionAffinityConfig ipFamilies ipFamilyPolicy allocateLoadBalancerNodePorts loadBalancerClass internalTrafficPolicy trafficDistribution",
  ServicePort: "name protocol appProtocol port targetPort nodePort",
  ServiceStatus: "loadBalancer conditions",
  DeploymentSpec:
    "replicas selector template strategy minReadySeconds revisionHistoryLimit paused progressDeadlineSeconds",
  DeploymentStrategy: "type rollingUpdate",
  RollingUpdateDeployment: "maxUnavailable maxSurge",
  DeploymentStatus:
    "observedGeneration replicas updatedReplicas readyReplicas availableReplicas unavailableReplicas terminatingReplicas conditions collisionCount",
  DeploymentCondition: "type status lastUpdateTime lastTransitionTime reason message",
  ReplicaSetSpec: "replicas minReadySeconds selector template",
  ReplicaSetStatus:
    "replicas fullyLabeledReplicas readyReplicas availableReplicas terminatingReplicas observedGeneration conditions",
  PodTemplateSpec: "metadata spec",
  NetworkPolicySpec: "podSelector ingress egress policyTypes",
  NetworkPolicyIngressRule: "ports from",
  NetworkPolicyEgressRule: "ports to",
  NetworkPolicyPort: "protocol port endPort",
  NetworkPolicyPeer: "podSelector namespaceSelector ipBlock",
  IPBlock: "cidr except",
  NodeSpec: "podCIDR podCIDRs providerID unschedulable taints configSource",
  NodeStatus:
    "capacity allocatable phase conditions addresses daemonEndpoints nodeInfo images volumesInUse volumesAttached",
  NodeCondition: "type status lastHeartbeatTime lastTransitionTime reason message",
  NodeAddress: "type address",
  Taint: "key value effect timeAdded",
  EndpointSlice: "kind apiVersion metadata addressType endpoints ports",
  Endpoint: "addresses conditions hostname targetRef deprecatedTopology nodeName zone hints",
  EndpointConditions: "ready serving terminating",
  EndpointPort: "name protocol port appProtocol",
  ObjectReference: "kind namespace name uid apiVersion resourceVersion fieldPath",
  Event:
    "kind apiVersion metadata involvedObject reason message source firstTimestamp lastTimestamp count type eventTime series action related reportingComponent reportingInstance",
  PolicyRule: "verbs apiGroups resources resourceNames nonResourceURLs",
  Subject: "kind apiGroup name namespace",
  RoleRef: "apiGroup kind name",
};

const parsed = new Map<string, readonly string[]>();

function orderOf(definitionName: string): readonly string[] | undefined {
  const type = definitionName.split(".").at(-1) ?? "";
  const text = ORDER[type];
  if (text === undefined) return undefined;
  const known = parsed.get(type);
  if (known) return known;
  const order = text.split(" ");
  parsed.set(type, order);
  return order;
}

/** An object or list with its fields in Go's order; anything else unchanged. */
export function inGoOrder(value: unknown): unknown {
  const { kind, apiVersion } = (value ?? {}) as { kind?: string; apiVersion?: string };
  if (typeof kind !== "string" || typeof apiVersion !== "string") return value;
  const [group = "", version = ""] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  const schema = definitionOfKind(group, version, kind);
  return schema ? ordered({ ref: schema.name }, value) : value;
}

function ordered(schema: FieldSchema | undefined, value: unknown): unknown {
  if (schema === undefined || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => ordered(schema.items, item));
  const source = value as Record<string, unknown>;
  const fields = schema.ref === undefined ? undefined : definition(schema.ref)?.fields;
  const order = schema.ref === undefined ? undefined : orderOf(schema.ref);
  const names = order ? [...order, ...Object.keys(source)] : Object.keys(source);
  const result: Record<string, unknown> = {};
  for (const name of names) {
    if (source[name] === undefined || Object.hasOwn(result, name)) continue;
    result[name] = ordered(fields ? fields[name] : childOf(schema, name), source[name]);
  }
  return result;
}
