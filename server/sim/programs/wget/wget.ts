import type { Program } from "../../machine/types.ts";
import { isBusybox } from "../toolkit/tool.ts";
import { busyboxWget } from "./busybox-wget.ts";
import { gnuWget } from "./gnu-wget.ts";

export const wget: Program = {
  name: "wget",
  run: (process) => (isBusybox(process) ? busyboxWget.run(process) : gnuWget.run(process)),
};
