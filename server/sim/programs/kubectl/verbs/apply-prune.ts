/** `apply --prune`: deletes what an earlier apply created and the files no longer hold. */
import type { Kubectl } from "../context.ts";
import { collect } from "../resources/select.ts";
import { LAST_APPLIED } from "../resources/last-applied.ts";
import { printedKind, type ResourceType } from "../resources/discovery.ts";
import { stringMap, type Target } from "../resources/target.ts";
import { dryRunSuffix } from "./common.ts";
import { deleteTarget } from "./delete-object.ts";
import type { DryRun } from "./verb.ts";

/** The types that are pruned unless `--prune-allowlist` names others. */
const NAMESPACED = [
  "configmaps",
  "endpoints",
  "persistentvolumeclaims",
  "pods",
  "replicationcontrollers",
  "secrets",
  "services",
  "jobs.batch",
  "cronjobs.batch",
  "ingresses.networking.k8s.io",
  "daemonsets.apps",
  "deployments.apps",
  "replicasets.apps",
  "statefulsets.apps",
];
const CLUSTER_SCOPED = ["namespaces", "persistentvolumes"];

export async function pruneObjects(kubectl: Kubectl, applied: readonly Target[], dryRun: DryRun): Promise<void> {
  const kept = new Set(applied.map(keyOf));
  const namespaces = new Set(applied.filter((target) => target.type.isNamespaced).map((target) => target.namespace));
  for (const type of await prunedTypes(kubectl)) {
    const { targets } = await collect(kubectl, {
      args: [type.group === "" ? type.name : `${type.name}.${type.group}`],
      allowsBareType: true,
      allNamespaces: true,
      labelSelector: kubectl.flags.string("selector"),
      continuesOnError: true,
    });
    for (const target of targets) {
      const isOurs = stringMap(target.object, "annotations")[LAST_APPLIED] !== undefined;
      const isVisited = !type.isNamespaced || namespaces.has(target.namespace);
      if (!isOurs || !isVisited || kept.has(keyOf(target))) continue;
      if (dryRun !== "client") {
        await deleteTarget(kubectl, target, { gracePeriodSeconds: -1, propagationPolicy: "Background", dryRun });
      }
      await kubectl.out(`${printedKind(type.group, type.kind)}/${target.name} pruned${dryRunSuffix(dryRun)}\n`);
    }
  }
}

function keyOf(target: Target): string {
  return `${target.type.group}/${target.type.name}/${target.namespace}/${target.name}`;
}

async function prunedTypes(kubectl: Kubectl): Promise<readonly ResourceType[]> {
  const listed = kubectl.flags.list("prune-allowlist").map((entry) => {
    const [group = "", version = "", kind = ""] = entry.split("/");
    return { group: group === "core" ? "" : group, version, kind };
  });
  const types = await kubectl.withDiscovery((discovery) => discovery.types());
  if (listed.length > 0) {
    return listed.flatMap((entry) =>
      types.filter((type) => type.group === entry.group && type.version === entry.version && type.kind === entry.kind),
    );
  }
  return [...CLUSTER_SCOPED, ...NAMESPACED].flatMap((name) =>
    types.filter((type) => (type.group === "" ? type.name : `${type.name}.${type.group}`) === name).slice(0, 1),
  );
}
