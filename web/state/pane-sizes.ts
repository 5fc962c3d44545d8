import type { ReactiveController, ReactiveControllerHost } from "lit";
import { loadPanes, savePanes, type Width } from "./layout.ts";

export type SizedPane = "lesson" | "pictures";
type Sizes = Readonly<Record<SizedPane, number>>;

const initial: Readonly<Record<"wide" | "widest", Sizes>> = {
  wide: { lesson: 25.5, pictures: 29.5 },
  widest: { lesson: 28, pictures: 36 },
};
const least: Sizes = { lesson: 16, pictures: 10 };

/** Width of the lesson and height of the pictures, as dragged on this device. Sizes in rem. */
export class PaneSizes implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  /** A smaller window may leave less than was chosen. */
  readonly #windowChanged = (): void => this.#host.requestUpdate();
  #chosen = loadPanes();
  /** While a grip moves, what is costly to fit waits. */
  isResizing = false;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    addEventListener("resize", this.#windowChanged);
  }

  hostDisconnected(): void {
    removeEventListener("resize", this.#windowChanged);
  }

  /** What fits at this width, the rest of the room left to the terminal. */
  sizesFor(width: Width): Sizes {
    const most = limits();
    const begin = initialFor(width);
    const lesson = this.#chosen["lesson"] ?? begin.lesson;
    const pictures = this.#chosen["pictures"] ?? Math.min(begin.pictures, most.pictures * 0.7);
    return { lesson: Math.min(most.lesson, lesson), pictures: Math.min(most.pictures, pictures) };
  }

  /** What a grip of this pane has to know. */
  gripFor(
    pane: SizedPane,
    width: Width,
  ): { readonly value: number; readonly min: number; readonly max: number; readonly initial: number } {
    return {
      value: this.sizesFor(width)[pane],
      min: least[pane],
      max: limits()[pane],
      initial: initialFor(width)[pane],
    };
  }

  isCollapsed(pane: SizedPane): boolean {
    return this.#chosen[pane] === 0;
  }

  /** Brings a collapsed pane back, because something in it is asked for. */
  open(pane: SizedPane): void {
    if (!this.isCollapsed(pane)) return;
    const { [pane]: _collapsed, ...others } = this.#chosen;
    this.#chosen = others;
    savePanes(this.#chosen);
    this.#host.requestUpdate();
  }

  resize(pane: SizedPane, size: number, isFinal: boolean): void {
    this.#chosen = { ...this.#chosen, [pane]: Math.round(size * 4) / 4 };
    this.isResizing = !isFinal;
    if (isFinal) savePanes(this.#chosen);
    this.#host.requestUpdate();
  }
}

function initialFor(width: Width): Sizes {
  return initial[width === "widest" ? "widest" : "wide"];
}

/** The terminal keeps 34rem beside the lesson and 14rem below the pictures. */
function limits(): Sizes {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  return {
    lesson: Math.max(least.lesson, innerWidth / rem - 34),
    pictures: Math.max(least.pictures, innerHeight / rem - 14),
  };
}
