import { defineKind, statusSubresource } from "./define.ts";
import { at, draftAt, strings } from "./fields.ts";
import { validateCidr } from "./validation/cidrs.ts";
import { invalid, required } from "./validation/errors.ts";
import { validateImmutable } from "./validation/metadata.ts";

export const serviceCidr = defineKind({
  group: "networking.k8s.io",
  kind: "ServiceCIDR",
  plural: "servicecidrs",
  isNamespaced: false,
  subresources: {
    status: statusSubresource("ServiceCIDR"),
  },
  cells: {
    CIDRs: (object) => strings(at(object, "spec", "cidrs")).join(","),
  },
  applyDefaults(draft) {
    draftAt(draft, "spec");
  },
  validateSpec(object, context) {
    const cidrs = strings(at(object, "spec", "cidrs"));
    if (cidrs.length === 0) return [required("spec.cidrs", "at least one CIDR required")];
    if (cidrs.length > 2) return [invalid("spec", object["spec"], "may only hold up to 2 values")];
    return cidrs.flatMap((cidr, index) => validateCidr(cidr, `spec.cidrs[${index}]`, context.profile));
  },
  validateChange: (object, old) =>
    validateImmutable(at(object, "spec", "cidrs"), at(old, "spec", "cidrs"), "spec.cidrs"),
});
