/** Pod specs and pod templates: `ValidatePodSpec` of core's validation, in its order. */
import { at, type Fields, fields, integer, isAbsent, isObject, list, objects, strings, text } from "../fields.ts";
import { validateAddress } from "./cidrs.ts";
import { validateContainers, validateId, validateInitContainers } from "./containers.ts";
import { type FieldErrors, forbidden, invalid, invalids, notSupported, required } from "./errors.ts";
import { validateAnnotations, validateLabels } from "./metadata.ts";
import { isDns1123Label, isDns1123Subdomain } from "./names.ts";
import { validateAffinity, validateSpread, validateTolerations } from "./scheduling.ts";
import { selectorMatches } from "./selectors.ts";
import { validateVolumes, volumeNames } from "./volumes.ts";

const DNS_POLICIES = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const MAX_DEADLINE_SECONDS = 2147483647;

export function validatePodSpec(spec: Fields, path: string, profile: string): FieldErrors {
  const volumes = volumeNames(spec);
  return [
    ...validateVolumes(spec["volumes"], `${path}.volumes`),
    ...validateContainers(spec["containers"], volumes, `${path}.containers`),
    ...validateInitContainers(spec["initContainers"], spec["containers"], volumes, `${path}.initContainers`),
    ...validateRestartPolicy(text(spec["restartPolicy"]), `${path}.restartPolicy`),
    ...validateDnsPolicy(text(spec["dnsPolicy"]), `${path}.dnsPolicy`),
    ...validateLabels(spec["nodeSelector"], `${path}.nodeSelector`),
    ...validatePodSecurity(spec, path),
    ...objects(spec["imagePullSecrets"]).flatMap((secret, index) =>
      text(secret["name"]) === "" ? [required(`${path}.imagePullSecrets[${index}].name`)] : [],
    ),
    ...validateAffinity(spec["affinity"], `${path}.affinity`),
    ...validateDnsConfig(spec, path, profile),
    ...validateSpread(spec["topologySpreadConstraints"], `${path}.topologySpreadConstraints`),
    ...validateOptionalName(spec, "serviceAccountName", path),
    ...validateOptionalName(spec, "nodeName", path),
    ...validateDeadline(spec["activeDeadlineSeconds"], `${path}.activeDeadlineSeconds`),
    ...validateHostLabel(spec, "hostname", path),
    ...validateHostLabel(spec, "subdomain", path),
    ...validateTolerations(spec["tolerations"], `${path}.tolerations`),
    ...validateHostAliases(spec["hostAliases"], `${path}.hostAliases`, profile),
    ...validateOptionalName(spec, "priorityClassName", path),
    ...validateOptionalName(spec, "runtimeClassName", path),
  ];
}

function validateRestartPolicy(policy: string, path: string): FieldErrors {
  if (policy === "") return [required(path)];
  const policies = ["Always", "OnFailure", "Never"];
  return policies.includes(policy) ? [] : [notSupported(path, policy, policies)];
}

function validateDnsPolicy(policy: string, path: string): FieldErrors {
  if (policy === "") return [required(path)];
  return DNS_POLICIES.includes(policy) ? [] : [notSupported(path, policy, DNS_POLICIES)];
}

function validatePodSecurity(spec: Fields, path: string): FieldErrors {
  const context = fields(spec["securityContext"]);
  return [
    ...(spec["hostNetwork"] === true ? validateHostNetworkPorts(spec["containers"], `${path}.containers`) : []),
    ...["fsGroup", "runAsUser", "runAsGroup"].flatMap((name) =>
      validateId(context[name], `${path}.securityContext.${name}`),
    ),
  ];
}

function validateHostNetworkPorts(containers: unknown, path: string): FieldErrors {
  return objects(containers).flatMap((container, containerIndex) =>
    objects(container["ports"]).flatMap((port, index) => {
      const hostPort = integer(port["hostPort"]);
      if (hostPort === integer(port["containerPort"])) return [];
      const portPath = `${path}[${containerIndex}].ports[${index}].hostPort`;
      return [invalid(portPath, hostPort, "must match `containerPort` when `hostNetwork` is true")];
    }),
  );
}

