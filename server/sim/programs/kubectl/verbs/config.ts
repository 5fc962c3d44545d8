/** `kubectl config`: reading and changing kubeconfig files. */
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import { EMPTY, toDocument, type Fields, type Kubeconfig, type LoadedFile } from "../config/kubeconfig.ts";
import { outputPrinter } from "../printers/output.ts";
import { TabWriter } from "../printers/tabwriter.ts";
import { emitYaml } from "../yaml/emit.ts";
import { printWith } from "./common.ts";
import type { Verb } from "./verb.ts";

type Section = "clusters" | "users" | "contexts";

const verb = (words: string, run: (kubectl: Kubectl) => Promise<number>): Verb => ({ words: `config ${words}`, run });

function expectArgs(kubectl: Kubectl, count: number, message: string): void {
  if (kubectl.args.length !== count) throw kubectl.usage(message);
}

// -------------------------------------------------------------------- writing

/** The file an entry came from, or the one new entries go to. */
function fileOf(kubectl: Kubectl, section: Section, name: string): LoadedFile {
  const loaded = kubectl.kubeconfig();
  const owner = loaded.files.find(({ config }) => config[section].has(name));
  if (owner !== undefined) return owner;
  return loaded.files.find(({ path }) => path === loaded.defaultFile) ?? { path: loaded.defaultFile, config: EMPTY };
}

function save(kubectl: Kubectl, path: string, config: Kubeconfig): void {
  const { process } = kubectl;
  const full = process.resolve(path);
  const folder = full.slice(0, full.lastIndexOf("/"));
  const { fs } = process.machine;
  if (folder !== "" && !fs.exists(folder)) fs.mkdir(folder, { recursive: true, mode: 0o755, as: process.credentials });
  fs.writeFile(full, emitYaml(toDocument(config)), { mode: 0o600, as: process.credentials });
  kubectl.forgetConfig();
}

function withEntry(config: Kubeconfig, section: Section, name: string, fields: Fields | undefined): Kubeconfig {
  const entries = new Map(config[section]);
  if (fields === undefined) entries.delete(name);
  else entries.set(name, fields);
  return { ...config, [section]: entries };
}

/** The file whose current-context counts: the first that sets one. */
function currentContextFile(kubectl: Kubectl): LoadedFile {
  const loaded = kubectl.kubeconfig();
  return (
    loaded.files.find(({ config }) => config.currentContext !== "") ??
    loaded.files[0] ?? { path: loaded.defaultFile, config: EMPTY }
  );
}

/** Sets the fields that were given; an empty text removes one. */
function modify(kubectl: Kubectl, section: Section, name: string, changes: Fields): boolean {
  const file = fileOf(kubectl, section, name);
  const existing = file.config[section].get(name);
  const fields: Record<string, unknown> = { ...existing };
  for (const [key, value] of Object.entries(changes)) {
    if (value === "" || value === undefined) delete fields[key];
    else fields[key] = value;
  }
  save(kubectl, file.path, withEntry(file.config, section, name, fields));
  return existing !== undefined;
}

/** `flag → field` for the flags that were given. */
function changedFlags(kubectl: Kubectl, table: Readonly<Record<string, string>>): Fields {
  const { flags } = kubectl;
  return Object.fromEntries(
    Object.entries(table)
      .filter(([flag]) => flags.isChanged(flag))
      .map(([flag, field]) => [
        field,
        flags.set.byName.get(flag)?.type === "bool" ? flags.bool(flag) : flags.string(flag),
      ]),
  );
}

// ------------------------------------------------------------------- reading

const view = verb("view", async (kubectl) => {
  const printer = outputPrinter(kubectl, { keepsOrder: true });
  let config = kubectl.kubeconfig().merged;
  if (kubectl.flags.bool("minify")) config = minify(kubectl, config);
  if (!kubectl.flags.bool("raw")) config = redact(config);
  const document = toDocument(config);
  if (printer !== undefined) await printWith(kubectl, printer, document as never);
  return 0;
});

