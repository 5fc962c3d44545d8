/**
 * The API server: authentication, authorisation, routing. Everything else stands in the
 * handlers. Models kube-apiserver v1.36; left out: audit, flow control, aggregated servers,
 * admission webhooks.
 */
import type { Clock, Random } from "../../machine/types.ts";
import { kinds as allKinds } from "../kinds/index.ts";
import type { KindDefinition } from "../kinds/types.ts";
import { Store } from "../store/store.ts";
import { keepKubernetesService } from "./bootstrap.ts";
import { createClient, type ClientOptions } from "./client.ts";
import { authenticate, denialText, impersonate } from "./auth/authenticate.ts";
import { authorize } from "./auth/rbac.ts";
import { installCustomKinds } from "./crd/install.ts";
import { deprecationWarnings } from "./deprecation.ts";
import { discover, indexOf } from "./discovery.ts";
import { etcdUnavailable, forbidden, methodNotAllowed, StatusError, unknownResource } from "./errors.ts";
import { bindPod } from "./handlers/binding.ts";
import { getComponentStatus, listComponentStatuses } from "./handlers/component-status.ts";
import { deleteCollection, deleteObject } from "./handlers/delete.ts";
import { getObject, listObjects } from "./handlers/read.ts";
import { answerReview, isReview } from "./handlers/reviews.ts";
import { handleSubresource } from "./handlers/subresources.ts";
import { watchObjects } from "./handlers/watch.ts";
import { createObject, patchObject, updateObject } from "./handlers/write.ts";
import { health } from "./health.ts";
import { KindRegistry } from "./kind-registry.ts";
import { parseRequestInfo, type RequestInfo } from "./request-info.ts";
import type { RequestScope } from "./request-scope.ts";
import { Resources } from "./resources.ts";
import { errorResponse, jsonResponse, pageNotFound, prettyForPeople } from "./responses.ts";
import type { ApiClient, ComponentHealth, ApiRequest, ApiResponse, ApiServer, NodeAgent, UserInfo } from "./types.ts";
import { versionInfo } from "./version.ts";

export interface ApiServerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Default: all that `kinds/index.ts` names. */
  readonly kinds?: readonly KindDefinition[];
  /** Default: an empty one. */
  readonly store?: Store;
  /** Default: `v1.36`. */
  readonly profile?: string;
  readonly serviceCidr?: string;
  readonly podCidr?: string;
  /** Where clients reach the server; discovery names it. Default: `172.30.1.2:6443`. */
  readonly serverAddress?: string;
  /** False while the server cannot reach etcd: all but health checks fails. Default: always true. */
  readonly isEtcdUp?: () => boolean;
  /** What the health checks of the control plane's components say. Default: nothing of any. */
  readonly componentHealth?: () => readonly ComponentHealth[];
  /** The kubelet of a node, for log, exec and attach. */
  readonly nodeAgent?: (nodeName: string) => NodeAgent | undefined;
}

export interface ApiServerParts {
  readonly server: ApiServer;
  /** With the rights of `system:masters`. */
  readonly client: ApiClient;
  /** A client whose writes carry a component's name. */
  clientFor(options: ClientOptions): ApiClient;
  readonly resources: Resources;
  readonly store: Store;
  readonly registry: KindRegistry;
}

const DEFAULT_PROFILE = "v1.36";

const ADMIN: UserInfo = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };

export function createApiServer(options: ApiServerOptions): ApiServerParts {
  const store = options.store ?? new Store();
  const registry = new KindRegistry(options.kinds ?? allKinds);
  const serviceCidr = options.serviceCidr ?? "10.96.0.0/12";
  const resources = new Resources({
    clock: options.clock,
    random: options.random,
    store,
    registry,
    profile: options.profile ?? DEFAULT_PROFILE,
    serviceCidr,
    podCidr: options.podCidr ?? "10.244.0.0/16",
  });
  if (registry.hasResource("customresourcedefinitions.apiextensions.k8s.io")) installCustomKinds(resources);
  const clientFor = (clientOptions: ClientOptions) => createClient(resources, clientOptions);
  const client = clientFor({ user: ADMIN, manager: "kubernetes-admin" });
  const { host, port } = addressOf(options);
  keepKubernetesService(options.clock, {
    client: clientFor({ user: ADMIN, manager: "kube-apiserver" }),
    advertiseAddress: host,
    port,
    kubernetesServiceIp: firstAddress(serviceCidr),
  });
  const server: ApiServer = {
    async handle(request) {
      const warnings: string[] = [];
      try {
        return prettyForPeople(request, await route(options, resources, request, warnings));
      } catch (error) {
        if (error instanceof StatusError) return prettyForPeople(request, errorResponse(error, warnings));
        throw error;
      }
    },
  };
  return { server, client, clientFor, resources, store, registry };
}

