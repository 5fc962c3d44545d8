import { z } from "zod";
import { isRecord } from "../yaml.ts";
import { parseParameters } from "../parameters.ts";
import { defineCheck, failed, PASSED } from "../define-check.ts";
import type { CheckFinding } from "../types.ts";

interface Parameters {
  readonly deployment: string;
  readonly namespace: string;
  readonly key: string;
  readonly value: string;
}

const schema = z.strictObject({
  deployment: z.string(),
  namespace: z.string().default("default"),
  key: z.string(),
  value: z.string(),
});

/** The pods of a Deployment's next rollout will carry a label. */
export const templateLabel = defineCheck<Parameters>({
  name: "template-label",
  parse: (raw) => parseParameters(schema, raw),
  describe: ({ deployment, key, value }) => `New pods of the Deployment ${deployment} carry ${key}=${value}`,
  evaluate(parameters, world): CheckFinding {
    const deployment = world.cluster.client.get("deployments.apps", parameters.namespace, parameters.deployment);
    if (!deployment) return failed(`There is no Deployment ${parameters.deployment}.`);
    const passed = templateLabels(deployment["spec"])[parameters.key] === parameters.value;
    const reason = `Its template lacks ${parameters.key}=${parameters.value}: the next pod would come without it.`;
    return passed ? PASSED : failed(reason);
  },
});

function templateLabels(spec: unknown): Readonly<Record<string, unknown>> {
  const template = isRecord(spec) ? spec["template"] : undefined;
  const metadata = isRecord(template) ? template["metadata"] : undefined;
  const labels = isRecord(metadata) ? metadata["labels"] : undefined;
  return isRecord(labels) ? labels : {};
}
