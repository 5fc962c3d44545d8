import type { ReactiveController, ReactiveControllerHost } from "lit";

/** Which of the four grids fits. */
export type Width = "phone" | "middle" | "wide" | "widest";

const queries: readonly (readonly [Width, string])[] = [
  ["phone", "(max-width: 699.98px)"],
  ["middle", "(min-width: 700px) and (max-width: 1099.98px)"],
  ["wide", "(min-width: 1100px) and (max-width: 1799.98px)"],
  ["widest", "(min-width: 1800px)"],
];

export class WidthController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #media = queries.map(([name, query]) => ({ name, list: matchMedia(query) }));
  readonly #listener = (): void => this.#host.requestUpdate();

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get value(): Width {
    return this.#media.find(({ list }) => list.matches)?.name ?? "wide";
  }

  hostConnected(): void {
    for (const { list } of this.#media) list.addEventListener("change", this.#listener);
  }

  hostDisconnected(): void {
    for (const { list } of this.#media) list.removeEventListener("change", this.#listener);
  }
}

const key = "netpol-lab.panes";

/** Sizes of panes in rem, as left on this device. */
export function loadPanes(): Readonly<Record<string, number>> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
    if (typeof stored !== "object" || stored === null) return {};
    return Object.fromEntries(Object.entries(stored).filter(([, value]) => typeof value === "number"));
  } catch {
    return {};
  }
}

export function savePanes(panes: Readonly<Record<string, number>>): void {
  try {
    localStorage.setItem(key, JSON.stringify(panes));
  } catch {
    // Without storage the sizes last as long as the page.
  }
}
