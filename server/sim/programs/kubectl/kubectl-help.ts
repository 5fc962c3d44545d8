/** Help pages as the real program prints them; loaded when first asked for. */
import type { Process } from "../../machine/types.ts";

export async function helpText(process: Process, words: string): Promise<string> {
  const { HELP } = await process.clock.hold(import("./generated/help.ts"));
  const home = process.env.get("HOME") ?? "";
  return (HELP[words] ?? "").replaceAll("/nonexistent/.kube/cache", `${home}/.kube/cache`);
}
