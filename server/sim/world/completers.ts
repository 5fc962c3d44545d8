/** Which programs complete their own arguments, one line each. `k` is the alias of the login shells. */
import type { Completer } from "../shell/index.ts";
import { completeKubectl } from "../programs/kubectl/index.ts";

const completers = new Map<string, Completer>([
  ["k", completeKubectl],
  ["kubectl", completeKubectl],
]);

export const completerOf = (command: string): Completer | undefined => completers.get(command);
