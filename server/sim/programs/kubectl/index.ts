/** kubectl as a program. */
import type { Program } from "../../machine/types.ts";
import { openHttpTransport } from "./client/http-transport.ts";
import { createKubectl } from "./kubectl.ts";

/** kubectl over the simulated network. `ProgramReference.version` (`v1.30`) picks an older one's manners. */
export const kubectl: Program = createKubectl(openHttpTransport);

export { createKubectl } from "./kubectl.ts";
