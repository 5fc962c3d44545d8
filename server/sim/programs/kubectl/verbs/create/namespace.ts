/** `kubectl create namespace` and `create serviceaccount`. */
import { createGenerated, nameArgument } from "../create.ts";
import type { Verb } from "../verb.ts";

export const createNamespace: Verb = {
  words: "create namespace",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    return createGenerated(kubectl, {
      group: "",
      version: "v1",
      kind: "Namespace",
      plural: "namespaces",
      isNamespaced: false,
      object: { kind: "Namespace", apiVersion: "v1", metadata: { name }, spec: {}, status: {} },
    });
  },
};

export const createServiceAccount: Verb = {
  words: "create serviceaccount",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    return createGenerated(kubectl, {
      group: "",
      version: "v1",
      kind: "ServiceAccount",
      plural: "serviceaccounts",
      isNamespaced: true,
      failurePrefix: "failed to create serviceaccount",
      object: { kind: "ServiceAccount", apiVersion: "v1", metadata: { name } },
    });
  },
};
