/** The files kubelet writes for every container: /etc/hosts, /etc/hostname, /etc/resolv.conf. */
import type { FileSystem } from "../../../machine/types.ts";
import type { Pod } from "../objects.ts";

export interface PodIdentity {
  readonly pod: Pod;
  readonly podIp: string;
  readonly clusterDns: string;
  readonly clusterDomain: string;
  readonly hostFs: FileSystem;
}

export const hostnameOf = (pod: Pod): string => (pod.spec.hostname ?? pod.metadata.name).slice(0, 63);

export function writePodFiles(fs: FileSystem, identity: PodIdentity): void {
  fs.mkdir("/etc", { recursive: true });
  fs.writeFile("/etc/hosts", hosts(identity));
  fs.writeFile("/etc/hostname", `${hostnameOf(identity.pod)}\n`);
  fs.writeFile("/etc/resolv.conf", resolvConf(identity));
}

function hosts({ pod, podIp, clusterDomain, hostFs }: PodIdentity): string {
  const { spec, metadata } = pod;
  const aliases = (spec.hostAliases ?? []).map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join("\t")}\n`);
  const added = aliases.length > 0 ? `\n# Entries added by HostAliases.\n${aliases.join("")}` : "";
  if (spec.hostNetwork === true) {
    const own = hostFs.exists("/etc/hosts") ? hostFs.readText("/etc/hosts") : "";
    return `# Kubernetes-managed hosts file (host network).\n${own}${added}`;
  }
  const name = hostnameOf(pod);
  const names = spec.subdomain ? `${name}.${spec.subdomain}.${metadata.namespace}.svc.${clusterDomain}\t${name}` : name;
  return [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::\tip6-localnet",
    "fe00::\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
    `${podIp}\t${names}`,
    added,
  ].join("\n");
}

export function resolvConf({ pod, clusterDns, clusterDomain, hostFs }: PodIdentity): string {
  const { spec, metadata } = pod;
  const policy = spec.dnsPolicy ?? "ClusterFirst";
  const isCluster = policy === "ClusterFirstWithHostNet" || (policy === "ClusterFirst" && spec.hostNetwork !== true);
  const base: ResolverSettings = isCluster
    ? {
        nameservers: [clusterDns],
        searches: [`${metadata.namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain],
        options: ["ndots:5"],
      }
    : policy === "None"
      ? { nameservers: [], searches: [], options: [] }
      : parseResolvConf(hostFs.exists("/etc/resolv.conf") ? hostFs.readText("/etc/resolv.conf") : "");
  const custom = spec.dnsConfig ?? {};
  const nameservers = [...new Set([...base.nameservers, ...(custom.nameservers ?? [])])];
  const searches = [...new Set([...base.searches, ...(custom.searches ?? [])])];
  const options = mergeOptions(base.options, custom.options ?? []);
  return [
    ...(searches.length > 0 ? [`search ${searches.join(" ")}`] : []),
    ...nameservers.map((address) => `nameserver ${address}`),
    ...(options.length > 0 ? [`options ${options.join(" ")}`] : []),
    "",
  ].join("\n");
}

interface ResolverSettings {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

function parseResolvConf(text: string): ResolverSettings {
  const settings = { nameservers: [] as string[], searches: [] as string[], options: [] as string[] };
  for (const line of text.split("\n")) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (word === "nameserver") settings.nameservers.push(...rest.slice(0, 1));
    else if (word === "search") settings.searches = rest;
    else if (word === "options") settings.options.push(...rest);
  }
  return settings;
}

function mergeOptions(
  base: readonly string[],
  custom: readonly { readonly name: string; readonly value?: string }[],
): readonly string[] {
  const merged = new Map(base.map((option) => [option.split(":")[0] ?? "", option]));
  for (const { name, value } of custom) merged.set(name, value === undefined ? name : `${name}:${value}`);
  return [...merged.values()];
}
