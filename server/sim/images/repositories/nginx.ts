import { FsImageBuilder } from "../../machine/fs/image.ts";
import { DEFAULT_PATH, type ImageBuild, isBetween, type RepositoryDefinition, versionOf } from "../repository.ts";
import { installAlpine } from "../userland/alpine.ts";
import { installDebian } from "../userland/debian.ts";

const NEWEST = "1.29.3";
const STABLE = "1.28.0";
const PATCHES: Readonly<Record<string, string>> = {
  "1.7": "1.7.9",
  "1.14": "1.14.2",
  "1.16": "1.16.1",
  "1.17": "1.17.10",
  "1.19": "1.19.10",
  "1.21": "1.21.6",
  "1.22": "1.22.1",
  "1.23": "1.23.4",
  "1.24": "1.24.0",
  "1.25": "1.25.5",
  "1.26": "1.26.3",
  "1.27": "1.27.5",
  "1.28": STABLE,
  "1.29": NEWEST,
};

const INDEX_PAGE = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`;

const ERROR_PAGE = `<!DOCTYPE html>
<html>
<head>
<title>Error</title>
</head>
<body>
<h1>An error occurred.</h1>
<p>Sorry, the page you are looking for is currently unavailable.<br/>
Please try again later.</p>
</body>
</html>
`;

const MAIN_CONFIGURATION = `
user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;


events {
    worker_connections  1024;
}


http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for"';

    access_log  /var/log/nginx/access.log  main;

    sendfile        on;
    #tcp_nopush     on;

    keepalive_timeout  65;

    #gzip  on;

    include /etc/nginx/conf.d/*.conf;
}
`;

const DEFAULT_SERVER = `server {
    listen       80;
    server_name  localhost;

    #access_log  /var/log/nginx/host.access.log  main;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    #error_page  404              /404.html;

    # redirect server error pages to the static page /50x.html
    #
    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
`;

const MIME_TYPES = `types {
    text/html                                        html htm shtml;
    text/css                                         css;
    text/xml                                         xml;
    image/gif                                        gif;
    image/jpeg                                       jpeg jpg;
    application/javascript                           js;
    text/plain                                       txt;
    image/png                                        png;
    image/svg+xml                                    svg svgz;
    application/json                                 json;
    application/pdf                                  pdf;
    application/zip                                  zip;
}
`;

/** Says what it does, in the words of the official image, and starts the command. */
const ENTRY_POINT = `#!/bin/sh
set -e
if [ "$1" = "nginx" ] || [ "$1" = "nginx-debug" ]; then
    echo "$0: /docker-entrypoint.d/ is not empty, will attempt to perform configuration"
    echo "$0: Looking for shell scripts in /docker-entrypoint.d/"
    for script in /docker-entrypoint.d/*.sh; do
        echo "$0: Launching $script"
        "$script"
    done
    echo "$0: Configuration complete; ready for start up"
fi
exec "$@"
`;

const LISTEN_ON_IPV6 = `#!/bin/sh
echo "10-listen-on-ipv6-by-default.sh: info: Getting the checksum of /etc/nginx/conf.d/default.conf"
if [ -w /etc/nginx/conf.d/default.conf ] && ! grep -q "listen  *\\[::\\]:80;" /etc/nginx/conf.d/default.conf && grep -q "listen       80;" /etc/nginx/conf.d/default.conf; then
    sed -i -E 's,listen       80;,listen       80;\\n    listen  [::]:80;,' /etc/nginx/conf.d/default.conf
    echo "10-listen-on-ipv6-by-default.sh: info: Enabled listen on IPv6 in /etc/nginx/conf.d/default.conf"
else
    echo "10-listen-on-ipv6-by-default.sh: info: /etc/nginx/conf.d/default.conf differs from the packaged version"
fi
`;

export const nginx: RepositoryDefinition = {
  names: [
    "docker.io/library/nginx",
    "registry.k8s.io/nginx",
    "public.ecr.aws/docker/library/nginx",
    "public.ecr.aws/nginx/nginx",
    "mirror.gcr.io/library/nginx",
    "registry.k8s.io/e2e-test-images/nginx",
  ],
  build: (tag) => buildImage(tag, false),
};