const DEFAULT_ADDRESS = "172.30.1.2:6443";

function addressOf(options: ApiServerOptions): { readonly host: string; readonly port: number } {
  const [host = "", port = "6443"] = (options.serverAddress ?? DEFAULT_ADDRESS).split(":");
  return { host, port: Number(port) };
}

/** The first address of a range belongs to the Service `kubernetes`. */
function firstAddress(cidr: string): string {
  const parts = (cidr.split("/")[0] ?? "").split(".");
  return [...parts.slice(0, 3), Number(parts[3] ?? 0) + 1].join(".");
}

async function route(
  options: ApiServerOptions,
  resources: Resources,
  request: ApiRequest,
  warnings: string[],
): Promise<ApiResponse> {
  const isEtcdUp = options.isEtcdUp?.() ?? true;
  const probe = health(request, isEtcdUp);
  if (!isEtcdUp && !probe) throw etcdUnavailable();
  const user = impersonate(resources, request, authenticate(resources, request));
  const info = parseRequestInfo(request.method, request.path, request.query);
  checkAccess(resources, user, info);
  if (probe) return probe;
  if (!info.isResource) return plainPath(options, resources, request);
  const kind = resources.registry.find(info.group, info.version, info.resource);
  if (!kind) {
    if (info.group && !resources.registry.hasGroupVersion(info.group, info.version)) return pageNotFound();
    throw unknownResource();
  }
  warnings.push(...deprecationWarnings(kind, options.profile ?? DEFAULT_PROFILE));
  const { clock, nodeAgent, componentHealth = () => [] } = options;
  return dispatch({ request, info, kind, resources, clock, user, nodeAgent, componentHealth, warnings });
}

function checkAccess(resources: Resources, user: UserInfo, info: RequestInfo): void {
  const decision = authorize(resources, user, info);
  if (decision.isAllowed) return;
  const text = denialText(user, info);
  throw forbidden(
    { group: info.group, name: info.resource },
    info.name,
    decision.reason ? `${text}: ${decision.reason}` : text,
  );
}

/** Paths that name no resource: discovery, versions, health. */
async function plainPath(options: ApiServerOptions, resources: Resources, request: ApiRequest): Promise<ApiResponse> {
  // The core group answers for versions it does not have.
  if (/^\/api\/[^/]+$/.test(request.path) && request.path !== "/api/v1") throw unknownResource();
  const path = request.path.replace(/\/+$/, "") || "/";
  if (path === "/version") return jsonResponse(200, versionInfo(options.profile ?? DEFAULT_PROFILE));
  const { registry } = resources;
  if (path.startsWith("/openapi/")) {
    // The texts for it are large: loaded when first asked for.
    const { openApi } = await import("./openapi.ts");
    return openApi(request, { registry, profile: options.profile ?? DEFAULT_PROFILE }) ?? pageNotFound();
  }
  if (path === "/") return jsonResponse(200, { paths: indexOf(registry) });
  const { host, port } = addressOf(options);
  return discover(request, { registry, serverAddress: `${host}:${port}` }) ?? pageNotFound();
}

async function dispatch(scope: RequestScope): Promise<ApiResponse> {
  const { info, kind } = scope;
  // Namespaced objects are reached through their namespace; only collections span all of them.
  if (kind.isNamespaced && info.name && !info.namespace && info.verb !== "list" && info.verb !== "watch") {
    throw unknownResource();
  }
  if (!kind.isNamespaced && info.namespace && kind.plural !== "namespaces") throw unknownResource();
  if (info.subresource) {
    if (kind.subresources?.[info.subresource] === undefined) throw unknownResource();
    return handleSubresource(scope);
  }
  if (!kind.verbs.includes(info.verb)) throw methodNotAllowed();
  if (isReview(scope)) return answerReview(scope);
  switch (info.verb) {
    case "get":
      return kind.plural === "componentstatuses" ? getComponentStatus(scope) : getObject(scope);
    case "list":
      return kind.plural === "componentstatuses" ? listComponentStatuses(scope) : listObjects(scope);
    case "watch":
      return watchObjects(scope);
    case "create":
      return kind.plural === "bindings" ? bindPod(scope) : createObject(scope);
    case "update":
      return updateObject(scope);
    case "patch":
      return patchObject(scope);
    case "delete":
      return deleteObject(scope);
    case "deletecollection":
      return deleteCollection(scope);
    default:
      throw methodNotAllowed();
  }
}
