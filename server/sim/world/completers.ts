/** Which programs complete their own arguments. */
import type { Completer } from "../shell/index.ts";

export const completerOf = (_command: string): Completer | undefined => undefined;
