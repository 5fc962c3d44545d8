/**
 * Pod Security Standards: namespaces say by label which level their pods must keep
 * (`pod-security.kubernetes.io/enforce`) or are warned about (`…/warn`). Texts:
 * k8s.io/pod-security-admission v0.36. Left out: Windows, SELinux, sysctl and AppArmor checks.
 */
import type { Draft } from "../../kinds/types.ts";
import { resourceNameOf } from "../kind-registry.ts";
import type { AdmissionRequest } from "../operation.ts";
import { type AdmissionOptions, type AdmissionPlugin, refusal } from "./plugin.ts";

export const PREFIX = "pod-security.kubernetes.io";
export type Level = "privileged" | "baseline" | "restricted";

export const podSecurity: AdmissionPlugin = (request, draft, options) => {
  if (request.subresource || (request.verb !== "create" && request.verb !== "update")) return;
  const resource = resourceNameOf(request.kind);
  const podSpec = resource === "pods" ? draft["spec"] : TEMPLATES[resource]?.(draft);
  if (typeof podSpec !== "object" || podSpec === null) return;
  const labels = labelsOf(request, options);
  if (resource === "pods") {
    const problem = violation(podSpec as Draft, labels, "enforce");
    if (problem) throw refusal(request, draft, "validating", `violates PodSecurity ${problem}`);
  }
  const problem = violation(podSpec as Draft, labels, "warn");
  if (problem) request.operation.warnings.push(`would violate PodSecurity ${problem}`);
};

const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((current, name) => (current as Draft | undefined)?.[name], value);

const TEMPLATES: Readonly<Record<string, (draft: Draft) => unknown>> = {
  "deployments.apps": (draft) => at(draft, "spec", "template", "spec"),
  "replicasets.apps": (draft) => at(draft, "spec", "template", "spec"),
  "statefulsets.apps": (draft) => at(draft, "spec", "template", "spec"),
  "daemonsets.apps": (draft) => at(draft, "spec", "template", "spec"),
  "jobs.batch": (draft) => at(draft, "spec", "template", "spec"),
  "cronjobs.batch": (draft) => at(draft, "spec", "jobTemplate", "spec", "template", "spec"),
  replicationcontrollers: (draft) => at(draft, "spec", "template", "spec"),
};

function labelsOf(request: AdmissionRequest, { resources }: AdmissionOptions): Readonly<Record<string, string>> {
  const namespace = resources.find(resources.registry.resource("namespaces"), "", request.namespace);
  return namespace?.metadata.labels ?? {};
}

/** `"restricted:latest": …`, or undefined when the pod keeps the level. */
function violation(
  spec: Draft,
  labels: Readonly<Record<string, string>>,
  mode: "enforce" | "warn",
): string | undefined {
  const level = labels[`${PREFIX}/${mode}`] as Level | undefined;
  const problems = level === undefined ? [] : problemsOf(spec, level);
  if (problems.length === 0) return undefined;
  const version = labels[`${PREFIX}/${mode}-version`] ?? "latest";
  return `${JSON.stringify(`${level}:${version}`)}: ${problems.join(", ")}`;
}

/** What keeps a pod below a level: `title (detail)` each. Unknown levels demand nothing. */
export function problemsOf(spec: Draft, level: Level): readonly string[] {
  if (level !== "baseline" && level !== "restricted") return [];
  const checks = level === "baseline" ? BASELINE : [...BASELINE.filter((check) => !REPLACED.has(check)), ...RESTRICTED];
  return checks.flatMap((check) => check(spec));
}

/** What is wrong, in the standard's words. */
type Check = (spec: Draft) => readonly string[];

function containersOf(spec: Draft): Draft[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((field) => (spec[field] ?? []) as Draft[]);
}

const quoteAll = (names: readonly unknown[]): string => names.map((name) => JSON.stringify(name)).join(", ");

/** `container "a"`, `containers "a", "b"`. */
function subject(containers: readonly Draft[]): string {
  return `container${containers.length > 1 ? "s" : ""} ${quoteAll(containers.map((each) => each["name"]))}`;
}

const security = (container: Draft, ...path: string[]): unknown => at(container, "securityContext", ...path);

/** One problem naming all containers for which `isBad` holds. */
function containerCheck(title: string, isBad: (container: Draft, spec: Draft) => boolean, demand: string): Check {
  return (spec) => {
    const bad = containersOf(spec).filter((container) => isBad(container, spec));
    return bad.length === 0 ? [] : [`${title} (${subject(bad)} ${demand})`];
  };
}

const hostNamespaces: Check = (spec) => {
  const used = ["hostNetwork", "hostPID", "hostIPC"].filter((field) => spec[field] === true);
  return used.length === 0 ? [] : [`host namespaces (${used.map((field) => `${field}=true`).join(", ")})`];
};

const privileged = containerCheck(
  "privileged",
  (container) => security(container, "privileged") === true,
  "must not set securityContext.privileged=true",
);

const DEFAULT_CAPABILITIES: ReadonlySet<unknown> = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);

/** Added capabilities that are not allowed: containers and names. */
function added(spec: Draft, allowed: ReadonlySet<unknown>): { containers: Draft[]; names: unknown[] } {
  const extra = (container: Draft) =>
    ((security(container, "capabilities", "add") ?? []) as unknown[]).filter((name) => !allowed.has(name));
  const containers = containersOf(spec).filter((container) => extra(container).length > 0);
  return { containers, names: [...new Set(containers.flatMap(extra))].sort() };
}

