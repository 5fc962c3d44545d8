/** log, exec, attach and port-forward: checked here, carried out by the kubelet of the pod's node. */
import { badRequest, internalError, invalid, invalidValue } from "../errors.ts";
import { isTrue } from "../request-info.ts";
import { type Query, queryValue, queryValues } from "../request-options.ts";
import type { RequestScope } from "../request-scope.ts";
import type { FieldError } from "../../kinds/types.ts";
import type { ApiResponse, ExecOptions, KubeObject, LogOptions, NodeAgent, StreamSession } from "../types.ts";

interface PodSpec {
  readonly nodeName?: string;
  readonly containers?: readonly { readonly name: string }[];
  readonly initContainers?: readonly { readonly name: string }[];
  readonly ephemeralContainers?: readonly { readonly name: string }[];
}

function specOf(pod: KubeObject): PodSpec {
  return (pod["spec"] ?? {}) as PodSpec;
}

const names = (containers: readonly { readonly name: string }[] | undefined): string =>
  (containers ?? []).map(({ name }) => name).join(" ");

/** The container asked for, or the only one. Throws 400. */
function containerOf(pod: KubeObject, asked: string): string {
  const spec = specOf(pod);
  const all = [...(spec.containers ?? []), ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
  if (asked) {
    if (all.some(({ name }) => name === asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`);
  }
  const [only, ...others] = spec.containers ?? [];
  if (!only) throw badRequest(`a container name must be specified for pod ${pod.metadata.name}`);
  if (others.length === 0) return only.name;
  let text = `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names(spec.containers)}]`;
  if (spec.initContainers?.length) text += ` or one of the init containers: [${names(spec.initContainers)}]`;
  if (spec.ephemeralContainers?.length) {
    text += ` or one of the ephemeral containers: [${names(spec.ephemeralContainers)}]`;
  }
  throw badRequest(text);
}

function agentOf(scope: RequestScope, nodeName: string): NodeAgent {
  const agent = scope.nodeAgent?.(nodeName);
  if (!agent) throw internalError(`error dialing backend: dial tcp: lookup ${nodeName}: no such host`);
  return agent;
}

export async function podLog(scope: RequestScope): Promise<ApiResponse> {
  const { info, kind, request, resources } = scope;
  const pod = resources.get(kind, info.namespace, info.name);
  const options = logOptions(request.query, containerOf(pod, queryValue(request.query, "container")));
  const { nodeName } = specOf(pod);
  const headers = { "cache-control": "no-cache, private", "content-type": "text/plain" };
  // A pod without a node has written nothing yet.
  if (!nodeName) return { status: 200, headers, body: { kind: "text", text: "" } };
  const lines = agentOf(scope, nodeName).logs(pod, options, request.interruption);
  const chunks = await startedStream(lines);
  return { status: 200, headers, body: { kind: "stream", chunks } };
}

/** Turns given to a stream to fail at its start, so that the failure is the answer. */
const STARTING_TURNS = 20;

async function startedStream(source: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = source[Symbol.asyncIterator]();
  const first = iterator.next();
  const started = (async () => {
    for (let turn = 0; turn < STARTING_TURNS; turn++) await Promise.resolve();
  })();
  await Promise.race([first, started]);
  return (async function* () {
    try {
      for (let next = await first; !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  })();
}

function logOptions(query: Query, container: string): LogOptions {
  const errors: FieldError[] = [];
  const number = (name: string, minimum: number, bound: string): number | undefined => {
    const text = queryValue(query, name);
    if (text === "") return undefined;
    const value = Number(text);
    if (!Number.isInteger(value)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    if (value < minimum) errors.push(invalidValue(name, value, `must be greater than ${bound}`));
    return value;
  };
  const tailLines = number("tailLines", 0, "or equal to 0");
  const limitBytes = number("limitBytes", 1, "0");
  const sinceSeconds = number("sinceSeconds", 1, "0");
  const sinceTime = queryValue(query, "sinceTime");
  if (sinceTime && sinceSeconds !== undefined) {
    errors.push({
      field: "",
      reason: "FieldValueForbidden",
      message: "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
    });
  }
  if (errors.length > 0) throw invalid({ group: "", name: "PodLogOptions" }, "", errors);
  return {
    container,
    follow: isTrue(query, "follow"),
    previous: isTrue(query, "previous"),
    timestamps: isTrue(query, "timestamps"),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(sinceTime ? { sinceTime } : {}),
  };
}

export function execPod(scope: RequestScope): ApiResponse {
  return streamSession(scope, "PodExecOptions", (agent, pod, options) => agent.exec(pod, options));
}

export function attachPod(scope: RequestScope): ApiResponse {
  return streamSession(scope, "PodAttachOptions", (agent, pod, options) => agent.attach(pod, options));
}

function streamSession(
  scope: RequestScope,
  _optionsKind: string,
  open: (agent: NodeAgent, pod: KubeObject, options: ExecOptions) => StreamSession,
): ApiResponse {
  const { info, kind, request, resources } = scope;
  const { query } = request;
  const pod = resources.get(kind, info.namespace, info.name);
  const container = containerOf(pod, queryValue(query, "container"));
  const { nodeName } = specOf(pod);
  if (!nodeName) throw badRequest(`pod ${info.name} does not have a host assigned`);
  const session = open(agentOf(scope, nodeName), pod, {
    container,
    command: queryValues(query, "command"),
    stdin: isTrue(query, "stdin"),
    stdout: isTrue(query, "stdout"),
    stderr: isTrue(query, "stderr"),
    tty: isTrue(query, "tty"),
    ...(request.audit === undefined ? {} : { audit: request.audit }),
  });
  return { status: 101, headers: {}, body: { kind: "upgrade", session } };
}

export function portForwardPod(scope: RequestScope): ApiResponse {
  const { info, kind, resources } = scope;
  const pod = resources.get(kind, info.namespace, info.name);
  if (!specOf(pod).nodeName) throw badRequest(`pod ${info.name} does not have a host assigned`);
  throw badRequest("Upgrade request required");
}
