/** `kubectl create -f` and what all generators of `kubectl create` share. */
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { asFailure, KubectlError, StatusFailure, withSource } from "../errors.ts";
import { helpText } from "../kubectl-help.ts";
import { withLastApplied } from "../resources/last-applied.ts";
import { forEachTarget } from "../resources/select.ts";
import { nameOf, resourcePath, sendObject } from "../resources/target.ts";
import { withChangeCause } from "./change-cause.ts";
import { dryRunOf, fileSelection, hasNoFiles, ResultPrinter, validationOf, writeQuery } from "./common.ts";
import type { Verb } from "./verb.ts";

export const create: Verb = {
  words: "create",
  async run(kubectl) {
    const { flags } = kubectl;
    if (kubectl.args.length > 0) throw kubectl.usage(`Unexpected args: [${kubectl.args.join(" ")}]`);
    if (flags.string("raw") !== "") return createRaw(kubectl);
    if (hasNoFiles(kubectl)) {
      await kubectl.err("Error: must specify one of -f and -k\n\n");
      await kubectl.err(await helpText(kubectl.process, "create"));
      return 1;
    }
    const dryRun = await dryRunOf(kubectl);
    const validation = validationOf(kubectl);
    const results = new ResultPrinter(kubectl, dryRun);
    const count = await forEachTarget(
      kubectl,
      {
        ...fileSelection(kubectl),
        labelSelector: flags.string("selector"),
        continuesOnError: true,
        isValidated: validation !== "Ignore",
      },
      async (target) => {
        const recorded = withChangeCause(kubectl, target.object);
        const object = flags.bool("save-config") ? withLastApplied(recorded) : recorded;
        let created: ApiObject = object;
        if (dryRun !== "client") {
          try {
            created = await sendObject(kubectl, "POST", target, {
              query: writeQuery(kubectl, dryRun, validation),
              body: object,
            });
          } catch (error) {
            throw withSource("creating", target.source, asFailure(error));
          }
        }
        await results.print(target.type, nameOf(created), "created", created);
      },
    );
    if (count === 0) throw new KubectlError("no objects passed to create");
    return 0;
  },
};

async function createRaw(kubectl: Kubectl): Promise<number> {
  const [file = "-"] = kubectl.flags.list("filename");
  const text =
    file === "-"
      ? await kubectl.process.stdin.readAllText()
      : kubectl.process.machine.fs.readText(kubectl.process.resolve(file));
  const reply = await kubectl.client().send("POST", kubectl.flags.string("raw"), { body: text });
  await kubectl.out(await reply.text());
  return 0;
}

/** What a generator makes: an object in the field order of its Go struct, and where it goes. */
export interface Generated {
  readonly object: ApiObject;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
  /** Wraps refusals as `failed to create deployment: …`. */
  readonly failurePrefix?: string;
}

/** Creates (or shows) what a generator made. */
export async function createGenerated(kubectl: Kubectl, generated: Generated): Promise<number> {
  const dryRun = await dryRunOf(kubectl);
  const validation = validationOf(kubectl);
  const results = new ResultPrinter(kubectl, dryRun, { keepsOrder: dryRun === "client" });
  // The namespace is only written down when a flag names it.
  const { namespace, isNamespaceExplicit } = kubectl.connection();
  const placed =
    generated.isNamespaced && isNamespaceExplicit ? withNamespace(generated.object, namespace) : generated.object;
  const object = kubectl.flags.bool("save-config") ? withLastApplied(placed) : placed;
  let created = object;
  if (dryRun !== "client") {
    const type = typeOf(generated);
    try {
      created = await kubectl.client().request("POST", resourcePath(type, generated.isNamespaced ? namespace : ""), {
        query: writeQuery(kubectl, dryRun, validation),
        body: object,
      });
    } catch (error) {
      throw withPrefix(asFailure(error), generated.failurePrefix);
    }
  }
  await results.print(generated, nameOf(created), "created", created);
  return 0;
}

/** A typed namespace stands right behind the name. */
function withNamespace(object: ApiObject, namespace: string): ApiObject {
  const { name, ...rest } = object.metadata ?? {};
  return { ...object, metadata: { ...(name === undefined ? {} : { name }), namespace, ...rest } };
}

export function typeOf(generated: Pick<Generated, "group" | "version" | "kind" | "plural" | "isNamespaced">) {
  return {
    group: generated.group,
    version: generated.version,
    kind: generated.kind,
    name: generated.plural,
    singularName: generated.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    isNamespaced: generated.isNamespaced,
    verbs: [],
    subresources: [],
  };
}

/** Some generators turn the server's refusal into plain text. */
function withPrefix(failure: Error, prefix: string | undefined): Error {
  if (prefix === undefined || !(failure instanceof StatusFailure)) return failure;
  return new KubectlError(`${prefix}: ${failure.message}`);
}

/** The one NAME argument. Throws the usage error of `NameFromCommandArgs`. */
export function nameArgument(kubectl: Kubectl): string {
  const { args, flags } = kubectl;
  const count = flags.argsLengthAtDash < 0 ? args.length : flags.argsLengthAtDash;
  if (count !== 1) throw kubectl.usage(`exactly one NAME is required, got ${count}`);
  return args[0] ?? "";
}