const addText = ({ containers, names }: ReturnType<typeof added>): string =>
  `${subject(containers)} must not include ${quoteAll(names)} in securityContext.capabilities.add`;

const baselineCapabilities: Check = (spec) => {
  const extra = added(spec, DEFAULT_CAPABILITIES);
  return extra.containers.length === 0 ? [] : [`non-default capabilities (${addText(extra)})`];
};

const hostPathVolumes: Check = (spec) => {
  const names = ((spec["volumes"] ?? []) as Draft[]).filter((each) => each["hostPath"]).map((each) => each["name"]);
  return names.length === 0 ? [] : [`hostPath volumes (volume${names.length > 1 ? "s" : ""} ${quoteAll(names)})`];
};

const hostPorts: Check = (spec) => {
  const portsOf = (container: Draft) =>
    ((container["ports"] ?? []) as Draft[]).map((port) => port["hostPort"]).filter((port) => Boolean(port));
  const bad = containersOf(spec).filter((container) => portsOf(container).length > 0);
  if (bad.length === 0) return [];
  const ports = [...new Set(bad.flatMap(portsOf))];
  return [
    `hostPort (${subject(bad)} use${bad.length > 1 ? "" : "s"} hostPort${ports.length > 1 ? "s" : ""} ${ports.join(", ")})`,
  ];
};

const procMount = containerCheck(
  "procMount",
  (container) => !["Default", undefined].includes(security(container, "procMount") as string | undefined),
  'must not set securityContext.procMount to "Unmasked"',
);

const seccompBaseline: Check = (spec) => {
  const isUnconfined = (value: unknown) => at(value, "securityContext", "seccompProfile", "type") === "Unconfined";
  const bad = containersOf(spec).filter(isUnconfined);
  const subjects = [...(isUnconfined(spec) ? ["pod"] : []), ...(bad.length > 0 ? [subject(bad)] : [])];
  return subjects.length === 0
    ? []
    : [`seccompProfile (${subjects.join(" and ")} must not set securityContext.seccompProfile.type to "Unconfined")`];
};

const BASELINE: readonly Check[] = [
  baselineCapabilities,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  privileged,
  procMount,
  seccompBaseline,
];

/** The restricted level has a stricter check for the same. */
const REPLACED: ReadonlySet<Check> = new Set([baselineCapabilities, hostPathVolumes, seccompBaseline]);

const allowPrivilegeEscalation = containerCheck(
  "allowPrivilegeEscalation != false",
  (container) => security(container, "allowPrivilegeEscalation") !== false,
  "must set securityContext.allowPrivilegeEscalation=false",
);

const restrictedCapabilities: Check = (spec) => {
  const keeping = containersOf(spec).filter(
    (container) => !((security(container, "capabilities", "drop") ?? []) as unknown[]).includes("ALL"),
  );
  const extra = added(spec, new Set(["NET_BIND_SERVICE"]));
  const parts = [
    ...(keeping.length > 0 ? [`${subject(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(extra.containers.length > 0 ? [addText(extra)] : []),
  ];
  return parts.length === 0 ? [] : [`unrestricted capabilities (${parts.join("; ")})`];
};

const ALLOWED_VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

const restrictedVolumes: Check = (spec) => {
  const bad = ((spec["volumes"] ?? []) as Draft[]).flatMap((volume) => {
    const type = Object.keys(volume).find((field) => field !== "name" && !ALLOWED_VOLUMES.includes(field));
    return type === undefined ? [] : [{ name: volume["name"], type }];
  });
  if (bad.length === 0) return [];
  const types = [...new Set(bad.map(({ type }) => type))];
  const isOne = bad.length === 1;
  const names = quoteAll(bad.map(({ name }) => name));
  return [
    `restricted volume types (volume${isOne ? "" : "s"} ${names} use${isOne ? "s" : ""} restricted volume type${types.length > 1 ? "s" : ""} ${quoteAll(types)})`,
  ];
};

/** A demand that the pod can meet for all its containers. */
function inheritedCheck(
  title: string,
  isMet: (value: unknown) => boolean,
  path: readonly string[],
  demand: string,
): Check {
  return (spec) => {
    const isPodGood = isMet(at(spec, "securityContext", ...path));
    const bad = containersOf(spec).filter((container) => {
      const own = security(container, ...path);
      return own === undefined ? !isPodGood : !isMet(own);
    });
    if (bad.length === 0) return [];
    const explicit = bad.filter((container) => security(container, ...path) !== undefined);
    const who = explicit.length === bad.length ? subject(bad) : `pod or ${subject(bad)}`;
    return [`${title} (${who} ${demand})`];
  };
}

const runAsNonRoot = inheritedCheck(
  "runAsNonRoot != true",
  (value) => value === true,
  ["runAsNonRoot"],
  "must set securityContext.runAsNonRoot=true",
);

const runAsUser: Check = (spec) => {
  const bad = containersOf(spec).filter((container) => security(container, "runAsUser") === 0);
  const subjects = [
    ...(at(spec, "securityContext", "runAsUser") === 0 ? ["pod"] : []),
    ...(bad.length > 0 ? [subject(bad)] : []),
  ];
  return subjects.length === 0 ? [] : [`runAsUser=0 (${subjects.join(" and ")} must not set runAsUser=0)`];
};

const seccompRestricted = inheritedCheck(
  "seccompProfile",
  (value) => value === "RuntimeDefault" || value === "Localhost",
  ["seccompProfile", "type"],
  'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
);

const RESTRICTED: readonly Check[] = [
  allowPrivilegeEscalation,
  restrictedCapabilities,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompRestricted,
];
