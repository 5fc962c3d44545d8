/** Every builtin, one line each. */
import { alias, unalias } from "./alias.ts";
import { bind } from "./bind.ts";
import type { Builtin } from "./builtin.ts";
import { caller, suspend } from "./caller.ts";
import { cd } from "./cd.ts";
import { compgen, complete, compopt } from "./complete.ts";
import { declare, exportBuiltin, local, readonlyBuiltin, typeset } from "./declare.ts";
import { dirs, popd, pushd } from "./dirs.ts";
import { echo } from "./echo.ts";
import { dot, evalBuiltin, source } from "./eval.ts";
import { exec } from "./exec.ts";
import { breakBuiltin, continueBuiltin, exit, logout, returnBuiltin } from "./exit.ts";
import { getopts } from "./getopts.ts";
import { help } from "./help.ts";
import { fc, history } from "./history.ts";
import { bg, disown, fg, jobs, kill, wait } from "./jobs.ts";
import { letBuiltin } from "./let.ts";
import { mapfile, readarray } from "./mapfile.ts";
import { printf } from "./printf.ts";
import { pwd } from "./pwd.ts";
import { read } from "./read.ts";
import { set } from "./set.ts";
import { shift } from "./shift.ts";
import { shopt } from "./shopt.ts";
import { bracket, test } from "./test.ts";
import { times } from "./times.ts";
import { trap } from "./trap.ts";
import { colonBuiltin, falseBuiltin, trueBuiltin } from "./true.ts";
import { builtin, command, enable, hash, type } from "./type.ts";
import { ulimit } from "./ulimit.ts";
import { umask } from "./umask.ts";
import { unset } from "./unset.ts";

const ALL: readonly Builtin[] = [
  alias,
  bg,
  bracket,
  breakBuiltin,
  builtin,
  caller,
  cd,
  colonBuiltin,
  command,
  compgen,
  complete,
  compopt,
  continueBuiltin,
  declare,
  dirs,
  disown,
  dot,
  echo,
  enable,
  evalBuiltin,
  exec,
  exit,
  exportBuiltin,
  falseBuiltin,
  fc,
  fg,
  getopts,
  hash,
  help,
  history,
  jobs,
  kill,
  letBuiltin,
  local,
  logout,
  mapfile,
  popd,
  printf,
  pushd,
  pwd,
  read,
  readarray,
  readonlyBuiltin,
  returnBuiltin,
  set,
  shift,
  shopt,
  source,
  suspend,
  test,
  times,
  trap,
  trueBuiltin,
  type,
  typeset,
  ulimit,
  umask,
  bind,
  unalias,
  unset,
  wait,
];

export const builtins: ReadonlyMap<string, Builtin> = new Map(ALL.map((each) => [each.name, each]));

/** POSIX special builtins. */
export const specialBuiltins: ReadonlySet<string> = new Set(
  ALL.filter((each) => each.isSpecial).map((each) => each.name),
);

/** Builtins whose arguments may be assignments. */
export const declarationBuiltins: ReadonlySet<string> = new Set(
  ALL.filter((each) => each.declares).map((each) => each.name),
);
