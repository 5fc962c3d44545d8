/** A label selector in the form of a query: `app=web,tier in (a,b)`. */
import { formatLabelSelector } from "../kinds/validation/selectors.ts";

export function labelSelectorText(selector: unknown): string {
  const text = formatLabelSelector(selector);
  return text === "<none>" || text === "<error>" ? "" : text;
}
