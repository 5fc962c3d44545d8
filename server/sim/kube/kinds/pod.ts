import { defineKind, statusSubresource } from "./define.ts";

export const pod = defineKind({
  kind: "Pod",
  plural: "pods",
  shortNames: ["po"],
  categories: ["all"],
  hasGeneration: true,
  subresources: {
    attach: { kind: "PodAttachOptions", verbs: ["create", "get"] },
    binding: { kind: "Binding", verbs: ["create"] },
    ephemeralcontainers: { kind: "Pod", verbs: ["get", "patch", "update"] },
    eviction: { kind: "Eviction", group: "policy", version: "v1", verbs: ["create"] },
    exec: { kind: "PodExecOptions", verbs: ["create", "get"] },
    log: { kind: "Pod", verbs: ["get"] },
    portforward: { kind: "PodPortForwardOptions", verbs: ["create", "get"] },
    proxy: { kind: "PodProxyOptions", verbs: ["create", "delete", "get", "patch", "update"] },
    resize: { kind: "Pod", verbs: ["get", "patch", "update"] },
    status: statusSubresource("Pod"),
  },
});
