/** A pod template by itself, as `kubectl rollout history --revision=N` prints it: with tabs, not aligned. */
import { writePodTemplate } from "./pod-template.ts";
import { PrefixWriter } from "./prefix-writer.ts";

export function describePodTemplate(template: unknown, kubectlMinor?: number): string {
  const w = new PrefixWriter({ isAligned: false });
  writePodTemplate(w, template, kubectlMinor);
  return w.toString();
}
