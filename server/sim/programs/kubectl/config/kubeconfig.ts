/**
 * kubeconfig files: found, merged and resolved to one cluster, user and namespace as
 * client-go's clientcmd does. Writing goes back to the file an entry came from.
 */
import type { Process } from "../../../machine/types.ts";
import { ConfigurationInvalid, KubectlError } from "../errors.ts";
import { parseYaml } from "../yaml/parse.ts";

export type Fields = { readonly [key: string]: unknown };

export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, Fields>;
  readonly users: ReadonlyMap<string, Fields>;
  readonly contexts: ReadonlyMap<string, Fields>;
  readonly currentContext: string;
}

export interface LoadedFile {
  readonly path: string;
  readonly config: Kubeconfig;
}

export interface LoadedConfig {
  readonly merged: Kubeconfig;
  /** Only files that exist, in order of precedence. */
  readonly files: readonly LoadedFile[];
  /** Where a new entry is written. */
  readonly defaultFile: string;
  /** Whether `--kubeconfig` named the file. */
  readonly isExplicit: boolean;
}

export const EMPTY: Kubeconfig = { clusters: new Map(), users: new Map(), contexts: new Map(), currentContext: "" };

/** Parsed files by their text: a kubeconfig is read on every command and rarely changes. */
const parsedByText = new Map<string, Kubeconfig>();
const MAX_PARSED = 32;

/** Reads the files that `--kubeconfig`, $KUBECONFIG or the home directory name. */
export function loadKubeconfig(process: Process, explicit: string): LoadedConfig {
  const paths = kubeconfigPaths(process, explicit);
  const files: LoadedFile[] = [];
  for (const path of paths) {
    const full = process.resolve(path);
    if (!process.machine.fs.exists(full)) {
      if (explicit !== "") throw new KubectlError(`stat ${path}: no such file or directory`);
      continue;
    }
    files.push({ path, config: readFile(process, path, full) });
  }
  const merged = files.reduceRight<Kubeconfig>((below, file) => mergeConfigs(file.config, below), EMPTY);
  const existing = files.at(-1)?.path;
  return { merged, files, defaultFile: existing ?? paths.at(-1) ?? "", isExplicit: explicit !== "" };
}

function kubeconfigPaths(process: Process, explicit: string): readonly string[] {
  if (explicit !== "") return [explicit];
  const listed = process.env.get("KUBECONFIG") ?? "";
  if (listed !== "") return [...new Set(listed.split(":").filter((path) => path !== ""))];
  return [`${process.env.get("HOME") ?? ""}/.kube/config`];
}

