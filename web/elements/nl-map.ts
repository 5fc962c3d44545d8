import { css, html, LitElement, nothing, svg, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { FlowView, MapPicture } from "../../server/protocol.ts";
import { shownLabel, type SourceChoice } from "../map/groups.ts";
import { layoutScene } from "../map/layout.ts";
import type { DoorCell, FlowLine, Journey, Scene, SourceBox, SystemNote, TargetBox, Territory } from "../map/scene.ts";
import { describeReach, describeScene } from "../map/describe.ts";
import { emit } from "../state/events.ts";
import { prefersStill } from "../state/settings.ts";
import { shared } from "../styles/shared.ts";
import { text } from "../text.ts";
import { mapStyles } from "./nl-map-styles.ts";

/** The size for which the picture is drawn as it is; larger panes enlarge it a little. */
const naturalWidth = 1040;
const naturalHeight = 330;
const largest = 1.34;

/** The live map: pods in their territories, walls, doors, and who gets through. */
@customElement("nl-map")
export class NlMap extends LitElement {
  @property({ attribute: false }) picture: MapPicture | null = null;
  @property() source: SourceChoice = "auto";
  /** The packet to show, if it is news; null shows none. */
  @property({ attribute: false }) flow: FlowView | null = null;
  @state() private size = { width: 0, height: 0, scale: 1 };
  @query(".packet") private packet?: SVGGElement;
  #observer: ResizeObserver | null = null;
  #playedFlow = 0;

  static override styles = [shared, mapStyles, css``];

  override connectedCallback(): void {
    super.connectedCallback();
    this.#observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      const { width, height } = entry.contentRect;
      if (width < 10 || height < 10) return;
      const rem = (Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16) / 16;
      const scale =
        rem * Math.min(largest, Math.max(1, Math.min(width / rem / naturalWidth, height / rem / naturalHeight)));
      this.size = { width: width / scale, height: height / scale, scale };
    });
    this.#observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer?.disconnect();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("flow") && this.flow && this.flow.id !== this.#playedFlow) {
      this.#playedFlow = this.flow.id;
      this.#play();
    }
  }

  protected override render() {
    const { picture, size } = this;
    if (!picture) return html`<p class="note">${text.pictures.waiting}</p>`;
    if (size.width === 0) return nothing;
    const scene = layoutScene(picture, this.source, this.flow, size.width, size.height);
    const width = scene.width * size.scale;
    const height = scene.height * size.scale;
    return html`
      <svg aria-hidden="true" width=${width} height=${height} viewBox="0 0 ${scene.width} ${scene.height}">
        ${scene.territories.map((territory) => renderTerritory(territory))} ${this.#renderSystem(scene)}
        ${repeat(
          scene.lines,
          ({ id }) => id,
          (line) => renderLine(line, picture),
        )}
        ${scene.sources.map((source) => this.#renderSource(source, picture, scene.isNarrow))}
        ${scene.targets.map((target) => this.#renderTarget(target, scene.isNarrow))}
        ${scene.journey ? renderJourney(scene.journey) : nothing}
        ${scene.isEmpty ? renderNote(scene, text.pictures.emptyTitle, text.pictures.empty) : nothing}
        ${isSilent(scene) ? renderNote(scene, "", text.pictures.drawsNothing) : nothing}
      </svg>
      <div class="vh">${describeScene(picture, scene)}</div>
    `;
  }

  #renderSource(box: SourceBox, picture: MapPicture, isNarrow: boolean) {
    const { group, wall } = box;
    const { first } = group;
    const lines = [group.pods.length > 1 ? "" : first.address || first.status, shownLabel(first)].filter(Boolean);
    const isLow = box.height < 70;
    const words = isNarrow ? text.pictures.isolatedShort : text.pictures.isolated;
    const ingress = first.ingressPolicies.length > 0 ? words.ingress : wall ? "" : text.pictures.notIsolated;
    const note = wall && !wall.hasLabel ? words.egress : ingress;
    return svg`<g class="pod source ${first.isReady ? "" : "unready"}" @click=${() => emit(this, "nl-source", { source: "auto" })}>
      <title>${group.pods.map((index) => picture.pods[index]?.name).join(", ")}</title>
      <rect class="box" x=${box.x} y=${box.y} width=${box.width} height=${box.height} />
      <text class="name" x=${box.x + 12} y=${box.y + 21}>${clip(group.name, box.width - 20, 7.4)}${count(group.pods.length)}</text>
      ${lines.slice(0, isLow ? 1 : 2).map((line, index) => svg`<text class="mono" x=${box.x + 12} y=${box.y + 38 + index * 16}>${clip(line, box.width - 20, 6.7)}</text>`)}
      ${isLow ? nothing : svg`<text class="state ${wall ? "strong" : ""}" x=${box.x + 12} y=${box.y + 73}>${note}</text>`}
      ${box.ingressWall ? svg`<path class="wall" d=${box.ingressWall} />` : nothing}
      ${wall ? this.#renderEgressWall(box, picture) : nothing}
    </g>`;
  }

  #renderEgressWall(box: SourceBox, picture: MapPicture) {
    const { wall, group } = box;
    if (!wall) return nothing;
    const policies = group.first.egressPolicies.map((policy) => policy.slice(policy.indexOf("/") + 1));
    return svg`
      <path class="wall" d=${wall.path} />
      ${wall.doors.map(
        (door) => svg`
          <path class="sill" d="M${wall.x - 6} ${door.y - door.height / 2}h12M${wall.x - 6} ${door.y + door.height / 2}h12" />
          ${
            wall.hasRuleLabels && door.rule >= 0
              ? svg`<text class="rule" text-anchor="end" x=${wall.x - 9} y=${door.y - door.height / 2 - 3}>${text.pictures.rule(picture.rules[door.rule]?.rule ?? 0)}</text>`
              : nothing
          }`,
      )}
      ${
        wall.hasLabel
          ? svg`<text class="small strong" text-anchor="end" x=${wall.x - 20} y=${wall.top + 4}>${text.pictures.isolated.egress}</text>
              <text class="mono small" text-anchor="end" x=${wall.x - 20} y=${wall.top + 19}>${clip(policies.join(", "), box.width + 20, 6.7)}</text>`
          : nothing
      }
      ${
        box.shutCount > 0 && !(this.flow?.stoppedAt?.side === "egress")
          ? svg`<path class="flow shut" d="M${wall.x - 46} ${wall.bottom - 14}h34" /><path class="stop" d="M${wall.x - 8} ${wall.bottom - 22}v16" />
              <text class="small" text-anchor="end" x=${wall.x - 54} y=${wall.bottom - 10}>${text.pictures.shut(box.shutCount)}</text>`
          : nothing
      }`;
  }

  #renderTarget(box: TargetBox, isNarrow: boolean) {
    const { group, doors, isCompact } = box;
    const { first } = group;
    const inner = doors.length > 0 ? 42 : 0;
    const x = box.x + inner + 11;
    const room = box.width - inner - 16;
    const isIsolated = first.ingressPolicies.length > 0;
    const words = isNarrow ? text.pictures.isolatedShort : text.pictures.isolated;
    const status = first.status === "Running" ? first.address : first.status;
    const lines = [
      { style: "mono", text: group.pods.length > 1 ? "" : status },
      { style: "mono", text: shownLabel(first) },
      ...(group.services.length > 0 ? [{ style: "mono quiet", text: `svc ${group.services[0]}` }] : []),
      ...(box.hiddenDoors > 0 ? [{ style: "small", text: text.pictures.moreDoors(box.hiddenDoors) }] : []),
      {
        style: `state ${isIsolated ? "strong" : ""}`,
        text: isIsolated ? words.ingress : text.pictures.notIsolated,
      },
    ].filter((line) => line.text !== "");
    const shown = isCompact ? lines.slice(0, 1) : lines;
    const top = box.y + (box.height - shown.length * 16 - 14) / 2 + 14;
    return svg`<g class="pod ${first.isReady ? "" : "unready"}" @click=${() => emit(this, "nl-source", { source: group.id })}>
      <title>${first.name}${isIsolated ? `: ${text.pictures.isolated.ingress}, ${first.ingressPolicies.join(", ")}` : ""}</title>
      <rect class="box" x=${box.x} y=${box.y} width=${box.width} height=${box.height} />
      ${doors.map((cell) => renderDoor(cell))}
      <text class="name" x=${x} y=${top}>${clip(group.name, room, 7.4)}${count(group.pods.length)}</text>
      ${shown.map((line, index) => svg`<text class=${line.style} x=${x} y=${top + 16 * (index + 1)}>${clip(line.text, room, 6.6)}</text>`)}
      ${box.wall ? svg`<path class="wall" d=${box.wall} />` : nothing}
    </g>`;
  }

  #renderSystem(scene: Scene) {
    const { dns } = scene;
    return svg`
      ${scene.system.map(
        (note) => svg`<g class="pod system">
          ${
            note.title
              ? svg`<rect class="box" x=${note.x} y=${note.y} width=${note.width} height=${note.height} />
                  <text class="name" x=${note.x + 11} y=${note.y + 18}>${note.title}</text>`
              : nothing
          }
          ${note.lines.map((line, index) => renderNoteLine(note, line, index))}
        </g>`,
      )}
      ${
        dns
          ? dns.shut === 0
            ? svg`<path class="flow open" d="M${dns.x} ${dns.y - 4}h20" /><path class="head" d=${head(dns.x + 26, dns.y - 4)} />
                <text class="small" x=${dns.x + 34} y=${dns.y}>DNS ${text.pictures.allowed}</text>`
            : svg`<path class="flow shut" d="M${dns.x} ${dns.y - 4}h18" /><path class="stop" d="M${dns.x + 22} ${dns.y - 11}v14" />
                <text class="small" x=${dns.x + 34} y=${dns.y}>DNS ${text.pictures.denied}${dns.open > 0 ? ` (${dns.shut} of ${dns.open + dns.shut})` : ""}</text>`
          : nothing
      }`;
  }

  /** One run of the packet, hop by hop, to where it came. */
  #play(): void {
    const { packet } = this;
    const path = this.renderRoot.querySelector<SVGPathElement>(".journey");
    if (!packet || !path || prefersStill()) return;
    const length = path.getTotalLength();
    const end = path.getPointAtLength(length);
    const frames = Array.from({ length: 13 }, (_, index) => {
      const point = path.getPointAtLength((length * index) / 12);
      return { transform: `translate(${point.x - end.x}px, ${point.y - end.y}px)`, opacity: 1 };
    });
    packet.animate(frames, { duration: 840, easing: "cubic-bezier(.2,.7,.2,1)" });
  }
}