function validateDnsConfig(spec: Fields, path: string, profile: string): FieldErrors {
  const config = spec["dnsConfig"];
  const needsConfig = spec["dnsPolicy"] === "None";
  const configPath = `${path}.dnsConfig`;
  if (!isObject(config)) {
    return needsConfig ? [required(configPath, "must provide `dnsConfig` when `dnsPolicy` is None")] : [];
  }
  const nameservers = strings(config["nameservers"]);
  const missing = "must provide at least one DNS nameserver when `dnsPolicy` is None";
  return [
    ...(needsConfig && nameservers.length === 0 ? [required(`${configPath}.nameservers`, missing)] : []),
    ...(nameservers.length > 3
      ? [invalid(`${configPath}.nameservers`, nameservers, "must not have more than 3 nameservers")]
      : []),
    ...nameservers.flatMap((server, index) => validateAddress(server, `${configPath}.nameservers[${index}]`, profile)),
    ...strings(config["searches"]).flatMap((search, index) =>
      invalids(`${configPath}.searches[${index}]`, search, isDns1123Subdomain(search.replace(/\.$/, ""))),
    ),
    ...objects(config["options"]).flatMap((option, index) =>
      text(option["name"]) === "" ? [required(`${configPath}.options[${index}]`, "must not be empty")] : [],
    ),
  ];
}

function validateOptionalName(spec: Fields, field: string, path: string): FieldErrors {
  const name = text(spec[field]);
  return name === "" ? [] : invalids(`${path}.${field}`, name, isDns1123Subdomain(name));
}

function validateHostLabel(spec: Fields, field: string, path: string): FieldErrors {
  const name = text(spec[field]);
  return name === "" ? [] : invalids(`${path}.${field}`, name, isDns1123Label(name));
}

function validateDeadline(seconds: unknown, path: string): FieldErrors {
  if (isAbsent(seconds) || (integer(seconds) >= 1 && integer(seconds) <= MAX_DEADLINE_SECONDS)) return [];
  return [invalid(path, seconds, `must be between 1 and ${MAX_DEADLINE_SECONDS}, inclusive`)];
}

function validateHostAliases(aliases: unknown, path: string, profile: string): FieldErrors {
  return objects(aliases).flatMap((alias, index) => [
    ...validateAddress(text(alias["ip"]), `${path}[${index}].ip`, profile),
    ...strings(alias["hostnames"]).flatMap((name, nameIndex) =>
      invalids(`${path}[${index}].hostnames[${nameIndex}]`, name, isDns1123Subdomain(name)),
    ),
  ]);
}

/** `ValidatePodTemplateSpec`: labels and annotations stand at the template itself in its paths. */
export function validatePodTemplate(template: Fields, path: string, profile: string): FieldErrors {
  return [
    ...validateTemplateMetadata(template, path),
    ...validatePodSpec(fields(template["spec"]), `${path}.spec`, profile),
    ...(list(at(template, "spec", "ephemeralContainers")).length > 0
      ? [forbidden(`${path}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template")]
      : []),
  ];
}

function validateTemplateMetadata(template: Fields, path: string): FieldErrors {
  return [
    ...validateLabels(at(template, "metadata", "labels"), `${path}.labels`),
    ...validateAnnotations(at(template, "metadata", "annotations"), `${path}.annotations`),
  ];
}

/**
 * The template of a controller that keeps pods running: its labels must satisfy the selector,
 * its pods must always restart. An empty selector is not compared (it is refused elsewhere).
 */
export function validateReplicatedTemplate(
  template: Fields,
  selector: unknown,
  path: string,
  profile: string,
  options: { readonly isEmpty: boolean; readonly owner: string },
): FieldErrors {
  const { isEmpty, owner } = options;
  // A StatefulSet's pods mount claims that its template does not have: what else is wrong shows when they are created.
  const isWhole = owner !== "StatefulSet";
  const labels = at(template, "metadata", "labels") as Readonly<Record<string, string>> | undefined;
  const policy = text(at(template, "spec", "restartPolicy"));
  return [
    ...(isEmpty || selectorMatches(selector, labels ?? {})
      ? []
      : [invalid(`${path}.metadata.labels`, labels ?? null, "`selector` does not match template `labels`")]),
    ...(isWhole ? validatePodTemplate(template, path, profile) : validateTemplateMetadata(template, path)),
    ...(policy === "Always" ? [] : [notSupported(`${path}.spec.restartPolicy`, policy, ["Always"])]),
    ...(isAbsent(at(template, "spec", "activeDeadlineSeconds"))
      ? []
      : [forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${owner} is not Supported`)]),
  ];
}
