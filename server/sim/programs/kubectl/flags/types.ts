/** The value types of pflag that kubectl uses. */
export type FlagType =
  | "bool"
  | "string"
  | "int"
  | "float"
  | "duration"
  | "stringSlice"
  | "stringArray"
  | "stringToString";

/** Name, shorthand, type, default as printed, value when given without one (pflag's NoOptDefVal). */
export type FlagRow = readonly [string, string, FlagType, string, string?];

export interface CommandRow {
  readonly aliases: readonly string[];
  readonly flags: readonly FlagRow[];
}

/** Keyed by the command's words: `create service nodeport`. */
export type CommandTable = Readonly<Record<string, CommandRow>>;

export interface FlagDefinition {
  readonly name: string;
  readonly short: string;
  readonly type: FlagType;
  readonly defaultText: string;
  readonly noOptionValue?: string;
  /** Printed when used: `Flag --x has been deprecated, …`. */
  readonly deprecated?: string;
}