function renderTerritory({ x, y, width, height, name, podCount, policyCount, isOwn }: Territory) {
  const detail = isOwn ? text.pictures.pods(podCount, policyCount) : "";
  const nameWidth = name.length * 7 + 4;
  const labelWidth = nameWidth + (detail ? detail.length * 6.1 + 8 : 0) + 12;
  // The title sits in a gap of the border, so that no ground has to hide a line.
  return svg`<g class="territory ${isOwn ? "own" : ""}">
    <rect class="ground" x=${x} y=${y} width=${width} height=${height} />
    <path class="border" d="M${x + 12} ${y}H${x}V${y + height}H${x + width}V${y}H${Math.min(x + width, x + 14 + labelWidth)}" />
    <text class="title" x=${x + 18} y=${y + 4}>${name}<tspan class="detail" dx="8">${detail}</tspan></text>
  </g>`;
}

function renderNoteLine(note: SystemNote, line: string, index: number) {
  const x = note.x + (note.title ? 11 : 0);
  const y = note.y + (note.title ? 34 + index * 15 : 14 + index * 17);
  return svg`<text class="mono" xml:space="preserve" x=${x} y=${y}>${clip(line, note.width - (note.title ? 16 : 0), 6.7)}</text>`;
}

function renderDoor(cell: DoorCell) {
  const { door } = cell;
  const label = door.protocol === "TCP" ? String(door.port) : `${door.port}${door.protocol === "UDP" ? "u" : "s"}`;
  return svg`<rect class="door ${cell.state}" x=${cell.x} y=${cell.y} width=${cell.width} height=${cell.height} />
    <text class="port ${cell.state} ${door.isListening ? "" : "deaf"}" text-anchor="middle" x=${cell.x + cell.width / 2} y=${cell.y + cell.height / 2 + 4}>${label}</text>`;
}

