/**
 * Checks of single strings, as apimachinery `pkg/util/validation` makes them. Each returns what
 * is wrong, one message a mistake; nothing when the string is right.
 */

export type StringCheck = (value: string) => readonly string[];

const DNS1123_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const DNS1123_SUBDOMAIN = `${DNS1123_LABEL}(\\.${DNS1123_LABEL})*`;
const DNS1035_LABEL = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${QUALIFIED_NAME})?`;

const dns1123LabelPattern = new RegExp(`^${DNS1123_LABEL}$`);
const dns1123SubdomainPattern = new RegExp(`^${DNS1123_SUBDOMAIN}$`);
const dns1035LabelPattern = new RegExp(`^${DNS1035_LABEL}$`);
const qualifiedNamePattern = new RegExp(`^${QUALIFIED_NAME}$`);
const labelValuePattern = new RegExp(`^${LABEL_VALUE}$`);

const LABEL_MAX_LENGTH = 63;
const SUBDOMAIN_MAX_LENGTH = 253;

const tooManyCharacters = (max: number) => `must be no more than ${max} characters`;
const tooManyBytes = (max: number) => `must be no more than ${max} bytes`;

/** The sentence of apimachinery's `RegexError`. */
function regexError(message: string, pattern: string, ...examples: readonly string[]): string {
  const shown = examples.map((example, index) => `${index > 0 ? " or " : ""}'${example}', `).join("");
  return `${message} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

const QUALIFIED_NAME_MESSAGE = regexError(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  QUALIFIED_NAME,
  "MyName",
  "my.name",
  "123-abc",
);

export const isDns1123Label: StringCheck = (value) => [
  ...(value.length > LABEL_MAX_LENGTH ? [tooManyCharacters(LABEL_MAX_LENGTH)] : []),
  ...(dns1123LabelPattern.test(value) ? [] : [dns1123LabelMessage(value)]),
];

function dns1123LabelMessage(value: string): string {
  // A name with dots that is otherwise right gets the plainer sentence.
  if (dns1123SubdomainPattern.test(value)) return "must not contain dots";
  return regexError(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    DNS1123_LABEL,
    "my-name",
    "123-abc",
  );
}

export const isDns1123Subdomain: StringCheck = (value) => [
  ...(value.length > SUBDOMAIN_MAX_LENGTH ? [tooManyCharacters(SUBDOMAIN_MAX_LENGTH)] : []),
  ...(dns1123SubdomainPattern.test(value)
    ? []
    : [
        regexError(
          "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
          DNS1123_SUBDOMAIN,
          "example.com",
        ),
      ]),
];

export const isWildcardDns1123Subdomain: StringCheck = (value) => {
  const pattern = `\\*\\.${DNS1123_SUBDOMAIN}`;
  if (value.length > SUBDOMAIN_MAX_LENGTH) return [tooManyCharacters(SUBDOMAIN_MAX_LENGTH)];
  if (new RegExp(`^${pattern}$`).test(value)) return [];
  return [
    regexError(
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
      pattern,
      "*.example.com",
    ),
  ];
};

export const isDns1035Label: StringCheck = (value) => [
  ...(value.length > LABEL_MAX_LENGTH ? [tooManyCharacters(LABEL_MAX_LENGTH)] : []),
  ...(dns1035LabelPattern.test(value)
    ? []
    : [
        regexError(
          "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
          DNS1035_LABEL,
          "my-name",
          "abc-123",
        ),
      ]),
];

/** From v1.35 on a Service's name may begin with a digit. */
const RELAXED_SERVICE_NAMES_SINCE_MINOR = 35;

export function checkServiceName(name: string, profile: string): readonly string[] {
  const minor = Number(/^v?1\.(\d+)/.exec(profile)?.[1] ?? RELAXED_SERVICE_NAMES_SINCE_MINOR);
  return minor >= RELAXED_SERVICE_NAMES_SINCE_MINOR ? isDns1123Label(name) : isDns1035Label(name);
}

/** Names that may stand as one segment of a URL's path. */
export const isPathSegment: StringCheck = (value) => {
  if (value === "." || value === "..") return [`may not be '${value}'`];
  return ["/", "%"].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);
};

/** Keys of labels, annotations, taints: `name` or `prefix/name`. */
export const isQualifiedName: StringCheck = (value) => {
  const parts = value.split("/");
  if (parts.length > 2) {
    return [
      `a valid label key ${QUALIFIED_NAME_MESSAGE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const [prefix, name = ""] = parts.length === 2 ? parts : [undefined, ...parts];
  const prefixErrors =
    prefix === undefined
      ? []
      : prefix === ""
        ? ["prefix part must be non-empty"]
        : isDns1123Subdomain(prefix).map((message) => `prefix part ${message}`);
  return [...prefixErrors, ...qualifiedNamePart(name)];
};

function qualifiedNamePart(name: string): readonly string[] {
  if (name === "") return ["name part must be non-empty", `name part ${QUALIFIED_NAME_MESSAGE}`];
  return [
    ...(name.length > LABEL_MAX_LENGTH ? [`name part ${tooManyBytes(LABEL_MAX_LENGTH)}`] : []),
    ...(qualifiedNamePattern.test(name) ? [] : [`name part ${QUALIFIED_NAME_MESSAGE}`]),
  ];
}

export const isLabelValue: StringCheck = (value) => [
  ...(value.length > LABEL_MAX_LENGTH ? [tooManyBytes(LABEL_MAX_LENGTH)] : []),
  ...(labelValuePattern.test(value)
    ? []
    : [
        regexError(
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
          LABEL_VALUE,
          "MyValue",
          "my_value",
          "12345",
        ),
      ]),
];

/** IANA service names: `http`, `dns-tcp`. */
export const isPortName: StringCheck = (value) => {
  const errors: string[] = [];
  if (value.length > 15) errors.push("must be no more than 15 characters");
  if (!/^[-a-z0-9]+$/.test(value)) {
    errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(value)) errors.push("must contain at least one letter (a-z)");
  if (value.includes("--")) errors.push("must not contain consecutive hyphens");
  if (value.startsWith("-") || value.endsWith("-")) errors.push("must not begin or end with a hyphen");
  return errors;
};

export function isPortNumber(port: number): readonly string[] {
  return port >= 1 && port <= 65535 ? [] : ["must be between 1 and 65535, inclusive"];
}

export const isEnvironmentName: StringCheck = (value) => {
  if (/^[ -<>-~]+$/.test(value)) return [];
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
};

export const isConfigMapKey: StringCheck = (value) => {
  const errors: string[] = [];
  if (value.length > SUBDOMAIN_MAX_LENGTH) errors.push(tooManyCharacters(SUBDOMAIN_MAX_LENGTH));
  if (!/^[-._a-zA-Z0-9]+$/.test(value)) {
    errors.push(
      regexError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        "[-._a-zA-Z0-9]+",
        "key.name",
        "KEY_NAME",
        "key-name",
      ),
    );
  }
  if (value === ".") errors.push("must not be '.'");
  if (value === "..") errors.push("must not be '..'");
  else if (value.startsWith("..")) errors.push("must not start with '..'");
  return errors;
};
