/** All registries of the simulated internet in one. */
import { sha256 } from "@noble/hashes/sha2.js";
import { createFileSystem } from "../machine/fs/file-system.ts";
import { formatReference, parseReference } from "./reference.ts";
import type { RepositoryDefinition } from "./repository.ts";
import type { ContainerImage, ImageRegistry } from "./types.ts";

/** Simulated: 25 MB a second after a second of talking to the registry. */
const PULL_START_MS = 900;
const PULL_BYTES_PER_MS = 25_000;

export function createImageRegistry(repositories: readonly RepositoryDefinition[]): ImageRegistry {
  const byName = new Map(
    repositories.flatMap((repository) => repository.names.map((name) => [name, repository] as const)),
  );
  const images = new Map<string, ContainerImage | undefined>();
  return {
    normalise(reference) {
      const parsed = parseReference(reference);
      return parsed ? formatReference(parsed) : reference;
    },
    find(reference) {
      const parsed = parseReference(reference);
      if (!parsed) return undefined;
      const normalised = formatReference(parsed);
      if (!images.has(normalised))
        images.set(normalised, buildImage(byName.get(parsed.repository), parsed.repository, parsed.tag));
      return images.get(normalised);
    },
  };
}

function buildImage(
  definition: RepositoryDefinition | undefined,
  repository: string,
  tag: string,
): ContainerImage | undefined {
  const build = definition?.build(tag);
  if (!build) return undefined;
  const reference = `${repository}:${tag}`;
  return {
    reference,
    digest: `sha256:${hex(sha256(new TextEncoder().encode(`${definition?.names[0]}:${tag}`)))}`,
    sizeBytes: build.sizeBytes,
    pullMs: PULL_START_MS + Math.round(build.sizeBytes / PULL_BYTES_PER_MS),
    entrypoint: build.entrypoint ?? [],
    command: build.command ?? [],
    env: build.env ?? [],
    workingDir: build.workingDir ?? "/",
    user: build.user ?? { uid: 0, gid: 0 },
    libc: build.libc,
    stopSignal: build.stopSignal ?? "SIGTERM",
    createRootFileSystem: () => createFileSystem({ image: build.tree }),
  };
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
