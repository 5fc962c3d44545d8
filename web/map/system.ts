/** What is not the learner's: DNS and nodes, at the side or, where there is no room, in a strip below. */
import type { MapPicture } from "../../server/protocol.ts";
import { type Box, inset, type Point } from "./geometry.ts";
import { type PodGroup, reachOf } from "./groups.ts";
import { margin, type Measures, padding, titleSpace } from "./measures.ts";
import type { Scene, SystemNote, Territory } from "./scene.ts";

export function placeSystem(
  picture: MapPicture,
  groups: readonly PodGroup[],
  width: number,
  height: number,
  stripHeight: number,
  measures: Measures,
): { readonly territories: readonly Territory[]; readonly notes: readonly SystemNote[]; readonly dnsAt: Point | null } {
  const systemGroups = groups.filter(({ first }) => first.isSystem);
  const territory = (name: string, box: Box): Territory => ({
    ...box,
    name,
    podCount: 0,
    policyCount: 0,
    isOwn: false,
  });
  if (!measures.railWidth) {
    const y = height - margin - stripHeight;
    const half = (width - 3 * margin) / 2;
    const left = { x: margin, y, width: half, height: stripHeight };
    const right = { x: 2 * margin + half, y, width: half, height: stripHeight };
    return {
      territories: [territory("kube-system", left), territory("nodes", right)],
      notes: [{ ...inset(right, 14, 22), title: "", lines: [picture.nodes.map(({ name }) => name).join(", ")] }],
      dnsAt: { x: left.x + 14, y: left.y + 37 },
    };
  }
  const x = width - margin - measures.railWidth;
  const total = height - 2 * margin - 4;
  const upper = { x, y: margin + 4, width: measures.railWidth, height: (total - margin - 8) * 0.55 };
  const lower = {
    x,
    y: upper.y + upper.height + margin + 8,
    width: measures.railWidth,
    height: (total - margin - 8) * 0.45,
  };
  const dns = systemGroups.find(({ name }) => name === "coredns");
  const notes: SystemNote[] = [];
  if (dns) {
    notes.push({
      x: upper.x + padding,
      y: upper.y + titleSpace + 2,
      width: upper.width - 2 * padding,
      height: 62,
      title: dns.pods.length > 1 ? `coredns ×${dns.pods.length}` : "coredns",
      lines: ["53 udp tcp", "9153"],
    });
  }
  const fits = Math.max(1, Math.floor((lower.height - titleSpace + 4) / 17));
  const nodes: SystemNote = {
    ...inset(lower, padding, titleSpace),
    title: "",
    lines: picture.nodes
      .slice(0, fits)
      .map(({ name, address }) => (measures.railWidth < 200 ? name : `${name.padEnd(13)} ${address}`)),
  };
  return {
    territories: [territory("kube-system", upper), territory("nodes", lower)],
    notes: [...notes, nodes],
    dnsAt: dns ? { x: upper.x + padding, y: upper.y + titleSpace + 2 + 62 + 26 } : null,
  };
}

export function dnsOf(
  picture: MapPicture,
  groups: readonly PodGroup[],
  sources: readonly PodGroup[],
  at: Point | null,
): Scene["dns"] {
  const dns = groups.find(({ first, name }) => first.isSystem && name === "coredns");
  if (!at || !dns || sources.length === 0) return null;
  const states = sources.map((source) =>
    reachOf(picture, source, dns).find(({ door }) => door.port === 53 && door.protocol === "UDP"),
  );
  const known = states.filter((reach) => reach !== undefined);
  if (known.length === 0) return null;
  const open = known.filter(({ state }) => state === "open" || state === "refused").length;
  return { ...at, open, shut: known.length - open };
}
