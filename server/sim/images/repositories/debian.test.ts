import { describe, expect, it } from "vitest";
import { images } from "../index.ts";

describe("the base images of Debian and Ubuntu", () => {
  it.each([
    ["debian", "Debian GNU/Linux 12 (bookworm)"],
    ["debian:12.11-slim", "Debian GNU/Linux 12 (bookworm)"],
    ["debian:bullseye", "Debian GNU/Linux 11 (bullseye)"],
    ["ubuntu", "Ubuntu 24.04.3 LTS"],
    ["ubuntu:22.04", "Ubuntu 22.04.5 LTS"],
    ["ubuntu:noble-20250910", "Ubuntu 24.04.3 LTS"],
  ])("%s calls itself %s", (reference, name) => {
    const release = images.find(reference)?.createRootFileSystem().readText("/etc/os-release");
    expect(release).toContain(`PRETTY_NAME="${name}"\n`);
  });

  it.each(["debian:24.04", "ubuntu:12"])("%s does not exist", (reference) => {
    expect(images.find(reference)).toBeUndefined();
  });

  it.each(["debian", "ubuntu", "nginx:1.27"])("%s gives bash a prompt with user, host and folder", (reference) => {
    const bashrc = images.find(reference)?.createRootFileSystem().readText("/etc/bash.bashrc");
    expect(bashrc).toContain("PS1='\\u@\\h:\\w\\$ '");
  });
});
