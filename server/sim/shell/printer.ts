/** Commands as bash prints them (`declare -f`, `jobs`, `BASH_COMMAND`): its print_cmd.c, version 5.2. */
import type {
  AndOr,
  Command,
  CommandNode,
  CompoundList,
  Function as FunctionNode,
  HereDoc,
  Pipeline,
  Redirection,
  Script,
  Statement,
  TestExpression,
} from "unbash";
import type { SourceText } from "./source-text.ts";

type Printable = CommandNode | Pipeline | AndOr;

const INDENT = 4;

export function printNode(node: Printable, source: SourceText): string {
  const printer = new Printer(source);
  return printer.node(node) + printer.takeDocuments();
}

export function printStatement(statement: Statement, source: SourceText): string {
  return printNode(statement.command, source);
}

/** `name () \n{ … }`, without a newline at the end. */
export function printFunction(node: FunctionNode, source: SourceText): string {
  return new Printer(source).definition(node, false);
}

export function printScript(script: Script, source: SourceText): string {
  return new Printer(source).statements(script.commands, "; ");
}

class Printer {
  private depth = 0;
  /** Inside a function's definition each command of a list gets a line of its own; elsewhere they share one. */
  private functionDepth = 0;
  private documents: HereDoc[] = [];

  constructor(private readonly source: SourceText) {}

  private get pad(): string {
    return " ".repeat(this.depth * INDENT);
  }

  private text(node: { readonly pos: number; readonly end: number }): string {
    return this.source.text.slice(node.pos, node.end);
  }

  node(node: Printable): string {
    switch (node.type) {
      case "AndOr":
        return node.commands
          .map((command, index) => (index === 0 ? "" : ` ${node.operators[index - 1]} `) + this.node(command))
          .join("");
      case "Pipeline":
        return this.pipeline(node);
      case "Command":
        return this.command(node);
      case "Function":
        return this.definition(node, this.depth > 0);
      case "Redirected":
        return [this.node(node.command), ...node.redirects.map((redirect) => this.redirect(redirect))].join(" ");
      case "BraceGroup":
        if (this.functionDepth === 0) return `{ ${this.terminated(this.inline(node.body))} }`;
        return `{ \n${this.body(node.body)}\n${this.pad}}`;
      case "Subshell":
        return `( ${this.statements(node.body.commands, this.separator)} )`;
      case "If":
        return this.conditional(node.clause, node.then, node.elif, node.else);
      case "For":
        return `for ${node.name.text} in ${node.wordlist ? node.wordlist.map((word) => word.text).join(" ") : '"$@"'};\n${this.pad}do\n${this.body(node.body)};\n${this.pad}done`;
      case "ArithmeticFor":
        return `${this.text(node).slice(0, this.text(node).indexOf("))") + 2)}\n${this.pad}do\n${this.body(node.body)};\n${this.pad}done`;
      case "Select":
        return `select ${node.name.text} in ${node.wordlist ? node.wordlist.map((word) => word.text).join(" ") : '"$@"'};\n${this.pad}do\n${this.body(node.body)};\n${this.pad}done`;
      case "While":
        return `${node.kind} ${this.inline(node.clause)}; do\n${this.body(node.body)};\n${this.pad}done`;
      case "Case":
        return this.choice(node);
      case "TestCommand":
        return `[[ ${this.test(node.expression)} ]]`;
      case "ArithmeticCommand":
        return `((${node.body}))`;
      case "Coproc":
        return `coproc ${node.name ? `${node.name.text} ` : ""}${node.body.type === "CompoundList" ? this.inline(node.body) : this.node(node.body)}`;
      default: {
        const unknown: never = node;
        return unknown;
      }
    }
  }

  private pipeline(node: Pipeline): string {
    const prefixes = node.prefixes
      .map((prefix) => (prefix.type === "Negation" ? "! " : prefix.posix ? "time -p " : "time "))
      .join("");
    return (
      prefixes +
      node.commands
        .map((command, index) => (index === 0 ? "" : ` ${node.operators[index - 1]} `) + this.node(command))
        .join("")
    );
  }

  private command(node: Command): string {
    const words = [
      ...node.prefix.filter((item) => item.type === "Assignment"),
      ...(node.name ? [node.name] : []),
      ...node.args,
    ];
    const parts = words.map((word) => (word.type === "Assignment" ? word.text : this.text(word)));
    return [...parts, ...node.redirects.map((redirect) => this.redirect(redirect))].join(" ");
  }

