import { describe, expect, it } from "vitest";
import { createBed } from "../testing/pod-bed.ts";

describe("getent", () => {
  // Written by glibc 2.36's getent in the form of its manual page.
  it.each([
    ["getent hosts web", 0, "10.96.45.12     web.default.svc.cluster.local\n"],
    ["getent hosts 10.96.45.12", 0, "10.96.45.12     web.default.svc.cluster.local\n"],
    [
      "getent ahosts web",
      0,
      "10.96.45.12     STREAM web.default.svc.cluster.local\n10.96.45.12     DGRAM  \n10.96.45.12     RAW    \n",
    ],
    ["getent hosts nosuch", 2, ""],
    ["getent passwd root", 0, "root:x:0:0:root:/root:/bin/bash\n"],
    ["getent group nosuch", 2, ""],
    ["getent services https", 0, "https                 443/tcp\n"],
  ])("%s", async (command, code, stdout) => {
    const bed = createBed();
    bed.nameServer({
      "web.default.svc.cluster.local": "10.96.45.12",
      "12.45.96.10.in-addr.arpa": "web.default.svc.cluster.local",
    });
    const client = bed.pod("debian:12", "10.244.1.5", null);
    expect(await client.exec(command)).toMatchObject({ code, stdout });
  });

  it("says when it does not know a database", async () => {
    const client = createBed().pod("debian:12", "10.244.1.5", null);
    expect((await client.exec("getent nosuch")).stderr).toBe(
      "getent: Unknown database: nosuch\nTry `getent --help' or `getent --usage' for more information.\n",
    );
  });
});
