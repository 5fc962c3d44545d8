/** `set -o` and `shopt` options of bash 5.2, with their letters and defaults. */

export interface ShellOption {
  readonly name: string;
  readonly letter?: string;
}

/** In the order `set -o` lists them. */
export const setOptions: readonly ShellOption[] = [
  { name: "allexport", letter: "a" },
  { name: "braceexpand", letter: "B" },
  { name: "emacs" },
  { name: "errexit", letter: "e" },
  { name: "errtrace", letter: "E" },
  { name: "functrace", letter: "T" },
  { name: "hashall", letter: "h" },
  { name: "histexpand", letter: "H" },
  { name: "history" },
  { name: "ignoreeof" },
  { name: "interactive-comments" },
  { name: "keyword", letter: "k" },
  { name: "monitor", letter: "m" },
  { name: "noclobber", letter: "C" },
  { name: "noexec", letter: "n" },
  { name: "noglob", letter: "f" },
  { name: "nolog" },
  { name: "notify", letter: "b" },
  { name: "nounset", letter: "u" },
  { name: "onecmd", letter: "t" },
  { name: "physical", letter: "P" },
  { name: "pipefail" },
  { name: "posix" },
  { name: "privileged", letter: "p" },
  { name: "verbose", letter: "v" },
  { name: "vi" },
  { name: "xtrace", letter: "x" },
];

/** What dash and busybox ash know, in the order of their `set -o`. */
export const posixSetOptions: readonly ShellOption[] = [
  { name: "errexit", letter: "e" },
  { name: "noglob", letter: "f" },
  { name: "ignoreeof", letter: "I" },
  { name: "interactive", letter: "i" },
  { name: "monitor", letter: "m" },
  { name: "noexec", letter: "n" },
  { name: "stdin", letter: "s" },
  { name: "xtrace", letter: "x" },
  { name: "verbose", letter: "v" },
  { name: "vi", letter: "V" },
  { name: "emacs", letter: "E" },
  { name: "noclobber", letter: "C" },
  { name: "allexport", letter: "a" },
  { name: "notify", letter: "b" },
  { name: "nounset", letter: "u" },
  { name: "nolog" },
  { name: "debug" },
];

/** The order of letters in `$-`. */
export const flagOrder = "abefhiklmnprtuvxBCEHPTcs";

export const shoptDefaults: readonly (readonly [name: string, isOn: boolean])[] = [
  ["autocd", false],
  ["assoc_expand_once", false],
  ["cdable_vars", false],
  ["cdspell", false],
  ["checkhash", false],
  ["checkjobs", false],
  ["checkwinsize", true],
  ["cmdhist", true],
  ["compat31", false],
  ["compat32", false],
  ["compat40", false],
  ["compat41", false],
  ["compat42", false],
  ["compat43", false],
  ["compat44", false],
  ["complete_fullquote", true],
  ["direxpand", false],
  ["dirspell", false],
  ["dotglob", false],
  ["execfail", false],
  ["expand_aliases", false],
  ["extdebug", false],
  ["extglob", false],
  ["extquote", true],
  ["failglob", false],
  ["force_fignore", true],
  ["globasciiranges", true],
  ["globskipdots", true],
  ["globstar", false],
  ["gnu_errfmt", false],
  ["histappend", false],
  ["histreedit", false],
  ["histverify", false],
  ["hostcomplete", true],
  ["huponexit", false],
  ["inherit_errexit", false],
  ["interactive_comments", true],
  ["lastpipe", false],
  ["lithist", false],
  ["localvar_inherit", false],
  ["localvar_unset", false],
  ["login_shell", false],
  ["mailwarn", false],
  ["no_empty_cmd_completion", false],
  ["nocaseglob", false],
  ["nocasematch", false],
  ["noexpand_translation", false],
  ["nullglob", false],
  ["patsub_replacement", true],
  ["progcomp", true],
  ["progcomp_alias", false],
  ["promptvars", true],
  ["restricted_shell", false],
  ["shift_verbose", false],
  ["sourcepath", true],
  ["varredir_close", false],
  ["xpg_echo", false],
];

export const shoptNames: ReadonlySet<string> = new Set(shoptDefaults.map(([name]) => name));

/** Which options a shell has switched on. `set` and `shopt` names do not collide. */
export class OptionSet {
  private readonly on: Set<string>;

  constructor(on: Iterable<string>) {
    this.on = new Set(on);
  }

  static forBash(): OptionSet {
    const on = ["braceexpand", "hashall", "interactive-comments"];
    return new OptionSet([...on, ...shoptDefaults.filter(([, isOn]) => isOn).map(([name]) => name)]);
  }

  has(name: string): boolean {
    return this.on.has(name);
  }

  set(name: string, isOn: boolean): void {
    if (isOn) this.on.add(name);
    else this.on.delete(name);
    if (isOn && name === "vi") this.on.delete("emacs");
    if (isOn && name === "emacs") this.on.delete("vi");
  }

  names(): readonly string[] {
    return [...this.on];
  }

  clone(): OptionSet {
    return new OptionSet(this.on);
  }
}
