/**
 * Objects as the API server's internal Go types print them: some refusals quote them
 * (`spec: Forbidden: pod updates may not change fields…`). Fields stand in the order of the
 * internal structs of v1.36, all of them, absent ones as their zero value.
 */
import { at, type Fields, fields, isObject } from "./fields.ts";
import { definition, type FieldSchema, QUANTITY } from "./schema.ts";

const CORE = "io.k8s.api.core.v1.";

/**
 * Go field names by type. `*` marks a pointer to a scalar (absent prints null), `{}` a struct held
 * by value (absent prints its zero fields). Everything else follows from the schema: plain scalars
 * print their zero, objects, lists and maps print null.
 */
const STRUCTS: Readonly<Record<string, string>> = {
  PodTemplateSpec: "ObjectMeta{} Spec{}",
  PodSpec:
    "Volumes InitContainers Containers EphemeralContainers RestartPolicy TerminationGracePeriodSeconds* ActiveDeadlineSeconds* DNSPolicy NodeSelector ServiceAccountName AutomountServiceAccountToken* NodeName SecurityContext ImagePullSecrets Hostname Subdomain SetHostnameAsFQDN* Affinity SchedulerName Tolerations HostAliases PriorityClassName Priority* PreemptionPolicy* DNSConfig ReadinessGates RuntimeClassName* Overhead EnableServiceLinks* TopologySpreadConstraints OS SchedulingGates ResourceClaims Resources HostnameOverride* SchedulingGroup",
  PodSecurityContext:
    "HostNetwork HostPID HostIPC ShareProcessNamespace* HostUsers* SELinuxOptions WindowsOptions RunAsUser* RunAsGroup* RunAsNonRoot* SupplementalGroups SupplementalGroupsPolicy* FSGroup* FSGroupChangePolicy* Sysctls SeccompProfile AppArmorProfile SELinuxChangePolicy*",
  Container:
    "Name Image Command Args WorkingDir Ports EnvFrom Env Resources{} ResizePolicy RestartPolicy* RestartPolicyRules VolumeMounts VolumeDevices LivenessProbe ReadinessProbe StartupProbe Lifecycle TerminationMessagePath TerminationMessagePolicy ImagePullPolicy SecurityContext Stdin StdinOnce TTY",
  ContainerPort: "Name HostPort ContainerPort Protocol HostIP",
  EnvVar: "Name Value ValueFrom",
  EnvVarSource: "FieldRef ResourceFieldRef ConfigMapKeyRef SecretKeyRef FileKeyRef",
  ObjectFieldSelector: "APIVersion FieldPath",
  ConfigMapKeySelector: "Name Key Optional*",
  SecretKeySelector: "Name Key Optional*",
  EnvFromSource: "Prefix ConfigMapRef SecretRef",
  ConfigMapEnvSource: "Name Optional*",
  SecretEnvSource: "Name Optional*",
  ResourceRequirements: "Limits Requests Claims",
  VolumeMount: "Name ReadOnly RecursiveReadOnly* MountPath SubPath MountPropagation* SubPathExpr",
  Probe:
    "Exec HTTPGet TCPSocket GRPC InitialDelaySeconds TimeoutSeconds PeriodSeconds SuccessThreshold FailureThreshold TerminationGracePeriodSeconds*",
  LifecycleHandler: "Exec HTTPGet TCPSocket Sleep",
  Lifecycle: "PostStart PreStop StopSignal*",
  HTTPGetAction: "Path Port Host Scheme HTTPHeaders",
  TCPSocketAction: "Port Host",
  SecurityContext:
    "Capabilities Privileged* SELinuxOptions WindowsOptions RunAsUser* RunAsGroup* RunAsNonRoot* ReadOnlyRootFilesystem* AllowPrivilegeEscalation* ProcMount* SeccompProfile AppArmorProfile",
  Capabilities: "Add Drop",
  Toleration: "Key Operator Value Effect TolerationSeconds*",
  Volume:
    "Name HostPath EmptyDir GCEPersistentDisk AWSElasticBlockStore GitRepo Secret NFS ISCSI Glusterfs PersistentVolumeClaim RBD Quobyte FlexVolume Cinder CephFS Flocker DownwardAPI FC AzureFile ConfigMap VsphereVolume AzureDisk PhotonPersistentDisk Projected PortworxVolume ScaleIO StorageOS CSI Ephemeral Image",
  ProjectedVolumeSource: "Sources DefaultMode*",
  VolumeProjection: "Secret DownwardAPI ConfigMap ServiceAccountToken ClusterTrustBundle PodCertificate",
  ServiceAccountTokenProjection: "Audience ExpirationSeconds Path",
  ConfigMapProjection: "Name Items Optional*",
  SecretProjection: "Name Items Optional*",
  DownwardAPIProjection: "Items",
  DownwardAPIVolumeFile: "Path FieldRef ResourceFieldRef Mode*",
  KeyToPath: "Key Path Mode*",
  EmptyDirVolumeSource: "Medium SizeLimit",
  HostPathVolumeSource: "Path Type*",
  ConfigMapVolumeSource: "Name Items DefaultMode* Optional*",
  SecretVolumeSource: "SecretName Items DefaultMode* Optional*",
  PersistentVolumeClaimVolumeSource: "ClaimName ReadOnly",
  ServicePort: "Name Protocol AppProtocol* Port TargetPort NodePort",
};

