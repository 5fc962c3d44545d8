import type { Process } from "../../machine/types.ts";

const NUMERIC = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$/;

/** The first address of a name; null when it cannot be resolved, with the resolver's reason. */
export async function resolveHost(
  process: Process,
  host: string,
  family?: 4 | 6,
): Promise<{ readonly address: string } | { readonly failure: "not-found" | "timed-out" | "refused" | "no-server" }> {
  if (NUMERIC.test(host)) return { address: host };
  const result = await process.net.resolve(host, family === undefined ? {} : { family });
  const address = result.kind === "addresses" ? result.addresses[0] : undefined;
  if (address !== undefined) return { address };
  return { failure: result.kind === "failed" ? result.failure : "not-found" };
}
