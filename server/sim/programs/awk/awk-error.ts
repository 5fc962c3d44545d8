/** Not an error of ours: awk's own message, exit status 2. */
export class AwkError extends Error {
  override readonly name = "AwkError";
}
