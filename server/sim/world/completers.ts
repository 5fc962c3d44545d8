/** Which programs complete their own arguments. */
import { completeKubectl } from "../programs/kubectl/index.ts";
import type { Completer } from "../shell/index.ts";

/** `k` is the alias that every host's profile gives kubectl. */
const COMPLETERS: ReadonlyMap<string, Completer> = new Map([
  ["kubectl", completeKubectl],
  ["k", completeKubectl],
]);

export const completerOf = (command: string): Completer | undefined => COMPLETERS.get(command);
