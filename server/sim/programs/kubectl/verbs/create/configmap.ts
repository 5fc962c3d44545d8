/** `kubectl create configmap`. */
import { createGenerated, nameArgument } from "../create.ts";
import type { Verb } from "../verb.ts";
import { asText, readKeyValues, sortedRecord, toBase64 } from "./key-values.ts";

export const createConfigMap: Verb = {
  words: "create configmap",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    const pairs = readKeyValues(kubectl, "ConfigMap", name).map(({ key, value }) => ({
      key,
      value,
      text: asText(value),
    }));
    const data = pairs.flatMap(({ key, text }) => (text === undefined ? [] : [[key, text] as const]));
    const binary = pairs.flatMap(({ key, value, text }) =>
      text === undefined ? [[key, toBase64(value)] as const] : [],
    );
    return createGenerated(kubectl, {
      group: "",
      version: "v1",
      kind: "ConfigMap",
      plural: "configmaps",
      isNamespaced: true,
      failurePrefix: "failed to create configmap",
      object: {
        kind: "ConfigMap",
        apiVersion: "v1",
        metadata: { name },
        ...(data.length > 0 ? { data: sortedRecord(data) } : {}),
        ...(binary.length > 0 ? { binaryData: sortedRecord(binary) } : {}),
      },
    });
  },
};
