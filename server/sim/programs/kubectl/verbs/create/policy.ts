/** `kubectl create quota`, `create poddisruptionbudget` and `create priorityclass`. */
import { KubectlError } from "../../errors.ts";
import { createGenerated, nameArgument } from "../create.ts";
import type { Verb } from "../verb.ts";

export const createQuota: Verb = {
  words: "create quota",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    const hard = kubectl.flags.string("hard");
    const scopes = kubectl.flags.string("scopes");
    const entries =
      hard === ""
        ? []
        : hard.split(",").map((pair) => {
            const [key = "", value, ...more] = pair.split("=");
            if (value === undefined || more.length > 0)
              throw new KubectlError(`Invalid argument syntax ${pair}, expected <resource>=<value>`);
            return [key, value] as const;
          });
    const spec = {
      ...(entries.length > 0 ? { hard: Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1))) } : {}),
      ...(scopes === "" ? {} : { scopes: scopes.split(",") }),
    };
    return createGenerated(kubectl, {
      group: "",
      version: "v1",
      kind: "ResourceQuota",
      plural: "resourcequotas",
      isNamespaced: true,
      failurePrefix: "failed to create quota",
      object: { kind: "ResourceQuota", apiVersion: "v1", metadata: { name }, spec, status: {} },
    });
  },
};

const amount = (text: string) => (/^\d+$/.test(text) ? Number(text) : text);

export const createPodDisruptionBudget: Verb = {
  words: "create poddisruptionbudget",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    const { flags } = kubectl;
    const selector = flags.string("selector");
    const minAvailable = flags.string("min-available");
    const maxUnavailable = flags.string("max-unavailable");
    if (selector === "") throw new KubectlError("a selector must be specified");
    if (minAvailable === "" && maxUnavailable === "")
      throw new KubectlError("one of min-available or max-unavailable must be specified");
    if (minAvailable !== "" && maxUnavailable !== "")
      throw new KubectlError("min-available and max-unavailable cannot be both specified");
    const matchLabels = Object.fromEntries(selector.split(",").map((pair) => pair.split(/==?/) as [string, string]));
    return createGenerated(kubectl, {
      group: "policy",
      version: "v1",
      kind: "PodDisruptionBudget",
      plural: "poddisruptionbudgets",
      isNamespaced: true,
      failurePrefix: "failed to create poddisruptionbudgets",
      object: {
        kind: "PodDisruptionBudget",
        apiVersion: "policy/v1",
        metadata: { name },
        spec: {
          ...(minAvailable === "" ? {} : { minAvailable: amount(minAvailable) }),
          selector: { matchLabels },
          ...(maxUnavailable === "" ? {} : { maxUnavailable: amount(maxUnavailable) }),
        },
        status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
      },
    });
  },
};

export const createPriorityClass: Verb = {
  words: "create priorityclass",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    const { flags } = kubectl;
    const description = flags.string("description");
    return createGenerated(kubectl, {
      group: "scheduling.k8s.io",
      version: "v1",
      kind: "PriorityClass",
      plural: "priorityclasses",
      isNamespaced: false,
      failurePrefix: "failed to create priorityclass",
      object: {
        kind: "PriorityClass",
        apiVersion: "scheduling.k8s.io/v1",
        metadata: { name },
        value: flags.number("value"),
        ...(flags.bool("global-default") ? { globalDefault: true } : {}),
        ...(description === "" ? {} : { description }),
        preemptionPolicy: flags.string("preemption-policy"),
      },
    });
  },
};