function readFile(process: Process, path: string, full: string): Kubeconfig {
  let text: string;
  try {
    text = process.machine.fs.readText(full, process.credentials);
  } catch (error) {
    const reason = (error as Error).message;
    throw new KubectlError(`error loading config file ${JSON.stringify(path)}: open ${path}: ${lowerFirst(reason)}`);
  }
  try {
    return parseConfigText(text);
  } catch (error) {
    if (error instanceof KubectlError) throw error;
    throw new KubectlError(`error loading config file ${JSON.stringify(path)}: ${(error as Error).message}`);
  }
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

function parseConfigText(text: string): Kubeconfig {
  const known = parsedByText.get(text);
  if (known !== undefined) return known;
  const document = parseYaml(text);
  const fields = (typeof document === "object" && document !== null ? document : {}) as Fields;
  const config: Kubeconfig = {
    clusters: entriesOf(fields["clusters"], "cluster"),
    users: entriesOf(fields["users"], "user"),
    contexts: entriesOf(fields["contexts"], "context"),
    currentContext: typeof fields["current-context"] === "string" ? fields["current-context"] : "",
  };
  if (parsedByText.size >= MAX_PARSED) parsedByText.clear();
  parsedByText.set(text, config);
  return config;
}

function entriesOf(list: unknown, key: string): ReadonlyMap<string, Fields> {
  const entries = new Map<string, Fields>();
  if (!Array.isArray(list)) return entries;
  for (const item of list as readonly Fields[]) {
    const name = typeof item["name"] === "string" ? item["name"] : "";
    entries.set(name, (item[key] ?? {}) as Fields);
  }
  return entries;
}

function mergeConfigs(first: Kubeconfig, second: Kubeconfig): Kubeconfig {
  return {
    clusters: new Map([...second.clusters, ...first.clusters]),
    users: new Map([...second.users, ...first.users]),
    contexts: new Map([...second.contexts, ...first.contexts]),
    currentContext: first.currentContext || second.currentContext,
  };
}

/** The document as it is printed and written: names sorted, in the order of the Go types. */
export function toDocument(config: Kubeconfig): Fields {
  const list = (entries: ReadonlyMap<string, Fields>, key: string, order: readonly string[]) => {
    const names = [...entries.keys()].sort();
    return names.length === 0 ? null : names.map((name) => ({ name, [key]: ordered(entries.get(name) ?? {}, order) }));
  };
  return {
    kind: "Config",
    apiVersion: "v1",
    clusters: list(config.clusters, "cluster", CLUSTER_FIELDS),
    users: list(config.users, "user", USER_FIELDS),
    contexts: list(config.contexts, "context", CONTEXT_FIELDS),
    "current-context": config.currentContext,
  };
}

const CLUSTER_FIELDS = [
  "server",
  "tls-server-name",
  "insecure-skip-tls-verify",
  "certificate-authority",
  "certificate-authority-data",
  "proxy-url",
  "disable-compression",
  "extensions",
];
const USER_FIELDS = [
  "client-certificate",
  "client-certificate-data",
  "client-key",
  "client-key-data",
  "token",
  "tokenFile",
  "as",
  "as-uid",
  "as-groups",
  "as-user-extra",
  "username",
  "password",
  "auth-provider",
  "exec",
  "extensions",
];
const CONTEXT_FIELDS = ["cluster", "user", "namespace", "extensions"];

function ordered(fields: Fields, order: readonly string[]): Fields {
  const known = order.filter((key) => fields[key] !== undefined && fields[key] !== "" && fields[key] !== false);
  const others = Object.keys(fields).filter((key) => !order.includes(key));
  return Object.fromEntries([...known, ...others].map((key) => [key, fields[key]]));
}

// ------------------------------------------------------------------ resolving

/** What requests need: where to, as whom, in which namespace. */
export interface Connection {
  /** Scheme, host, port and path prefix: `https://127.0.0.1:6443`. */
  readonly server: string;
  readonly certificateAuthority?: string;
  readonly isInsecure: boolean;
  readonly tlsServerName?: string;
  /** PEM text. */
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  readonly namespace: string;
  /** Whether a flag named the namespace. */
  readonly isNamespaceExplicit: boolean;
  readonly contextName: string;
}

/** The global flags that override a kubeconfig; empty strings are unset. */
export interface Overrides {
  readonly context: string;
  readonly cluster: string;
  readonly user: string;
  readonly server: string;
  readonly token: string;
  readonly namespace: string;
  readonly certificateAuthority: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  readonly username: string;
  readonly password: string;
  readonly tlsServerName: string;
  readonly isInsecure: boolean;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Resolves to a connection. Throws ConfigurationInvalid and KubectlError in clientcmd's words. */
export function resolveConnection(process: Process, config: Kubeconfig, overrides: Overrides): Connection {
  const contextName = overrides.context || config.currentContext;
  const context = config.contexts.get(contextName);
  if (contextName !== "" && context === undefined) {
    throw new ConfigurationInvalid(`context was not found for specified context: ${contextName}`);
  }
  const inCluster = isEmpty(config) && overrides.server === "" ? inClusterConnection(process, overrides) : undefined;
  if (inCluster !== undefined) return inCluster;
  const clusterName = overrides.cluster || text(context?.["cluster"]);
  const userName = overrides.user || text(context?.["user"]);
  const cluster = config.clusters.get(clusterName);
  const user = config.users.get(userName);
  if (overrides.cluster !== "" && cluster === undefined)
    throw new KubectlError(`no server found for cluster ${JSON.stringify(clusterName)}`);
  if (overrides.user !== "" && user === undefined)
    throw new KubectlError(`auth info ${JSON.stringify(userName)} does not exist`);
  if (cluster === undefined && clusterName !== "" && overrides.server === "") {
    throw new ConfigurationInvalid(`cluster ${JSON.stringify(clusterName)} does not exist`);
  }
  const server = overrides.server || text(cluster?.["server"]) || "http://localhost:8080";
  const material = (inline: unknown, path: unknown, override: string): string | undefined => {
    if (override !== "") return readText(process, override);
    if (text(inline) !== "") return decodeBase64(text(inline));
    return text(path) === "" ? undefined : readText(process, text(path));
  };
  const optional = <K extends string>(key: K, value: string | undefined) =>
    (value === undefined || value === "" ? {} : { [key]: value }) as { readonly [P in K]?: string };
  return {
    server: normaliseServer(server),
    isInsecure: overrides.isInsecure || cluster?.["insecure-skip-tls-verify"] === true,
    ...optional(
      "certificateAuthority",
      material(
        cluster?.["certificate-authority-data"],
        cluster?.["certificate-authority"],
        overrides.certificateAuthority,
      ),
    ),
    ...optional(
      "clientCertificate",
      material(user?.["client-certificate-data"], user?.["client-certificate"], overrides.clientCertificate),
    ),
    ...optional("clientKey", material(user?.["client-key-data"], user?.["client-key"], overrides.clientKey)),
    ...optional("token", overrides.token || text(user?.["token"]) || readToken(process, text(user?.["tokenFile"]))),
    ...optional("username", overrides.username || text(user?.["username"])),
    ...optional("password", overrides.password || text(user?.["password"])),
    ...optional("tlsServerName", overrides.tlsServerName || text(cluster?.["tls-server-name"])),
    namespace: overrides.namespace || text(context?.["namespace"]) || "default",
    isNamespaceExplicit: overrides.namespace !== "",
    contextName,
  };
}

function isEmpty(config: Kubeconfig): boolean {
  return config.clusters.size === 0 && config.users.size === 0 && config.contexts.size === 0;
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Inside a pod without a kubeconfig, the service account's token is used. */
function inClusterConnection(process: Process, overrides: Overrides): Connection | undefined {
  const host = process.env.get("KUBERNETES_SERVICE_HOST") ?? "";
  const port = process.env.get("KUBERNETES_SERVICE_PORT") ?? "";
  const token = readToken(process, `${SERVICE_ACCOUNT}/token`);
  if (host === "" || port === "" || token === undefined) return undefined;
  const namespace = readToken(process, `${SERVICE_ACCOUNT}/namespace`) ?? "default";
  const authority = readToken(process, `${SERVICE_ACCOUNT}/ca.crt`);
  return {
    server: `https://${host}:${port}`,
    isInsecure: overrides.isInsecure,
    ...(authority === undefined ? {} : { certificateAuthority: authority }),
    token: overrides.token || token,
    namespace: overrides.namespace || namespace,
    isNamespaceExplicit: overrides.namespace !== "",
    contextName: "",
  };
}

function readToken(process: Process, path: string): string | undefined {
  if (path === "") return undefined;
  try {
    return process.machine.fs.readText(process.resolve(path), process.credentials).trim();
  } catch {
    return undefined;
  }
}

function readText(process: Process, path: string): string {
  try {
    return process.machine.fs.readText(process.resolve(path), process.credentials);
  } catch (error) {
    throw new KubectlError(`unable to read file ${path}: open ${path}: ${lowerFirst((error as Error).message)}`);
  }
}

function decodeBase64(data: string): string {
  try {
    return atob(data.replaceAll("\n", ""));
  } catch {
    throw new KubectlError("illegal base64 data at input byte 0");
  }
}

function normaliseServer(server: string): string {
  const withScheme = /^\w+:\/\//.test(server) ? server : `http://${server}`;
  return withScheme.replace(/\/+$/, "");
}
