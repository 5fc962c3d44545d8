import { isIpv4, isIpv6 } from "./addresses.ts";
import type { Interruption, Process, ResolveResult } from "./types.ts";

export interface ResolveOptions {
  readonly family?: 4 | 6;
  readonly interruption?: Interruption;
  readonly timeoutMs?: number;
}

export async function resolveName(
  _process: Process,
  name: string,
  _options: ResolveOptions = {},
): Promise<ResolveResult> {
  if (isIpv4(name) || isIpv6(name)) return { kind: "addresses", addresses: [name], canonicalName: name };
  return { kind: "failed", failure: "no-server" };
}
