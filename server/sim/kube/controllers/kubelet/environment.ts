/** A container's environment variables. Models kubelet's `makeEnvironmentVariables`, v1.36. */
import { decodeText, fromBase64 } from "../../../machine/bytes.ts";
import type { ApiClient } from "../../api/types.ts";
import type { ConfigMap, Container, EnvVar, Pod, Secret, Service } from "../objects.ts";
import { quantity } from "../quantity.ts";

/** Something the container refers to is not there: waiting reason CreateContainerConfigError. */
export class ContainerConfigError extends Error {}

export interface EnvironmentInput {
  readonly api: ApiClient;
  readonly pod: Pod;
  readonly container: Container;
  readonly podIp: string;
  readonly hostIp: string;
  readonly nodeCpus: number;
  readonly nodeMemoryBytes: number;
}

/** In the order a process sees them: own variables, then those of Services. Throws ContainerConfigError. */
export function environmentOf(input: EnvironmentInput): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  const services = serviceVariables(input);
  for (const source of input.container.envFrom ?? []) addSource(input, source, result);
  for (const variable of input.container.env ?? []) {
    const value = variableValue(input, variable, (name) => result.get(name) ?? services.get(name));
    if (value !== undefined) result.set(variable.name, value);
  }
  for (const [name, value] of services) if (!result.has(name)) result.set(name, value);
  return result;
}

type EnvFrom = NonNullable<Container["envFrom"]>[number];

function addSource(input: EnvironmentInput, source: EnvFrom, result: Map<string, string>): void {
  const { prefix = "", configMapRef, secretRef } = source;
  const data = configMapRef
    ? configMapData(input, configMapRef.name, configMapRef.optional)
    : secretRef
      ? secretData(input, secretRef.name, secretRef.optional)
      : {};
  for (const [key, value] of Object.entries(data ?? {})) result.set(prefix + key, value);
}

const namespaceOf = (pod: Pod): string => pod.metadata.namespace ?? "";

function configMapData(
  { api, pod }: EnvironmentInput,
  name: string,
  optional = false,
): Readonly<Record<string, string>> | undefined {
  const object = api.get<ConfigMap>("configmaps", namespaceOf(pod), name);
  if (object === undefined && !optional) throw new ContainerConfigError(`configmap "${name}" not found`);
  return object && { ...object.data, ...decodeAll(object.binaryData) };
}

function secretData(
  { api, pod }: EnvironmentInput,
  name: string,
  optional = false,
): Readonly<Record<string, string>> | undefined {
  const object = api.get<Secret>("secrets", namespaceOf(pod), name);
  if (object === undefined && !optional) throw new ContainerConfigError(`secret "${name}" not found`);
  return object && decodeAll(object.data);
}

const decodeAll = (data: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, decodeText(fromBase64(value))]));

function variableValue(
  input: EnvironmentInput,
  { name, value, valueFrom }: EnvVar,
  lookup: (name: string) => string | undefined,
): string | undefined {
  if (valueFrom === undefined) return expand(value ?? "", lookup);
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef) return fieldValue(input, fieldRef.fieldPath);
  if (resourceFieldRef) return resourceValue(input, resourceFieldRef);
  const { namespace } = input.pod.metadata;
  if (configMapKeyRef) {
    const data = configMapData(input, configMapKeyRef.name, configMapKeyRef.optional);
    const found = data?.[configMapKeyRef.key];
    if (found !== undefined || configMapKeyRef.optional) return found;
    throw new ContainerConfigError(
      `couldn't find key ${configMapKeyRef.key} in ConfigMap ${namespace}/${configMapKeyRef.name}`,
    );
  }
  if (secretKeyRef) {
    const data = secretData(input, secretKeyRef.name, secretKeyRef.optional);
    const found = data?.[secretKeyRef.key];
    if (found !== undefined || secretKeyRef.optional) return found;
    throw new ContainerConfigError(`couldn't find key ${secretKeyRef.key} in Secret ${namespace}/${secretKeyRef.name}`);
  }
  throw new ContainerConfigError(`environment variable ${name} has no source`);
}

/** `$(NAME)` is replaced when NAME is known; `$$(NAME)` stands for itself. */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$\$|\$\(([^()]*)\)/g, (match, name?: string) =>
    match === "$$" ? "$" : (lookup(name ?? "") ?? match),
  );
}

