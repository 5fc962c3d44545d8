/**
 * Every executable of the simulated machines, one line each. An image or a host's
 * installation decides which of them it has, and where.
 */
import type { Program, ProgramRegistry } from "../machine/types.ts";
import { shellPrograms } from "../shell/index.ts";
import { gunzip, gzip, zcat } from "./archive/gzip.ts";
import { tar } from "./archive/tar.ts";
import { awk } from "./awk/awk.ts";
import { bc } from "./bc/bc.ts";
import { createBusybox } from "./busybox/busybox.ts";
import { base64 } from "./coreutils/base64.ts";
import { cat } from "./coreutils/cat.ts";
import { comm } from "./coreutils/comm.ts";
import { cp, install, ln, mv } from "./coreutils/copy.ts";
import { cut } from "./coreutils/cut.ts";
import { dd } from "./coreutils/dd.ts";
import { mkdir, mkfifo, mktemp, rm, rmdir, sync, touch, truncate } from "./coreutils/files.ts";
import { head } from "./coreutils/head.ts";
import { join } from "./coreutils/join.ts";
import { ls } from "./coreutils/ls.ts";
import { chgrp, chmod, chown } from "./coreutils/modes.ts";
import { numfmt } from "./coreutils/numfmt.ts";
import { basename, df, dirname, du, readlink, realpath, stat, which } from "./coreutils/paths.ts";
import { expand, fold, nl, paste, rev, shuf, tac, yes } from "./coreutils/small-filters.ts";
import { seq } from "./coreutils/seq.ts";
import { sort } from "./coreutils/sort.ts";
import { split } from "./coreutils/split.ts";
import { tail } from "./coreutils/tail.ts";
import { tee } from "./coreutils/tee.ts";
import { tr } from "./coreutils/tr.ts";
import { uniq } from "./coreutils/uniq.ts";
import { wc } from "./coreutils/wc.ts";
import { egrep, fgrep, grep } from "./grep/grep.ts";
import { jq } from "./jq/jq.ts";
import { kubectl } from "./kubectl/index.ts";
import { kubectlReach, kubectlReachCompletion } from "./kubectl-reach/index.ts";
import { kubectlWhy, kubectlWhyCompletion } from "./kubectl-why/index.ts";
import { networkPrograms } from "./network.ts";
import { script } from "./script/script.ts";
import { sed } from "./sed/sed.ts";
import { su, sudo } from "./system/accounts.ts";
import { env, nice, nohup, printenv, setsid, stdbuf, watch, xargs } from "./system/commands.ts";
import { arch, free, groups, hostname, id, logname, nproc, tty, uname, uptime, whoami } from "./system/identity.ts";
import { kill, killall, pgrep, pidof, pkill, ps } from "./system/processes.ts";
import { getent } from "./system/getent.ts";
import { usleep } from "./system/usleep.ts";
import { stty } from "./terminal/stty.ts";
import { tput } from "./terminal/tput.ts";
import { date, sleep, timeout } from "./system/time.ts";
import { clear, falseProgram, pwd, reset, trueProgram } from "./system/trivial.ts";
import { expr } from "./shell-tools/expr.ts";
import { diff, cmp } from "./diff/diff.ts";
import { find } from "./find/find.ts";
import { digests } from "./hash/digests.ts";
import { hexdump, od, xxd } from "./text-tools/dump.ts";
import { less, more } from "./text-tools/pager.ts";
import { column, envsubst, tree } from "./text-tools/tables.ts";
import { vi, vim } from "./vi/vi.ts";

const editors: readonly Program[] = [less, more, vi, vim];

const text: readonly Program[] = [
  ...digests,
  bc,
  cmp,
  column,
  comm,
  dd,
  diff,
  envsubst,
  expr,
  hexdump,
  join,
  jq,
  numfmt,
  od,
  split,
  xxd,
  awk,
  base64,
  basename,
  cat,
  cut,
  dirname,
  egrep,
  expand,
  fgrep,
  fold,
  grep,
  head,
  nl,
  paste,
  rev,
  sed,
  seq,
  shuf,
  sort,
  tac,
  tail,
  tee,
  tr,
  uniq,
  wc,
  yes,
];

const files: readonly Program[] = [
  find,
  gunzip,
  gzip,
  tar,
  zcat,
  tree,
  chgrp,
  chmod,
  chown,
  cp,
  df,
  du,
  install,
  ln,
  ls,
  mkdir,
  mkfifo,
  mktemp,
  mv,
  readlink,
  realpath,
  rm,
  rmdir,
  stat,
  sync,
  touch,
  truncate,
  which,
];

const system: readonly Program[] = [
  arch,
  clear,
  date,
  env,
  falseProgram,
  free,
  getent,
  groups,
  hostname,
  id,
  kill,
  killall,
  logname,
  nice,
  nohup,
  nproc,
  pgrep,
  pidof,
  pkill,
  printenv,
  ps,
  pwd,
  reset,
  setsid,
  sleep,
  stdbuf,
  stty,
  tput,
  su,
  sudo,
  timeout,
  trueProgram,
  tty,
  uname,
  uptime,
  usleep,
  watch,
  whoami,
  xargs,
];

const byName = new Map<string, Program>(
  [
    ...editors,
    ...text,
    ...files,
    ...system,
    ...networkPrograms,
    kubectl,
    kubectlReach,
    kubectlReachCompletion,
    kubectlWhy,
    kubectlWhyCompletion,
    script,
    ...shellPrograms,
  ].map((program) => [program.name, program]),
);

/** Every program by the name an executable file refers to it. */
export const programs: ProgramRegistry = { get: (name) => byName.get(name) };

byName.set(
  "busybox",
  createBusybox(programs, (name) => name !== "bash" && name !== "busybox" && !name.startsWith("kubectl")),
);

/** For tests and documentation: the names there are. */
export const programNames = (): readonly string[] => [...byName.keys()].sort();
