/** Whole outputs of network tools, compared with recorded sessions of the real ones. */
import { describe, expect, it } from "vitest";
import { type Bed, type BedPod, createBed } from "./testing/pod-bed.ts";

async function bedWith(
  image: string,
  programs: Readonly<Record<string, string>> = {},
): Promise<{ bed: Bed; client: BedPod }> {
  const bed = createBed();
  bed.nameServer({
    "web.default.svc.cluster.local": "10.96.45.12",
    "denied.default.svc.cluster.local": "10.96.45.15",
    "kubernetes.default.svc.cluster.local": "10.96.0.1",
    "10.0.96.10.in-addr.arpa": "kube-dns.kube-system.svc.cluster.local",
  });
  bed.pod("nginx:1.22.1", "10.244.2.7", ["nginx", "-g", "daemon off;"]);
  bed.pod("busybox:1.36", "10.244.3.9", null);
  bed.fabric.services.set("10.96.45.12:80", { address: "10.244.2.7", port: 80 });
  bed.fabric.services.set("10.96.45.15:80", { address: "10.244.3.9", port: 80 });
  bed.fabric.judge = (_, destination) => (destination?.addresses.includes("10.244.3.9") ? "dropped" : undefined);
  const client = bed.pod(image, "10.244.1.5", null);
  for (const [path, name] of Object.entries(programs)) client.install(path, { name });
  await bed.clock.sleep(100);
  return { bed, client };
}

const DATE = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g;

describe("GNU wget", () => {
  it.each([
    [
      "--timeout=2 --tries=1 http://denied",
      4,
      2,
      "--DATE--  http://denied/\nResolving denied (denied)... 10.96.45.15\nConnecting to denied (denied)|10.96.45.15|:80... failed: Connection timed out.\nGiving up.\n\n",
    ],
    [
      "--timeout=2 --tries=1 http://10.244.2.7:81",
      4,
      0,
      "--DATE--  http://10.244.2.7:81/\nConnecting to 10.244.2.7:81... failed: Connection refused.\n",
    ],
    [
      "--timeout=2 --tries=1 http://nosuch",
      4,
      0,
      "--DATE--  http://nosuch/\nResolving nosuch (nosuch)... failed: Name or service not known.\nwget: unable to resolve host address ‘nosuch’\n",
    ],
    [
      "--timeout=2 --tries=1 http://web/nope",
      8,
      0,
      "--DATE--  http://web/nope\nResolving web (web)... 10.96.45.12\nConnecting to web (web)|10.96.45.12|:80... connected.\n" +
        "HTTP request sent, awaiting response... 404 Not Found\nDATE ERROR 404: Not Found.\n\n",
    ],
    [
      "--timeout=2 --tries=1 http://web",
      0,
      0,
      "--DATE--  http://web/\nResolving web (web)... 10.96.45.12\nConnecting to web (web)|10.96.45.12|:80... connected.\n" +
        "HTTP request sent, awaiting response... 200 OK\nLength: 615 [text/html]\nSaving to: ‘STDOUT’\n\n" +
        `     0K${" ".repeat(55)}100%  109M=0s\n\nDATE (109 MB/s) - written to stdout [615/615]\n\n`,
    ],
    [
      "--spider --timeout=2 --tries=1 http://web",
      0,
      0,
      "Spider mode enabled. Check if remote file exists.\n--DATE--  http://web/\nResolving web (web)... 10.96.45.12\n" +
        "Connecting to web (web)|10.96.45.12|:80... connected.\nHTTP request sent, awaiting response... 200 OK\nLength: 615 [text/html]\n" +
        "Remote file exists and could contain further links,\nbut recursion is disabled -- not retrieving.\n\n",
    ],
  ])("-O- %s", async (options, code, seconds, stderr) => {
    const { client } = await bedWith("debian:12", { "/usr/bin/wget": "wget" });
    const result = await client.exec(`LC_ALL=C.UTF-8 wget -O- ${options}`);
    expect({ ...result, stdout: "", stderr: result.stderr.replace(DATE, "DATE") }).toEqual({
      code,
      seconds,
      stdout: "",
      stderr,
    });
  });
});

