/**
 * Brings a decoded draft into the form in which Go would write it out again: absent and zero
 * fields that carry `omitempty` vanish, quantities become canonical, null list elements become
 * zero values. The OpenAPI document does not say which fields are pointers (whose zero value is
 * kept); those facts stand here.
 */
import { type Fields, isObject } from "./fields.ts";
import { canonicalQuantity } from "./quantity.ts";
import { definition, type FieldSchema, MICRO_TIME, OBJECT_META, QUANTITY, TIME } from "./schema.ts";
import type { Draft } from "./types.ts";

/** Plain Go booleans: `false` is the same as absent. All others are pointers. */
const PLAIN_BOOLEANS: ReadonlySet<string> = new Set([
  "deprecated",
  "globalDefault",
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "paused",
  "publishNotReadyAddresses",
  "readOnly",
  "stdin",
  "stdinOnce",
  "tty",
  "unschedulable",
]);

/** Plain Go integers with `omitempty`: `0` is the same as absent. */
const PLAIN_INTEGERS: ReadonlySet<string> = new Set([
  "active",
  "availableReplicas",
  "count",
  "currentReplicas",
  "expirationSeconds",
  "failed",
  "failureThreshold",
  "fullyLabeledReplicas",
  "generation",
  "healthCheckNodePort",
  "hostPort",
  "initialDelaySeconds",
  "minReadySeconds",
  "nodePort",
  "number",
  "numberAvailable",
  "numberUnavailable",
  "observedGeneration",
  "periodSeconds",
  "readyReplicas",
  "succeeded",
  "successThreshold",
  "timeoutSeconds",
  "unavailableReplicas",
  "updatedNumberScheduled",
  "updatedReplicas",
]);

/** Optional strings that Go holds by pointer: `""` is a value of its own. */
const POINTER_STRINGS: ReadonlySet<string> = new Set([
  "core.v1.HostPathVolumeSource.type",
  "networking.v1.IngressSpec.ingressClassName",
  "core.v1.PersistentVolumeClaimSpec.storageClassName",
  "core.v1.PersistentVolumeClaimSpec.volumeAttributesClassName",
  "core.v1.PersistentVolumeSpec.volumeAttributesClassName",
  "core.v1.PodSpec.runtimeClassName",
]);

/** Fields that Go writes even when they are empty, though the document calls them optional. */
const ALWAYS_WRITTEN: ReadonlySet<string> = new Set([
  "autoscaling.v2.HorizontalPodAutoscalerStatus.currentMetrics",
  "rbac.v1.ClusterRole.rules",
  "discovery.v1.EndpointPort.name",
  "discovery.v1.EndpointSlice.endpoints",
  "discovery.v1.EndpointSlice.ports",
  "core.v1.Event.reportingComponent",
  "core.v1.Event.reportingInstance",
  "core.v1.EventSeries.count",
  "rbac.v1.Role.rules",
]);

/** Changes `draft`, an object of the named definition, in place. */
export function normalise(draft: Draft, definitionName: string): void {
  const schema = definition(definitionName);
  if (schema === undefined) return;
  const typeName = definitionName.replace("io.k8s.api.", "");
  for (const [name, value] of Object.entries(draft)) {
    const field = schema.fields[name];
    if (field === undefined) continue;
    const normal = normaliseValue(value, field);
    const isRequired = schema.required.includes(name);
    if (isOmitted(normal, name, field, typeName, isRequired)) delete draft[name];
    else draft[name] = normal;
  }
}

/** A new value, or the same object changed in place. */
function normaliseValue(value: unknown, field: FieldSchema): unknown {
  if (field.ref === QUANTITY) return canonicalQuantity(value);
  if (field.ref !== undefined) {
    if (isObject(value)) normalise(value as Draft, field.ref);
    return value;
  }
  if (field.type === "array" && field.items !== undefined && Array.isArray(value)) {
    const items = field.items;
    return value.map((item: unknown) => normaliseValue(item ?? zeroOf(items), items));
  }
  if (field.type === "map" && field.values !== undefined && isObject(value)) {
    return normaliseMap(value, field.values);
  }
  return value;
}

function normaliseMap(map: Fields, values: FieldSchema): Fields {
  const entries = Object.entries(map).map(([key, value]) => [key, normaliseValue(value ?? zeroOf(values), values)]);
  return Object.fromEntries(entries) as Fields;
}

function zeroOf(field: FieldSchema): unknown {
  if (field.ref === QUANTITY) return "0";
  if (field.ref !== undefined) return {};
  switch (field.type) {
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

function isOmitted(value: unknown, name: string, field: FieldSchema, typeName: string, isRequired: boolean): boolean {
  if (value === undefined) return true;
  if (value === null) return !isKeptNull(field, name, typeName);
  const qualified = `${typeName}.${name}`;
  if (isRequired || field.ref !== undefined || ALWAYS_WRITTEN.has(qualified)) return false;
  switch (field.type) {
    case "string":
      return value === "" && !POINTER_STRINGS.has(qualified);
    case "boolean":
      return value === false && PLAIN_BOOLEANS.has(name);
    case "integer":
      return value === 0 && (PLAIN_INTEGERS.has(name) || (name === "replicas" && typeName.endsWith("Status")));
    case "array":
      return Array.isArray(value) && value.length === 0;
    case "map":
      return isObject(value) && Object.keys(value).length === 0;
    default:
      return false;
  }
}

/** Times held by value are written as null (`lastProbeTime: null`); object metadata omits them. */
function isKeptNull(field: FieldSchema, name: string, typeName: string): boolean {
  if (typeName === OBJECT_META) return false;
  if (ALWAYS_WRITTEN.has(`${typeName}.${name}`)) return true;
  if (field.ref === TIME || field.ref === MICRO_TIME)
    return /^(last(Probe|Transition)?Time|(first|last)Timestamp|eventTime)/.test(name);
  return false;
}
