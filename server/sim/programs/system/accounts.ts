/** sudo 1.9, util-linux and busybox su: other users' rights. Passwords are never asked for: the simulated sudoers allows all. */
import type { Process } from "../../machine/types.ts";
import { type Account, findAccount, groups } from "../toolkit/accounts.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, quote, ToolError } from "../toolkit/tool.ts";
import { runCommand } from "./run-command.ts";
import { exitCode } from "./time.ts";

const SECURE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function credentialsOf(process: Process, account: Account) {
  const further = groups(process)
    .filter((group) => group.members.includes(account.name))
    .map((group) => group.gid);
  return { uid: account.uid, gid: account.gid, groups: [account.gid, ...further] };
}

function environmentOf(process: Process, account: Account, keeps: boolean, isLogin: boolean): Map<string, string> {
  const environment = new Map<string, string>(keeps ? process.env : []);
  for (const name of ["TERM", "LANG", "LC_ALL", "COLORTERM", "DISPLAY"]) {
    const value = process.env.get(name);
    if (value !== undefined) environment.set(name, value);
  }
  environment.set("PATH", SECURE_PATH);
  environment.set("HOME", account.home);
  environment.set("SHELL", account.shell);
  environment.set("USER", account.name);
  environment.set("LOGNAME", account.name);
  environment.set("MAIL", `/var/mail/${account.name}`);
  if (isLogin) environment.delete("OLDPWD");
  return environment;
}

export const sudo = defineTool({
  name: "sudo",
  options: [
    o("i", "login"),
    o("s", "shell"),
    o("u", "user", "required"),
    o("g", "group", "required"),
    o("E", "preserve-env", "optional"),
    o("n", "non-interactive"),
    o("S", "stdin"),
    o("k", "reset-timestamp"),
    o("K", "remove-timestamp"),
    o("v", "validate"),
    o("l", "list"),
    o("H", "set-home"),
    o("b", "background"),
    o("V", "version"),
    o("D", "chdir", "required"),
    o("p", "prompt", "required"),
    o("A", "askpass"),
  ],
  stopsAtOperand: true,
  async run(process, options) {
    if (options.has("version")) {
      await process.stdout.write("Sudo version 1.9.13p3\n");
      return 0;
    }
    const caller = findAccount(process, String(process.credentials.uid));
    const isAllowed =
      process.credentials.uid === 0 ||
      process.credentials.groups.some((gid) =>
        groups(process).some((group) => group.gid === gid && (group.name === "sudo" || group.name === "wheel")),
      );
    if (!isAllowed) throw new ToolError(`${caller?.name ?? process.credentials.uid} is not in the sudoers file.`);
    if (options.has("list")) {
      await process.stdout.write(
        `User ${caller?.name} may run the following commands on ${process.machine.hostname}:\n    (ALL : ALL) NOPASSWD: ALL\n`,
      );
      return 0;
    }
    const operands = [...options.operands];
    const isBare = operands.length === 0 && !options.has("login") && !options.has("shell");
    if (isBare && (options.has("validate") || options.has("reset-timestamp") || options.has("remove-timestamp")))
      return 0;
    if (isBare) {
      await process.stderr.write(
        "usage: sudo -h | -K | -k | -V\nusage: sudo -v [-ABkNnS] [-g group] [-h host] [-p prompt] [-u user]\n",
      );
      return 1;
    }
    const wanted = options.value("user") ?? "root";
    const account = findAccount(process, wanted.replace(/^#/, ""));
    if (!account) throw new ToolError(`unknown user ${wanted}\nsudo: error initializing audit plugin sudoers_audit`);
    const environment = environmentOf(process, account, options.has("preserve-env"), options.has("login"));
    if (caller) {
      environment.set("SUDO_USER", caller.name);
      environment.set("SUDO_UID", String(caller.uid));
      environment.set("SUDO_GID", String(caller.gid));
      environment.set("SUDO_COMMAND", operands.join(" ") || account.shell);
    }
    while (/^[A-Za-z_]\w*=/.test(operands[0] ?? "")) {
      const assignment = operands.shift() ?? "";
      const at = assignment.indexOf("=");
      environment.set(assignment.slice(0, at), assignment.slice(at + 1));
    }
    const argv = shellArgv(account.shell, operands, options.has("login"), options.has("shell"));
    const chdir = options.value("chdir");
    const cwd = options.has("login") ? account.home : chdir === undefined ? undefined : process.resolve(chdir);
    return start(
      process,
      argv,
      account,
      environment,
      cwd,
      (name, reason) =>
        reason === "No such file or directory" ? `${name}: command not found` : `unable to execute ${name}: ${reason}`,
      options.has("login") ? 1 : undefined,
    );
  },
});

function shellArgv(shell: string, operands: readonly string[], isLogin: boolean, isShell: boolean): string[] {
  if (!isLogin && !isShell) return [...operands];
  const command = operands.map((word) => word.replace(/[^\w@%+=:,./-]/g, "\\$&")).join(" ");
  return [shell, ...(isLogin ? ["-l"] : []), ...(operands.length > 0 ? ["-c", command] : [])];
}

async function start(
  process: Process,
  argv: readonly string[],
  account: Account,
  environment: Map<string, string>,
  cwd: string | undefined,
  failure: (name: string, reason: string) => string,
  failureStatus = 1,
): Promise<number> {
  const command = await runCommand(
    process,
    argv,
    { credentials: credentialsOf(process, account), env: environment, ...(cwd === undefined ? {} : { cwd }) },
    { failure },
  );
  return command.kind === "failed" ? Math.max(failureStatus, 1) : exitCode(await command.child.exit);
}

export const su = defineTool({
  name: "su",
  options: [
    o("l", "login"),
    o("c", "command", "required"),
    o("s", "shell", "required"),
    o("p", "preserve-environment"),
    o("m"),
  ],
  stopsAtOperand: true,
  async run(process, options) {
    const operands = [...options.operands];
    let isLogin = options.has("login");
    if (operands[0] === "-") {
      isLogin = true;
      operands.shift();
    }
    const name = operands.shift() ?? "root";
    const account = findAccount(process, name);
    if (!account)
      throw new ToolError(`user ${name} does not exist or the user entry does not contain all the required fields`);
    if (process.credentials.uid !== 0) {
      await process.stdout.write("Password: ");
      await process.stdin.readLine();
      await process.sleep(1500);
      throw new ToolError("Authentication failure");
    }
    const shell = options.value("shell") ?? account.shell;
    // `su user -c command` puts the option behind the name.
    const late = operands.indexOf("-c");
    const command = options.value("command") ?? (late === -1 ? undefined : operands[late + 1]);
    const argv = [shell, ...(isLogin ? ["-l"] : []), ...(command === undefined ? operands : ["-c", command])];
    const environment = environmentOf(process, account, !isLogin, isLogin);
    if (!isLogin) environment.set("PATH", process.env.get("PATH") ?? SECURE_PATH);
    return start(
      process,
      argv,
      account,
      environment,
      isLogin ? account.home : undefined,
      (word, reason) => `failed to execute ${word}: ${reason}`,
      127,
    );
  },
});

export { quote };
