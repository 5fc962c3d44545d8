/** Advice beyond the engine's own, from objects only the API knows; given where no other reading is left. */
import {
  compileSelector,
  type EngineState,
  PolicyEngine,
  protocolNumber,
  type RuleExplanation,
  type SideExplanation,
  selectorMatches,
} from "../../net/index.ts";
import type { Labels, NetworkPolicy } from "../../net/types.ts";
import type { ApiObject } from "../kubectl/client/rest-client.ts";
import { nameOf, namespaceOf, stringMap } from "../kubectl/resources/target.ts";
import type { Answer, PlacedAdvice } from "./answer.ts";
import { labelOfHost } from "./ends.ts";
import { nameAdvice } from "./name-advice.ts";
import { listIfAllowed, NETWORKING, type Plugin } from "./plugin.ts";
import type { Trial } from "./journeys.ts";

/** How many policies of other namespaces are tried in the place where they may have been meant. */
const MOST_CANDIDATES = 20;

export async function adviseOn(plugin: Plugin, answer: Answer): Promise<readonly PlacedAdvice[]> {
  const { main, lookup } = answer;
  const found: PlacedAdvice[] = [];
  if (lookup !== null && !lookup.isOpen) found.push(...lookup.journey.advice, ...(await labelAdvice(plugin, lookup)));
  // Another name server than the cluster's may be cut off for good reasons.
  const isDns = main.flow.destination?.startsWith("pod:kube-system/") === true;
  found.push(...main.journey.advice.filter(({ id }) => id !== "nobody-listens" && (id !== "dns-cut-off" || isDns)));
  found.push(...(await nameAdvice(plugin, main.flow)), ...refusalAdvice(main));
  found.push(
    ...portAdvice(answer),
    ...(await labelAdvice(plugin, main)),
    ...(await subjectAdvice(plugin, main)),
    ...(await namespaceAdvice(plugin, answer)),
  );
  found.push(...enforcementAdvice(plugin, main));
  const texts = new Set<string>();
  return found.filter(({ text }) => !texts.has(text) && texts.add(text));
}

/** A headless name is not translated: the Service port counts for nothing (rule 96). */
function portAdvice({ target: { service }, main }: Answer): PlacedAdvice[] {
  const endpoint = service?.endpoints.find(({ address }) => address === main.flow.destinationAddress);
  if (!service?.isHeadless || endpoint === undefined || main.isListening !== false) return [];
  if (endpoint.port === main.flow.requestedPort) return [];
  const text = `Service ${service.namespace}/${service.name} is headless: nothing translates port ${main.flow.requestedPort}; the pods listen on ${endpoint.port}.`;
  return [{ id: "headless-port", text }];
}

function refusalAdvice({ flow }: Trial): PlacedAdvice[] {
  const last = flow.steps.at(-1);
  if (last?.at !== "listener" || last.isListening) return [];
  const text = `A refusal is not the work of a policy: nothing listens on port ${last.port}/${flow.protocol} of ${labelOfHost(last.host)}.`;
  return [{ id: "nobody-listens", text }];
}

function enforcementAdvice({ fabric }: Plugin, { journey }: Trial): PlacedAdvice[] {
  const sides = [journey.egress, journey.ingress].filter((side) => side !== null && side.policies.length > 0);
  if (fabric.profile.enforcesPolicies || sides.length === 0) return [];
  const text =
    "The network plugin of this cluster does not enforce NetworkPolicies: they are stored and have no effect.";
  return [{ id: "plugin-does-not-enforce", text }];
}

// ------------------------------------------------------------------------------- labels

/** A policy of the pod's namespace that selects nothing, because its label sits on a Deployment or the namespace. */
async function subjectAdvice(plugin: Plugin, { journey }: Trial): Promise<readonly PlacedAdvice[]> {
  const state = plugin.fabric.engine.state();
  const ends = new Set([journey.egress, journey.ingress].flatMap((side) => (side?.isPod ? [side.end] : [])));
  const advice: PlacedAdvice[] = [];
  for (const end of ends) {
    const [namespace = "", pod = ""] = end.split("/");
    for (const policy of state.policies.filter(({ metadata }) => metadata.namespace === namespace)) {
      for (const [key, value] of Object.entries(policy.spec?.podSelector?.matchLabels ?? {})) {
        const text = await misplacedLabel(plugin, namespace, pod, `${key}=${value}`);
        if (text === null) continue;
        const path = `spec.podSelector.matchLabels.${key}`;
        advice.push({
          id: "label-sits-elsewhere",
          text: `Policy ${idOf(policy)} selects no pod. ${text}`,
          policy: idOf(policy),
          path,
        });
      }
    }
  }
  return advice;
}

/** A label the rule wants of a pod, and that sits on the pod's namespace or Deployment instead. */
async function labelAdvice(plugin: Plugin, { journey }: Trial): Promise<readonly PlacedAdvice[]> {
  const denied = [journey.egress, journey.ingress].filter(
    (side): side is SideExplanation => side?.decision.isAllowed === false,
  );
  const advice: PlacedAdvice[] = [];
  for (const side of denied) {
    const peer = side.direction === "egress" ? journey.flow.destination : journey.flow.source;
    const [namespace, pod] = /^pod:([^/]+)\/(.+)$/.exec(peer ?? "")?.slice(1) ?? [];
    if (namespace === undefined || pod === undefined) continue;
    for (const { policy, rules } of side.policies) {
      for (const failure of rules.flatMap(peerFailures)) {
        const text = await misplacedLabel(plugin, namespace, pod, failure.wanted);
        if (text !== null) advice.push({ id: "label-sits-elsewhere", text, policy, path: failure.path });
      }
    }
  }
  return advice;
}