  private redirect(redirect: Redirection): string {
    const descriptor = redirect.descriptor;
    const fd = !descriptor
      ? ""
      : descriptor.type === "FileDescriptor"
        ? String(descriptor.value)
        : `{${descriptor.name}}`;
    if (redirect.type === "HereDoc") {
      this.documents.push(redirect);
      return `${fd}${redirect.operator}${redirect.delimiter?.text ?? ""}`;
    }
    const target = redirect.target?.text ?? "";
    if (redirect.type === "HereString") return `${fd}<<< ${target}`;
    if (redirect.operator === ">&" || redirect.operator === "<&")
      return `${fd || (redirect.operator === ">&" ? "1" : "0")}${redirect.operator}${target}`;
    return `${fd}${redirect.operator} ${target}`;
  }

  /** The bodies of heredocs, due after the line they were named on. */
  takeDocuments(): string {
    const texts = this.documents.map((document) => `\n${document.body.text}${document.delimiter?.value ?? ""}\n`);
    this.documents = [];
    return texts.join("");
  }

  statements(statements: readonly Statement[], separator: string): string {
    let result = "";
    for (let index = 0; index < statements.length; index++) {
      const statement = statements[index] as Statement;
      const isLast = index === statements.length - 1;
      result += this.node(statement.command);
      if (statement.background) result += " &";
      const documents = this.takeDocuments();
      result += documents;
      if (isLast) break;
      if (documents !== "") result += this.pad;
      else if (separator === ";\n") result += statement.background ? `\n${this.pad}` : `;\n${this.pad}`;
      else result += statement.background ? " " : separator;
    }
    return result;
  }

  private inline(list: CompoundList): string {
    return this.statements(list.commands, "; ");
  }

  private get separator(): string {
    return this.functionDepth > 0 ? ";\n" : "; ";
  }

  /** A list before a closing brace: `&` ends it as well as a semicolon. */
  private terminated(list: string): string {
    return list.endsWith("&") ? list : `${list};`;
  }

  /** The list one level deeper, without the last newline. */
  private body(list: CompoundList): string {
    this.depth++;
    const text = this.pad + this.statements(list.commands, this.separator);
    this.depth--;
    return text;
  }

  private conditional(
    clause: CompoundList,
    then: CompoundList,
    elif: readonly { readonly clause: CompoundList; readonly then: CompoundList }[],
    otherwise: CompoundList | undefined,
  ): string {
    let text = `if ${this.inline(clause)}; then\n${this.body(then)};\n`;
    const [next, ...rest] = elif;
    if (next) {
      this.depth++;
      text += `${" ".repeat((this.depth - 1) * INDENT)}else\n${this.pad}${this.conditional(next.clause, next.then, rest, otherwise)};\n`;
      this.depth--;
    } else if (otherwise) text += `${this.pad}else\n${this.body(otherwise)};\n`;
    return `${text}${this.pad}fi`;
  }

  private choice(node: Extract<CommandNode, { type: "Case" }>): string {
    let text = `case ${node.word.text} in \n`;
    this.depth++;
    for (const item of node.items) {
      text += `${this.pad}${item.pattern.map((word) => word.text).join(" | ")})\n`;
      text += item.body.commands.length > 0 ? `${this.body(item.body)}\n` : "\n";
      text += `${this.pad}${item.terminator ?? ";;"}\n`;
    }
    this.depth--;
    return `${text}${this.pad}esac`;
  }

  private test(expression: TestExpression): string {
    switch (expression.type) {
      case "TestUnary":
        return `${expression.operator} ${expression.operand.text}`;
      case "TestBinary":
        return `${expression.left.text} ${expression.operator} ${expression.right.text}`;
      case "TestLogical":
        return expression.operands.map((operand) => this.test(operand)).join(` ${expression.operator} `);
      case "TestNot":
        return `! ${this.test(expression.operand)}`;
      case "TestGroup":
        return `( ${this.test(expression.expression)} )`;
      default: {
        const unknown: never = expression;
        return unknown;
      }
    }
  }

  definition(node: FunctionNode, isNested: boolean): string {
    const { body } = node;
    const inner = body.type === "Redirected" ? body.command : body;
    const list = inner.type === "BraceGroup" ? inner.body : undefined;
    this.functionDepth++;
    const printed = list
      ? `{ \n${this.body(list)}\n${this.pad}}`
      : inner.type === "CompoundList"
        ? this.inline(inner)
        : `{ \n${" ".repeat((this.depth + 1) * INDENT)}${this.deeper(() => this.node(inner))}\n${this.pad}}`;
    this.functionDepth--;
    const redirects =
      body.type === "Redirected" ? body.redirects.map((redirect) => ` ${this.redirect(redirect)}`).join("") : "";
    return `${isNested ? "function " : ""}${node.name.text} () \n${this.pad}${printed}${redirects}`;
  }

  private deeper(print: () => string): string {
    this.depth++;
    const text = print();
    this.depth--;
    return text;
  }
}
