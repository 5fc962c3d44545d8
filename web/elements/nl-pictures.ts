import { css, html, LitElement, nothing, svg } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { FlowView, MapPicture } from "../../server/protocol.ts";
import { icon, type IconName } from "../icons.ts";
import { groupPods, type SourceChoice } from "../map/groups.ts";
import { whyCommand } from "../map/why.ts";
import { emit } from "../state/events.ts";
import type { ReachChange } from "../state/lesson-session.ts";
import { shortCommand } from "../state/short-command.ts";
import { shared, tabs } from "../styles/shared.ts";
import { text } from "../text.ts";
import { portText } from "./nl-flow-log.ts";
import "./nl-map.ts";
import "./nl-matrix.ts";

export type PictureName = "map" | "matrix" | "flows";
export const pictureNames: readonly PictureName[] = ["map", "matrix", "flows"];

/** The pictures of the cluster behind tabs, with what they mean underneath. */
@customElement("nl-pictures")
export class NlPictures extends LitElement {
  @property({ attribute: false }) picture: MapPicture | null = null;
  @property({ attribute: false }) flows: readonly FlowView[] = [];
  @property({ attribute: false }) news: FlowView | null = null;
  /** The news is of before the last change: said, but no longer drawn. */
  @property({ type: Boolean }) past = false;
  @property({ attribute: false }) change: ReachChange | null = null;
  @property() shown: PictureName = "map";
  @property() source: SourceChoice = "auto";
  @property({ type: Boolean }) stale = false;

  static override styles = [
    shared,
    tabs,
    css`
      :host {
        position: relative;
        display: flex;
        flex-direction: column;
        block-size: 100%;
        min-block-size: 0;
        min-inline-size: 0;
        background: var(--paper);
      }
      :host {
        container-type: inline-size;
      }
      @container (max-width: 34rem) {
        .from .label,
        .key.optional {
          display: none;
        }
      }
      .from {
        display: flex;
        align-items: center;
        gap: var(--space-2);
      }
      select {
        appearance: none;
        block-size: 1.625rem;
        padding: 0 1.6rem 0 var(--space-2);
        border: 1px solid var(--line-strong);
        border-radius: var(--radius-1);
        background: var(--surface);
        font-size: var(--text-xs);
        max-inline-size: 11rem;
        cursor: pointer;
      }
      .select {
        position: relative;
        display: inline-flex;
        align-items: center;
      }
      .select .icon {
        position: absolute;
        inset-inline-end: 0.5rem;
        pointer-events: none;
      }
      .news {
        flex: none;
        display: grid;
        grid-template-columns: auto 1fr auto;
        column-gap: 0.6rem;
        align-items: center;
        align-content: center;
        min-block-size: 3.1rem;
        padding: 0.3rem var(--space-4) 0.4rem;
        border-block-start: 1px solid var(--line);
        background: var(--surface);
      }
      .news b {
        font-weight: 600;
      }
      .news .icon {
        align-self: center;
      }
      .news > .empty {
        grid-column: 1 / -1;
      }
      .ask {
        grid-column: 3;
        grid-row: 1 / 3;
      }
      .past {
        color: var(--ink-3);
      }
      .news p {
        grid-column: 2;
        color: var(--ink-2);
        font-size: var(--text-xs);
      }
      /* Room for what wraps, so that the map stays where it is when a packet has travelled. */
      @container (max-width: 34rem) {
        @media (min-height: 600px) {
          .news {
            min-block-size: 6.2rem;
          }
        }
      }
      .foot {
        display: flex;
        align-items: center;
        gap: var(--space-4);
        block-size: 2.25rem;
        flex: none;
        padding: 0 var(--space-4);
        border-block-start: 1px solid var(--line);
        font-size: var(--text-xs);
        color: var(--ink-2);
        overflow: hidden;
      }
      .key {
        display: inline-flex;
        align-items: center;
        gap: 0.4rem;
        white-space: nowrap;
      }
      .key svg {
        overflow: visible;
        fill: none;
      }
      .change {
        min-inline-size: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .change b {
        font-weight: 600;
        color: var(--ink);
      }
      .open {
        stroke: var(--allowed);
        stroke-width: var(--stroke-flow);
      }
      .head {
        fill: var(--allowed);
      }
      .shut {
        stroke: var(--denied);
        stroke-width: var(--stroke-flow);
        stroke-dasharray: var(--dash-denied);
      }
      .stop {
        stroke: var(--denied);
        stroke-width: 3;
      }
      .wall {
        stroke: var(--ink);
        stroke-width: var(--stroke-wall);
      }
      .warning {
        padding: 0.35rem var(--space-4);
        font-size: var(--text-xs);
        background: var(--sunken);
        border-block-end: 1px solid var(--line);
        color: var(--ink-2);
      }
      /* Lies upon the picture, so that nothing moves when the connection comes and goes. */
      .stale {
        position: absolute;
        z-index: 1;
        inset-block-start: calc(var(--pane-bar) + 0.5rem);
        inset-inline-end: 1rem;
        padding: 0.3rem 0.6rem;
        border: 1px solid var(--line-strong);
        border-radius: var(--radius-1);
        background: var(--surface);
        font-size: var(--text-xs);
      }
      @media (max-width: 699.98px) {
        .pane-bar {
          block-size: 2.75rem;
        }
        select {
          block-size: 2rem;
          max-inline-size: 8rem;
        }
      }
    `,
  ];

