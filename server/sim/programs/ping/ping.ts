import type { Program } from "../../machine/types.ts";
import { isBusybox } from "../toolkit/tool.ts";
import { busyboxPing } from "./busybox-ping.ts";
import { iputilsPing } from "./iputils-ping.ts";

/** ping, in the dialect of the package that installed it. */
export const ping: Program = {
  name: "ping",
  run: (process) => (isBusybox(process) ? busyboxPing.run(process) : iputilsPing(process)),
};

/** A name of busybox's for `ping -6`, and a link of old iputils. */
export const ping6: Program = { name: "ping6", run: ping.run };
