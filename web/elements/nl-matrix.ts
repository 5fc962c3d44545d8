import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { MapPicture } from "../../server/protocol.ts";
import { icon } from "../icons.ts";
import { type GroupDoor, groupPods, type PodGroup, type Reach, reachOf } from "../map/groups.ts";
import { whyCommand, whyFlow } from "../map/why.ts";
import { emit } from "../state/events.ts";
import { shared } from "../styles/shared.ts";
import { text } from "../text.ts";

interface Column {
  readonly target: PodGroup;
  readonly doors: readonly GroupDoor[];
}

interface Cell {
  readonly source: PodGroup;
  readonly target: PodGroup;
  readonly door: GroupDoor;
  /** Null between a group and itself. */
  readonly reach: Reach | null;
  readonly isFirst: boolean;
}

interface Place {
  readonly row: number;
  readonly column: number;
}

/**
 * Who reaches which port, as a table: rows send, columns receive. Arrows walk from cell to
 * cell; the one chosen is explained below.
 */
@customElement("nl-matrix")
export class NlMatrix extends LitElement {
  @property({ attribute: false }) picture: MapPicture | null = null;
  @state() private at: Place = { row: 0, column: 0 };
  @state() private isChosen = false;

  static override styles = [
    shared,
    css`
      :host {
        flex: 1;
        min-block-size: 0;
        display: flex;
        flex-direction: column;
      }
      .scroll {
        flex: 1;
        min-block-size: 0;
        overflow: auto;
        padding: 0 var(--space-4) var(--space-3);
      }
      table {
        border-collapse: collapse;
        font-size: var(--text-xs);
      }
      .caption {
        padding-block: 0.6rem 0.5rem;
        color: var(--ink-3);
        font-size: var(--text-xs);
      }
      th,
      td {
        font-weight: var(--weight-regular);
        text-align: center;
        block-size: 2rem;
        min-inline-size: 2.9rem;
        padding: 0 0.35rem;
        border-block-end: 1px solid var(--line);
        white-space: nowrap;
      }
      td[tabindex] {
        cursor: pointer;
      }
      td[tabindex]:hover {
        box-shadow: inset 0 0 0 1px var(--line-strong);
      }
      td:focus-visible,
      td.at {
        box-shadow: inset 0 0 0 2px var(--ink);
        border-radius: 0;
      }
      thead th {
        font-weight: var(--weight-bold);
        border-block-end: 1px solid var(--line-strong);
        block-size: 1.6rem;
      }
      thead tr:last-child th {
        font: 400 var(--text-2xs) / 1 var(--font-mono);
        color: var(--ink-2);
      }
      tbody th {
        text-align: start;
        font-family: var(--font-mono);
        padding-inline-end: 1rem;
        position: sticky;
        inset-inline-start: 0;
        background: var(--paper);
      }
      tbody th span {
        color: var(--ink-3);
      }
      .first {
        border-inline-start: 1px solid var(--line-strong);
      }
      .a {
        color: var(--allowed);
      }
      .shut {
        color: var(--denied);
        background: var(--denied-wash);
      }
      .self {
        background: repeating-linear-gradient(135deg, transparent 0 4px, var(--line) 4px 5px);
      }
      .note {
        padding-block: var(--space-4);
        color: var(--ink-3);
      }
      .why {
        flex: none;
        display: flex;
        align-items: center;
        gap: var(--space-3);
        min-block-size: 3.1rem;
        padding: 0.3rem var(--space-4) 0.4rem;
        border-block-start: 1px solid var(--line);
        background: var(--surface);
      }
      /* Room for what wraps, so that the table does not lose and gain rows. */
      @container (max-width: 34rem) {
        .why {
          min-block-size: 5.4rem;
        }
      }
      .why b {
        font-weight: 600;
      }
      .why p {
        color: var(--ink-2);
        font-size: var(--text-xs);
      }
    `,
  ];

  protected override render() {
    const { picture } = this;
    if (!picture) return html`<div class="scroll"><p class="note">${text.pictures.waiting}</p></div>`;
    const groups = groupPods(picture);
    const sources = groups.filter(({ first }) => !first.isSystem);
    const columns = groups.map(columnOf).filter(({ doors }) => doors.length > 0);
    if (sources.length === 0) {
      return html`<div class="scroll"><p class="note">${text.pictures.emptyTitle} ${text.pictures.empty}</p></div>`;
    }
    const rows = sources.map((source) => columns.flatMap((column) => cellsOf(picture, source, column)));
    return html`<div class="scroll">
        <p class="caption" id="caption">${text.pictures.matrixCaption}</p>
        ${this.#renderTable(sources, columns, rows)}
      </div>
      <div class="why" aria-live="polite">${this.#renderWhy(picture, rows[this.at.row]?.[this.at.column])}</div>`;
  }

