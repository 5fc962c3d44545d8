import serialize from "@xterm/addon-serialize";
import headless from "@xterm/headless";
import type { TtySize } from "../sim/machine/types.ts";
import { limits } from "./limits.ts";

/** What came to a screen, in order. */
export type ScreenEntry =
  | { readonly kind: "size"; readonly size: TtySize }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array };

/**
 * Bytes that draw on an empty terminal what `entries` leave on it: both screens,
 * scrollback, colours, cursor and modes. Scrolling regions and tab stops are not kept;
 * the programs that set them redraw when they are told the size.
 */
export async function renderScreen(
  entries: readonly ScreenEntry[],
): Promise<{ readonly drawing: Uint8Array; readonly size: TtySize }> {
  const first = entries[0];
  let size: TtySize = first?.kind === "size" ? first.size : { columns: 80, rows: 24 };
  const terminal = new headless.Terminal({
    cols: size.columns,
    rows: size.rows,
    scrollback: limits.scrollbackLines,
    allowProposedApi: true,
  });
  const addon = new serialize.SerializeAddon();
  terminal.loadAddon(addon as unknown as Parameters<typeof terminal.loadAddon>[0]);
  let isCursorHidden = false;
  for (const prefix of [
    { prefix: "?", final: "h" },
    { prefix: "?", final: "l" },
  ]) {
    terminal.parser.registerCsiHandler(prefix, (parameters) => {
      if (parameters.includes(25)) isCursorHidden = prefix.final === "l";
      return false;
    });
  }
  for (const entry of entries) {
    if (entry.kind === "size") {
      size = entry.size;
      terminal.resize(size.columns, size.rows);
    } else {
      await new Promise<void>((resolve) => terminal.write(entry.bytes, resolve));
    }
  }
  const text = addon.serialize({ scrollback: limits.scrollbackLines }) + (isCursorHidden ? "\x1b[?25l" : "");
  terminal.dispose();
  return { drawing: new TextEncoder().encode(text), size };
}
