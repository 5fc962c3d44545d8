import { defineKind, statusSubresource } from "./define.ts";

export const certificateSigningRequest = defineKind({
  group: "certificates.k8s.io",
  kind: "CertificateSigningRequest",
  plural: "certificatesigningrequests",
  shortNames: ["csr"],
  isNamespaced: false,
  subresources: {
    approval: { kind: "CertificateSigningRequest", verbs: ["get", "patch", "update"] },
    status: statusSubresource("CertificateSigningRequest"),
  },
});