  protected override render() {
    return html`
      <div class="pane-bar">
        <div class="tabs" role="tablist" aria-label=${text.pictures.label} @keydown=${this.#moveTab}>
          ${pictureNames.map((name) => this.#renderTab(name))}
        </div>
        <span class="grow"></span>
        ${this.shown === "map" ? this.#renderSourceChoice() : nothing}
      </div>
      <div role="status">${this.stale ? html`<p class="stale">${text.pictures.lost}</p>` : nothing}</div>
      ${this.picture && !this.picture.enforcesPolicies ? html`<p class="warning">${text.pictures.noPlugin}</p>` : nothing}
      ${this.#renderPicture()}
      ${this.shown === "map" ? html`<div class="news" aria-live="polite">${this.#renderNews()}</div>` : nothing}
      ${this.shown === "map" ? this.#renderFoot() : nothing}
    `;
  }

  #renderTab(name: PictureName) {
    const isShown = this.shown === name;
    const icons: Readonly<Record<PictureName, IconName>> = { map: "map", matrix: "matrix", flows: "flows" };
    return html`<button
      class="tab"
      role="tab"
      aria-selected=${isShown ? "true" : "false"}
      tabindex=${isShown ? 0 : -1}
      @click=${() => emit(this, "nl-select", { id: name })}
    >
      ${icon(icons[name], 16)}${text.pictures[name]}
    </button>`;
  }

  #renderPicture() {
    switch (this.shown) {
      case "map":
        return html`<nl-map
          role="tabpanel"
          tabindex="0"
          aria-label=${text.pictures.map}
          .picture=${this.picture}
          .source=${this.source}
          .flow=${this.past ? null : this.news}
        ></nl-map>`;
      case "matrix":
        return html`<nl-matrix role="tabpanel" aria-label=${text.pictures.matrix} .picture=${this.picture}></nl-matrix>`;
      case "flows":
        return html`<nl-flow-log role="tabpanel" tabindex="0" aria-label=${text.pictures.flows} .flows=${this.flows}></nl-flow-log>`;
    }
  }

  #renderSourceChoice() {
    const groups = this.picture ? groupPods(this.picture).filter(({ first }) => !first.isSystem) : [];
    if (groups.length < 2) return nothing;
    return html`<label class="from">
      <span class="label">${text.pictures.from}</span>
      <span class="select">
        <select
          aria-label=${text.pictures.from}
          @change=${(event: Event) => emit(this, "nl-source", { source: (event.target as HTMLSelectElement).value })}
        >
          <option value="auto" ?selected=${this.source === "auto"}>${text.pictures.automatic}</option>
          <option value="clients" ?selected=${this.source === "clients"}>${text.pictures.everyClient}</option>
          ${groups.map(({ id, name }) => html`<option value=${id} ?selected=${this.source === id}>${name}</option>`)}
        </select>
        ${icon("chevron-down", 12)}
      </span>
    </label>`;
  }

  #renderFoot() {
    return html`<div class="foot">
      <span class="key"
        ><svg width="30" height="10" viewBox="0 0 30 10" aria-hidden="true">
          ${svg`<path class="open" d="M1 5h22"/><path class="head" d="M22 1.200 29 5l-7 3.800z"/>`}</svg
        >${text.pictures.allowed}</span
      >
      <span class="key"
        ><svg width="30" height="10" viewBox="0 0 30 10" aria-hidden="true">
          ${svg`<path class="shut" d="M1 5h20"/><path class="stop" d="M25 0v10"/>`}</svg
        >${text.pictures.denied}</span
      >
      <span class="key optional"
        ><svg width="30" height="10" viewBox="0 0 30 10" aria-hidden="true">
          ${svg`<path class="wall" d="M15-2v5M15 8v5"/><path class="open" d="M3 5.500h24"/>`}</svg
        >${text.pictures.wall}</span
      >
      <span class="grow"></span>
      <span class="change" aria-live="polite">
        ${
          this.change
            ? html`<b>${text.pictures.changed(this.change.opened, this.change.closed)}</b> ${text.pictures.after(shortCommand(this.change.command))}`
            : this.picture && this.picture.omittedPods > 0
              ? text.pictures.omitted(this.picture.omittedPods)
              : nothing
        }
      </span>
    </div>`;
  }

  /** Always takes its place, so that the map does not move when a packet travels. */
  #renderNews() {
    const flow = this.news;
    if (!flow)
      return html`<span class="label empty">${this.flows.length === 0 ? text.pictures.noFlows : text.pictures.noNews}</span>`;
    const name = (id: string): string =>
      this.picture?.pods.find((pod) => pod.id === id)?.owner ?? id.slice(id.indexOf("/") + 1);
    const sign = flow.outcome === "connected" ? "allowed" : flow.outcome === "refused" ? "refused" : "denied";
    const style = this.past ? "past" : sign;
    const before = this.past ? `, ${text.pictures.past}` : "";
    return html`<span class=${style}>${icon(sign, 16)}</span>
      <b class=${style}>${name(flow.source)} → ${[name(flow.destination), portText(flow)].join(" ").trim()}: ${text.pictures.outcome[flow.outcome]}${before}</b>
      <p>${this.#withOwners(flow.why)}</p>
      ${this.#renderAsk(flow)}`;
  }

  /** Asks the terminal for every station of a flow that did not connect. */
  #renderAsk(flow: FlowView) {
    const isKnown = (id: string): boolean => this.picture?.pods.some((pod) => pod.id === id) ?? false;
    if (flow.outcome === "connected" || flow.protocol === "ICMP") return nothing;
    if (!isKnown(flow.source) || !isKnown(flow.destination)) return nothing;
    const command = whyCommand(flow);
    return html`<button
      class="btn small ask"
      title=${command}
      @click=${() => emit(this, "nl-type", { commands: command, terminal: 0, run: true })}
    >
      ${icon("play", 12)}kubectl why
    </button>`;
  }

  /** Names of workloads in place of those of their pods, which nobody chose. */
  #withOwners(sentence: string): string {
    return (this.picture?.pods ?? []).reduce((said, { name, owner }) => said.replaceAll(name, owner), sentence);
  }

  #moveTab(event: KeyboardEvent): void {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const at = pictureNames.indexOf(this.shown);
    const next = pictureNames[(at + step + pictureNames.length) % pictureNames.length];
    if (!next) return;
    event.preventDefault();
    emit(this, "nl-select", { id: next });
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[aria-selected="true"]')?.focus());
  }
}
