import type { Program } from "../../machine/types.ts";
import { isBusybox } from "../toolkit/tool.ts";
import { bindNslookup } from "./bind-nslookup.ts";
import { busyboxNslookup } from "./busybox-nslookup.ts";

export const nslookup: Program = {
  name: "nslookup",
  run: (process) => (isBusybox(process) ? busyboxNslookup(process) : bindNslookup(process)),
};
