/** Containers of a pod: `validateContainers` and `validateInitContainers` of core's validation. */
import { at, type Fields, fields, integer, isAbsent, isObject, objects, text } from "../fields.ts";
import {
  duplicate,
  type FieldErrors,
  forbidden,
  invalid,
  invalids,
  notFound,
  notSupported,
  required,
} from "./errors.ts";
import {
  isConfigMapKey,
  isDns1123Label,
  isDns1123Subdomain,
  isEnvironmentName,
  isPortName,
  isPortNumber,
} from "./names.ts";
import { validateLifecycle, validateProbes } from "./probes.ts";
import { validateResources } from "./quantities.ts";
import { validateSubPath } from "./volumes.ts";

export function validateContainers(containers: unknown, volumes: ReadonlySet<string>, path: string): FieldErrors {
  const list = objects(containers);
  if (list.length === 0) return [required(path)];
  const names = list.map((container) => text(container["name"]));
  return [
    ...list.flatMap((container, index) => {
      const containerPath = `${path}[${index}]`;
      const name = text(container["name"]);
      return [
        ...validateCommon(container, volumes, containerPath),
        ...(name !== "" && names.indexOf(name) < index ? [duplicate(`${containerPath}.name`, name)] : []),
        ...validateLifecycle(container["lifecycle"], `${containerPath}.lifecycle`),
        ...validateProbes(container, containerPath),
      ];
    }),
    ...validateHostPortConflicts(list, path),
  ];
}

export function validateInitContainers(
  initContainers: unknown,
  regular: unknown,
  volumes: ReadonlySet<string>,
  path: string,
): FieldErrors {
  const regularNames = objects(regular).map((container) => text(container["name"]));
  const list = objects(initContainers);
  const names = [...regularNames, ...list.map((container) => text(container["name"]))];
  return list.flatMap((container, index) => {
    const containerPath = `${path}[${index}]`;
    const name = text(container["name"]);
    const isDuplicate = name !== "" && names.indexOf(name) < regularNames.length + index;
    return [
      ...validateCommon(container, volumes, containerPath),
      ...(isDuplicate ? [duplicate(`${containerPath}.name`, name)] : []),
      ...(container["restartPolicy"] === "Always"
        ? [
            ...validateLifecycle(container["lifecycle"], `${containerPath}.lifecycle`),
            ...validateProbes(container, containerPath),
          ]
        : forbidForInit(container, containerPath)),
    ];
  });
}

function forbidForInit(container: Fields, path: string): FieldErrors {
  return ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"].flatMap((name) =>
    isAbsent(container[name])
      ? []
      : [forbidden(`${path}.${name}`, "may not be set for init containers without restartPolicy=Always")],
  );
}

function validateCommon(container: Fields, volumes: ReadonlySet<string>, path: string): FieldErrors {
  const name = text(container["name"]);
  return [
    ...(name === "" ? [required(`${path}.name`)] : invalids(`${path}.name`, name, isDns1123Label(name))),
    ...validateImage(text(container["image"]), `${path}.image`),
    ...validateChoice(container, "terminationMessagePolicy", ["File", "FallbackToLogsOnError"], path),
    ...validatePorts(container["ports"], `${path}.ports`),
    ...validateEnvironment(container["env"], `${path}.env`),
    ...validateEnvironmentSources(container["envFrom"], `${path}.envFrom`),
    ...validateMounts(container["volumeMounts"], volumes, `${path}.volumeMounts`),
    ...validateChoice(container, "imagePullPolicy", ["Always", "IfNotPresent", "Never"], path),
    ...validateResources(container["resources"], `${path}.resources`),
    ...validateSecurityContext(container["securityContext"], `${path}.securityContext`),
  ];
}

export function validateImage(image: string, path: string): FieldErrors {
  if (image === "") return [required(path)];
  return image === image.trim() ? [] : [invalid(path, image, "must not have leading or trailing whitespace")];
}

