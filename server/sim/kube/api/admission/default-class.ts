/** Claims without a storage class and Ingresses without a class get the cluster's default. */
import type { Draft } from "../../kinds/types.ts";
import { resourceNameOf } from "../kind-registry.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { KubeObject } from "../types.ts";
import { type AdmissionPlugin, refusal } from "./plugin.ts";

export const defaultStorageClass: AdmissionPlugin = (request, draft, { resources }) => {
  if (resourceNameOf(request.kind) !== "persistentvolumeclaims" || request.verb !== "create") return;
  const spec = draft["spec"] as Draft | undefined;
  const annotations = (draft["metadata"] as { annotations?: Record<string, string> } | undefined)?.annotations;
  if (!spec || spec["storageClassName"] !== undefined) return;
  if (annotations?.["volume.beta.kubernetes.io/storage-class"] !== undefined) return;
  const [newest] = defaultsOf(
    resources,
    "storageclasses.storage.k8s.io",
    "storageclass.kubernetes.io/is-default-class",
  );
  if (newest) spec["storageClassName"] = newest.metadata.name;
};

export const defaultIngressClass: AdmissionPlugin = (request, draft, { resources }) => {
  if (resourceNameOf(request.kind) !== "ingresses.networking.k8s.io" || request.verb !== "create") return;
  const spec = draft["spec"] as Draft | undefined;
  const annotations = (draft["metadata"] as { annotations?: Record<string, string> } | undefined)?.annotations;
  if (!spec || spec["ingressClassName"] !== undefined) return;
  if (annotations?.["kubernetes.io/ingress.class"] !== undefined) return;
  const classes = defaultsOf(
    resources,
    "ingressclasses.networking.k8s.io",
    "ingressclass.kubernetes.io/is-default-class",
  );
  if (classes.length > 1) {
    throw refusal(request, draft, "mutating", `${classes.length} default IngressClasses were found, only 1 allowed`);
  }
  if (classes[0]) spec["ingressClassName"] = classes[0].metadata.name;
};

/** Newest first. */
function defaultsOf(resources: ObjectReader, resource: string, annotation: string): KubeObject[] {
  const objects = resources.list(resources.registry.resource(resource));
  return objects
    .filter((object) => object.metadata.annotations?.[annotation] === "true")
    .sort((a, b) => ((a.metadata.creationTimestamp ?? "") < (b.metadata.creationTimestamp ?? "") ? 1 : -1));
}