interface GoField {
  readonly goName: string;
  readonly jsonName: string;
  readonly isPointer: boolean;
  readonly isStruct: boolean;
  readonly schema: FieldSchema | undefined;
}

/** A JSON value in internal field names and order, ready for `JSON.stringify`. */
export function internalForm(value: unknown, definitionName: string): unknown {
  if (!isObject(value)) return value ?? null;
  return structOf(withHostFields(value, definitionName), definitionName);
}

/** Internally the host namespaces belong to the pod's security context. */
function withHostFields(value: Fields, definitionName: string): Fields {
  if (definitionName !== `${CORE}PodSpec`) return value;
  const moved = ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"];
  const host = Object.fromEntries(moved.map((name) => [name, value[name]]));
  return { ...value, securityContext: { ...fields(value["securityContext"]), ...host } };
}

function structOf(value: Fields, definitionName: string): Fields {
  const entries = goFields(definitionName).map((field) => [field.goName, fieldValue(value[field.jsonName], field)]);
  return Object.fromEntries(entries) as Fields;
}

function fieldValue(value: unknown, { schema, isPointer, isStruct }: GoField): unknown {
  if (value === undefined || value === null) return isPointer ? null : zeroOf(schema, isStruct);
  if (schema?.ref !== undefined) return schema.ref === QUANTITY ? value : internalForm(value, schema.ref);
  const items = schema?.items?.ref;
  if (items !== undefined && Array.isArray(value)) return value.map((item) => internalForm(item, items));
  return value;
}

function zeroOf(schema: FieldSchema | undefined, isStruct: boolean): unknown {
  if (schema?.ref !== undefined) return isStruct ? structOf({}, schema.ref) : null;
  switch (schema?.type) {
    case "string":
      return "";
    case "integer":
    case "number":
      return 0;
    case "boolean":
      return false;
    default:
      return null;
  }
}

function goFields(definitionName: string): readonly GoField[] {
  const schema = definition(definitionName)?.fields ?? {};
  const typeName = definitionName.slice(definitionName.lastIndexOf(".") + 1);
  const listed = STRUCTS[typeName];
  if (listed === undefined) {
    return Object.entries(schema).map(([jsonName, field]) => ({
      goName: jsonName.charAt(0).toUpperCase() + jsonName.slice(1),
      jsonName,
      isPointer: false,
      isStruct: false,
      schema: field,
    }));
  }
  const byLowerName = new Map(Object.keys(schema).map((name) => [name.toLowerCase(), name]));
  return listed.split(" ").map((entry) => {
    const goName = entry.replace(/\*|\{\}/, "");
    const jsonName = byLowerName.get(goName.toLowerCase()) ?? hostField(goName);
    return {
      goName,
      jsonName,
      isPointer: entry.endsWith("*"),
      isStruct: entry.endsWith("{}"),
      schema: schema[jsonName] ?? (goName.startsWith("Host") ? { type: "boolean" } : undefined),
    };
  });
}

/** `HostPID` → `hostPID`: fields that the schema keeps elsewhere. */
function hostField(goName: string): string {
  return goName.charAt(0).toLowerCase() + goName.slice(1);
}

/** Lines of a pod spec's internal form, one space a level. */
export function internalPodSpecLines(podSpec: unknown): readonly string[] {
  return JSON.stringify(internalForm(podSpec, `${CORE}PodSpec`), null, 1).split("\n");
}

/** The same for a template: metadata as it is, the spec internal. */
export function internalPodTemplate(template: unknown): unknown {
  const meta = fields(at(template, "metadata"));
  return { ...meta, Spec: internalForm(at(template, "spec") ?? {}, `${CORE}PodSpec`) };
}

export function internalServicePort(port: unknown): unknown {
  const form = fields(internalForm(port, `${CORE}ServicePort`));
  return { ...form, TargetPort: form["TargetPort"] ?? 0 };
}
