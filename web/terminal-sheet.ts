/**
 * xterm.js writes its colours and sizes into `<style>` elements, which the content
 * security policy forbids. While it opens, it gets elements of this kind in their place:
 * what is written into them becomes a constructed sheet of the root they stand in.
 */
class TerminalSheet extends HTMLElement {
  readonly #sheet = new CSSStyleSheet();
  #root: Document | ShadowRoot | null = null;

  override get textContent(): string {
    return "";
  }

  override set textContent(css: string) {
    this.#sheet.replaceSync(css);
  }

  connectedCallback(): void {
    const root = this.getRootNode();
    if (!(root instanceof Document || root instanceof ShadowRoot)) return;
    this.#root = root;
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, this.#sheet];
  }

  disconnectedCallback(): void {
    const root = this.#root;
    this.#root = null;
    if (root) root.adoptedStyleSheets = root.adoptedStyleSheets.filter((sheet) => sheet !== this.#sheet);
  }
}

customElements.define("nl-terminal-sheet", TerminalSheet);

/** Runs `work` with `document.createElement("style")` giving the element above. */
export function withoutStyleElements(work: () => void): void {
  const original = document.createElement;
  document.createElement = ((name: string, options?: ElementCreationOptions) =>
    original.call(document, name === "style" ? "nl-terminal-sheet" : name, options)) as typeof document.createElement;
  try {
    work();
  } finally {
    document.createElement = original;
  }
}

interface RowFactory {
  _addStyle(element: HTMLElement, style: string): void;
}

/**
 * True colours and selected letters are written into `style` attributes, which the policy
 * forbids as well; set through the style object they are allowed. xterm.js has no public
 * way to this, so it is looked for carefully: without it only those colours are missing.
 */
export function paintWithoutStyleAttributes(terminal: object): void {
  const renderer = inside(terminal, ["_core", "_renderService", "_renderer", "value", "_rowFactory"]);
  if (!isRowFactory(renderer)) return;
  renderer._addStyle = (element, style) => {
    const at = style.indexOf(":");
    element.style.setProperty(style.slice(0, at), style.slice(at + 1));
  };
}

function inside(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (part, name) => (typeof part === "object" && part !== null ? Reflect.get(part, name) : undefined),
    value,
  );
}

function isRowFactory(value: unknown): value is RowFactory {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "_addStyle") === "function";
}
