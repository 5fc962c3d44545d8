/** `kubectl scale`. */
import type { Kubectl } from "../context.ts";
import { KubectlError, StatusFailure } from "../errors.ts";
import { forEachTarget } from "../resources/select.ts";
import { getObject, resourcePath, sendObject, type Target } from "../resources/target.ts";
import { readWatch } from "../client/watch.ts";
import { sendChangeCause } from "./change-cause.ts";
import { dryRunOf, fileSelection, ResultPrinter } from "./common.ts";
import { withDeadline } from "./deadline.ts";
import type { DryRun, Verb } from "./verb.ts";

export const scale: Verb = {
  words: "scale",
  async run(kubectl) {
    const { flags } = kubectl;
    const dryRun = await dryRunOf(kubectl);
    if (flags.number("replicas") < 0) {
      throw new KubectlError("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0");
    }
    if (flags.isChanged("current-replicas") && flags.number("current-replicas") < -1) {
      throw new KubectlError("The --current-replicas must specify an integer of -1 or greater");
    }
    const results = new ResultPrinter(kubectl, dryRun);
    const count = await forEachTarget(
      kubectl,
      {
        ...fileSelection(kubectl),
        args: kubectl.args,
        labelSelector: flags.string("selector"),
        selectAll: flags.bool("all"),
        continuesOnError: true,
        isLatest: true,
      },
      async (target) => {
        const scaled = dryRun === "client" ? target.object : await scaleTarget(kubectl, target, dryRun);
        if (dryRun === "none") await sendChangeCause(kubectl, target);
        if (flags.number("timeout") > 0 && dryRun === "none")
          await waitForReplicas(kubectl, target, flags.number("timeout"));
        await results.print(target.type, target.name, "scaled", scaled);
      },
    );
    if (count === 0) throw new KubectlError("no objects passed to scale");
    return 0;
  },
};

async function scaleTarget(kubectl: Kubectl, target: Target, dryRun: DryRun) {
  const { flags } = kubectl;
  const expected = flags.number("current-replicas");
  const expectedVersion = flags.string("resource-version");
  const query: (readonly [string, string])[] = dryRun === "server" ? [["dryRun", "All"]] : [];
  const replicas = flags.number("replicas");
  if (expected === -1 && expectedVersion === "") {
    return sendObject(kubectl, "PATCH", target, {
      subresource: "scale",
      query,
      contentType: "application/merge-patch+json",
      body: `{"spec":{"replicas":${replicas}}}`,
    });
  }
  const current = await getObject(kubectl, target.type, target.namespace, target.name, { subresource: "scale" });
  const spec = (current["spec"] ?? {}) as { readonly replicas?: number };
  if (expected !== -1 && (spec.replicas ?? 0) !== expected) {
    throw new KubectlError(`Expected replicas to be ${expected}, was ${spec.replicas ?? 0}`);
  }
  const version = String(current.metadata?.["resourceVersion"] ?? "");
  if (expectedVersion !== "" && version !== expectedVersion) {
    throw new KubectlError(`Expected resource version to be ${expectedVersion}, was ${version}`);
  }
  return sendObject(kubectl, "PUT", target, {
    subresource: "scale",
    query,
    body: { ...current, spec: { ...spec, replicas } },
  });
}

async function waitForReplicas(kubectl: Kubectl, target: Target, timeoutMs: number): Promise<void> {
  const isDone = await withDeadline(kubectl, timeoutMs, async (interruption) => {
    const query = [
      ["fieldSelector", `metadata.name=${target.name}`],
      ["watch", "true"],
    ] as const;
    for await (const { type, object } of readWatch(kubectl.client(), resourcePath(target.type, target.namespace), {
      query,
      interruption,
    })) {
      if (type === "DELETED")
        throw new StatusFailure({
          reason: "NotFound",
          message: `${target.type.name} ${JSON.stringify(target.name)} not found`,
        });
      const status = (object["status"] ?? {}) as { readonly replicas?: number };
      if ((status.replicas ?? 0) === kubectl.flags.number("replicas")) return true;
    }
    return false;
  });
  if (isDone !== true) throw new KubectlError("timed out waiting for the condition");
}