function minify(kubectl: Kubectl, config: Kubeconfig): Kubeconfig {
  const name = kubectl.flags.string("context") || config.currentContext;
  if (name === "") throw new KubectlError("current-context must exist in order to minify");
  const context = config.contexts.get(name);
  if (context === undefined) throw new KubectlError(`cannot locate context ${name}`);
  const only = (section: Section, key: unknown) => new Map([...config[section]].filter(([entry]) => entry === key));
  return {
    contexts: new Map([[name, context]]),
    clusters: only("clusters", context["cluster"]),
    users: only("users", context["user"]),
    currentContext: name,
  };
}

function redact(config: Kubeconfig): Kubeconfig {
  const hide = (entries: ReadonlyMap<string, Fields>, table: Readonly<Record<string, string>>) =>
    new Map(
      [...entries].map(([name, fields]) => [
        name,
        Object.fromEntries(
          Object.entries(fields).map(([key, value]) => [
            key,
            value !== "" && table[key] !== undefined ? table[key] : value,
          ]),
        ),
      ]),
    );
  return {
    ...config,
    clusters: hide(config.clusters, { "certificate-authority-data": "DATA+OMITTED" }),
    users: hide(config.users, {
      "client-certificate-data": "DATA+OMITTED",
      "client-key-data": "DATA+OMITTED",
      token: "REDACTED",
      password: "REDACTED",
    }),
  };
}

const getContexts = verb("get-contexts", async (kubectl) => {
  const output = kubectl.flags.string("output");
  if (output !== "" && output !== "name") throw kubectl.usage(`output must be one of '' or 'name': ${output}`);
  const { contexts, currentContext } = kubectl.kubeconfig().merged;
  const wanted = kubectl.args.length === 0 ? [...contexts.keys()] : kubectl.args;
  const names = wanted.filter((name) => contexts.has(name)).sort();
  const missing = wanted.filter((name) => !contexts.has(name));
  if (output === "name") await kubectl.out(names.map((name) => `${name}\n`).join(""));
  else {
    const writer = new TabWriter();
    if (!kubectl.flags.bool("no-headers")) writer.write("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    for (const name of names) {
      const {
        cluster = "",
        user = "",
        namespace = "",
      } = (contexts.get(name) ?? {}) as Readonly<Record<string, string>>;
      writer.write(`${name === currentContext ? "*" : ""}\t${name}\t${cluster}\t${user}\t${namespace}\n`);
    }
    await kubectl.out(writer.flush());
  }
  if (missing.length > 0) throw new KubectlError(missing.map((name) => `context ${name} not found`).join(", "));
  return 0;
});

const currentContext = verb("current-context", async (kubectl) => {
  const { currentContext: name } = kubectl.kubeconfig().merged;
  if (name === "") throw new KubectlError("current-context is not set");
  await kubectl.out(`${name}\n`);
  return 0;
});

const listNames = (words: string, section: Section): Verb =>
  verb(words, async (kubectl) => {
    const names = [...kubectl.kubeconfig().merged[section].keys()].sort();
    await kubectl.out(`NAME\n${names.map((name) => `${name}\n`).join("")}`);
    return 0;
  });

// ------------------------------------------------------------------- changing

const useContext = verb("use-context", async (kubectl) => {
  expectArgs(kubectl, 1, `Unexpected args: [${kubectl.args.join(" ")}]`);
  const name = kubectl.args[0] ?? "";
  if (!kubectl.kubeconfig().merged.contexts.has(name))
    throw new KubectlError(`no context exists with the name: ${JSON.stringify(name)}`);
  const file = currentContextFile(kubectl);
  save(kubectl, file.path, { ...file.config, currentContext: name });
  await kubectl.out(`Switched to context ${JSON.stringify(name)}.\n`);
  return 0;
});

