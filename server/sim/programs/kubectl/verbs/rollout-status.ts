/** How far a rollout is, in the words of polymorphichelpers/rollout_status.go. */
import type { ApiObject } from "../client/rest-client.ts";
import { KubectlError } from "../errors.ts";
import { stringMap, type Target } from "../resources/target.ts";

export interface RolloutStatus {
  readonly message: string;
  readonly isDone: boolean;
}

interface Workload {
  readonly replicas?: number;
  readonly observedGeneration?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
  readonly readyReplicas?: number;
  readonly currentReplicas?: number;
  readonly updateRevision?: string;
  readonly currentRevision?: string;
  readonly desiredNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberAvailable?: number;
  readonly conditions?: readonly { readonly type: string; readonly reason?: string }[];
  readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
}

const done = (message: string): RolloutStatus => ({ message, isDone: true });
const waiting = (message: string): RolloutStatus => ({ message, isDone: false });

/** Throws KubectlError for kinds without rollouts and for a deployment past its deadline. */
export function rolloutStatus(target: Target, object: ApiObject, revision: number): RolloutStatus {
  const name = target.name;
  const spec = (object["spec"] ?? {}) as Workload;
  const status = (object["status"] ?? {}) as Workload;
  const generation = Number(object.metadata?.["generation"] ?? 0);
  const isObserved = generation <= (status.observedGeneration ?? 0);
  switch (target.type.kind) {
    case "Deployment":
      return deploymentStatus(name, object, spec, status, isObserved, revision);
    case "DaemonSet":
      return daemonSetStatus(name, spec, status, isObserved);
    case "StatefulSet":
      return statefulSetStatus(spec, status, isObserved);
    default:
      throw new KubectlError(`no status viewer has been implemented for ${target.type.kind}`);
  }
}

function deploymentStatus(
  name: string,
  object: ApiObject,
  spec: Workload,
  status: Workload,
  isObserved: boolean,
  revision: number,
): RolloutStatus {
  const own = Number(stringMap(object, "annotations")["deployment.kubernetes.io/revision"] ?? 0);
  if (revision > 0 && own !== revision) {
    throw new KubectlError(`desired revision (${revision}) is different from the running revision (${own})`);
  }
  if (!isObserved) return waiting("Waiting for deployment spec update to be observed...\n");
  const progressing = status.conditions?.find(({ type }) => type === "Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded") {
    throw new KubectlError(`deployment ${JSON.stringify(name)} exceeded its progress deadline`);
  }
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const head = `Waiting for deployment ${JSON.stringify(name)} rollout to finish:`;
  const wanted = spec.replicas ?? 1;
  if (updatedReplicas < wanted)
    return waiting(`${head} ${updatedReplicas} out of ${wanted} new replicas have been updated...\n`);
  if (replicas > updatedReplicas)
    return waiting(`${head} ${replicas - updatedReplicas} old replicas are pending termination...\n`);
  if (availableReplicas < updatedReplicas) {
    return waiting(`${head} ${availableReplicas} of ${updatedReplicas} updated replicas are available...\n`);
  }
  return done(`deployment ${JSON.stringify(name)} successfully rolled out\n`);
}

function daemonSetStatus(name: string, spec: Workload, status: Workload, isObserved: boolean): RolloutStatus {
  if (spec.updateStrategy?.type !== "RollingUpdate") {
    throw new KubectlError(`rollout status is only available for RollingUpdate strategy type`);
  }
  if (!isObserved) return waiting("Waiting for daemon set spec update to be observed...\n");
  const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status;
  const head = `Waiting for daemon set ${JSON.stringify(name)} rollout to finish:`;
  if (updatedNumberScheduled < desiredNumberScheduled) {
    return waiting(
      `${head} ${updatedNumberScheduled} out of ${desiredNumberScheduled} new pods have been updated...\n`,
    );
  }
  if (numberAvailable < desiredNumberScheduled) {
    return waiting(`${head} ${numberAvailable} of ${desiredNumberScheduled} updated pods are available...\n`);
  }
  return done(`daemon set ${JSON.stringify(name)} successfully rolled out\n`);
}

function statefulSetStatus(spec: Workload, status: Workload, isObserved: boolean): RolloutStatus {
  if (spec.updateStrategy?.type !== "RollingUpdate") {
    return done(`rollout status is only available for RollingUpdate strategy type`);
  }
  if ((status.observedGeneration ?? 0) === 0 || !isObserved)
    return waiting("Waiting for statefulset spec update to be observed...\n");
  const wanted = spec.replicas ?? 1;
  const { readyReplicas = 0, updatedReplicas = 0, currentReplicas = 0 } = status;
  if (readyReplicas < wanted) return waiting(`Waiting for ${wanted - readyReplicas} pods to be ready...\n`);
  const rolling = spec.updateStrategy.rollingUpdate;
  if (rolling !== undefined) {
    const partition = rolling.partition ?? 0;
    if (updatedReplicas < wanted - partition) {
      return waiting(
        `Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${wanted - partition} new pods have been updated...\n`,
      );
    }
    return done(`partitioned roll out complete: ${updatedReplicas} new pods have been updated...\n`);
  }
  if (status.updateRevision !== status.currentRevision) {
    return waiting(
      `waiting for statefulset rolling update to complete ${updatedReplicas} pods at revision ${status.updateRevision ?? ""}...\n`,
    );
  }
  return done(
    `statefulset rolling update complete ${currentReplicas} pods at revision ${status.currentRevision ?? ""}...\n`,
  );
}
