/** Fills ClusterRoles that gather the rules of others by label. Models the clusterrole aggregation controller, v1.36. */
import type { Controller, ControllerContext } from "./context.ts";
import type { KubeObject, LabelSelector } from "./objects.ts";
import { runController } from "./run-controller.ts";
import { matchesSelector } from "./selectors.ts";
import { canonical } from "./template.ts";

const RESOURCE = "clusterroles.rbac.authorization.k8s.io";

interface ClusterRole extends KubeObject {
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly LabelSelector[] };
  readonly rules?: readonly unknown[] | null;
}

export function startClusterRoleAggregationController(context: ControllerContext): Controller {
  const { api } = context;
  return runController(context, {
    name: "clusterrole-aggregation-controller",
    sync: (name) => sync(context, name),
    watch: (queue, options) => [
      // Any change may concern any role that gathers: there are few of them.
      api.watch<ClusterRole>(
        RESOURCE,
        () => {
          for (const role of api.list<ClusterRole>(RESOURCE)) if (role.aggregationRule) queue.add(role.metadata.name);
        },
        options,
      ),
    ],
  });
}

function sync({ api }: ControllerContext, name: string): void {
  const shared = api.get<ClusterRole>(RESOURCE, "", name);
  const selectors = shared?.aggregationRule?.clusterRoleSelectors;
  if (shared === undefined || selectors === undefined) return;
  const rules = new Map<string, unknown>();
  const roles = api.list<ClusterRole>(RESOURCE);
  for (const selector of selectors) {
    for (const role of roles) {
      if (role.metadata.name === name || !matchesSelector(selector, role.metadata.labels)) continue;
      for (const rule of role.rules ?? []) rules.set(canonical(rule), rule);
    }
  }
  const wanted = [...rules.values()];
  api.mutate<ClusterRole>(RESOURCE, "", name, (present) =>
    canonical(present.rules ?? []) === canonical(wanted) ? undefined : { ...present, rules: wanted },
  );
}
