import { describe, expect, it } from "vitest";
import { createBed } from "../testing/pod-bed.ts";

describe("the httpd image", () => {
  it("says it works, with Apache's headers and log", async () => {
    const bed = createBed();
    const web = bed.pod("httpd:2.4.65", "10.244.2.7");
    const client = bed.pod("curlimages/curl:8.14.1", "10.244.1.5", null);
    await bed.clock.sleep(100);
    const { stdout } = await client.exec("curl -si http://10.244.2.7/");
    expect(stdout.replaceAll("\r", "").replace(/(Date|Last-Modified|ETag): .*/g, "$1: X")).toBe(
      "HTTP/1.1 200 OK\nDate: X\nServer: Apache/2.4.65 (Unix)\nLast-Modified: X\nETag: X\nAccept-Ranges: bytes\n" +
        "Content-Length: 45\nContent-Type: text/html\n\n<html><body><h1>It works!</h1></body></html>\n",
    );
    expect((await client.exec("curl -s http://10.244.2.7/nope")).stdout).toHaveLength(196);
    await bed.clock.sleep(10);
    expect(web.log()).toContain(
      "AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using 10.244.2.7.",
    );
    expect(web.log()).toContain('10.244.1.5 - - [15/Jan/2026:10:00:00 +0000] "GET /nope HTTP/1.1" 404 196\n');
    web.machine.kill(1, "SIGWINCH");
    expect(await web.main?.exit).toEqual({ kind: "exited", code: 0 });
  });
});

describe("busybox httpd", () => {
  it("serves a folder and ends each connection", async () => {
    const bed = createBed();
    const web = bed.pod("busybox:1.36", "10.244.2.7", [
      "sh",
      "-c",
      "mkdir /www; echo hi > /www/index.html; exec httpd -f -v -p 8080 -h /www",
    ]);
    const client = bed.pod("busybox:1.36", "10.244.1.5", null);
    await bed.clock.sleep(100);
    expect(await client.exec("wget -qO- http://10.244.2.7:8080/")).toMatchObject({
      code: 0,
      stdout: "hi\n",
      stderr: "",
    });
    expect(await client.exec("wget -qO- http://10.244.2.7:8080/x")).toMatchObject({
      code: 1,
      stderr: "wget: server returned error: HTTP/1.1 404 Not Found\n",
    });
    expect(web.log()).toMatch(
      /^\[::ffff:10\.244\.1\.5\]:\d+: response:200\n\[::ffff:10\.244\.1\.5\]:\d+: response:404\n$/,
    );
  });
});