function validateChoice(container: Fields, field: string, choices: readonly string[], path: string): FieldErrors {
  const value = text(container[field]);
  if (value === "") return [required(`${path}.${field}`)];
  return choices.includes(value) ? [] : [notSupported(`${path}.${field}`, value, choices)];
}

function validatePorts(ports: unknown, path: string): FieldErrors {
  const seen = new Set<string>();
  return objects(ports).flatMap((port, index) => {
    const portPath = `${path}[${index}]`;
    return [
      ...validateContainerPortName(text(port["name"]), seen, `${portPath}.name`),
      ...validatePortNumber(port, portPath),
      ...validateProtocol(text(port["protocol"]), `${portPath}.protocol`),
    ];
  });
}

function validateContainerPortName(name: string, seen: Set<string>, path: string): FieldErrors {
  if (name === "") return [];
  const messages = isPortName(name);
  if (messages.length > 0) return invalids(path, name, messages);
  if (seen.has(name)) return [duplicate(path, name)];
  seen.add(name);
  return [];
}

function validatePortNumber(port: Fields, path: string): FieldErrors {
  const containerPort = integer(port["containerPort"]);
  const hostPort = integer(port["hostPort"]);
  return [
    ...(containerPort === 0
      ? [required(`${path}.containerPort`)]
      : invalids(`${path}.containerPort`, containerPort, isPortNumber(containerPort))),
    ...(hostPort === 0 ? [] : invalids(`${path}.hostPort`, hostPort, isPortNumber(hostPort))),
  ];
}

export function validateProtocol(protocol: string, path: string): FieldErrors {
  if (protocol === "") return [required(path)];
  const supported = ["SCTP", "TCP", "UDP"];
  return supported.includes(protocol) ? [] : [notSupported(path, protocol, supported)];
}

function validateHostPortConflicts(containers: readonly Fields[], path: string): FieldErrors {
  const taken = new Set<string>();
  return containers.flatMap((container, containerIndex) =>
    objects(container["ports"]).flatMap((port, index) => {
      if (integer(port["hostPort"]) === 0) return [];
      const key = `${text(port["protocol"])}/${text(port["hostIP"])}/${integer(port["hostPort"])}`;
      if (taken.has(key)) return [duplicate(`${path}[${containerIndex}].ports[${index}].hostPort`, key)];
      taken.add(key);
      return [];
    }),
  );
}

const VALUE_SOURCES = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"] as const;
const ENV_FIELD_PATHS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];

function validateEnvironment(variables: unknown, path: string): FieldErrors {
  return objects(variables).flatMap((variable, index) => {
    const name = text(variable["name"]);
    const variablePath = `${path}[${index}]`;
    return [
      ...(name === ""
        ? [required(`${variablePath}.name`)]
        : invalids(`${variablePath}.name`, name, isEnvironmentName(name))),
      ...validateValueFrom(variable, `${variablePath}.valueFrom`),
    ];
  });
}

function validateValueFrom(variable: Fields, path: string): FieldErrors {
  if (!isObject(variable["valueFrom"])) return [];
  const source = variable["valueFrom"];
  const given = VALUE_SOURCES.filter((name) => !isAbsent(source[name]));
  const errors = given.flatMap((name) => validateValueSource(name, fields(source[name]), `${path}.${name}`));
  if (given.length === 0) {
    const names = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    return [invalid(path, "", `must specify one of: ${names}`)];
  }
  if (text(variable["value"]) !== "")
    return [...errors, invalid(path, "", "may not be specified when `value` is not empty")];
  return given.length > 1
    ? [...errors, invalid(path, "", "may not have more than one field specified at a time")]
    : errors;
}

