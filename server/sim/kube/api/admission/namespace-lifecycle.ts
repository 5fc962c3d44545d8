/** Objects need a namespace that exists and is not going away; three namespaces may not be deleted. */
import { forbidden, notFound, StatusError } from "../errors.ts";
import { groupResource, resourceNameOf } from "../kind-registry.ts";
import type { AdmissionRequest } from "../operation.ts";
import type { AdmissionOptions, AdmissionPlugin } from "./plugin.ts";

const IMMORTAL_NAMESPACES = new Set(["default", "kube-system", "kube-public"]);
const NAMESPACES = { group: "", name: "namespaces" };

export const namespaceLifecycle: AdmissionPlugin = (request, draft, options) => {
  if (resourceNameOf(request.kind) === "namespaces") {
    if (request.verb === "delete" && IMMORTAL_NAMESPACES.has(request.name)) {
      throw forbidden(NAMESPACES, request.name, "this namespace may not be deleted");
    }
    if (request.verb === "create") labelWithName(draft);
    return;
  }
  if (!request.kind.isNamespaced || request.verb === "delete") return;
  // Asking who may do what is allowed about namespaces that do not exist.
  if (request.kind.kind.endsWith("AccessReview")) return;
  checkNamespace(request, draft, options);
};

function checkNamespace(
  request: AdmissionRequest,
  draft: Readonly<Record<string, unknown>>,
  options: AdmissionOptions,
): void {
  const kind = options.resources.registry.resource("namespaces");
  const namespace = options.resources.find(kind, "", request.namespace);
  if (!namespace) throw notFound(NAMESPACES, request.namespace);
  if (request.verb !== "create" || !namespace.metadata.deletionTimestamp) return;
  const name = String((draft["metadata"] as { name?: string } | undefined)?.name ?? request.name);
  const resource = groupResource(request.kind);
  const refusal = forbidden(
    resource,
    name,
    `unable to create new content in namespace ${request.namespace} because it is being terminated`,
  );
  throw new StatusError({
    ...refusal.status,
    details: {
      ...refusal.status.details,
      causes: [
        {
          reason: "NamespaceTerminating",
          message: `namespace ${request.namespace} is being terminated`,
          field: "metadata.namespace",
        },
      ],
    },
  });
}

/** Lets selectors name a namespace by its name. */
function labelWithName(draft: Record<string, unknown>): void {
  const metadata = (draft["metadata"] ?? {}) as Record<string, unknown>;
  const labels = (metadata["labels"] ?? {}) as Record<string, string>;
  if (metadata["name"]) metadata["labels"] = { ...labels, "kubernetes.io/metadata.name": String(metadata["name"]) };
}
