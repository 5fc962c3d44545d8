/** Service: core/v1 defaults, `ValidateService`, and what its REST storage does with addresses. */
import { defineKind, statusSubresource } from "./define.ts";
import {
  at,
  draftAt,
  draftList,
  type Fields,
  fields,
  fill,
  fillEmpty,
  isAbsent,
  list,
  objects,
  strings,
  text,
} from "./fields.ts";
import { allocateAddresses, keepAllocated, validateAllocations } from "./service-allocation.ts";
import { validateService, validateServiceChange } from "./service-validation.ts";
import type { Draft } from "./types.ts";
import { checkServiceName } from "./validation/names.ts";
import { formatLabels } from "./validation/selectors.ts";

export const service = defineKind({
  kind: "Service",
  plural: "services",
  shortNames: ["svc"],
  categories: ["all"],
  subresources: {
    proxy: { kind: "ServiceProxyOptions", verbs: ["create", "delete", "get", "patch", "update"] },
    status: statusSubresource("Service"),
  },
  selectableFields: {
    "spec.clusterIP": (object) => text(at(object, "spec", "clusterIP")),
    "spec.type": (object) => text(at(object, "spec", "type")),
  },
  checkName: checkServiceName,

  cells: {
    Type: (object) => text(at(object, "spec", "type")),
    "Cluster-IP": (object) => text(at(object, "spec", "clusterIP")) || "<none>",
    "External-IP": (object) => externalAddresses(fields(object["spec"]), fields(object["status"])),
    "Port(s)": (object) => portsCell(objects(at(object, "spec", "ports"))),
    Selector: (object) => formatLabels(at(object, "spec", "selector")),
  },

  applyDefaults(draft) {
    const spec = draftAt(draft, "spec");
    fillEmpty(spec, "sessionAffinity", "None");
    fillEmpty(spec, "type", "ClusterIP");
    if (spec["sessionAffinity"] === "None") delete spec["sessionAffinityConfig"];
    else if (spec["sessionAffinity"] === "ClientIP") {
      fill(draftAt(draftAt(spec, "sessionAffinityConfig"), "clientIP"), "timeoutSeconds", 10800);
    }
    for (const port of draftList(spec, "ports")) defaultPort(port);
    defaultTrafficPolicies(spec);
    draftAt(draftAt(draft, "status"), "loadBalancer");
  },

  initialStatus: () => ({ loadBalancer: {} }),
  prepareForCreate(draft, context) {
    const spec = draftAt(draft, "spec");
    if (list(spec["clusterIPs"]).length === 0 && text(spec["clusterIP"]) !== "")
      spec["clusterIPs"] = [spec["clusterIP"]];
    else if (text(spec["clusterIP"]) === "" && list(spec["clusterIPs"]).length > 0) {
      spec["clusterIP"] = strings(spec["clusterIPs"])[0];
    }
    allocateAddresses(draft, context);
  },
  prepareForUpdate(draft, old, context) {
    keepAllocated(draftAt(draft, "spec"), fields(old["spec"]));
    allocateAddresses(draft, context);
  },

  validateSpec(object, context) {
    const errors = validateService(fields(object["spec"]), context.profile);
    // Addresses are only asked for when everything else is right.
    return errors.length > 0 ? errors : validateAllocations(object, context);
  },
  isChangeCheckedFirst: true,
  validateChange: validateServiceChange,
  warnings: (object) => ignoredFields(fields(object["spec"])),
});

/** What has no effect on a Service of this type. */
function ignoredFields(spec: Fields): readonly string[] {
  const isExternalName = spec["type"] === "ExternalName";
  const isIgnored = spec["sessionAffinity"] === "ClientIP" && text(spec["clusterIP"]) === "None";
  return [
    ...(isExternalName && list(spec["externalIPs"]).length > 0
      ? ['spec.externalIPs is ignored when spec.type is "ExternalName"']
      : []),
    ...(!isExternalName && text(spec["externalName"]) !== ""
      ? ['spec.externalName is ignored when spec.type is not "ExternalName"']
      : []),
    ...(isIgnored ? ["spec.SessionAffinity is ignored for headless services"] : []),
  ];
}

function defaultPort(port: Draft): void {
  fillEmpty(port, "protocol", "TCP");
  fillEmpty(port, "targetPort", port["port"]);
}

function defaultTrafficPolicies(spec: Draft): void {
  const type = text(spec["type"]);
  const isExternal = type === "NodePort" || type === "LoadBalancer";
  if (isExternal || strings(spec["externalIPs"]).length > 0) fillEmpty(spec, "externalTrafficPolicy", "Cluster");
  if (isExternal || type === "ClusterIP") fillEmpty(spec, "internalTrafficPolicy", "Cluster");
  if (type === "LoadBalancer") fill(spec, "allocateLoadBalancerNodePorts", true);
}

/** `80/TCP,8080:30080/TCP`. */
export function portsCell(ports: readonly Fields[]): string {
  if (ports.length === 0) return "<none>";
  return ports
    .map((port) => {
      const node = isAbsent(port["nodePort"]) || port["nodePort"] === 0 ? "" : `:${String(port["nodePort"])}`;
      return `${String(port["port"])}${node}/${text(port["protocol"])}`;
    })
    .join(",");
}

/** What `EXTERNAL-IP` shows; `<pending>` for a load balancer that has no address yet. */
export function externalAddresses(spec: Fields, status: Fields): string {
  const external = strings(spec["externalIPs"]);
  switch (spec["type"]) {
    case "ExternalName":
      return text(spec["externalName"]);
    case "LoadBalancer": {
      const ingress = objects(at(status, "loadBalancer", "ingress")).map(
        (entry) => text(entry["ip"]) || text(entry["hostname"]),
      );
      const all = [...ingress, ...external].filter((address) => address !== "");
      return all.length === 0 ? "<pending>" : all.join(",");
    }
    default:
      return external.length === 0 ? "<none>" : external.join(",");
  }
}