const setContext = verb("set-context", async (kubectl) => {
  const { args, flags } = kubectl;
  if (args.length > 1) throw kubectl.usage(`Unexpected args: [${args.join(" ")}]`);
  const isCurrent = flags.bool("current");
  if (args.length === 1 && isCurrent) throw new KubectlError("you cannot specify both a context name and --current");
  if (args.length === 0 && !isCurrent) throw new KubectlError("you must specify a non-empty context name or --current");
  const name = isCurrent ? kubectl.kubeconfig().merged.currentContext : (args[0] ?? "");
  if (isCurrent && name === "") throw new KubectlError("no current context is set");
  const existed = modify(
    kubectl,
    "contexts",
    name,
    changedFlags(kubectl, { cluster: "cluster", user: "user", namespace: "namespace" }),
  );
  await kubectl.out(`Context ${JSON.stringify(name)} ${existed ? "modified" : "created"}.\n`);
  return 0;
});

const setCluster = verb("set-cluster", async (kubectl) => {
  expectArgs(kubectl, 1, `Unexpected args: [${kubectl.args.join(" ")}]`);
  const name = kubectl.args[0] ?? "";
  const changes: Record<string, unknown> = {
    ...changedFlags(kubectl, {
      server: "server",
      "tls-server-name": "tls-server-name",
      "insecure-skip-tls-verify": "insecure-skip-tls-verify",
      "certificate-authority": "certificate-authority",
      "proxy-url": "proxy-url",
    }),
  };
  embed(kubectl, changes, "certificate-authority", "certificate-authority-data");
  modify(kubectl, "clusters", name, changes);
  await kubectl.out(`Cluster ${JSON.stringify(name)} set.\n`);
  return 0;
});

const setCredentials = verb("set-credentials", async (kubectl) => {
  expectArgs(kubectl, 1, `Unexpected args: [${kubectl.args.join(" ")}]`);
  const name = kubectl.args[0] ?? "";
  const changes: Record<string, unknown> = {
    ...changedFlags(kubectl, {
      "client-certificate": "client-certificate",
      "client-key": "client-key",
      token: "token",
      username: "username",
      password: "password",
    }),
  };
  if (changes["token"] !== undefined && changes["username"] !== undefined) {
    throw new KubectlError(
      "you cannot specify more than one authentication method at the same time: --token or --username/--password",
    );
  }
  embed(kubectl, changes, "client-certificate", "client-certificate-data");
  embed(kubectl, changes, "client-key", "client-key-data");
  modify(kubectl, "users", name, changes);
  await kubectl.out(`User ${JSON.stringify(name)} set.\n`);
  return 0;
});

/** `--embed-certs` puts the file's content into the kubeconfig. */
function embed(kubectl: Kubectl, changes: Record<string, unknown>, pathField: string, dataField: string): void {
  const path = changes[pathField];
  if (typeof path !== "string" || path === "") return;
  const { process } = kubectl;
  if (!kubectl.flags.bool("embed-certs")) {
    changes[pathField] = process.resolve(path);
    return;
  }
  try {
    changes[dataField] = btoa(process.machine.fs.readText(process.resolve(path), process.credentials));
    changes[pathField] = "";
  } catch {
    throw new KubectlError(`could not stat ${pathField} file ${path}: stat ${path}: no such file or directory`);
  }
}

const renameContext = verb("rename-context", async (kubectl) => {
  expectArgs(kubectl, 2, `Unexpected args: [${kubectl.args.join(" ")}]`);
  const [from = "", to = ""] = kubectl.args;
  const { merged } = kubectl.kubeconfig();
  const file = fileOf(kubectl, "contexts", from);
  const context = merged.contexts.get(from);
  if (context === undefined)
    throw new KubectlError(`cannot rename the context ${JSON.stringify(from)}, it's not in ${file.path}`);
  if (merged.contexts.has(to))
    throw new KubectlError(
      `cannot rename the context ${JSON.stringify(from)}, the context ${JSON.stringify(to)} already exists in ${file.path}`,
    );
  const renamed = withEntry(withEntry(file.config, "contexts", from, undefined), "contexts", to, context);
  save(kubectl, file.path, {
    ...renamed,
    currentContext: renamed.currentContext === from ? to : renamed.currentContext,
  });
  await kubectl.out(`Context ${JSON.stringify(from)} renamed to ${JSON.stringify(to)}.\n`);
  return 0;
});

