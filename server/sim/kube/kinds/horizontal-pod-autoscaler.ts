/** HorizontalPodAutoscaler: v2 is stored, v1 is a narrower view of it. */
import type { KubeObject } from "../api/types.ts";
import { specNumber, statusNumber } from "./cells.ts";
import { defineKind, type KindInput, statusSubresource } from "./define.ts";
import { at, draftAt, type Fields, fields, fill, integer, isAbsent, isEmpty, objects, text } from "./fields.ts";
import { type FieldErrors, invalid, required } from "./validation/errors.ts";

const shared: Pick<
  KindInput,
  "group" | "kind" | "plural" | "shortNames" | "categories" | "subresources" | "initialStatus" | "cells"
> = {
  group: "autoscaling",
  kind: "HorizontalPodAutoscaler",
  plural: "horizontalpodautoscalers",
  shortNames: ["hpa"],
  categories: ["all"],
  subresources: {
    status: statusSubresource("HorizontalPodAutoscaler"),
  },
  initialStatus: () => ({ currentMetrics: null, desiredReplicas: 0 }),
  cells: {
    Reference: (object) =>
      `${text(at(object, "spec", "scaleTargetRef", "kind"))}/${text(at(object, "spec", "scaleTargetRef", "name"))}`,
    Targets: targetsCell,
    MinPods: (object) => {
      const replicas = at(object, "spec", "minReplicas");
      return isAbsent(replicas) ? "<unset>" : String(replicas);
    },
    MaxPods: specNumber("maxReplicas"),
    Replicas: statusNumber("currentReplicas"),
  },
};

export const horizontalPodAutoscaler = defineKind({
  ...shared,
  version: "v2",
  applyDefaults(draft) {
    const spec = draftAt(draft, "spec");
    fill(spec, "minReplicas", 1);
    if (isEmpty(spec["metrics"])) spec["metrics"] = [cpuMetric(80)];
  },
  validateSpec: (object) => validateAutoscaler(fields(object["spec"])),
});

export const horizontalPodAutoscalerV1 = defineKind({
  ...shared,
  version: "v1",
  servedFrom: {
    resource: "horizontalpodautoscalers.autoscaling",
    version: "v2",
    toStored(object) {
      const { targetCPUUtilizationPercentage: target, ...spec } = fields(object["spec"]);
      const metrics = isAbsent(target) ? {} : { metrics: [cpuMetric(integer(target))] };
      return { ...object, apiVersion: "autoscaling/v2", spec: { ...spec, ...metrics } };
    },
    fromStored(object) {
      const { metrics, behavior: _, ...spec } = fields(object["spec"]);
      const cpu = objects(metrics).find((metric) => at(metric, "resource", "name") === "cpu");
      const target = at(cpu, "resource", "target", "averageUtilization");
      const status = fields(object["status"]);
      return {
        ...object,
        apiVersion: "autoscaling/v1",
        spec: { ...spec, ...(isAbsent(target) ? {} : { targetCPUUtilizationPercentage: target }) },
        status: {
          currentReplicas: integer(status["currentReplicas"]),
          desiredReplicas: integer(status["desiredReplicas"]),
        },
      };
    },
  },
});

function cpuMetric(percent: number): Fields {
  return {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: percent } },
  };
}

function validateAutoscaler(spec: Fields): FieldErrors {
  const [min, max] = [integer(spec["minReplicas"]), integer(spec["maxReplicas"])];
  const target = fields(spec["scaleTargetRef"]);
  return [
    ...(isAbsent(spec["minReplicas"]) || min >= 1
      ? []
      : [invalid("spec.minReplicas", min, "must be greater than or equal to 1")]),
    ...(max < 1 ? [invalid("spec.maxReplicas", max, "must be greater than 0")] : []),
    ...(!isAbsent(spec["minReplicas"]) && max < min
      ? [invalid("spec.maxReplicas", max, "must be greater than or equal to `minReplicas`")]
      : []),
    ...(text(target["kind"]) === "" ? [required("spec.scaleTargetRef.kind")] : []),
    ...(text(target["name"]) === "" ? [required("spec.scaleTargetRef.name")] : []),
  ];
}

/** `cpu: <unknown>/50%`, at most two metrics. */
function targetsCell(object: KubeObject): string {
  const metrics = objects(at(object, "spec", "metrics"));
  if (metrics.length === 0) return "<none>";
  const current = objects(at(object, "status", "currentMetrics"));
  const shown = metrics.slice(0, 2).map((metric, index) => formatMetric(metric, current[index]));
  const more = metrics.length > 2 ? ` + ${metrics.length - 2} more...` : "";
  return `${shown.join(", ")}${more}`;
}

function formatMetric(metric: Fields, current: Fields | undefined): string {
  const field = {
    Resource: "resource",
    ContainerResource: "containerResource",
    Pods: "pods",
    Object: "object",
    External: "external",
  }[text(metric["type"])];
  if (field === undefined) return "<unknown type>";
  const source = fields(metric[field]);
  const now = fields(at(current, field, "current"));
  const target = fields(source["target"]);
  const name = text(source["name"]);
  const prefix = field === "resource" || field === "containerResource" ? `${name}: ` : "";
  if (!isAbsent(target["averageUtilization"])) {
    const used = isAbsent(now["averageUtilization"]) ? "<unknown>" : `${integer(now["averageUtilization"])}%`;
    return `${prefix}${used}/${integer(target["averageUtilization"])}%`;
  }
  if (!isAbsent(target["averageValue"])) {
    const suffix = field === "object" || field === "external" ? " (avg)" : "";
    return `${prefix}${text(now["averageValue"]) || "<unknown>"}/${text(target["averageValue"])}${suffix}`;
  }
  return `${prefix}${text(now["value"]) || "<unknown>"}/${text(target["value"])}`;
}
