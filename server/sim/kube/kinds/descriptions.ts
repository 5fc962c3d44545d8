/**
 * Field documentation for `kubectl explain` and the OpenAPI documents. The text is large, so
 * import this file only where it is needed (`await import("./descriptions.ts")`).
 */
import { DESCRIPTION_LINES } from "./generated/descriptions.ts";

export interface DefinitionDescription {
  readonly description?: string;
  readonly fields: Readonly<Record<string, string>>;
}

let linesByName: Map<string, string> | undefined;

/** The documentation of a definition and its fields; `undefined` for an unknown name. */
export function describeDefinition(name: string): DefinitionDescription | undefined {
  linesByName ??= new Map(
    DESCRIPTION_LINES.map((line) => {
      const end = line.indexOf(" ");
      return [line.slice(0, end), line.slice(end + 1)];
    }),
  );
  const line = linesByName.get(name);
  return line === undefined ? undefined : (JSON.parse(line) as DefinitionDescription);
}
