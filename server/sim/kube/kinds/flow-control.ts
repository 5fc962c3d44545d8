import { defineKind, statusSubresource } from "./define.ts";

export const flowSchema = defineKind({
  group: "flowcontrol.apiserver.k8s.io",
  kind: "FlowSchema",
  plural: "flowschemas",
  isNamespaced: false,
  hasGeneration: true,
  subresources: {
    status: statusSubresource("FlowSchema"),
  },
});

export const priorityLevelConfiguration = defineKind({
  group: "flowcontrol.apiserver.k8s.io",
  kind: "PriorityLevelConfiguration",
  plural: "prioritylevelconfigurations",
  isNamespaced: false,
  hasGeneration: true,
  subresources: {
    status: statusSubresource("PriorityLevelConfiguration"),
  },
});
