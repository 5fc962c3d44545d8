import { html, type TemplateResult } from "lit";
import type { MapPicture } from "../../server/protocol.ts";
import { text } from "../text.ts";
import { type Reach, reachOf } from "./groups.ts";
import type { Scene } from "./scene.ts";

/** The map in words, for those who do not see it: walls, then flows, then a list a namespace. */
export function describeScene(picture: MapPicture, scene: Scene): TemplateResult {
  if (scene.isEmpty) return html`<p>${text.pictures.emptyTitle} ${text.pictures.empty}</p>`;
  const groups = [...scene.sources, ...scene.targets].map(({ group }) => group);
  return html`
    <p>
      ${groups.map(({ name, first }) => [
        isolation(name, "egress", first.egressPolicies),
        isolation(name, "ingress", first.ingressPolicies),
      ])}
    </p>
    <ul>
      ${scene.sources.flatMap(({ group: source }) =>
        scene.targets.map(({ group: target }) => html`<li>${flows(picture, source, target)}</li>`),
      )}
    </ul>
    <p>${text.pictures.openNow(scene.openCount)}, ${text.pictures.shut(scene.shutCount)}.</p>
    ${scene.territories
      .filter(({ isOwn }) => isOwn)
      .map(
        ({ name, podCount, policyCount }) => html`<p>
          ${name}: ${text.pictures.pods(podCount, policyCount)}.
          ${groups
            .filter(({ namespace }) => namespace === name)
            .map(
              ({ name: pod, pods, first }) =>
                `${pod}${pods.length > 1 ? ` ×${pods.length}` : ""} ${first.address}, ${first.status}. `,
            )}
        </p>`,
      )}
  `;
}

function isolation(name: string, side: "egress" | "ingress", policies: readonly string[]): string {
  if (policies.length === 0) return "";
  return `${name} is isolated for ${side} by ${policies.map((policy) => policy.slice(policy.indexOf("/") + 1)).join(" and ")}. `;
}

function flows(
  picture: MapPicture,
  source: Scene["sources"][number]["group"],
  target: Scene["targets"][number]["group"],
): string {
  const reaches = reachOf(picture, source, target).filter(({ door }) => door.isListening);
  if (reaches.length === 0) return `${source.name} to ${target.name}: ${text.pictures.nothingListens}.`;
  return reaches.map((reach) => describeReach(picture, reach)).join(" ");
}

/** One flow in one sentence. */
export function describeReach(picture: MapPicture, reach: Reach): string {
  const { source, target, door, state } = reach;
  const port = `${source.name} to ${target.name}, ${door.protocol} ${door.port}`;
  if (state === "egress" || state === "ingress") return `${port}: shut at ${state}.`;
  const rules = [reach.egressRule, reach.ingressRule].flatMap((index) => {
    const rule = picture.rules[index];
    return rule ? [`${rule.direction} rule ${rule.rule} of ${rule.policy.slice(rule.policy.indexOf("/") + 1)}`] : [];
  });
  return `${port}: open${rules.length > 0 ? ` by ${rules.join(" and ")}` : ""}.`;
}
