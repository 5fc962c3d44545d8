/** Reads POSIX awk with the common extensions of gawk: rules, functions and statements. */
import { ExpressionParser } from "./expression-parser.ts";
import type { AwkProgram, Expression, FunctionDefinition, Redirect, Rule, Statement } from "./syntax.ts";
import { tokenize } from "./tokens.ts";

export function parseAwk(source: string): AwkProgram {
  return new Parser(tokenize(source)).program();
}

class Parser extends ExpressionParser {
  program(): AwkProgram {
    const rules: Rule[] = [];
    const functions = new Map<string, FunctionDefinition>();
    this.skipTerminators();
    while (this.token.kind !== "end") {
      if (this.is("function", "func")) {
        const definition = this.functionDefinition();
        functions.set(definition.name, definition);
      } else {
        rules.push(this.rule());
      }
      this.skipTerminators();
    }
    return { rules, functions };
  }

  private functionDefinition(): FunctionDefinition {
    this.at++;
    const name = this.token.text;
    this.at++;
    this.expect("(");
    const parameters: string[] = [];
    while (!this.take(")")) {
      if (this.token.kind !== "name") throw this.fail();
      parameters.push(this.token.text);
      this.at++;
      this.take(",");
      this.skipNewlines();
    }
    this.skipNewlines();
    return { name, parameters, body: this.block() };
  }

  private rule(): Rule {
    if (this.take("BEGIN")) {
      this.skipNewlines();
      return { pattern: { kind: "begin" }, body: this.block() };
    }
    if (this.take("END")) {
      this.skipNewlines();
      return { pattern: { kind: "end" }, body: this.block() };
    }
    if (this.is("{")) return { pattern: { kind: "always" }, body: this.block() };
    const from = this.expression();
    let pattern: Rule["pattern"] = { kind: "expression", expression: from };
    if (this.take(",")) {
      this.skipNewlines();
      pattern = { kind: "range", from, to: this.expression() };
    }
    return { pattern, body: this.is("{") ? this.block() : null };
  }

  private block(): Statement {
    this.expect("{");
    const body: Statement[] = [];
    this.skipTerminators();
    while (!this.is("}")) {
      body.push(this.statement());
      this.skipTerminators();
    }
    this.expect("}");
    return { kind: "block", body };
  }

  private endStatement(): void {
    if (this.is("}") || this.token.kind === "end") return;
    if (this.token.kind === "newline" || this.is(";")) {
      this.at++;
      return;
    }
    throw this.fail();
  }

  private statement(): Statement {
    if (this.is("{")) return this.block();
    if (this.take(";")) return { kind: "block", body: [] };
    if (this.take("if")) {
      this.expect("(");
      const test = this.expression();
      this.expect(")");
      const yes = this.nested();
      const mark = this.at;
      this.skipTerminators();
      if (this.take("else")) return { kind: "if", test, yes, no: this.nested() };
      this.at = mark;
      return { kind: "if", test, yes, no: null };
    }
    if (this.take("while")) {
      this.expect("(");
      const test = this.expression();
      this.expect(")");
      if (this.take(";")) return { kind: "while", test, body: { kind: "block", body: [] } };
      return { kind: "while", test, body: this.nested() };
    }
    if (this.take("do")) {
      const body = this.nested();
      this.skipTerminators();
      this.expect("while");
      this.expect("(");
      const test = this.expression();
      this.expect(")");
      this.endStatement();
      return { kind: "do", body, test };
    }
    if (this.take("for")) return this.forStatement();
    const simple = this.simpleStatement();
    this.endStatement();
    return simple;
  }

  private nested(): Statement {
    this.skipNewlines();
    return this.statement();
  }

  private forStatement(): Statement {
    this.expect("(");
    const [name, , array, close] = this.tokens.slice(this.at, this.at + 4);
    if (
      name?.kind === "name" &&
      this.tokens[this.at + 1]?.text === "in" &&
      array?.kind === "name" &&
      close?.text === ")"
    ) {
      this.at += 4;
      return { kind: "forIn", name: name.text, array: array.text, body: this.nested() };
    }
    const start = this.is(";") ? null : this.simpleStatement();
    this.expect(";");
    this.skipNewlines();
    const test = this.is(";") ? null : this.expression();
    this.expect(";");
    this.skipNewlines();
    const step = this.is(")") ? null : this.simpleStatement();
    this.expect(")");
    if (this.take(";")) return { kind: "for", start, test, step, body: { kind: "block", body: [] } };
    return { kind: "for", start, test, step, body: this.nested() };
  }

  private simpleStatement(): Statement {
    for (const kind of ["next", "nextfile", "break", "continue"] as const) if (this.take(kind)) return { kind };
    for (const kind of ["exit", "return"] as const) {
      if (this.take(kind))
        return { kind, value: this.token.kind === "newline" || this.is(";", "}") ? null : this.expression() };
    }
    if (this.take("delete")) {
      const name = this.token.text;
      this.at++;
      if (!this.take("[")) return { kind: "delete", name, subscripts: null };
      const subscripts = this.list("]");
      return { kind: "delete", name, subscripts };
    }
    if (this.is("print", "printf")) return this.printStatement();
    return { kind: "expression", expression: this.expression() };
  }

  private printStatement(): Statement {
    const kind = this.token.text as "print" | "printf";
    this.at++;
    let args: readonly Expression[] = [];
    this.noGreater++;
    if (!this.endsPrint()) {
      const mark = this.at;
      args = this.take("(") ? this.parenthesizedList() : [];
      // `print (a) b` or `print (a, b) > f`: only a list that ends the statement is the whole list.
      if (!(args.length > 0 && this.endsPrint())) {
        this.at = mark;
        args = [this.expression()];
        while (this.take(",")) {
          this.skipNewlines();
          args = [...args, this.expression()];
        }
      }
    }
    this.noGreater--;
    return { kind, args, redirect: this.redirect() };
  }

  private endsPrint(): boolean {
    return this.token.kind === "newline" || this.token.kind === "end" || this.is(";", "}", ">", ">>", "|");
  }

  private redirect(): Redirect | null {
    for (const mode of [">", ">>", "|"] as const) {
      if (this.take(mode)) {
        this.noGreater++;
        const to = this.concatenation();
        this.noGreater--;
        return { mode, to };
      }
    }
    return null;
  }
}