function renderLine(line: FlowLine, picture: MapPicture) {
  // The broad path is there to be hit by the pointer; what it says stands in the words below the picture, too.
  const grip = svg`<title>${describeReach(picture, line.reach)}</title><path class="grip" d=${line.path} />`;
  return line.kind === "shut"
    ? svg`<g class="line">${grip}<path class="flow shut" d=${line.path} /><path class="stop" d="M${line.end.x - 3} ${line.end.y - 9}v18" /></g>`
    : svg`<g class="line">${grip}<path class="flow open" d=${line.path} /><path class="head" d=${head(line.end.x, line.end.y)} /></g>`;
}

function head(x: number, y: number): string {
  return `M${x - 8} ${y - 4.3}L${x} ${y}L${x - 8} ${y + 4.3}z`;
}

function renderJourney({ path, end, ghost, hasArrived, flow }: Journey) {
  const kind = hasArrived ? "open" : flow.outcome === "refused" ? "refused" : "shut";
  return svg`<g class="trip ${kind}">
    <path class="journey flow ${kind}" d=${path} />
    ${ghost ? svg`<path class="ghost" d=${ghost} />` : nothing}
    ${kind === "shut" ? svg`<path class="stop" d="M${end.x + 14} ${end.y - 12}v24" />` : nothing}
    <g class="packet"><path d="M${end.x - 7} ${end.y}l7 -7l7 7l-7 7z" /></g>
  </g>`;
}

/** Pods there are, but between those shown as senders and receivers nothing could travel. */
function isSilent({ isEmpty, isNarrow, lines, journey, openCount, shutCount, targets }: Scene): boolean {
  return !isEmpty && !isNarrow && targets.length > 0 && lines.length === 0 && !journey && openCount + shutCount === 0;
}

function renderNote(scene: Scene, title: string, sentence: string) {
  const home = scene.territories.find(({ isOwn }) => isOwn);
  if (!home) return nothing;
  const x = home.x + home.width / 2;
  const y = home.y + home.height / 2;
  return svg`<text class="name" text-anchor="middle" x=${x} y=${y - 6}>${title}</text>
    <text class="small" text-anchor="middle" x=${x} y=${y + 14}>${sentence}</text>`;
}

function count(pods: number) {
  return pods > 1 ? svg`<tspan class="times" dx="5">×${pods}</tspan>` : nothing;
}

/** Text cut to a width, as SVG does not wrap; `per` is the mean width of one letter. */
function clip(source: string, width: number, per: number): string {
  const most = Math.floor(width / per);
  return source.length <= most ? source : `${source.slice(0, Math.max(1, most - 1))}…`;
}