function peerFailures({ peers }: RuleExplanation) {
  return (peers ?? []).flatMap(({ failure }) => (failure?.field === "podLabel" ? [failure] : []));
}

async function misplacedLabel(plugin: Plugin, namespace: string, pod: string, wanted: string): Promise<string | null> {
  const [key, value, more] = wanted.split("=");
  if (key === undefined || value === undefined || more !== undefined || key.endsWith("!")) return null;
  const state = plugin.fabric.engine.state();
  const isOnAPod = state.pods.some((one) => one.namespace === namespace && one.labels[key] === value);
  if (isOnAPod) return null;
  if (state.namespaces.some(({ name, labels }) => name === namespace && labels[key] === value)) {
    return `The label ${wanted} sits on namespace ${namespace}, not on its pods: podSelector sees the labels of pods only.`;
  }
  const deployments = await listIfAllowed(plugin, "/apis/apps/v1", "deployments", namespace);
  const owner = deployments.find((one) => stringMap(one, "labels")[key] === value && isOwnerOf(one, pod));
  if (owner === undefined) return null;
  return `The label ${wanted} sits on Deployment ${namespace}/${nameOf(owner)} itself; policies see the labels of its pods (spec.template.metadata.labels).`;
}

const isOwnerOf = (deployment: ApiObject, pod: string): boolean =>
  pod.startsWith(`${nameOf(deployment)}-`) && /^[a-z0-9]+-[a-z0-9]+$/.test(pod.slice(nameOf(deployment).length + 1));

// ------------------------------------------------------------------- another namespace

/** A policy that would change the verdict if it lay in the namespace of the pod its selector fits. */
async function namespaceAdvice(plugin: Plugin, { main, isOpen, lookup }: Answer): Promise<readonly PlacedAdvice[]> {
  if (main.flow.destination === null || (isOpen && !main.isOpen) || lookup?.isOpen === false) return [];
  const { fabric } = plugin;
  const state = fabric.engine.state();
  const readable = new Set(
    (await listIfAllowed(plugin, NETWORKING, "networkpolicies", "")).map((one) => `${namespaceOf(one)}/${nameOf(one)}`),
  );
  const advice: PlacedAdvice[] = [];
  for (const side of [main.journey.egress, main.journey.ingress]) {
    const pod = state.pods.find((one) => side !== null && `${one.namespace}/${one.name}` === side.end);
    if (side === null || pod === undefined || side.decision.isAllowed !== main.isOpen) continue;
    const candidates = state.policies.filter((policy) => readable.has(idOf(policy)) && isMeantFor(state, policy, pod));
    for (const policy of candidates.slice(0, MOST_CANDIDATES)) {
      if (verdictWith(state, policy, pod.namespace, main) === main.isOpen) continue;
      const effect = main.isOpen ? "stop" : "allow";
      const text = `Policy ${idOf(policy)} would ${effect} this, but a policy selects pods of its own namespace only, and pod ${side.end} is in ${pod.namespace}.`;
      advice.push({ id: "policy-in-another-namespace", text, policy: idOf(policy), path: "metadata.namespace" });
    }
  }
  return advice;
}

const idOf = ({ metadata }: NetworkPolicy) => `${metadata.namespace ?? ""}/${metadata.name}`;

/** It selects nothing where it lies, and this pod if it lay there. */
function isMeantFor(
  state: EngineState,
  policy: NetworkPolicy,
  pod: { readonly namespace: string; readonly labels: Labels },
): boolean {
  const selector = compileSelector(policy.spec?.podSelector);
  if (policy.metadata.namespace === pod.namespace || selector.requirements.length === 0) return false;
  const isUsed = state.pods.some(
    (one) => one.namespace === policy.metadata.namespace && selectorMatches(selector, one.labels),
  );
  return !isUsed && selectorMatches(selector, pod.labels);
}

function verdictWith(state: EngineState, policy: NetworkPolicy, namespace: string, { flow }: Trial): boolean {
  const moved = { ...policy, metadata: { ...policy.metadata, namespace } };
  const engine = PolicyEngine.of({ ...state, policies: [...state.policies.filter((one) => one !== policy), moved] });
  const [source, destination] = [flow.translatedSourceAddress ?? flow.sourceAddress, flow.destinationAddress].map(
    (address) => {
      const pod = state.pods.find((one) => !one.hostNetwork && !one.isFinished && one.addresses.includes(address));
      return (pod && engine.podEnd(pod.namespace, pod.name)) ?? engine.addressEnd(address);
    },
  );
  const protocol = protocolNumber(flow.protocol);
  if (source === undefined || destination === undefined || protocol === -1) return flow.outcome === "connected";
  return engine.allows(source, destination, protocol, flow.destinationPort, destination.family);
}
