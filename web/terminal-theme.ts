import type { ITheme } from "@xterm/xterm";

const names = {
  background: "--term-bg",
  foreground: "--term-fg",
  cursor: "--term-cursor",
  cursorAccent: "--term-bg",
  selectionBackground: "--term-select",
  black: "--term-bg",
  red: "--term-red",
  green: "--term-green",
  yellow: "--term-yellow",
  blue: "--term-blue",
  magenta: "--term-magenta",
  cyan: "--term-cyan",
  white: "--term-fg",
  brightBlack: "--term-dim",
  brightRed: "--term-red",
  brightGreen: "--term-green",
  brightYellow: "--term-yellow",
  brightBlue: "--term-blue",
  brightMagenta: "--term-magenta",
  brightCyan: "--term-cyan",
  brightWhite: "--term-cursor",
} satisfies Partial<Record<keyof ITheme, string>>;

/** The terminal's colours as the tokens have them now. `host` must be in the document. */
export function readTerminalTheme(host: HTMLElement): ITheme {
  const probe = document.createElement("span");
  probe.hidden = true;
  // Not among the host's own children: they are shown nowhere, and what is not shown has no style.
  (host.shadowRoot ?? host).append(probe);
  const theme: Record<string, string> = {};
  for (const [name, token] of Object.entries(names)) {
    // A custom property keeps `light-dark(…)` as it is; only a real property is computed.
    probe.style.color = `var(${token})`;
    theme[name] = hex(getComputedStyle(probe).color);
  }
  probe.remove();
  return theme;
}

function hex(color: string): string {
  const numbers = color.match(/\d+(\.\d+)?/g)?.slice(0, 3) ?? ["0", "0", "0"];
  return `#${numbers.map((number) => Math.round(Number(number)).toString(16).padStart(2, "0")).join("")}`;
}
