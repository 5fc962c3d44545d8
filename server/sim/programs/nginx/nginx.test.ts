import { describe, expect, it } from "vitest";
import { createBed, type BedPod } from "../testing/pod-bed.ts";

async function bedWith(
  configuration?: string,
): Promise<{ web: BedPod; client: BedPod; get(args: string): Promise<string> }> {
  const bed = createBed();
  const web = bed.pod("nginx:1.27.5", "10.244.2.7", ["sleep", "100000"]);
  if (configuration !== undefined) web.machine.fs.writeFile("/etc/nginx/conf.d/default.conf", configuration);
  web.machine.fs.utimes("/usr/share/nginx/html/index.html", 1_700_000_000_000, 1_700_000_000_000);
  void web.exec("nginx -g 'daemon off;'");
  const client = bed.pod("curlimages/curl:8.14.1", "10.244.1.5", null);
  await bed.clock.sleep(100);
  return {
    web,
    client,
    async get(args) {
      const { stdout } = await client.exec(`curl -s ${args}`);
      return stdout.replaceAll("\r", "").replace(/Date: .*/, "Date: D");
    },
  };
}

describe("nginx of the official image", () => {
  it("serves its welcome page with the headers of a file", async () => {
    const { get } = await bedWith();
    expect(await get("-I http://10.244.2.7")).toBe(
      "HTTP/1.1 200 OK\nServer: nginx/1.27.5\nDate: D\nContent-Type: text/html\nContent-Length: 615\n" +
        'Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT\nConnection: keep-alive\nETag: "6553f100-267"\nAccept-Ranges: bytes\n\n',
    );
  });

  it("answers what is not there with its own page", async () => {
    const { get } = await bedWith();
    expect(await get("-i http://10.244.2.7/nope")).toBe(
      "HTTP/1.1 404 Not Found\nServer: nginx/1.27.5\nDate: D\nContent-Type: text/html\nContent-Length: 153\n" +
        "Connection: keep-alive\n\n<html>\n<head><title>404 Not Found</title></head>\n<body>\n" +
        "<center><h1>404 Not Found</h1></center>\n<hr><center>nginx/1.27.5</center>\n</body>\n</html>\n",
    );
  });

  it("does not take a POST for a file", async () => {
    const { get } = await bedWith();
    expect(await get("-o /dev/null -w '%{http_code}' -d x=1 http://10.244.2.7/index.html")).toBe("405");
  });

  it("logs its start, requests and failures", async () => {
    const bed = createBed();
    const web = bed.pod("nginx:1.27.5", "10.244.2.7");
    const client = bed.pod("curlimages/curl:8.14.1", "10.244.1.5", null);
    await bed.clock.sleep(100);
    await client.exec("curl -s http://10.244.2.7/nope");
    await bed.clock.sleep(10);
    const log = web.log();
    expect(log).toContain("/docker-entrypoint.sh: Configuration complete; ready for start up\n");
    expect(log).toMatch(/\[notice\] (\d+)#\1: using the "epoll" event method\n/);
    expect(log).toMatch(/2026\/01\/15 10:00:00 \[notice\] (\d+)#\1: nginx\/1\.27\.5\n/);
    expect(log).toMatch(
      /2026\/01\/15 10:00:00 \[error\] \d+#\d+: \*1 open\(\) "\/usr\/share\/nginx\/html\/nope" failed \(2: No such file or directory\), client: 10\.244\.1\.5, server: localhost, request: "GET \/nope HTTP\/1\.1", host: "10\.244\.2\.7"\n/,
    );
    expect(log).toContain(
      '10.244.1.5 - - [15/Jan/2026:10:00:00 +0000] "GET /nope HTTP/1.1" 404 153 "-" "curl/8.14.1" "-"\n',
    );
    expect(bed.faults).toEqual([]);
    web.machine.kill(1, "SIGQUIT");
    expect(await web.main?.exit).toEqual({ kind: "exited", code: 0 });
    expect(web.log()).toMatch(/signal 3 \(SIGQUIT\) received, shutting down\n[\s\S]*\[notice\] \d+#\d+: exit\n$/);
  });

  it("gives up after five attempts when its port is taken", async () => {
    const { web } = await bedWith();
    const second = await web.exec("nginx -g 'daemon off;'");
    expect(second.code).toBe(1);
    expect(
      second.stderr.match(/nginx: \[emerg\] bind\(\) to 0\.0\.0\.0:80 failed \(98: Address already in use\)\n/g),
    ).toHaveLength(5);
    expect(second.stderr).toContain("nginx: [emerg] still could not bind()\n");
    expect(second.seconds).toBe(2.5);
  });
});

describe("nginx without root", () => {
  it("fails in the official image for want of its cache folders", async () => {
    const bed = createBed();
    const web = bed.pod("nginx:1.27.5", "10.244.2.7", null);
    const { code, stderr } = await web.exec("nginx -g 'daemon off;'", {
      credentials: { uid: 101, gid: 101, groups: [101] },
    });
    expect(code).toBe(1);
    expect(stderr).toContain(
      'nginx: [warn] the "user" directive makes sense only if the master process runs with super-user privileges, ignored in /etc/nginx/nginx.conf:2\n',
    );
    expect(stderr).toContain('nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (13: Permission denied)\n');
  });

  it("runs on port 8080 in the unprivileged image", async () => {
    const bed = createBed();
    const web = bed.pod("nginxinc/nginx-unprivileged:1.27", "10.244.2.7");
    await bed.clock.sleep(100);
    expect(web.log()).toContain("start worker process");
    const client = bed.pod("busybox:1.36", "10.244.1.5", null);
    expect((await client.exec("wget -qO- http://10.244.2.7:8080 | head -4 | tail -1")).stdout).toBe(
      "<title>Welcome to nginx!</title>\n",
    );
  });
});

describe("a configuration", () => {
  it.each([
    ["returns text", "location /t { default_type text/plain; return 200 'hi $uri\\n'; }", "/t/x", "hi /t/x\n"],
    [
      "prefers an exact location",
      "location = /a { return 200 exact; } location /a { return 200 prefix; }",
      "/a",
      "exact",
    ],
    [
      "prefers expressions to prefixes",
      "location /a { return 200 prefix; } location ~ \\.php$ { return 200 regex; }",
      "/a/b.php",
      "regex",
    ],
    [
      "prefers ^~ to expressions",
      "location ^~ /a { return 200 prefix; } location ~ \\.php$ { return 200 regex; }",
      "/a/b.php",
      "prefix",
    ],
    [
      "rewrites with captures",
      "location / { rewrite ^/old/(.*)$ /new/$1 last; return 404; } location /new { return 200 $uri; }",
      "/old/x",
      "/new/x",
    ],
    [
      "tries files in order",
      "root /srv; location / { try_files $uri $uri/ /fallback.txt; } location = /fallback.txt { return 200 fell; }",
      "/none",
      "fell",
    ],
    ["serves an alias", "location /f/ { alias /etc/; }", "/f/debian_version", "12.11\n"],
    ["evaluates if", "location / { if ($arg_a = 1) { return 200 one; } return 200 other; }", "/?a=1", "one"],
    [
      "shows an error page of its own",
      "error_page 404 /e; location = /e { return 200 sorry; } location / { root /srv; }",
      "/none",
      "sorry",
    ],
  ])("%s", async (_, body, path, expected) => {
    const { get } = await bedWith(`server { listen 80; ${body} }`);
    expect(await get(`'http://10.244.2.7${path}'`)).toBe(expected);
  });

  it("redirects a folder without slash", async () => {
    const { get } = await bedWith("server { listen 8080; root /usr/share; }");
    expect(await get("-o /dev/null -w '%{http_code} %{redirect_url}' http://10.244.2.7:8080/nginx")).toBe(
      "301 http://10.244.2.7:8080/nginx/",
    );
  });

  it("passes requests on, and says 502 when nobody listens there", async () => {
    const configuration =
      "server { listen 80; location /up { proxy_pass http://127.0.0.1:8081/; } location /gone { proxy_pass http://127.0.0.1:9; } }" +
      ' server { listen 8081; location / { return 200 "up $request_uri $http_host"; } }';
    const { get } = await bedWith(configuration);
    expect(await get("http://10.244.2.7/up")).toBe("up / 127.0.0.1:8081");
    expect(await get("-o /dev/null -w '%{http_code}' http://10.244.2.7/gone")).toBe("502");
  });

  it.each([
    ["server { lisen 80; }", 'unknown directive "lisen" in /etc/nginx/conf.d/default.conf:1'],
    ["server { listen 80 }", 'unexpected "}" in /etc/nginx/conf.d/default.conf:1'],
    ["server { listen 80;", 'unexpected end of file, expecting "}" in /etc/nginx/conf.d/default.conf:1'],
    ["location / { }", '"location" directive is not allowed here in /etc/nginx/conf.d/default.conf:1'],
    ["server { root; }", 'invalid number of arguments in "root" directive in /etc/nginx/conf.d/default.conf:1'],
    ["server { return 200 $nosuch; }", 'unknown "nosuch" variable in /etc/nginx/conf.d/default.conf:1'],
  ])("%s is refused by -t", async (text, complaint) => {
    const bed = createBed();
    const web = bed.pod("nginx:1.27.5", "10.244.2.7", null);
    web.machine.fs.writeFile("/etc/nginx/conf.d/default.conf", text);
    const { code, stderr } = await web.exec("nginx -t");
    expect(code).toBe(1);
    expect(stderr).toContain(
      `nginx: [emerg] ${complaint}\nnginx: configuration file /etc/nginx/nginx.conf test failed\n`,
    );
  });

  it("that is right passes -t, and is taken over by -s reload", async () => {
    const { web, get } = await bedWith("server { listen 80; location / { return 200 old; } }");
    expect(await get("http://10.244.2.7")).toBe("old");
    web.machine.fs.writeFile("/etc/nginx/conf.d/default.conf", "server { listen 80; location / { return 200 new; } }");
    expect((await web.exec("nginx -t")).stderr).toBe(
      "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful\n",
    );
    expect((await web.exec("nginx -s reload")).code).toBe(0);
    expect(await get("http://10.244.2.7")).toBe("new");
  });
});
