import { z } from "zod";
import type { World } from "../../sim/world-types.ts";
import { type EndReference, formatEnd, parseEnd, podsOf } from "../endpoints.ts";
import { parseParameters } from "../parameters.ts";
import { defineCheck, failed, PASSED } from "../define-check.ts";
import type { CheckFinding } from "../types.ts";

interface Parameters {
  readonly in: EndReference;
  readonly contains: string;
}

const schema = z.strictObject({ in: z.string(), contains: z.string().min(1) });

/** A container of this object's pods has printed the text. */
export const logged = defineCheck<Parameters>({
  name: "logged",
  parse(raw) {
    const { in: place, contains } = parseParameters(schema, raw);
    return { in: parseEnd(place), contains };
  },
  describe: (parameters) => `The log of ${formatEnd(parameters.in)} contains "${parameters.contains}"`,
  async evaluate(parameters, world): Promise<CheckFinding> {
    const pods = podsOf(world, parameters.in);
    for (const pod of pods) {
      const log = await logOf(world, pod.namespace, pod.name);
      if (log.includes(parameters.contains)) return PASSED;
    }
    const reason =
      pods.length === 0
        ? `There is no running pod for ${formatEnd(parameters.in)}.`
        : `The log of ${formatEnd(parameters.in)} does not contain "${parameters.contains}" yet.`;
    return failed(reason);
  },
});

async function logOf(world: World, namespace: string, name: string): Promise<string> {
  const response = await world.cluster.api.handle({
    method: "GET",
    path: `/api/v1/namespaces/${namespace}/pods/${name}/log`,
    query: [],
    headers: {},
    body: new Uint8Array(),
    interruption: { reason: undefined, isInterrupted: false, onInterrupt: () => () => {} },
    user: { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] },
  });
  if (response.status !== 200) return "";
  const decoder = new TextDecoder();
  switch (response.body.kind) {
    case "text":
      return response.body.text;
    case "bytes":
      return decoder.decode(response.body.bytes);
    case "stream": {
      let text = "";
      for await (const chunk of response.body.chunks) text += decoder.decode(chunk, { stream: true });
      return text;
    }
    case "upgrade":
      return "";
  }
}
