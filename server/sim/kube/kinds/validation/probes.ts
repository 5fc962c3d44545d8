/** Probes and lifecycle hooks: what is done to a container to ask or tell it something. */
import { at, type Fields, fields, integer, isAbsent, isObject, list, objects, text } from "../fields.ts";
import { type FieldErrors, forbidden, invalid, notSupported, required } from "./errors.ts";
import { validateNonNegative } from "./metadata.ts";
import { validatePort } from "./ports.ts";

const COUNTERS = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"];

export function validateProbes(container: Fields, path: string): FieldErrors {
  return ["livenessProbe", "readinessProbe", "startupProbe"].flatMap((name) => {
    const probe = container[name];
    if (!isObject(probe)) return [];
    return [
      ...validateProbe(probe, `${path}.${name}`),
      // Only readiness can be regained step by step.
      ...(name !== "readinessProbe" && integer(probe["successThreshold"], 1) !== 1
        ? [invalid(`${path}.${name}.successThreshold`, probe["successThreshold"], "must be 1")]
        : []),
    ];
  });
}

function validateProbe(probe: Fields, path: string): FieldErrors {
  const grace = probe["terminationGracePeriodSeconds"];
  return [
    ...validateHandler(probe, path, ["exec", "httpGet", "tcpSocket", "grpc"]),
    ...COUNTERS.flatMap((name) => validateNonNegative(probe[name], `${path}.${name}`)),
    ...(!isAbsent(grace) && integer(grace) <= 0
      ? [invalid(`${path}.terminationGracePeriodSeconds`, grace, "must be greater than 0")]
      : []),
  ];
}

export function validateLifecycle(lifecycle: unknown, path: string): FieldErrors {
  return ["postStart", "preStop"].flatMap((hook) => {
    const handler = fields(lifecycle)[hook];
    return isObject(handler)
      ? validateHandler(handler, `${path}.${hook}`, ["exec", "httpGet", "tcpSocket", "sleep"])
      : [];
  });
}

function validateHandler(handler: Fields, path: string, types: readonly string[]): FieldErrors {
  const given = types.filter((type) => !isAbsent(handler[type]));
  if (given.length === 0) return [required(path, "must specify a handler type")];
  return given.flatMap((type, index) =>
    index > 0
      ? [forbidden(`${path}.${type}`, "may not specify more than 1 handler type")]
      : validateAction(type, fields(handler[type]), `${path}.${type}`),
  );
}

function validateAction(type: string, action: Fields, path: string): FieldErrors {
  switch (type) {
    case "exec":
      return list(action["command"]).length === 0 ? [required(`${path}.command`)] : [];
    case "httpGet":
      return validateHttpGet(action, path);
    case "sleep":
      return integer(action["seconds"]) < 0
        ? [invalid(path, action["seconds"], "must be non-negative and less than terminationGracePeriodSeconds")]
        : [];
    default:
      return validatePort(action["port"], `${path}.port`);
  }
}

function validateHttpGet(action: Fields, path: string): FieldErrors {
  const scheme = text(action["scheme"]);
  return [
    ...(text(action["path"]) === "" ? [required(`${path}.path`)] : []),
    ...validatePort(action["port"], `${path}.port`),
    ...(scheme === "HTTP" || scheme === "HTTPS" ? [] : [notSupported(`${path}.scheme`, scheme, ["HTTP", "HTTPS"])]),
    ...objects(action["httpHeaders"]).flatMap((header) =>
      /^[-A-Za-z0-9]+$/.test(text(at(header, "name")))
        ? []
        : [
            invalid(
              `${path}.httpHeaders`,
              text(header["name"]),
              "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
            ),
          ],
    ),
  ];
}
