/** `kubectl wait`: until a condition, a value, a creation or a deletion. */
import type { ApiObject } from "../client/rest-client.ts";
import { readWatch } from "../client/watch.ts";
import type { Kubectl } from "../context.ts";
import { asFailure, combine, KubectlError, StatusFailure } from "../errors.ts";
import { goValue } from "../printers/go-format.ts";
import { JsonPath, JsonPathError, relaxedPath } from "../printers/jsonpath.ts";
import { collect, requireType, visit, type Selection } from "../resources/select.ts";
import { getObject, printedName, resourcePath, type Target } from "../resources/target.ts";
import { fileSelection } from "./common.ts";
import { withDeadline } from "./deadline.ts";
import type { Verb } from "./verb.ts";

/** Whether an object (undefined: it does not exist) is as wanted. */
type Check = (object: ApiObject | undefined) => boolean;

interface Condition {
  readonly kind: "state" | "create" | "delete";
  readonly check: Check;
  readonly timeoutText: string;
}

export const wait: Verb = {
  words: "wait",
  async run(kubectl) {
    const { flags } = kubectl;
    const words = flags.list("for");
    if (words.length === 0) throw new KubectlError("must specify a condition via --for");
    const conditions = words.map(parseCondition);
    const timeout = flags.number("timeout");
    const limitMs = timeout < 0 ? 168 * 3_600_000 : timeout;
    const selection: Selection = {
      ...fileSelection(kubectl),
      args: kubectl.args,
      allNamespaces: flags.bool("all-namespaces"),
      labelSelector: flags.string("selector"),
      fieldSelector: flags.string("field-selector"),
      selectAll: flags.bool("all"),
      continuesOnError: true,
      isLatest: true,
    };
    const isForCreation = conditions.some(({ kind }) => kind === "create");
    const deadline = kubectl.process.clock.now() + limitMs;
    const targets = isForCreation
      ? await waitForCreation(kubectl, selection, limitMs)
      : await findTargets(
          kubectl,
          selection,
          conditions.some(({ kind }) => kind === "delete"),
        );
    if (targets.length === 0 && !conditions.some(({ kind }) => kind === "delete"))
      throw new KubectlError("no matching resources found");
    const failures: Error[] = [];
    for (const target of targets) {
      for (const condition of conditions) {
        try {
          await waitForTarget(kubectl, target, condition, Math.max(0, deadline - kubectl.process.clock.now()));
        } catch (error) {
          failures.push(asFailure(error));
        }
      }
    }
    const failure = combine(failures);
    if (failure !== undefined) throw failure;
    return 0;
  },
};

function parseCondition(text: string): Condition {
  const lower = text.toLowerCase();
  if (lower === "delete")
    return {
      kind: "delete",
      check: (object) => object === undefined,
      timeoutText: "timed out waiting for the condition",
    };
  if (lower === "create")
    return {
      kind: "create",
      check: (object) => object !== undefined,
      timeoutText: "timed out waiting for the condition",
    };
  if (text.startsWith("condition=")) return conditionCheck(text.slice("condition=".length));
  if (text.startsWith("jsonpath=")) return jsonPathCheck(text.slice("jsonpath=".length));
  throw new KubectlError(`unrecognized condition: ${JSON.stringify(text)}`);
}

function conditionCheck(text: string): Condition {
  const equals = text.indexOf("=");
  const name = equals < 0 ? text : text.slice(0, equals);
  const value = equals < 0 ? "true" : text.slice(equals + 1);
  return {
    kind: "state",
    timeoutText: "timed out waiting for the condition",
    check: (object) => {
      const status = (object?.["status"] ?? {}) as {
        readonly conditions?: readonly {
          readonly type?: string;
          readonly status?: string;
          readonly observedGeneration?: number;
        }[];
      };
      const generation = Number(object?.metadata?.["generation"] ?? 0);
      return (status.conditions ?? []).some(
        (condition) =>
          condition.type?.toLowerCase() === name.toLowerCase() &&
          condition.status?.toLowerCase() === value.toLowerCase() &&
          (condition.observedGeneration === undefined || condition.observedGeneration >= generation),
      );
    },
  };
}

