/** Every kind of check, one line each. */
import type { CheckKind } from "../types.ts";
import { connects } from "./connects.ts";
import { logged } from "./logged.ts";
import { matches } from "./matches.ts";
import { templateLabel } from "./template-label.ts";

export const checkKinds: readonly CheckKind[] = [connects, logged, matches, templateLabel];
