import { defineKind } from "./define.ts";
import { text } from "./fields.ts";
import { invalids } from "./validation/errors.ts";
import { validateImmutable } from "./validation/metadata.ts";
import { isDns1123Label } from "./validation/names.ts";

export const runtimeClass = defineKind({
  group: "node.k8s.io",
  kind: "RuntimeClass",
  plural: "runtimeclasses",
  isNamespaced: false,
  cells: {
    Handler: (object) => text(object["handler"]),
  },
  validateSpec: (object) => invalids("handler", text(object["handler"]), isDns1123Label(text(object["handler"]))),
  validateChange: (object, old) => validateImmutable(object["handler"], old["handler"], "handler"),
});