describe("busybox nslookup", () => {
  it.each([
    [
      "busybox:1.36.1",
      "web",
      1,
      "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\nName:\tweb.default.svc.cluster.local\nAddress: 10.96.45.12\n\n" +
        "** server can't find web.svc.cluster.local: NXDOMAIN\n\n** server can't find web.cluster.local: NXDOMAIN\n\n\n" +
        "** server can't find web.svc.cluster.local: NXDOMAIN\n\n** server can't find web.cluster.local: NXDOMAIN\n\n",
    ],
    [
      "busybox:1.36.1",
      "kubernetes.default",
      1,
      "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n** server can't find kubernetes.default: NXDOMAIN\n\n** server can't find kubernetes.default: NXDOMAIN\n\n",
    ],
    [
      "busybox:1.36.1",
      "10.96.0.10",
      0,
      "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n10.0.96.10.in-addr.arpa\tname = kube-dns.kube-system.svc.cluster.local\n\n",
    ],
    [
      "busybox:1.28",
      "kubernetes.default",
      0,
      "Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local\n\nName:      kubernetes.default\nAddress 1: 10.96.0.1\n",
    ],
  ])("of %s asks for %s", async (image, name, code, stdout) => {
    const { client } = await bedWith(image);
    expect(await client.exec(`nslookup ${name}`)).toMatchObject({ code, stdout, stderr: "" });
  });
});

describe("BIND's tools", () => {
  const NOT_RECURSIVE = ";; Got recursion not available from 10.96.0.10\n";
  it.each([
    ["host web", 0, "web.default.svc.cluster.local has address 10.96.45.12\n"],
    ["host nosuch", 1, "Host nosuch not found: 3(NXDOMAIN)\n"],
    ["dig +short kubernetes.default.svc.cluster.local", 0, "10.96.0.1\n"],
    ["dig +search +noall +answer web", 0, "web.default.svc.cluster.local. 30 IN\tA\t10.96.45.12\n"],
    [
      "dig -x 10.96.0.10 +noall +answer",
      0,
      "10.0.96.10.in-addr.arpa. 30\tIN\tPTR\tkube-dns.kube-system.svc.cluster.local.\n",
    ],
    [
      "nslookup web",
      0,
      `${NOT_RECURSIVE}Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\nName:\tweb.default.svc.cluster.local\nAddress: 10.96.45.12\n${NOT_RECURSIVE}\n`,
    ],
    [
      "nslookup 10.96.0.10",
      0,
      `${NOT_RECURSIVE}10.0.96.10.in-addr.arpa\tname = kube-dns.kube-system.svc.cluster.local.\n\n`,
    ],
  ])("%s", async (command, code, stdout) => {
    const { client } = await bedWith("debian:12", {
      "/usr/bin/dig": "dig",
      "/usr/bin/host": "host",
      "/usr/bin/nslookup": "nslookup",
    });
    expect(await client.exec(command)).toMatchObject({ code, stdout, stderr: "" });
  });

  it("dig describes a whole answer", async () => {
    const { client } = await bedWith("debian:12", { "/usr/bin/dig": "dig" });
    const { stdout } = await client.exec("dig kubernetes.default.svc.cluster.local");
    expect(
      stdout
        .replace(/id: \d+/, "id: N")
        .replace(/COOKIE: \w+/, "COOKIE: C")
        .replace(/(WHEN|rcvd): .*/g, "$1: X"),
    ).toBe(
      "\n; <<>> DiG 9.18.49-1~deb12u3-Debian <<>> kubernetes.default.svc.cluster.local\n;; global options: +cmd\n;; Got answer:\n" +
        ";; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is leaked to DNS\n" +
        ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: N\n;; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1\n" +
        ";; WARNING: recursion requested but not available\n\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n; COOKIE: C (echoed)\n" +
        ";; QUESTION SECTION:\n;kubernetes.default.svc.cluster.local. IN A\n\n;; ANSWER SECTION:\nkubernetes.default.svc.cluster.local. 30 IN A\t10.96.0.1\n\n" +
        ";; Query time: 0 msec\n;; SERVER: 10.96.0.10#53(10.96.0.10) (UDP)\n;; WHEN: X\n;; MSG SIZE  rcvd: X\n\n",
    );
  });
});

