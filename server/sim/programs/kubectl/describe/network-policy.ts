/** NetworkPolicy: what it allows, in words. Reads only what is stored; nothing is defaulted here. */
import { type Fields, fields, isAbsent, isObject, list, objects, strings, text } from "../../../kube/kinds/fields.ts";
import { formatLabelSelector, isEmptySelector } from "../../../kube/kinds/validation/selectors.ts";
import { goTime, specOf, writeAnnotations, writeLabels, writeName } from "./format.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import { CURRENT_MINOR, type Describer, SINCE_MINOR } from "./types.ts";

interface Direction {
  readonly type: "Ingress" | "Egress";
  readonly rules: "ingress" | "egress";
  readonly peers: "from" | "to";
  readonly title: "From" | "To";
  readonly restricted: "source" | "destination";
}

const directions: readonly Direction[] = [
  { type: "Ingress", rules: "ingress", peers: "from", title: "From", restricted: "source" },
  { type: "Egress", rules: "egress", peers: "to", title: "To", restricted: "destination" },
];

const INDENT = "    ";

export const networkPolicy: Describer = {
  group: "networking.k8s.io",
  kind: "NetworkPolicy",
  queries: () => [],
  describe(object, _related, _nowMs, kubectlMinor = CURRENT_MINOR) {
    const w = new PrefixWriter();
    const spec = specOf(object);
    writeName(w, object);
    w.field("Created on", goTime(object.metadata.creationTimestamp));
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    w.line(0, "Spec:");
    const selector = isEmptySelector(spec["podSelector"])
      ? "<none> (Allowing the specific traffic to all pods in this namespace)"
      : formatLabelSelector(spec["podSelector"]);
    // Two pieces with an indentation each: hence five blanks after the colon.
    w.write(1, "PodSelector: ");
    w.line(2, selector);
    const types = strings(spec["policyTypes"]);
    for (const direction of directions)
      writeDirection(w, spec, direction, types.includes(direction.type), kubectlMinor);
    w.line(1, `Policy Types: ${types.join(", ") || "<none>"}`);
    return w.toString();
  },
};

function writeDirection(
  w: PrefixWriter,
  spec: Fields,
  direction: Direction,
  isEnabled: boolean,
  kubectlMinor: number,
): void {
  if (!isEnabled) {
    w.line(1, `Not affecting ${direction.rules} traffic`);
    return;
  }
  w.line(1, `Allowing ${direction.rules} traffic:`);
  const rules = list(spec[direction.rules]).map(fields);
  if (rules.length === 0) {
    w.line(0, `${INDENT}<none> (Selected pods are isolated for ${direction.rules} connectivity)`);
  }
  for (const [index, rule] of rules.entries()) {
    writePorts(w, objects(rule["ports"]), kubectlMinor);
    writePeers(w, objects(rule[direction.peers]), direction);
    if (index < rules.length - 1) w.line(0, `${INDENT}----------`);
  }
}

function writePorts(w: PrefixWriter, ports: readonly Fields[], kubectlMinor: number): void {
  if (ports.length === 0) w.line(0, `${INDENT}To Port: <any> (traffic allowed to all ports)`);
  for (const port of ports) {
    const protocol = text(port["protocol"]) || "TCP";
    const number = isAbsent(port["port"]) ? "<nil>" : String(port["port"]);
    w.line(
      0,
      isAbsent(port["endPort"]) || kubectlMinor < SINCE_MINOR.portRanges
        ? `${INDENT}To Port: ${number}/${protocol}`
        : `${INDENT}To Port Range: ${number}-${String(port["endPort"])}/${protocol}`,
    );
  }
}

function writePeers(w: PrefixWriter, peers: readonly Fields[], { title, restricted }: Direction): void {
  if (peers.length === 0) w.line(0, `${INDENT}${title}: <any> (traffic not restricted by ${restricted})`);
  for (const peer of peers) {
    const { namespaceSelector, podSelector, ipBlock } = peer;
    w.line(0, `${INDENT}${title}:`);
    if (isObject(namespaceSelector))
      w.line(0, `${INDENT}  NamespaceSelector: ${formatLabelSelector(namespaceSelector)}`);
    if (isObject(podSelector)) w.line(0, `${INDENT}  PodSelector: ${formatLabelSelector(podSelector)}`);
    if (isObject(namespaceSelector) || isObject(podSelector) || !isObject(ipBlock)) continue;
    w.line(0, `${INDENT}  IPBlock:`);
    w.line(0, `${INDENT}    CIDR: ${text(ipBlock["cidr"])}`);
    w.line(0, `${INDENT}    Except: ${strings(ipBlock["except"]).join(", ")}`);
  }
}
