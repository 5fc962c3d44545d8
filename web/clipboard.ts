/**
 * Puts a text on the clipboard; resolves to whether it is there. Over plain HTTP, as in
 * many classrooms, browsers keep `navigator.clipboard` from pages: then the old way is
 * taken, by way of a selection. The focus stays where it was.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Without leave to write there is still the old way.
  }
  return copyBySelection(text);
}

function copyBySelection(text: string): boolean {
  const focused = deepestFocus();
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "off-screen";
  field.setAttribute("aria-hidden", "true");
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return isCopied;
}

function deepestFocus(): HTMLElement | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element instanceof HTMLElement ? element : null;
}
