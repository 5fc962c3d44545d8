/** NetworkPolicy: networking/v1 defaults and `pkg/apis/networking/validation`. */
import {
  draftAt,
  draftList,
  type Fields,
  fields,
  fillEmpty,
  isAbsent,
  list,
  objects,
  strings,
  text,
} from "./fields.ts";
import { defineKind } from "./define.ts";
import type { Draft, FieldError, KindContext } from "./types.ts";
import { cidrWarnings, isStrictSubset, parseCidr, validateCidr } from "./validation/cidrs.ts";
import { type FieldErrors, forbidden, invalid, invalids, notSupported, required } from "./validation/errors.ts";
import { isPortName, isPortNumber } from "./validation/names.ts";
import { formatLabelSelector, validateLabelSelector } from "./validation/selectors.ts";

/** The two directions with the field in which each keeps its peers. */
const directions = [
  { rules: "ingress", peers: "from" },
  { rules: "egress", peers: "to" },
] as const;

export const networkPolicy = defineKind({
  group: "networking.k8s.io",
  kind: "NetworkPolicy",
  plural: "networkpolicies",
  shortNames: ["netpol"],
  hasGeneration: true,
  cells: {
    "Pod-Selector": (object) => formatLabelSelector(fields(object["spec"])["podSelector"]),
  },

  applyDefaults(draft) {
    const spec = draftAt(draft, "spec");
    fillEmpty(spec, "podSelector", {});
    for (const { rules } of directions) {
      for (const rule of draftList(spec, rules)) defaultPorts(rule);
    }
    if (list(spec["policyTypes"]).length > 0) return;
    // The length decides, not the presence: `egress: []` does not isolate egress.
    spec["policyTypes"] = list(spec["egress"]).length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
  },

  validateSpec(object, context, old) {
    const spec = fields(object["spec"]);
    const known = new Set(old === undefined ? [] : cidrsOf(fields(old["spec"])).map(({ cidr }) => cidr));
    return [
      ...validateLabelSelector(spec["podSelector"], "spec.podSelector"),
      ...directions.flatMap(({ rules, peers }) =>
        objects(spec[rules]).flatMap((rule, index) =>
          validateRule(rule, `spec.${rules}[${index}]`, peers, context, known),
        ),
      ),
      ...validatePolicyTypes(strings(spec["policyTypes"])),
    ];
  },

  warnings(object, _old, context) {
    return cidrsOf(fields(object["spec"])).flatMap(({ cidr, path }) => cidrWarnings(cidr, path, context.profile));
  },
});

function defaultPorts(rule: Draft): void {
  for (const port of draftList(rule, "ports")) fillEmpty(port, "protocol", "TCP");
}

function validateRule(
  rule: Fields,
  path: string,
  peers: "from" | "to",
  context: KindContext,
  known: ReadonlySet<string>,
): FieldErrors {
  return [
    ...objects(rule["ports"]).flatMap((port, index) => validatePort(port, `${path}.ports[${index}]`)),
    ...objects(rule[peers]).flatMap((peer, index) => validatePeer(peer, `${path}.${peers}[${index}]`, context, known)),
  ];
}

function validatePort(entry: Fields, path: string): FieldErrors {
  const protocol = text(entry["protocol"]);
  const known = protocol === "" || ["TCP", "UDP", "SCTP"].includes(protocol);
  return [
    ...(known ? [] : [notSupported(`${path}.protocol`, protocol, ["TCP", "UDP", "SCTP"])]),
    ...validatePortNumbers(entry["port"], entry["endPort"], path),
  ];
}

function validatePortNumbers(port: unknown, endPort: unknown, path: string): FieldErrors {
  const hasEndPort = typeof endPort === "number";
  if (typeof port === "number") {
    return [
      ...invalids(`${path}.port`, port, isPortNumber(port)),
      ...(hasEndPort && endPort < port
        ? [invalid(`${path}.endPort`, port, "must be greater than or equal to `port`")]
        : []),
      ...(hasEndPort ? invalids(`${path}.endPort`, endPort, isPortNumber(endPort)) : []),
    ];
  }
  if (typeof port === "string") {
    return [
      ...(hasEndPort ? [invalid(`${path}.endPort`, endPort, "may not be specified when `port` is non-numeric")] : []),
      ...invalids(`${path}.port`, port, isPortName(port)),
    ];
  }
  return hasEndPort ? [invalid(`${path}.endPort`, endPort, "may not be specified when `port` is not specified")] : [];
}

function validatePeer(peer: Fields, path: string, context: KindContext, known: ReadonlySet<string>): FieldErrors {
  const selectors = ["podSelector", "namespaceSelector"].filter((name) => !isAbsent(peer[name]));
  const hasBlock = !isAbsent(peer["ipBlock"]);
  const errors: FieldError[] = [
    ...selectors.flatMap((name) => validateLabelSelector(peer[name], `${path}.${name}`)),
    ...(hasBlock ? validateIpBlock(fields(peer["ipBlock"]), `${path}.ipBlock`, context, known) : []),
  ];
  if (!hasBlock && selectors.length === 0) errors.push(required(path, "must specify a peer"));
  else if (hasBlock && selectors.length > 0)
    errors.push(forbidden(path, "may not specify both ipBlock and another peer"));
  return errors;
}

function validateIpBlock(block: Fields, path: string, context: KindContext, known: ReadonlySet<string>): FieldErrors {
  const cidr = text(block["cidr"]);
  if (cidr === "") return [required(`${path}.cidr`)];
  const errors = validateCidr(cidr, `${path}.cidr`, context.profile, known);
  const outer = parseCidr(cidr);
  // Exceptions are only compared with a CIDR that could be read.
  if (outer === undefined) return errors;
  return [
    ...errors,
    ...strings(block["except"]).flatMap((value, index) => {
      const exceptPath = `${path}.except[${index}]`;
      const inner = parseCidr(value);
      const mistakes = validateCidr(value, exceptPath, context.profile, known);
      if (inner === undefined || isStrictSubset(inner, outer)) return mistakes;
      return [...mistakes, invalid(exceptPath, value, "must be a strict subset of `cidr`")];
    }),
  ];
}

function validatePolicyTypes(types: readonly string[]): FieldErrors {
  if (types.length > 2) return [invalid("spec.policyTypes", types, "may not specify more than two policyTypes")];
  return types.flatMap((type, index) =>
    type === "Ingress" || type === "Egress"
      ? []
      : [notSupported(`spec.policyTypes[${index}]`, type, ["Ingress", "Egress"])],
  );
}

/** Every CIDR of a policy, exceptions included, with the path where it stands. */
function cidrsOf(spec: Fields): readonly { readonly cidr: string; readonly path: string }[] {
  return directions.flatMap(({ rules, peers }) =>
    objects(spec[rules]).flatMap((rule, ruleIndex) =>
      objects(rule[peers]).flatMap((peer, peerIndex) => {
        const block = fields(peer["ipBlock"]);
        const path = `spec.${rules}[${ruleIndex}].${peers}[${peerIndex}].ipBlock`;
        const except = strings(block["except"]);
        return [
          ...(text(block["cidr"]) === "" ? [] : [{ cidr: text(block["cidr"]), path: `${path}.cidr` }]),
          ...except.map((cidr, index) => ({ cidr, path: `${path}.except[${index}]` })),
        ];
      }),
    ),
  );
}
