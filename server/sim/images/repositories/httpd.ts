import { FsImageBuilder } from "../../machine/fs/image.ts";
import { isBetween, type RepositoryDefinition, versionOf } from "../repository.ts";
import { installAlpine } from "../userland/alpine.ts";
import { installDebian } from "../userland/debian.ts";

const NEWEST = "2.4.65";

const CONFIGURATION = `ServerRoot "/usr/local/apache2"
Listen 80
LoadModule mpm_event_module modules/mod_mpm_event.so
User www-data
Group www-data
ServerAdmin you@example.com
DocumentRoot "/usr/local/apache2/htdocs"
<Directory "/usr/local/apache2/htdocs">
    Options Indexes FollowSymLinks
    AllowOverride None
    Require all granted
</Directory>
DirectoryIndex index.html
ErrorLog /proc/self/fd/2
LogLevel warn
CustomLog /proc/self/fd/1 common
`;

/** Apache httpd. */
export const httpd: RepositoryDefinition = {
  names: ["docker.io/library/httpd", "public.ecr.aws/docker/library/httpd", "registry.k8s.io/e2e-test-images/httpd"],
  build(tag) {
    const isAlpine = /(^|-)alpine/.test(tag);
    const word = tag.replace(/-?(alpine|bookworm|trixie)[\w.-]*$/, "");
    const version = word === "latest" || word === "" ? NEWEST : versionOf(word);
    if (version === undefined || !isBetween(version, "2.2", NEWEST)) return undefined;
    const full = version.split(".").length > 2 ? version : NEWEST;
    const builder = new FsImageBuilder();
    if (isAlpine)
      installAlpine(builder, {
        users: [{ name: "www-data", uid: 82, gid: 82, home: "/home/www-data", shell: "/sbin/nologin" }],
      });
    else installDebian(builder);
    builder
      .executable("/usr/local/apache2/bin/httpd", { name: "apache-httpd", version: full })
      .script(
        "/usr/local/bin/httpd-foreground",
        '#!/bin/sh\nset -e\nrm -f /usr/local/apache2/logs/httpd.pid\nexec /usr/local/apache2/bin/httpd -DFOREGROUND "$@"\n',
      )
      .file("/usr/local/apache2/htdocs/index.html", "<html><body><h1>It works!</h1></body></html>\n")
      .file("/usr/local/apache2/conf/httpd.conf", CONFIGURATION)
      .directory("/usr/local/apache2/logs");
    return {
      tree: builder.build(),
      libc: isAlpine ? "musl" : "glibc",
      command: ["httpd-foreground"],
      env: [
        "PATH=/usr/local/apache2/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HTTPD_PREFIX=/usr/local/apache2",
        `HTTPD_VERSION=${full}`,
      ],
      workingDir: "/usr/local/apache2",
      stopSignal: "SIGWINCH",
      sizeBytes: isAlpine ? 21_000_000 : 46_000_000,
    };
  },
};
