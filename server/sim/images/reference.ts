/** Image references as containerd's distribution/reference reads them. */

export interface ImageReference {
  /** `docker.io/library/nginx` */
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string;
}

const DEFAULT_REGISTRY = "docker.io";
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const TAG = /^[\w][\w.-]{0,127}$/;

/** Null when the text is no reference ("InvalidImageName"). */
export function parseReference(text: string): ImageReference | null {
  const [name = "", digest] = text.split("@", 2);
  if (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest)) return null;
  const slash = name.lastIndexOf("/");
  const colon = name.indexOf(":", slash + 1);
  const path = colon === -1 ? name : name.slice(0, colon);
  const tag = colon === -1 ? "latest" : name.slice(colon + 1);
  if (!TAG.test(tag)) return null;
  const components = path.split("/");
  const first = components[0] ?? "";
  const hasRegistry = components.length > 1 && (first.includes(".") || first.includes(":") || first === "localhost");
  const registry = hasRegistry ? first : DEFAULT_REGISTRY;
  const rest = hasRegistry ? components.slice(1) : components;
  if (rest.some((component) => !PATH_COMPONENT.test(component))) return null;
  const isOfficial = (registry === DEFAULT_REGISTRY || registry === "index.docker.io") && rest.length === 1;
  const repository = [
    registry === "index.docker.io" ? DEFAULT_REGISTRY : registry,
    ...(isOfficial ? ["library"] : []),
    ...rest,
  ].join("/");
  return { repository, tag, ...(digest === undefined ? {} : { digest }) };
}

export function formatReference({ repository, tag }: ImageReference): string {
  return `${repository}:${tag}`;
}