function validateValueSource(name: (typeof VALUE_SOURCES)[number], source: Fields, path: string): FieldErrors {
  switch (name) {
    case "fieldRef":
      return validateFieldPath(text(source["fieldPath"]), `${path}.fieldPath`);
    case "resourceFieldRef":
      return text(source["resource"]) === "" ? [required(`${path}.resource`)] : [];
    case "configMapKeyRef":
    case "secretKeyRef":
      return validateKeySelector(source, path);
    case "fileKeyRef":
      return text(source["key"]) === "" ? [required(`${path}.key`)] : [];
  }
}

function validateFieldPath(fieldPath: string, path: string): FieldErrors {
  if (fieldPath === "") return [required(path)];
  if (/^metadata\.(labels|annotations)\['[^']+'\]$/.test(fieldPath) || ENV_FIELD_PATHS.includes(fieldPath)) return [];
  const isKnownLabel = ["metadata.labels", "metadata.annotations", "spec.restartPolicy", "status.phase"].includes(
    fieldPath,
  );
  return isKnownLabel
    ? [notSupported(path, fieldPath, ENV_FIELD_PATHS)]
    : [invalid(path, fieldPath, `error converting fieldPath: field label not supported: ${fieldPath}`)];
}

function validateKeySelector(source: Fields, path: string): FieldErrors {
  const name = text(source["name"]);
  const key = text(source["key"]);
  return [
    ...invalids(`${path}.name`, name, isDns1123Subdomain(name)),
    ...(key === "" ? [required(`${path}.key`)] : invalids(`${path}.key`, key, isConfigMapKey(key))),
  ];
}

function validateEnvironmentSources(sources: unknown, path: string): FieldErrors {
  return objects(sources).flatMap((source, index) => {
    const sourcePath = `${path}[${index}]`;
    const prefix = text(source["prefix"]);
    const given = ["configMapRef", "secretRef"].filter((name) => !isAbsent(source[name]));
    return [
      ...(prefix === "" ? [] : invalids(`${sourcePath}.prefix`, prefix, isEnvironmentName(prefix))),
      ...given.flatMap((name) => {
        const target = text(at(source, name, "name"));
        return target === ""
          ? [required(`${sourcePath}.${name}.name`)]
          : invalids(`${sourcePath}.${name}.name`, target, isDns1123Subdomain(target));
      }),
      ...(given.length === 0 ? [invalid(sourcePath, "", "must specify one of: `configMapRef` or `secretRef`")] : []),
      ...(given.length > 1 ? [invalid(sourcePath, "", "may not have more than one field specified at a time")] : []),
    ];
  });
}

function validateMounts(mounts: unknown, volumes: ReadonlySet<string>, path: string): FieldErrors {
  const taken = new Set<string>();
  return objects(mounts).flatMap((mount, index) => {
    const mountPath = `${path}[${index}]`;
    const name = text(mount["name"]);
    const target = text(mount["mountPath"]);
    const isTaken = taken.has(target);
    taken.add(target);
    return [
      ...(name === "" ? [required(`${mountPath}.name`)] : []),
      ...(volumes.has(name) ? [] : [notFound(`${mountPath}.name`, name)]),
      ...(target === "" ? [required(`${mountPath}.mountPath`)] : []),
      ...(isTaken ? [invalid(`${mountPath}.mountPath`, target, "must be unique")] : []),
      ...validateSubPath(mount, mountPath),
    ];
  });
}

function validateSecurityContext(context: unknown, path: string): FieldErrors {
  if (!isObject(context)) return [];
  const ids = ["runAsUser", "runAsGroup"].flatMap((name) => validateId(context[name], `${path}.${name}`));
  const isContradiction = context["privileged"] === true && context["allowPrivilegeEscalation"] === false;
  return [
    ...ids,
    ...(isContradiction
      ? [invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")]
      : []),
  ];
}

/** User and group IDs. */
export function validateId(value: unknown, path: string): FieldErrors {
  if (typeof value !== "number" || (value >= 0 && value <= 2147483647)) return [];
  return [invalid(path, value, "must be between 0 and 2147483647, inclusive")];
}