describe("telnet and traceroute", () => {
  it.each([
    [
      "busybox:1.36.1",
      "telnet 10.244.2.7 81",
      1,
      "",
      "telnet: can't connect to remote host (10.244.2.7): Connection refused\n",
    ],
    ["busybox:1.36.1", "telnet nosuch 80", 1, "", "telnet: bad address 'nosuch'\n"],
    [
      "debian:12",
      "telnet 10.244.2.7 81",
      1,
      "Trying 10.244.2.7...\n",
      "telnet: Unable to connect to remote host: Connection refused\n",
    ],
    ["debian:12", "telnet nosuch 80", 1, "", "Server lookup failure:  nosuch:80, Name or service not known\n"],
    ["busybox:1.36.1", "traceroute -m 2 -w 1 nosuch", 1, "", "traceroute: bad address 'nosuch'\n"],
    [
      "debian:12",
      "ncat -zv -w 2 nosuch 80",
      2,
      "",
      'Ncat: Version 7.93 ( https://nmap.org/ncat )\nNcat: Could not resolve hostname "nosuch": Name or service not known. QUITTING.\n',
    ],
  ])("%s: %s", async (image, command, code, stdout, stderr) => {
    const programs: Readonly<Record<string, string>> = image.startsWith("debian")
      ? { "/usr/bin/telnet": "telnet", "/usr/bin/ncat": "ncat" }
      : {};
    const { client } = await bedWith(image, programs);
    expect(await client.exec(command)).toMatchObject({ code, stdout, stderr });
  });

  it("busybox traceroute waits for each silent probe", async () => {
    const { client } = await bedWith("busybox:1.36.1");
    const { stdout, seconds } = await client.exec("traceroute -n -m 4 -w 1 10.244.3.9");
    expect(stdout.replace(/\d\.\d{3} ms/g, "T")).toBe(
      "traceroute to 10.244.3.9 (10.244.3.9), 4 hops max, 46 byte packets\n 1  10.244.1.1  T  T  T\n 2  *  *  *\n 3  *  *  *\n 4  *  *  *\n",
    );
    expect(seconds).toBe(9);
  });
});

describe("busybox wget and nc", () => {
  it("wget shows the head of the answer with -S", async () => {
    const { client } = await bedWith("busybox:1.36.1");
    const { stderr } = await client.exec("wget -S -qO /dev/null http://web");
    expect(stderr.replace(/(Date|Last-Modified|ETag): .*/g, "$1: X")).toBe(
      "  HTTP/1.1 200 OK\n  Server: nginx/1.22.1\n  Date: X\n  Content-Type: text/html\n  Content-Length: 615\n  Last-Modified: X\n" +
        "  Connection: close\n  ETag: X\n  Accept-Ranges: bytes\n  \n",
    );
  });

  it("nc that listens hands over what comes in", async () => {
    const { client } = await bedWith("busybox:1.36.1");
    expect(await client.exec("nc -l -p 8080 & sleep 0.1; echo hi | nc -w1 127.0.0.1 8080; wait")).toMatchObject({
      code: 0,
      stdout: "hi\n",
    });
  });

  it("nc -e takes the rest of the line as its program, and with -k serves each caller to the end", async () => {
    const { client } = await bedWith("busybox:1.36.1");
    const served = "nc -lk -p 8080 -e echo -n hi there & sleep 0.1; nc 127.0.0.1 8080; nc 127.0.0.1 8080; kill %1";
    expect(await client.exec(served)).toMatchObject({ stdout: "hi therehi there" });
  });

  it("nc says punt when it is interrupted", async () => {
    const { client } = await bedWith("busybox:1.36.1");
    const { code, stderr } = await client.exec("exec nc -v 10.244.3.9 80", {
      during: async (child, clock) => {
        await clock.sleep(1000);
        client.machine.kill(child.pid, "SIGINT");
      },
    });
    expect([code, stderr]).toEqual([1, "punt!\n\n"]);
  });
});

describe("curl's meter", () => {
  const HEADER =
    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n";
  const at = (spent: string): string =>
    `\r  0     0    0     0    0     0      0      0 --:--:-- ${spent} --:--:--     0`;
  const START = HEADER + at("--:--:--");
  it.each([
    [
      "-m 2 http://denied",
      28,
      `${START}${at(" 0:00:01")}${at(" 0:00:02")}\ncurl: (28) Connection timed out after MS milliseconds\n`,
    ],
    [
      "http://10.244.2.7:81",
      7,
      `${START}${at("--:--:--")}\ncurl: (7) Failed to connect to 10.244.2.7 port 81 after 0 ms: Could not connect to server\n`,
    ],
    ["http://nosuch", 6, `${START}curl: (6) Could not resolve host: nosuch\n`],
    ["-s -m 2 http://denied", 28, ""],
  ])("goes on while it waits: curl %s", async (options, code, stderr) => {
    const { client } = await bedWith("debian:12");
    client.install("/usr/bin/curl", { name: "curl", version: "8.14.1" });
    const result = await client.exec(`curl ${options}`);
    expect({ code: result.code, stderr: result.stderr.replace(/after \d+ milli/, "after MS milli") }).toEqual({
      code,
      stderr,
    });
  });
});
