/** Events elements send upwards, with what they carry. */
export interface LabEvents {
  /** Type into a terminal; `terminal` 0 is the one in use. */
  "nl-type": { readonly commands: string; readonly terminal: number; readonly run: boolean };
  "nl-step": { readonly step: number };
  "nl-check": undefined;
  "nl-hint": { readonly block: string; readonly count: number };
  "nl-reset": undefined;
  "nl-undo": undefined;
  "nl-open": { readonly what: "palette" | "settings" | "keys" };
  "nl-go": { readonly path: string };
  "nl-new-terminal": undefined;
  "nl-close-terminal": { readonly id: string };
  "nl-select": { readonly id: string };
  "nl-source": { readonly source: string };
  "nl-resize": { readonly size: number; readonly isFinal: boolean };
  "nl-say": { readonly message: string };
}

/** Sends an event that crosses the shadow roots above. */
export function emit<Name extends keyof LabEvents>(from: EventTarget, name: Name, detail: LabEvents[Name]): void {
  from.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
}

/** The detail of an event of this page. */
export function detailOf<Name extends keyof LabEvents>(_name: Name, event: Event): LabEvents[Name] {
  return (event as CustomEvent<LabEvents[Name]>).detail;
}
