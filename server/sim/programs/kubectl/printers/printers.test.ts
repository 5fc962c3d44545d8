import { describe, expect, test } from "vitest";
import { GoTemplate } from "./go-template.ts";
import { TemplateError } from "./go-template-syntax.ts";
import { compactJson, indentedJson } from "./json.ts";
import { JsonPath, JsonPathError, relaxedPath } from "./jsonpath.ts";
import { naturalCompare, sortByField } from "./sort.ts";
import { TablePrinter } from "./table.ts";
import { TabWriter } from "./tabwriter.ts";

const POD = {
  kind: "Pod",
  metadata: { name: "web", labels: { app: "web", "a.b": "dot" } },
  spec: {
    containers: [
      { name: "a", image: "nginx", ports: [{ containerPort: 80 }] },
      { name: "b", image: "busybox" },
    ],
  },
};

describe("jsonpath", () => {
  test.each([
    ["{.metadata.name}", "web"],
    [".metadata.name", ".metadata.name"],
    ["{.spec.containers[*].name}", "a b"],
    ["{.spec.containers[-1:].name}", "b"],
    ["{.spec.containers[0,1].name}", "a b"],
    ["{.spec.containers[?(@.name=='b')].image}", "busybox"],
    ["{.spec.containers[?(@.ports)].name}", "a"],
    ["{range .spec.containers[*]}{.name}={.image}{'\\n'}{end}", "a=nginx\nb=busybox\n"],
    ["{.metadata.labels}", '{"a.b":"dot","app":"web"}'],
    ["{.metadata.labels.a\\.b}", "dot"],
    ["{.metadata.labels['a\\.b']}", "dot"],
    ["{..image}", "nginx busybox"],
    ["{.nosuch.deeper}", ""],
    ["{.}", ""],
    ["name={.metadata.name}!", "name=web!"],
  ])("%s", (template, text) => {
    expect(new JsonPath(template).execute(POD)).toBe(text);
  });

  test.each([
    ["{.metadata", "unclosed action"],
    ["{.a[x]}", "invalid array index x"],
    ["{.a[}", "unterminated array"],
    ["{.spec.containers[5]}", "array index out of bounds: index 5, length 2"],
    ["{.spec.containers[?(@.name = 'a')]}", "unrecognized filter operator ="],
  ])("%s is refused", (template, message) => {
    expect(() => new JsonPath(template).execute(POD)).toThrow(new JsonPathError(message));
  });

  test("paths of columns may leave out braces and the first dot", () => {
    expect(["a.b", ".a.b", "{a.b}", "{.a.b}"].map(relaxedPath)).toEqual(Array(4).fill("{.a.b}"));
  });
});

describe("go-template", () => {
  test.each([
    ["{{.metadata.name}}", "web"],
    ["{{range .spec.containers}}{{.name}} {{end}}", "a b "],
    ["{{range $i, $c := .spec.containers}}{{$i}}={{$c.image}};{{end}}", "0=nginx;1=busybox;"],
    ["{{range $k, $v := .metadata.labels}}{{$k}} {{end}}", "a.b app "],
    ['{{if eq .kind "Pod"}}yes{{else}}no{{end}}', "yes"],
    ["{{with .nosuch}}x{{else}}none{{end}}", "none"],
    ['{{index .metadata.labels "a.b"}}', "dot"],
    ['{{printf "%s-%d" .kind 7}}', "Pod-7"],
    ["{{len .spec.containers}}", "2"],
    ["{{.nosuch}}", "<no value>"],
    ["a {{- .kind -}} b", "aPodb"],
    ["{{/* note */}}x", "x"],
    ['{{.kind | printf "%q"}}', '"Pod"'],
  ])("%s", (template, text) => {
    expect(new GoTemplate(template).execute(POD)).toBe(text);
  });

  test("errors carry Go's position", () => {
    expect(() => new GoTemplate("{{.bad")).toThrow(new TemplateError("template: output:1: unclosed action"));
    expect(() => new GoTemplate("{{nosuch .x}}")).toThrow(
      new TemplateError('template: output:1: function "nosuch" not defined'),
    );
  });
});

describe("tables", () => {
  test("a column is as wide as its widest cell and never narrower than six", () => {
    const writer = new TabWriter();
    writer.write("A\tNAME\tX\n1\tlong-name\ty\n");
    expect(writer.flush()).toBe("A     NAME        X\n1     long-name   y\n");
  });

  test("in a watch columns keep their width from flush to flush", () => {
    const writer = new TabWriter(undefined, true);
    writer.write("NAME\tX\nlong-name\t1\n");
    writer.flush();
    writer.write("a\t2\n");
    expect(writer.flush()).toBe("a           2\n");
  });

  test("labels, namespaces and kinds become columns", () => {
    const printer = new TablePrinter({
      isWide: false,
      noHeaders: false,
      withNamespace: true,
      kindPrefix: "pod",
      showLabels: true,
      labelColumns: ["x.io/tier"],
    });
    const writer = new TabWriter();
    const columnDefinitions = [
      { name: "Name", type: "string", format: "name" },
      { name: "IP", type: "string", priority: 1 },
    ];
    const object = { metadata: { name: "a", namespace: "n", labels: { "x.io/tier": "db" } } };
    printer.print({ kind: "Table", columnDefinitions, rows: [{ cells: ["a", "1.2.3.4"], object }] }, writer);
    expect(writer.flush()).toBe("NAMESPACE   NAME    TIER   LABELS\nn           pod/a   db     x.io/tier=db\n");
  });
});

describe("sorting and JSON", () => {
  test("runs of digits compare as numbers", () => {
    expect(["p-10", "p-2", "p-1"].sort(naturalCompare)).toEqual(["p-1", "p-2", "p-10"]);
  });

  test("a field that nothing has is an error", () => {
    const items = [{ a: 2 }, { a: 1 }];
    expect(sortByField(items, ".a", (item) => item)).toEqual([{ a: 1 }, { a: 2 }]);
    expect(() => sortByField(items, ".b", (item) => item)).toThrow(
      `couldn't find any field with path "{.b}" in the list of objects`,
    );
  });

  test("JSON is sorted and escapes what HTML would read", () => {
    expect(compactJson({ b: "<&>", a: [1, null] })).toBe('{"a":[1,null],"b":"\\u003c\\u0026\\u003e"}');
    expect(indentedJson({ b: {}, a: [] })).toBe('{\n    "a": [],\n    "b": {}\n}');
  });
});
