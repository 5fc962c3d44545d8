/** The images of one node: what is there, and pulling what is not. Texts of containerd 1.7 and kubelet v1.36. */
import type { ContainerImage, ImageRegistry } from "../../../images/types.ts";

/** Checking a present image against its registry takes this long (`imagePullPolicy: Always`). */
const RECHECK_MS = 450;
const FAILED_PULL_MS = 900;

export type PullPlan =
  | { readonly kind: "present"; readonly image: ContainerImage }
  | { readonly kind: "pull"; readonly image: ContainerImage; readonly pullMs: number }
  | { readonly kind: "fail"; readonly reason: string; readonly message: string; readonly pullMs: number };

export class ImageStore {
  readonly #registry: ImageRegistry;
  readonly #present: Set<string>;

  constructor(registry: ImageRegistry, present: Iterable<string> = []) {
    this.#registry = registry;
    this.#present = new Set(present);
  }

  /** References on this node, for snapshots and `crictl images`. */
  get present(): readonly string[] {
    return [...this.#present];
  }

  find(reference: string): ContainerImage | undefined {
    return this.#registry.find(reference);
  }

  plan(reference: string, policy: string): PullPlan {
    const image = this.#registry.find(reference);
    const isPresent = image !== undefined && this.#present.has(image.reference);
    if (policy === "Never" && !isPresent) {
      return {
        kind: "fail",
        reason: "ErrImageNeverPull",
        message: `Container image "${reference}" is not present with pull policy of Never`,
        pullMs: 0,
      };
    }
    if (isInvalid(reference)) {
      return {
        kind: "fail",
        reason: "InvalidImageName",
        message: `Failed to apply default image tag "${reference}": couldn't parse image name "${reference}": invalid reference format`,
        pullMs: 0,
      };
    }
    if (image === undefined) {
      return { kind: "fail", reason: "ErrImagePull", message: this.#refusal(reference), pullMs: FAILED_PULL_MS };
    }
    if (isPresent && policy !== "Always") return { kind: "present", image };
    return { kind: "pull", image, pullMs: isPresent ? RECHECK_MS : image.pullMs };
  }

  add(image: ContainerImage): void {
    this.#present.add(image.reference);
  }

  /** A known repository without this tag, or one that nobody may read. */
  #refusal(reference: string): string {
    const full = this.#registry.normalise(reference);
    const head = `failed to pull and unpack image "${full}": failed to resolve reference "${full}": `;
    const repository = full.replace(/(@.*|:[^/:]*)$/, "");
    if (this.#registry.find(repository) !== undefined) {
      return `rpc error: code = NotFound desc = ${head}${full}: not found`;
    }
    const domain = full.split("/")[0] ?? "";
    if (domain !== "docker.io") {
      return `${head}failed to do request: Head "https://${domain}/v2/${repository.slice(domain.length + 1)}/manifests/${full.slice(repository.length + 1)}": dial tcp: lookup ${domain}: no such host`;
    }
    return `${head}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`;
  }
}

const isInvalid = (reference: string): boolean =>
  !/^[a-z0-9]([\w.\-/:@]*\w)?$/i.test(reference) ||
  /[A-Z]/.test(reference.split(/[:@]/)[0]?.split("/").slice(-1)[0] ?? "");

/** As Go prints a duration of the given milliseconds: `856ms`, `3.2s`, `1m3.5s`. */
export function goDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms) / 1000;
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${Number((seconds % 60).toFixed(3))}s`;
}
