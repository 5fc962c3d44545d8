/** `kubectl create job` and `create cronjob`. */
import type { ApiObject } from "../../client/rest-client.ts";
import type { Kubectl } from "../../context.ts";
import { KubectlError } from "../../errors.ts";
import { collect } from "../../resources/select.ts";
import { createGenerated, nameArgument } from "../create.ts";
import type { Verb } from "../verb.ts";

type Fields = Readonly<Record<string, unknown>>;

function podTemplate(name: string, image: string, command: readonly string[], restartPolicy: string) {
  const container = { name, image, ...(command.length > 0 ? { command } : {}), resources: {} };
  return { metadata: {}, spec: { containers: [container], restartPolicy } };
}

export const createJob: Verb = {
  words: "create job",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    const { flags } = kubectl;
    const image = flags.string("image");
    const from = flags.string("from");
    const command = kubectl.args.slice(1);
    if ((image === "") === (from === "")) throw new KubectlError("either --image or --from must be specified");
    if (from !== "" && command.length > 0) throw new KubectlError("cannot specify --from and command");
    const base = { kind: "Job", apiVersion: "batch/v1" };
    const object: ApiObject =
      from === ""
        ? {
            ...base,
            metadata: { name } as ApiObject["metadata"] & object,
            spec: { template: podTemplate(name, image, command, "Never") },
            status: {},
          }
        : { ...base, ...(await jobFrom(kubectl, name, from)), status: {} };
    return createGenerated(kubectl, {
      group: "batch",
      version: "v1",
      kind: "Job",
      plural: "jobs",
      isNamespaced: true,
      failurePrefix: "failed to create job",
      object,
    });
  },
};

/** A job made by hand from a cron job's template. */
async function jobFrom(kubectl: Kubectl, name: string, from: string) {
  const { targets, failure } = await collect(kubectl, { args: [from] });
  if (failure !== undefined) throw failure;
  const [target] = targets;
  if (target === undefined || target.type.kind !== "CronJob") {
    throw new KubectlError(`from must be an existing cronjob; unknown object type ${target?.type.kind ?? ""}`);
  }
  const template = ((target.object["spec"] as Fields)["jobTemplate"] ?? {}) as {
    readonly metadata?: Fields;
    readonly spec?: Fields;
  };
  const annotations = {
    "cronjob.kubernetes.io/instantiate": "manual",
    ...((template.metadata?.["annotations"] ?? {}) as Fields),
  };
  const labels = template.metadata?.["labels"];
  const owner = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    name: target.name,
    uid: String(target.object.metadata?.["uid"] ?? ""),
    controller: true,
  };
  const metadata = { name, ...(labels === undefined ? {} : { labels }), annotations, ownerReferences: [owner] };
  return {
    metadata: metadata as ApiObject["metadata"] & object,
    spec: template.spec ?? {},
  };
}

export const createCronJob: Verb = {
  words: "create cronjob",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    const { flags } = kubectl;
    const restart = flags.string("restart") || "OnFailure";
    const template = podTemplate(name, flags.string("image"), kubectl.args.slice(1), restart);
    return createGenerated(kubectl, {
      group: "batch",
      version: "v1",
      kind: "CronJob",
      plural: "cronjobs",
      isNamespaced: true,
      failurePrefix: "failed to create cronjob",
      object: {
        kind: "CronJob",
        apiVersion: "batch/v1",
        metadata: { name },
        spec: { schedule: flags.string("schedule"), jobTemplate: { metadata: { name }, spec: { template } } },
        status: {},
      },
    });
  },
};
