/** `kubectl events`. */
import type { ApiObject } from "../client/rest-client.ts";
import { humanDuration } from "../../../kube/kinds/human-duration.ts";
import { readWatch } from "../client/watch.ts";
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import { outputPrinter } from "../printers/output.ts";
import { TabWriter } from "../printers/tabwriter.ts";
import { listItems, requireType } from "../resources/select.ts";
import { namespaceOf } from "../resources/target.ts";
import { printWith } from "./common.ts";
import type { Verb } from "./verb.ts";

interface Event extends ApiObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

export const events: Verb = {
  words: "events",
  async run(kubectl) {
    const { flags } = kubectl;
    if (kubectl.args.length > 0) throw kubectl.usage(`unexpected arguments: [${kubectl.args.join(" ")}]`);
    const isAll = flags.bool("all-namespaces");
    const wanted = await forObject(kubectl, flags.string("for"));
    const types = flags.list("types").map((type) => type.toLowerCase());
    const invalid = types.find((type) => type !== "normal" && type !== "warning");
    if (invalid !== undefined) throw new KubectlError("valid --types are Normal or Warning");
    const path = isAll ? "/api/v1/events" : `/api/v1/namespaces/${encodeURIComponent(kubectl.namespace)}/events`;
    const query =
      wanted === undefined
        ? []
        : [["fieldSelector", `involvedObject.kind=${wanted.kind},involvedObject.name=${wanted.name}`] as const];
    const isShown = (event: Event) => types.length === 0 || types.includes((event.type ?? "").toLowerCase());
    const list = await kubectl.client().request("GET", path, { query: [...query, ["limit", "500"]] });
    const items = (listItems(list) as readonly Event[]).filter(isShown);
    const printer = outputPrinter(kubectl);
    const isWatched = flags.bool("watch");
    if (items.length === 0 && !isWatched) {
      await kubectl.err(isAll ? "No events found.\n" : `No events found in ${kubectl.namespace} namespace.\n`);
      return 0;
    }
    const sorted = [...items].sort((a, b) => lastMs(a) - lastMs(b));
    if (printer !== undefined) {
      await printWith(kubectl, printer, {
        apiVersion: "v1",
        kind: "EventList",
        metadata: list.metadata ?? {},
        items: sorted,
      });
      return 0;
    }
    const writer = new TabWriter(undefined, true);
    if (!flags.bool("no-headers"))
      writer.write(`${isAll ? "NAMESPACE\t" : ""}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n`);
    for (const event of sorted) writer.write(row(kubectl, event, isAll));
    await kubectl.out(writer.flush());
    if (isWatched)
      await follow(
        kubectl,
        path,
        [...query, ["resourceVersion", String(list.metadata?.["resourceVersion"] ?? "0")], ["watch", "true"]],
        writer,
        isShown,
        isAll,
      );
    return 0;
  },
};

async function follow(
  kubectl: Kubectl,
  path: string,
  query: readonly (readonly [string, string])[],
  writer: TabWriter,
  isShown: (event: Event) => boolean,
  isAll: boolean,
): Promise<void> {
  for await (const { type, object } of readWatch(kubectl.client(), path, { query })) {
    if (type === "DELETED" || type === "BOOKMARK" || !isShown(object as Event)) continue;
    writer.write(row(kubectl, object as Event, isAll));
    await kubectl.out(writer.flush());
  }
}

async function forObject(
  kubectl: Kubectl,
  text: string,
): Promise<{ readonly kind: string; readonly name: string } | undefined> {
  if (text === "") return undefined;
  const [word = "", name = "", ...more] = text.split("/");
  if (name === "" || more.length > 0) throw new KubectlError("--for must be in resource/name form");
  return { kind: (await requireType(kubectl, word)).kind, name };
}

function lastMs(event: Event): number {
  const text = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp;
  return text ? Date.parse(text) : 0;
}

function row(kubectl: Kubectl, event: Event, isAll: boolean): string {
  const { kind = "", name = "" } = event.involvedObject ?? {};
  const cells = [
    ageText(kubectl, event),
    event.type ?? "",
    event.reason ?? "",
    `${kind}/${name}`,
    (event.message ?? "").trim(),
  ];
  return `${[...(isAll ? [namespaceOf(event)] : []), ...cells].join("\t")}\n`;
}

function ageText(kubectl: Kubectl, event: Event): string {
  const now = kubectl.process.clock.now();
  const age = (ms: number) => (ms === 0 ? "<unknown>" : humanDuration(now - ms));
  const count = event.series?.count ?? event.count ?? 1;
  const last = age(lastMs(event));
  if (count <= 1) return last;
  return `${last} (x${count} over ${age(Date.parse(event.firstTimestamp ?? event.eventTime ?? ""))})`;
}