function jsonPathCheck(text: string): Condition {
  // `{.path}=value`, `{.path}` alone waits for any value.
  const match = /^(\{.*\}|[^=]+?)(?:=(.*))?$/s.exec(text);
  const [, path = "", value] = match ?? [];
  if (value === "") throw new KubectlError("jsonpath wait value cannot be empty");
  let parser: JsonPath;
  try {
    parser = new JsonPath(relaxedPath(path.replace(/^'(.*)'$/, "$1")));
  } catch (error) {
    throw error instanceof JsonPathError ? new KubectlError(error.message) : error;
  }
  const wanted = value?.replace(/^(["'])(.*)\1$/, "$2");
  return {
    kind: "state",
    timeoutText: "timed out waiting for the condition",
    check: (object) => {
      const found = object === undefined ? [] : (parser.find(object)[0] ?? []);
      if (found.length === 0) return false;
      if (wanted === undefined) return true;
      if (found.length > 1) throw new KubectlError("given jsonpath expression matches more than one value");
      const [only] = found;
      if (typeof only === "object" && only !== null)
        throw new KubectlError("jsonpath leads to a nested object or list which is not supported");
      return goValue(only) === wanted;
    },
  };
}

async function findTargets(kubectl: Kubectl, selection: Selection, isForDeletion: boolean): Promise<readonly Target[]> {
  const targets: Target[] = [];
  const failures: Error[] = [];
  for await (const item of visit(kubectl, selection)) {
    if (!(item instanceof Error)) targets.push(item);
    else if (!(isForDeletion && item instanceof StatusFailure && item.isNotFound)) failures.push(item);
  }
  const failure = combine(failures);
  if (failure !== undefined) throw failure;
  return targets;
}

/** `--for=create`: what is named may not exist yet. */
async function waitForCreation(kubectl: Kubectl, selection: Selection, limitMs: number): Promise<readonly Target[]> {
  const found = await withDeadline(kubectl, limitMs, async (interruption) => {
    for (;;) {
      const { targets, failure } = await collect(kubectl, selection);
      if (failure !== undefined && !(failure instanceof StatusFailure && failure.isNotFound)) throw failure;
      if (targets.length > 0 && failure === undefined) return targets;
      if (interruption.isInterrupted) return undefined;
      await nextChange(kubectl, selection, interruption);
      if (interruption.isInterrupted) return undefined;
    }
  });
  if (found === undefined) throw new KubectlError("timed out waiting for the condition");
  return found;
}

/** Resolves at the next new object of the type that is waited for. */
async function nextChange(
  kubectl: Kubectl,
  selection: Selection,
  interruption: Parameters<Parameters<typeof withDeadline>[2]>[0],
): Promise<void> {
  const word = (selection.args?.[0] ?? "").split("/")[0] ?? "";
  const type = await requireType(kubectl, word);
  const namespace = type.isNamespaced && !selection.allNamespaces ? kubectl.namespace : "";
  const path = resourcePath(type, namespace);
  const list = await kubectl.client().request("GET", path, { query: [["limit", "1"]] });
  const query = [
    ["resourceVersion", String(list.metadata?.["resourceVersion"] ?? "0")],
    ["watch", "true"],
  ] as const;
  for await (const { type: event } of readWatch(kubectl.client(), path, { query, interruption })) {
    if (event === "ADDED" || event === "MODIFIED") return;
  }
}

async function waitForTarget(kubectl: Kubectl, target: Target, condition: Condition, limitMs: number): Promise<void> {
  const name = printedName(target.type, target.name);
  const uid = target.object.metadata?.["uid"];
  const isReached = await withDeadline(kubectl, limitMs, async (interruption) => {
    for (;;) {
      const present = await presentObject(kubectl, target);
      const isOther = condition.kind === "delete" && present !== undefined && present.metadata?.["uid"] !== uid;
      if (isOther || condition.check(present)) return true;
      if (present === undefined && condition.kind === "state") {
        throw new StatusFailure({
          reason: "NotFound",
          message: `${target.type.name} ${JSON.stringify(target.name)} not found`,
        });
      }
      const query = [
        ["fieldSelector", `metadata.name=${target.name}`],
        ["resourceVersion", String(present?.metadata?.["resourceVersion"] ?? "0")],
        ["watch", "true"],
      ] as const;
      for await (const { type, object } of readWatch(kubectl.client(), resourcePath(target.type, target.namespace), {
        query,
        interruption,
      })) {
        if (condition.check(type === "DELETED" ? undefined : object)) return true;
        if (type === "DELETED") break;
      }
      if (interruption.isInterrupted) return false;
    }
  });
  if (isReached !== true) throw new KubectlError(`${condition.timeoutText} on ${target.type.name}/${target.name}`);
  await kubectl.out(`${name} condition met\n`);
}

async function presentObject(kubectl: Kubectl, target: Target): Promise<ApiObject | undefined> {
  try {
    return await getObject(kubectl, target.type, target.namespace, target.name);
  } catch (error) {
    if (error instanceof StatusFailure && error.isNotFound) return undefined;
    throw error;
  }
}