  #renderTable(sources: readonly PodGroup[], columns: readonly Column[], rows: readonly (readonly Cell[])[]) {
    const isOneNamespace = new Set(sources.map(({ namespace }) => namespace)).size === 1;
    return html`<table role="grid" aria-labelledby="caption" @keydown=${(event: KeyboardEvent) => this.#key(event, rows)}>
      <thead>
        <tr>
          <td rowspan="2"></td>
          ${columns.map(
            ({ target, doors }) =>
              html`<th class="first" scope="colgroup" colspan=${doors.length}>${title(target)}</th>`,
          )}
        </tr>
        <tr>
          ${columns.map(({ doors }) =>
            doors.map(
              (door, index) => html`<th class=${index === 0 ? "first" : ""} scope="col">
                ${door.port}${door.protocol === "TCP" ? nothing : html` ${door.protocol.toLowerCase()}`}
              </th>`,
            ),
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map((cells, row) => {
          const source = sources[row];
          return html`<tr>
            <th scope="row">
              ${source ? title(source) : nothing}${isOneNamespace ? nothing : html` <span>${source?.namespace}</span>`}
            </th>
            ${cells.map((cell, column) => this.#renderCell(cell, { row, column }))}
          </tr>`;
        })}
      </tbody>
    </table>`;
  }

  #renderCell(cell: Cell, place: Place) {
    const isAt = place.row === this.at.row && place.column === this.at.column;
    const { style, content } = drawCell(cell);
    return html`<td
      role="gridcell"
      class="${style} ${cell.isFirst ? "first" : ""} ${isAt && this.isChosen ? "at" : ""}"
      tabindex=${isAt ? 0 : -1}
      @focus=${() => this.#choose(place)}
    >
      ${content}
    </td>`;
  }

  #renderWhy(picture: MapPicture, cell: Cell | undefined) {
    if (!cell || !this.isChosen) return html`<span class="label">${text.pictures.chooseCell}</span>`;
    const { source, target, door, reach } = cell;
    const flow = { source: source.first.id, destination: target.first.id, port: door.port, protocol: door.protocol };
    const ends = `${source.name} → ${target.name} ${door.protocol} ${door.port}`;
    if (!reach) return html`<div><b>${ends}</b><p>${text.pictures.itself}</p></div>`;
    const isShut = reach.state === "egress" || reach.state === "ingress";
    const sign = isShut ? "denied" : door.isListening ? "allowed" : "refused";
    return html`<div class="grow">
        <b class=${sign}>${ends}: ${text.pictures[sign]}</b>
        <p>${whyFlow(picture, flow)}</p>
      </div>
      <button
        class="btn small"
        title=${whyCommand(flow)}
        @click=${() => emit(this, "nl-type", { commands: whyCommand(flow), terminal: 0, run: true })}
      >
        ${icon("play", 12)}kubectl why
      </button>`;
  }

  #choose(place: Place): void {
    this.at = place;
    this.isChosen = true;
  }

  #key(event: KeyboardEvent, rows: readonly (readonly Cell[])[]): void {
    const { row, column } = this.at;
    const last = (rows[0]?.length ?? 1) - 1;
    const to: Place | undefined = {
      ArrowUp: { row: row - 1, column },
      ArrowDown: { row: row + 1, column },
      ArrowLeft: { row, column: column - 1 },
      ArrowRight: { row, column: column + 1 },
      Home: { row, column: 0 },
      End: { row, column: last },
    }[event.key];
    if (!to) return;
    event.preventDefault();
    if (!rows[to.row]?.[to.column]) return;
    this.#choose(to);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('td[tabindex="0"]')?.focus());
  }
}

/** Of the cluster's own pods only the one everybody needs is shown: DNS. */
function columnOf(target: PodGroup): Column {
  if (!target.first.isSystem) return { target, doors: target.doors };
  return { target, doors: target.name === "coredns" ? target.doors.filter(({ port }) => port === 53) : [] };
}

function cellsOf(picture: MapPicture, source: PodGroup, { target, doors }: Column): readonly Cell[] {
  const reaches = reachOf(picture, source, target);
  return doors.map((door, index) => {
    const reach = reaches.find((one) => one.door.index === door.index) ?? null;
    return { source, target, door, reach, isFirst: index === 0 };
  });
}

function drawCell({ source, target, door, reach }: Cell) {
  if (!reach) return { style: "self", content: html`<span class="vh">itself</span>` };
  const name = `${source.name} to ${target.name}, ${door.protocol} ${door.port}`;
  if (reach.state === "egress" || reach.state === "ingress") {
    return { style: "shut", content: icon("denied", 16, `${name}: ${text.pictures.denied}, ${reach.state}`) };
  }
  if (!door.isListening) {
    return {
      style: "",
      content: html`<span class="label">·</span><span class="vh">${name}: ${text.pictures.refused}</span>`,
    };
  }
  return { style: "a", content: icon("allowed", 16, `${name}: ${text.pictures.allowed}`) };
}

function title({ name, pods }: PodGroup): string {
  return pods.length > 1 ? `${name} ×${pods.length}` : name;
}
