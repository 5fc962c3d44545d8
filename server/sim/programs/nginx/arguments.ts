/** nginx's command line: its letters, its help and what -V says of the build. */

export const HELP = `Usage: nginx [-?hvVtTq] [-s signal] [-p prefix]
             [-e filename] [-c filename] [-g directives]

Options:
  -?,-h         : this help
  -v            : show version and exit
  -V            : show version and configure options then exit
  -t            : test configuration and exit
  -T            : test configuration, dump it and exit
  -q            : suppress non-error messages during configuration testing
  -s signal     : send signal to a master process: stop, quit, reopen, reload
  -p prefix     : set prefix path (default: /etc/nginx/)
  -e filename   : set error log file (default: /var/log/nginx/error.log)
  -c filename   : set configuration file (default: /etc/nginx/nginx.conf)
  -g directives : set global directives out of configuration file

`;

/** Printed by -V behind the version. */
export const BUILD = `built by gcc 12.2.0 (Debian 12.2.0-14) 
built with OpenSSL 3.0.15 3 Sep 2024
TLS SNI support enabled
configure arguments: --prefix=/etc/nginx --sbin-path=/usr/sbin/nginx --conf-path=/etc/nginx/nginx.conf --error-log-path=/var/log/nginx/error.log --http-log-path=/var/log/nginx/access.log --pid-path=/run/nginx.pid --user=nginx --group=nginx --with-http_ssl_module --with-http_stub_status_module --with-http_v2_module
`;

export interface Arguments {
  readonly letters: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
}

/** A text is the complaint, without the program's name. */
export function parseArguments(argv: readonly string[]): Arguments | string {
  const letters = new Set<string>();
  const values = new Map<string, string>();
  for (let index = 1; index < argv.length; index++) {
    const argument = argv[index] ?? "";
    if (!argument.startsWith("-")) return `invalid option: "${argument}"`;
    for (let at = 1; at < argument.length; at++) {
      const letter = argument[at] ?? "";
      if ("?hvVtTq".includes(letter)) letters.add(letter);
      else if ("specg".includes(letter)) {
        const value = argument.slice(at + 1) || argv[++index];
        if (value === undefined) return `option "-${letter}" requires ${REQUIRED[letter]}`;
        values.set(letter, value);
        break;
      } else return `invalid option: "${letter}"`;
    }
  }
  return { letters, values };
}

const REQUIRED: Readonly<Record<string, string>> = {
  s: "parameter",
  p: "directory name",
  e: "file name",
  c: "file name",
  g: "parameter",
};