const remove = (words: string, section: Section, noun: string): Verb =>
  verb(words, async (kubectl) => {
    expectArgs(kubectl, 1, `Unexpected args: [${kubectl.args.join(" ")}]`);
    const name = kubectl.args[0] ?? "";
    const file = fileOf(kubectl, section, name);
    if (!kubectl.kubeconfig().merged[section].has(name))
      throw new KubectlError(`cannot delete ${noun} ${name}, not in ${file.path}`);
    if (section === "contexts" && kubectl.kubeconfig().merged.currentContext === name) {
      await kubectl.err(
        'warning: this removed your active context, use "kubectl config use-context" to select a different one\n',
      );
    }
    save(kubectl, file.path, withEntry(file.config, section, name, undefined));
    await kubectl.out(`deleted ${noun} ${name} from ${file.path}\n`);
    return 0;
  });

// --------------------------------------------------------------- set and unset

interface PropertyPath {
  readonly section: Section;
  readonly name: string;
  readonly field: readonly string[];
}

/** `clusters.NAME.server`: names may hold dots, so the longest known one wins. */
function parseProperty(config: Kubeconfig, path: string): PropertyPath {
  const [section = "", ...rest] = path.split(".");
  if (section !== "clusters" && section !== "users" && section !== "contexts") {
    throw new KubectlError(`unable to parse path ${JSON.stringify(path)} at ${JSON.stringify(section)}`);
  }
  for (let length = rest.length; length > 0; length--) {
    const name = rest.slice(0, length).join(".");
    if (config[section].has(name)) return { section, name, field: rest.slice(length) };
  }
  return { section, name: rest[0] ?? "", field: rest.slice(1) };
}

const set = verb("set", async (kubectl) => {
  expectArgs(kubectl, 2, `Unexpected args: [${kubectl.args.join(" ")}]`);
  const [path = "", value = ""] = kubectl.args;
  if (path === "current-context") {
    const file = currentContextFile(kubectl);
    save(kubectl, file.path, { ...file.config, currentContext: value });
  } else {
    const { section, name, field } = parseProperty(kubectl.kubeconfig().merged, path);
    const key = field.join(".");
    const shown = kubectl.flags.bool("set-raw-bytes") ? btoa(value) : value;
    modify(kubectl, section, name, { [key]: value === "true" || value === "false" ? value === "true" : shown });
  }
  await kubectl.out(`Property ${JSON.stringify(path)} set.\n`);
  return 0;
});

const unset = verb("unset", async (kubectl) => {
  expectArgs(kubectl, 1, `Unexpected args: [${kubectl.args.join(" ")}]`);
  const [path = ""] = kubectl.args;
  if (path === "current-context") {
    for (const file of kubectl.kubeconfig().files) {
      if (file.config.currentContext !== "") save(kubectl, file.path, { ...file.config, currentContext: "" });
    }
  } else {
    const { section, name, field } = parseProperty(kubectl.kubeconfig().merged, path);
    const file = fileOf(kubectl, section, name);
    if (name === "") save(kubectl, file.path, { ...file.config, [section]: new Map() });
    else if (field.length === 0) save(kubectl, file.path, withEntry(file.config, section, name, undefined));
    else modify(kubectl, section, name, { [field.join(".")]: "" });
  }
  await kubectl.out(`Property ${JSON.stringify(path)} unset.\n`);
  return 0;
});

export const configVerbs: readonly Verb[] = [
  view,
  getContexts,
  currentContext,
  listNames("get-clusters", "clusters"),
  listNames("get-users", "users"),
  useContext,
  setContext,
  setCluster,
  setCredentials,
  renameContext,
  remove("delete-context", "contexts", "context"),
  remove("delete-cluster", "clusters", "cluster"),
  remove("delete-user", "users", "user"),
  set,
  unset,
];
