import { defineKind, statusSubresource } from "./define.ts";

export const apiService = defineKind({
  group: "apiregistration.k8s.io",
  kind: "APIService",
  plural: "apiservices",
  categories: ["api-extensions"],
  isNamespaced: false,
  subresources: {
    status: statusSubresource("APIService"),
  },
});
