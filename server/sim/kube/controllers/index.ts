/** The controllers of kube-controller-manager, one line each. */
import { startClusterRoleAggregationController } from "./cluster-role-aggregation.ts";
import type { Controller, ControllerContext } from "./context.ts";
import { startCronJobController } from "./cronjob.ts";
import { startDaemonSetController } from "./daemonset.ts";
import { startDeploymentController } from "./deployment.ts";
import { startDisruptionController } from "./disruption.ts";
import { startEndpointMirroringController } from "./endpoint-mirroring.ts";
import { startEndpointsController } from "./endpoints.ts";
import { startGarbageCollector } from "./garbage-collector.ts";
import { startHorizontalPodAutoscalerController } from "./horizontal-pod-autoscaler.ts";
import { startJobController } from "./job.ts";
import { startNamespaceController } from "./namespace.ts";
import { startNodeLifecycleController } from "./node-lifecycle.ts";
import { startPersistentVolumeController } from "./persistent-volume.ts";
import { startReplicaSetController } from "./replicaset.ts";
import { startResourceQuotaController } from "./resource-quota.ts";
import type { StoredResource } from "./resources.ts";
import { startServiceAccountController } from "./service-account.ts";
import { startStatefulSetController } from "./statefulset.ts";
import { startStorageProtectionController } from "./storage-protection.ts";

export interface ControllerManagerOptions {
  readonly resources: readonly StoredResource[];
  /** PEM, published to every namespace. */
  readonly caCertificate: string;
}

/** Everything kube-controller-manager runs; the returned controller stops all of them. */
export function startControllerManager(context: ControllerContext, options: ControllerManagerOptions): Controller {
  const controllers: readonly Controller[] = [
    startServiceAccountController(context, options.caCertificate),
    startDeploymentController(context),
    startReplicaSetController(context),
    startStatefulSetController(context),
    startDaemonSetController(context),
    startJobController(context),
    startCronJobController(context),
    startClusterRoleAggregationController(context),
    startHorizontalPodAutoscalerController(context),
    startEndpointsController(context),
    startEndpointMirroringController(context),
    startNamespaceController(context, options.resources),
    startGarbageCollector(context, options.resources),
    startNodeLifecycleController(context),
    startDisruptionController(context),
    startResourceQuotaController(context),
    startPersistentVolumeController(context),
    startStorageProtectionController(context),
  ];
  return {
    stop: () => {
      for (const controller of controllers) controller.stop();
    },
  };
}
