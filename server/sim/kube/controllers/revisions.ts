/** ControllerRevisions: the stored templates of StatefulSets and DaemonSets. */
import type { ApiClient } from "../api/types.ts";
import type { KubeObject, LabelSelector, PodTemplate } from "./objects.ts";
import { claim, controllerReference } from "./owners.ts";
import { canonical, hashOf } from "./template.ts";

export const REVISION_LABEL = "controller-revision-hash";
/** StatefulSets label their revisions differently from their pods. */
const HASH_LABEL = "controller.kubernetes.io/hash";

export interface ControllerRevision extends KubeObject {
  readonly revision: number;
  readonly data?: { readonly spec?: { readonly template?: PodTemplate } };
}

interface Versioned extends KubeObject {
  readonly spec: {
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly revisionHistoryLimit?: number;
  };
}

/** The revision of the present template, created or renumbered as the newest when needed. */
export function currentRevision(api: ApiClient, owner: Versioned): ControllerRevision {
  const revisions = revisionsOf(api, owner);
  const data = { spec: { template: { $patch: "replace", ...owner.spec.template } } };
  const same = revisions.find((revision) => canonical(revision.data) === canonical(data));
  const highest = Math.max(0, ...revisions.map(({ revision }) => revision));
  if (same !== undefined) return same.revision === highest ? same : renumber(api, same, highest + 1);
  const hash = hashOf(owner.spec.template);
  return api.create<ControllerRevision>("controllerrevisions.apps", {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name: `${owner.metadata.name}-${hash}`,
      namespace: owner.metadata.namespace,
      labels: {
        ...owner.spec.template.metadata?.labels,
        [owner.kind === "StatefulSet" ? HASH_LABEL : REVISION_LABEL]: hash,
      },
      ...(owner.metadata.annotations ? { annotations: owner.metadata.annotations } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    data,
    revision: highest + 1,
  });
}

export function revisionsOf(api: ApiClient, owner: Versioned): readonly ControllerRevision[] {
  return [...claim<ControllerRevision>(api, "controllerrevisions.apps", owner, owner.spec.selector)].sort(
    (left, right) => left.revision - right.revision,
  );
}

function renumber(api: ApiClient, object: ControllerRevision, revision: number): ControllerRevision {
  const { namespace = "", name } = object.metadata;
  const changed = api.mutate<ControllerRevision>("controllerrevisions.apps", namespace, name, (current) => ({
    ...current,
    revision,
  }));
  return changed ?? object;
}

export const revisionHash = (revision: ControllerRevision): string =>
  revision.metadata.labels?.[REVISION_LABEL] ?? revision.metadata.labels?.[HASH_LABEL] ?? "";

/** Drops the oldest revisions that no pod uses. */
export function trimRevisions(api: ApiClient, owner: Versioned, inUse: ReadonlySet<string>): void {
  const unused = revisionsOf(api, owner).filter((revision) => !inUse.has(revisionHash(revision)));
  const surplus = unused.length - (owner.spec.revisionHistoryLimit ?? 10);
  for (const revision of unused.slice(0, Math.max(0, surplus))) {
    api.delete("controllerrevisions.apps", revision.metadata.namespace ?? "", revision.metadata.name);
  }
}