/** nginx as an ordinary user: port 8080, and nothing written where only root may. */
export const nginxUnprivileged: RepositoryDefinition = {
  names: [
    "docker.io/nginxinc/nginx-unprivileged",
    "ghcr.io/nginx/nginx-unprivileged",
    "quay.io/nginx/nginx-unprivileged",
  ],
  build: (tag) => buildImage(tag, true),
};

const UNPRIVILEGED_MAIN = MAIN_CONFIGURATION.replace("user  nginx;\n", "")
  .replace("/run/nginx.pid", "/tmp/nginx.pid")
  .replace(
    "http {\n",
    "http {\n    proxy_temp_path /tmp/proxy_temp;\n    client_body_temp_path /tmp/client_temp;\n    fastcgi_temp_path /tmp/fastcgi_temp;\n    uwsgi_temp_path /tmp/uwsgi_temp;\n    scgi_temp_path /tmp/scgi_temp;\n",
  );

function buildImage(tag: string, isUnprivileged: boolean): ImageBuild | undefined {
  const isAlpine = /(^|-)alpine/.test(tag);
  const word = tag.replace(/-?(alpine|bookworm|bullseye|buster|perl|slim|trixie|otel)[\w.-]*$/, "");
  const version =
    word === "latest" || word === "mainline" || word === "" ? NEWEST : word === "stable" ? STABLE : versionOf(word);
  if (version === undefined || !isBetween(version, "1.7", NEWEST)) return undefined;
  const short = version.split(".").slice(0, 2).join(".");
  const full = version.split(".").length > 2 ? version : version === "1" ? NEWEST : (PATCHES[short] ?? `${short}.0`);
  const user = {
    name: "nginx",
    uid: 101,
    gid: 101,
    home: "/nonexistent",
    shell: "/bin/false",
    comment: "nginx user",
  };
  const builder = new FsImageBuilder();
  if (isAlpine)
    installAlpine(builder, { users: [user], programs: { "/usr/bin/curl": "curl", "/usr/bin/envsubst": "envsubst" } });
  else installDebian(builder, { users: [user], packages: ["curl", "gettext"] });
  builder.executable("/usr/sbin/nginx", { name: "nginx", version: full }, { sizeBytes: 1_522_856 });
  builder
    .file("/etc/nginx/nginx.conf", isUnprivileged ? UNPRIVILEGED_MAIN : MAIN_CONFIGURATION)
    .file(
      "/etc/nginx/conf.d/default.conf",
      isUnprivileged ? DEFAULT_SERVER.replace("listen       80;", "listen       8080;") : DEFAULT_SERVER,
      isUnprivileged ? { uid: 101 } : {},
    )
    .file("/etc/nginx/mime.types", MIME_TYPES)
    .file("/usr/share/nginx/html/index.html", INDEX_PAGE)
    .file("/usr/share/nginx/html/50x.html", ERROR_PAGE)
    .script("/docker-entrypoint.sh", ENTRY_POINT)
    .script("/docker-entrypoint.d/10-listen-on-ipv6-by-default.sh", LISTEN_ON_IPV6)
    .script("/docker-entrypoint.d/15-local-resolvers.envsh", "#!/bin/sh\n")
    .script("/docker-entrypoint.d/20-envsubst-on-templates.sh", "#!/bin/sh\n")
    .script("/docker-entrypoint.d/30-tune-worker-processes.sh", "#!/bin/sh\n")
    .symlink("/var/log/nginx/access.log", "/dev/stdout")
    .symlink("/var/log/nginx/error.log", "/dev/stderr")
    .directory("/var/cache/nginx");
  return {
    tree: builder.build(),
    libc: isAlpine ? "musl" : "glibc",
    entrypoint: ["/docker-entrypoint.sh"],
    command: ["nginx", "-g", "daemon off;"],
    env: [DEFAULT_PATH, `NGINX_VERSION=${full}`],
    stopSignal: "SIGQUIT",
    ...(isUnprivileged ? { user: { uid: 101, gid: 101 } } : {}),
    sizeBytes: isAlpine ? 22_500_000 : 72_300_000,
  };
}