/** The downward API's fields. */
export function fieldValue(
  { pod, podIp, hostIp }: Pick<EnvironmentInput, "pod" | "podIp" | "hostIp">,
  path: string,
): string {
  const { metadata, spec } = pod;
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (keyed) return metadata[keyed[1] as "labels" | "annotations"]?.[keyed[2] ?? ""] ?? "";
  switch (path) {
    case "metadata.name":
      return metadata.name;
    case "metadata.namespace":
      return metadata.namespace ?? "";
    case "metadata.uid":
      return metadata.uid ?? "";
    case "metadata.labels":
      return formatMap(metadata.labels);
    case "metadata.annotations":
      return formatMap(metadata.annotations);
    case "spec.nodeName":
      return spec.nodeName ?? "";
    case "spec.serviceAccountName":
      return spec.serviceAccountName ?? "";
    case "status.hostIP":
    case "status.hostIPs":
      return hostIp;
    case "status.podIP":
    case "status.podIPs":
      return podIp;
    default:
      return "";
  }
}

const formatMap = (map: Readonly<Record<string, string>> = {}): string =>
  Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join("\n");

/** Limits fall back to the node's capacity; `divisor` scales, rounding up. */
export function resourceValue(
  {
    pod,
    container,
    nodeCpus,
    nodeMemoryBytes,
  }: Pick<EnvironmentInput, "pod" | "container" | "nodeCpus" | "nodeMemoryBytes">,
  reference: { readonly containerName?: string; readonly resource: string; readonly divisor?: string },
): string {
  const target = pod.spec.containers.find(({ name }) => name === reference.containerName) ?? container;
  const [kind = "", resource = ""] = reference.resource.split(".");
  const text = target.resources?.[kind === "limits" ? "limits" : "requests"]?.[resource];
  const fallback = kind === "limits" ? (resource === "cpu" ? nodeCpus : nodeMemoryBytes) : 0;
  const amount = text === undefined ? fallback : quantity(text);
  const divisor = reference.divisor && reference.divisor !== "0" ? quantity(reference.divisor) : 1;
  return String(Math.ceil(amount / divisor));
}

/** Docker-link style variables of the Services of the pod's namespace and of `kubernetes`. */
function serviceVariables({ api, pod }: EnvironmentInput): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  const own = pod.spec.enableServiceLinks === false ? [] : api.list<Service>("services", namespaceOf(pod));
  const master = api.get<Service>("services", "default", "kubernetes");
  const services = [
    ...own.filter(({ metadata }) => metadata.uid !== master?.metadata.uid),
    ...(master ? [master] : []),
  ];
  for (const service of services) {
    for (const [name, value] of variablesOf(service)) result.set(name, value);
  }
  return result;
}

/** By stored object, which never changes: the containers that see a Service share its texts. */
const knownVariables = new WeakMap<Service, readonly (readonly [name: string, value: string])[]>();

function variablesOf(service: Service): readonly (readonly [name: string, value: string])[] {
  const known = knownVariables.get(service);
  if (known) return known;
  const address = service.spec.clusterIP;
  const variables = !address || address === "None" ? [] : [...linkVariables(service, address)];
  knownVariables.set(service, variables);
  return variables;
}

function linkVariables(service: Service, address: string): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  const base = variableName(service.metadata.name);
  const ports = service.spec.ports ?? [];
  const [first] = ports;
  result.set(`${base}_SERVICE_HOST`, address);
  result.set(`${base}_SERVICE_PORT`, String(first?.port ?? ""));
  for (const port of ports) {
    if (port.name) result.set(`${base}_SERVICE_PORT_${variableName(port.name)}`, String(port.port));
  }
  ports.forEach((port, index) => {
    const protocol = port.protocol ?? "TCP";
    const url = `${protocol.toLowerCase()}://${address}:${port.port}`;
    const prefix = `${base}_PORT_${port.port}_${protocol}`;
    if (index === 0) result.set(`${base}_PORT`, url);
    result.set(prefix, url);
    result.set(`${prefix}_PROTO`, protocol.toLowerCase());
    result.set(`${prefix}_PORT`, String(port.port));
    result.set(`${prefix}_ADDR`, address);
  });
  return result;
}

const variableName = (name: string): string => name.toUpperCase().replaceAll("-", "_");
