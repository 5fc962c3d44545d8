import type { KubeObject } from "../api/types.ts";
import { defineKind, statusSubresource } from "./define.ts";
import { at, draftAt, fields, integer, isAbsent, isEmpty, list, objects, text } from "./fields.ts";
import { humanDuration } from "./human-duration.ts";
import { type FieldErrors, invalid, required } from "./validation/errors.ts";
import { validateImmutable } from "./validation/metadata.ts";

const MIN_EXPIRATION_SECONDS = 600;

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
  selectableFields: {
    "spec.signerName": (object) => text(at(object, "spec", "signerName")),
  },
  cells: {
    SignerName: (object) => text(at(object, "spec", "signerName")) || "<none>",
    Requestor: (object) => text(at(object, "spec", "username")),
    RequestedDuration: (object) => {
      const seconds = at(object, "spec", "expirationSeconds");
      return isAbsent(seconds) ? "<none>" : humanDuration(integer(seconds) * 1000);
    },
    Condition: conditionCell,
  },

  /** Who asks is what the server saw, whatever the object says. */
  prepareForCreate(draft, context) {
    const spec = draftAt(draft, "spec");
    spec["username"] = context.user.name;
    spec["groups"] = [...context.user.groups];
    if (context.user.uid === undefined) delete spec["uid"];
    else spec["uid"] = context.user.uid;
    if (isEmpty(context.user.extra)) delete spec["extra"];
    else spec["extra"] = { ...context.user.extra };
  },

  validateSpec: (object) => validateRequest(fields(object["spec"])),
  validateChange: (object, old) => validateImmutable(object["spec"], old["spec"], "spec"),
});

function validateRequest(spec: Readonly<Record<string, unknown>>): FieldErrors {
  const signer = text(spec["signerName"]);
  const seconds = spec["expirationSeconds"];
  return [
    ...validatePem(text(spec["request"])),
    ...(list(spec["usages"]).length === 0 ? [required("spec.usages")] : []),
    ...(signer === "" ? [required("spec.signerName")] : []),
    ...(signer !== "" && !/^[^/]+\.[^/]+\/[^/]+/.test(signer)
      ? [
          invalid(
            "spec.signerName",
            signer,
            'must be a fully qualified domain and path of the form "example.com/signer-name"',
          ),
        ]
      : []),
    ...(isAbsent(seconds) || integer(seconds) >= MIN_EXPIRATION_SECONDS
      ? []
      : [invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 600 seconds (10 minutes)")]),
  ];
}

function validatePem(request: string): FieldErrors {
  if (request === "") return [required("spec.request")];
  return decodes(request).includes("-----BEGIN CERTIFICATE REQUEST-----")
    ? []
    : [invalid("spec.request", request, "PEM block type must be CERTIFICATE REQUEST")];
}

function decodes(base64: string): string {
  try {
    return atob(base64.replace(/\s+/g, ""));
  } catch {
    return "";
  }
}

function conditionCell(object: KubeObject): string {
  const types = objects(at(object, "status", "conditions")).map((condition) => text(condition["type"]));
  const order = ["Approved", "Denied", "Failed"].filter((type) => types.includes(type));
  // A denial outweighs an approval.
  const decided = order.includes("Denied") ? "Denied" : order.includes("Approved") ? "Approved" : undefined;
  if (decided === undefined) return order.includes("Failed") ? "Failed" : "Pending";
  const isIssued = text(at(object, "status", "certificate")) !== "";
  return [decided, ...(order.includes("Failed") ? ["Failed"] : []), ...(isIssued ? ["Issued"] : [])].join(",");
}
