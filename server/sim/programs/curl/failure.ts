/** A transfer that failed, with curl's exit status and words. */
export class CurlFailure extends Error {
  override readonly name = "CurlFailure";
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}
