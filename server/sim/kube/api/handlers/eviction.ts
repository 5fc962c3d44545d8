/** Evicts a pod if its PodDisruptionBudget allows: what `kubectl drain` posts. */
import type { Draft } from "../../kinds/types.ts";
import { cloneTree } from "../../store/freeze.ts";
import { decodeBody, parseBody } from "../body.ts";
import { badRequest, failure, internalError } from "../errors.ts";
import { parseDeleteOptions, parseWriteOptions } from "../request-options.ts";
import { operationOf, type RequestScope } from "../request-scope.ts";
import { jsonResponse, success } from "../responses.ts";
import { selectorMatches } from "../../kinds/validation/selectors.ts";
import type { ApiResponse, KubeObject } from "../types.ts";

const EVICTION_SCHEMA = "io.k8s.api.policy.v1.Eviction";

interface BudgetStatus {
  readonly disruptionsAllowed?: number;
  readonly desiredHealthy?: number;
  readonly currentHealthy?: number;
}

export function evictPod(scope: RequestScope): ApiResponse {
  const { request, info, kind, resources, warnings } = scope;
  const options = parseWriteOptions(request.query, "CreateOptions");
  const parsed = parseBody(request.body, request.headers["content-type"], "Eviction");
  const eviction = decodeBody(
    parsed,
    kind,
    { schema: EVICTION_SCHEMA, kind: "Eviction" },
    options.fieldValidation,
    warnings,
  );
  const name = String((eviction["metadata"] as Draft | undefined)?.["name"] ?? "");
  if (name !== info.name) throw badRequest("name in URL does not match name in Eviction object");
  const pod = resources.get(kind, info.namespace, name);
  const deleteOptions = parseDeleteOptions(eviction["deleteOptions"] ?? undefined, []);
  const operation = operationOf(scope, options);
  if (!isDisposable(pod)) spendBudget(scope, pod, operation.isDryRun);
  resources.delete(kind, info.namespace, name, deleteOptions, operation);
  return jsonResponse(201, { ...success(), code: 201 }, { warnings });
}

/** Pods that do not run are evicted without asking a budget. */
function isDisposable(pod: KubeObject): boolean {
  const phase = (pod["status"] as { phase?: string } | undefined)?.phase;
  return (
    phase === "Succeeded" || phase === "Failed" || phase === "Pending" || pod.metadata.deletionTimestamp !== undefined
  );
}

function spendBudget(scope: RequestScope, pod: KubeObject, isDryRun: boolean): void {
  const { resources, info } = scope;
  const kind = resources.registry.resource("poddisruptionbudgets.policy");
  const budgets = resources
    .list(kind, info.namespace)
    .filter((budget) =>
      selectorMatches((budget["spec"] as Draft | undefined)?.["selector"], pod.metadata.labels ?? {}),
    );
  if (budgets.length === 0) return;
  if (budgets.length > 1) {
    throw internalError(
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  const [budget] = budgets as [KubeObject];
  const status = (budget["status"] ?? {}) as BudgetStatus;
  if ((status.disruptionsAllowed ?? 0) <= 0) throw wouldViolate(budget, status);
  if (isDryRun) return;
  resources.update(
    kind,
    info.namespace,
    budget.metadata.name,
    (old) => {
      // A deep copy: what is stored is frozen, and defaulting writes into what it is given.
      const draft = cloneTree(old) as unknown as Draft;
      const current = (draft["status"] ?? {}) as Draft;
      return {
        ...draft,
        status: {
          ...current,
          disruptionsAllowed: (status.disruptionsAllowed ?? 0) - 1,
          disruptedPods: {
            ...((current["disruptedPods"] ?? {}) as Draft),
            [pod.metadata.name]: resources.timestamp(),
          },
        },
      };
    },
    operationOf(scope, { isDryRun: false, fieldManager: "" }),
    { subresource: "status" },
  );
}

function wouldViolate(budget: KubeObject, status: BudgetStatus): Error {
  return failure(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [
      {
        reason: "DisruptionBudget",
        message: `The disruption budget ${budget.metadata.name} needs ${status.desiredHealthy ?? 0} healthy pods and has ${status.currentHealthy ?? 0} currently`,
      },
    ],
  });
}
