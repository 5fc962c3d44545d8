/**
 * What `--version` and the head of `--help` say in Debian 12: coreutils 9.1, diffutils 3.8, findutils 4.9.0,
 * grep 3.8, sed 4.9, tar 1.34. Help pages are cut after their first paragraph.
 */
export interface GnuBanner {
  readonly package: string;
  readonly version: string;
  readonly year: number;
  readonly authors: string;
}

const CORE = { package: "GNU coreutils", version: "9.1", year: 2022 };

const BANNERS: Readonly<Record<string, GnuBanner>> = {
  arch: { ...CORE, authors: "David MacKenzie and Karel Zak." },
  base32: { ...CORE, authors: "Simon Josefsson." },
  base64: { ...CORE, authors: "Simon Josefsson." },
  basename: { ...CORE, authors: "David MacKenzie." },
  cat: { ...CORE, authors: "Torbjorn Granlund and Richard M. Stallman." },
  chgrp: { ...CORE, authors: "David MacKenzie and Jim Meyering." },
  chmod: { ...CORE, authors: "David MacKenzie and Jim Meyering." },
  chown: { ...CORE, authors: "David MacKenzie and Jim Meyering." },
  cmp: { package: "GNU diffutils", version: "3.8", year: 2021, authors: "Torbjörn Granlund and David MacKenzie." },
  comm: { ...CORE, authors: "Richard M. Stallman and David MacKenzie." },
  cp: { ...CORE, authors: "Torbjorn Granlund, David MacKenzie, and Jim Meyering." },
  cut: { ...CORE, authors: "David M. Ihnat, David MacKenzie, and Jim Meyering." },
  date: { ...CORE, authors: "David MacKenzie." },
  dd: { package: "coreutils", version: "9.1", year: 2022, authors: "Paul Rubin, David MacKenzie, and Stuart Kemp." },
  df: { ...CORE, authors: "Torbjorn Granlund, David MacKenzie, and Paul Eggert." },
  diff: {
    package: "GNU diffutils",
    version: "3.8",
    year: 2021,
    authors: "Paul Eggert, Mike Haertel, David Hayes,\nRichard Stallman, and Len Tower.",
  },
  diff3: { package: "GNU diffutils", version: "3.8", year: 2021, authors: "Randy Smith." },
  dirname: { ...CORE, authors: "David MacKenzie and Jim Meyering." },
  du: { ...CORE, authors: "Torbjorn Granlund, David MacKenzie, Paul Eggert,\nand Jim Meyering." },
  echo: { ...CORE, authors: "Brian Fox and Chet Ramey." },
  env: { ...CORE, authors: "Richard Mlynarik, David MacKenzie, and Assaf Gordon." },
  expand: { ...CORE, authors: "David MacKenzie." },
  expr: { ...CORE, authors: "Mike Parker, James Youngman, and Paul Eggert." },
  false: { ...CORE, authors: "Jim Meyering." },
  find: {
    package: "GNU findutils",
    version: "4.9.0",
    year: 2022,
    authors:
      "Eric B. Decker, James Youngman, and Kevin Dalley.\nFeatures enabled: D_TYPE O_NOFOLLOW(enabled) LEAF_OPTIMISATION FTS(FTS_CWDFD) CBO(level=2) ",
  },
  fmt: { ...CORE, authors: "Ross Paterson." },
  fold: { ...CORE, authors: "David MacKenzie." },
  grep: {
    package: "GNU grep",
    version: "3.8",
    year: 2022,
    authors: "Mike Haertel and others; see\n<https://git.sv.gnu.org/cgit/grep.git/tree/AUTHORS>.",
  },
  groups: { ...CORE, authors: "David MacKenzie and James Youngman." },
  head: { ...CORE, authors: "David MacKenzie and Jim Meyering." },
  id: { ...CORE, authors: "Arnold Robbins and David MacKenzie." },
  install: { ...CORE, authors: "David MacKenzie." },
  join: { ...CORE, authors: "Mike Haertel." },
  ln: { ...CORE, authors: "Mike Parker and David MacKenzie." },
  logname: { ...CORE, authors: "FIXME: unknown." },
  ls: { ...CORE, authors: "Richard M. Stallman and David MacKenzie." },
  md5sum: { ...CORE, authors: "Ulrich Drepper, Scott Miller, and David Madore." },
  mkdir: { ...CORE, authors: "David MacKenzie." },
  mkfifo: { ...CORE, authors: "David MacKenzie." },
  mktemp: { ...CORE, authors: "Jim Meyering and Eric Blake." },
  mv: { ...CORE, authors: "Mike Parker, David MacKenzie, and Jim Meyering." },
  nice: { ...CORE, authors: "David MacKenzie." },
  nl: { ...CORE, authors: "Scott Bartram and David MacKenzie." },
  nohup: { ...CORE, authors: "Jim Meyering." },
  nproc: { ...CORE, authors: "Giuseppe Scrivano." },
  numfmt: { ...CORE, authors: "Assaf Gordon." },
  od: { ...CORE, authors: "Jim Meyering." },
  paste: { ...CORE, authors: "David M. Ihnat and David MacKenzie." },
  pr: { ...CORE, authors: "Pete TerMaat and Roland Huebner." },
  printenv: { ...CORE, authors: "David MacKenzie and Richard Mlynarik." },
  printf: { ...CORE, authors: "David MacKenzie." },
  pwd: { ...CORE, authors: "Jim Meyering." },
  readlink: { ...CORE, authors: "Dmitry V. Levin." },
  realpath: { ...CORE, authors: "Padraig Brady." },
  rm: { ...CORE, authors: "Paul Rubin, David MacKenzie, Richard M. Stallman,\nand Jim Meyering." },
  rmdir: { ...CORE, authors: "David MacKenzie." },
  sdiff: { package: "GNU diffutils", version: "3.8", year: 2021, authors: "Thomas Lord." },
  sed: {
    package: "GNU sed",
    version: "4.9",
    year: 2022,
    authors: "Jay Fenlason, Tom Lord, Ken Pizzini,\nPaolo Bonzini, Jim Meyering, and Assaf Gordon.",
  },
  seq: { ...CORE, authors: "Ulrich Drepper." },
  sha1sum: { ...CORE, authors: "Ulrich Drepper, Scott Miller, and David Madore." },
  sha224sum: { ...CORE, authors: "Ulrich Drepper, Scott Miller, and David Madore." },
  sha256sum: { ...CORE, authors: "Ulrich Drepper, Scott Miller, and David Madore." },
  sha384sum: { ...CORE, authors: "Ulrich Drepper, Scott Miller, and David Madore." },
  sha512sum: { ...CORE, authors: "Ulrich Drepper, Scott Miller, and David Madore." },
  shuf: { ...CORE, authors: "Paul Eggert." },
  sleep: { ...CORE, authors: "Jim Meyering and Paul Eggert." },
  sort: { ...CORE, authors: "Mike Haertel and Paul Eggert." },
  split: { ...CORE, authors: "Torbjorn Granlund and Richard M. Stallman." },
  stat: { ...CORE, authors: "Michael Meskes." },
  stdbuf: { ...CORE, authors: "Padraig Brady." },
  sync: { ...CORE, authors: "Jim Meyering and Giuseppe Scrivano." },
  tac: { ...CORE, authors: "Jay Lepreau and David MacKenzie." },
  tail: { ...CORE, authors: "Paul Rubin, David MacKenzie, Ian Lance Taylor,\nand Jim Meyering." },
  tar: { package: "GNU tar", version: "1.34", year: 2021, authors: "John Gilmore and Jay Fenlason." },
  tee: { ...CORE, authors: "Mike Parker, Richard M. Stallman, and David MacKenzie." },
  timeout: { ...CORE, authors: "Padraig Brady." },
  touch: { ...CORE, authors: "Paul Rubin, Arnold Robbins, Jim Kingdon,\nDavid MacKenzie, and Randy Smith." },
  tr: { ...CORE, authors: "Jim Meyering." },
  true: { ...CORE, authors: "Jim Meyering." },
  truncate: { ...CORE, authors: "Padraig Brady." },
  tsort: { ...CORE, authors: "Mark Kettenis." },
  tty: { ...CORE, authors: "David MacKenzie." },
  uname: { ...CORE, authors: "David MacKenzie." },
  unexpand: { ...CORE, authors: "David MacKenzie." },
  uniq: { ...CORE, authors: "Richard M. Stallman and David MacKenzie." },
  wc: { ...CORE, authors: "Paul Rubin and David MacKenzie." },
  whoami: { ...CORE, authors: "Richard Mlynarik." },
  xargs: {
    package: "GNU findutils",
    version: "4.9.0",
    year: 2022,
    authors: "Eric B. Decker, James Youngman, and Kevin Dalley.",
  },
  yes: { ...CORE, authors: "David MacKenzie." },
};

/** Undefined for a program that is none of GNU's. */
export function gnuVersionText(name: string): string | undefined {
  const banner = Object.hasOwn(BANNERS, name) ? BANNERS[name] : undefined;
  if (!banner) return undefined;
  return `${name} (${banner.package}) ${banner.version}
Copyright (C) ${banner.year} Free Software Foundation, Inc.
License GPLv3+: GNU GPL version 3 or later <https://gnu.org/licenses/gpl.html>.
This is free software: you are free to change and redistribute it.
There is NO WARRANTY, to the extent permitted by law.

Written by ${banner.authors}
`;
}

const SYNOPSES: Readonly<Record<string, string>> = {
  arch: "Usage: arch [OPTION]...\nPrint machine architecture.",
  base32: "Usage: base32 [OPTION]... [FILE]\nBase32 encode or decode FILE, or standard input, to standard output.",
  base64: "Usage: base64 [OPTION]... [FILE]\nBase64 encode or decode FILE, or standard input, to standard output.",
  basename:
    "Usage: basename NAME [SUFFIX]\n  or:  basename OPTION... NAME...\nPrint NAME with any leading directory components removed.\nIf specified, also remove a trailing SUFFIX.",
  cat: "Usage: cat [OPTION]... [FILE]...\nConcatenate FILE(s) to standard output.",
  chgrp:
    "Usage: chgrp [OPTION]... GROUP FILE...\n  or:  chgrp [OPTION]... --reference=RFILE FILE...\nChange the group of each FILE to GROUP.\nWith --reference, change the group of each FILE to that of RFILE.",
  chmod:
    "Usage: chmod [OPTION]... MODE[,MODE]... FILE...\n  or:  chmod [OPTION]... OCTAL-MODE FILE...\n  or:  chmod [OPTION]... --reference=RFILE FILE...\nChange the mode of each FILE to MODE.\nWith --reference, change the mode of each FILE to that of RFILE.",
  chown:
    "Usage: chown [OPTION]... [OWNER][:[GROUP]] FILE...\n  or:  chown [OPTION]... --reference=RFILE FILE...\nChange the owner and/or group of each FILE to OWNER and/or GROUP.\nWith --reference, change the owner and group of each FILE to those of RFILE.",
  cmp: "Usage: cmp [OPTION]... FILE1 [FILE2 [SKIP1 [SKIP2]]]\nCompare two files byte by byte.",
  comm: "Usage: comm [OPTION]... FILE1 FILE2\nCompare sorted files FILE1 and FILE2 line by line.",
  cp: "Usage: cp [OPTION]... [-T] SOURCE DEST\n  or:  cp [OPTION]... SOURCE... DIRECTORY\n  or:  cp [OPTION]... -t DIRECTORY SOURCE...\nCopy SOURCE to DEST, or multiple SOURCE(s) to DIRECTORY.",
  cut: "Usage: cut OPTION... [FILE]...\nPrint selected parts of lines from each FILE to standard output.",
  date: "Usage: date [OPTION]... [+FORMAT]\n  or:  date [-u|--utc|--universal] [MMDDhhmm[[CC]YY][.ss]]\nDisplay date and time in the given FORMAT.\nWith -s, or with [MMDDhhmm[[CC]YY][.ss]], set the date and time.",
  dd: "Usage: dd [OPERAND]...\n  or:  dd OPTION\nCopy a file, converting and formatting according to the operands.",
  df: "Usage: df [OPTION]... [FILE]...\nShow information about the file system on which each FILE resides,\nor all file systems by default.",
  diff: "Usage: diff [OPTION]... FILES\nCompare FILES line by line.",
  diff3: "Usage: diff3 [OPTION]... MYFILE OLDFILE YOURFILE\nCompare three files line by line.",
  dirname:
    "Usage: dirname [OPTION] NAME...\nOutput each NAME with its last non-slash component and trailing slashes\nremoved; if NAME contains no /'s, output '.' (meaning the current directory).",
  du: "Usage: du [OPTION]... [FILE]...\n  or:  du [OPTION]... --files0-from=F\nSummarize device usage of the set of FILEs, recursively for directories.",
  echo: "Usage: echo [SHORT-OPTION]... [STRING]...\n  or:  echo LONG-OPTION\nEcho the STRING(s) to standard output.",
  env: "Usage: env [OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]\nSet each NAME to VALUE in the environment and run COMMAND.",
  expand: "Usage: expand [OPTION]... [FILE]...\nConvert tabs in each FILE to spaces, writing to standard output.",
  expr: "Usage: expr EXPRESSION\n  or:  expr OPTION",
  false:
    "Usage: false [ignored command line arguments]\n  or:  false OPTION\nExit with a status code indicating failure.",
  find: "Usage: find [-H] [-L] [-P] [-Olevel] [-D debugopts] [path...] [expression]",
  fmt: "Usage: fmt [-WIDTH] [OPTION]... [FILE]...\nReformat each paragraph in the FILE(s), writing to standard output.\nThe option -WIDTH is an abbreviated form of --width=DIGITS.",
  fold: "Usage: fold [OPTION]... [FILE]...\nWrap input lines in each FILE, writing to standard output.",
  grep: "Usage: grep [OPTION]... PATTERNS [FILE]...\nSearch for PATTERNS in each FILE.\nExample: grep -i 'hello world' menu.h main.c\nPATTERNS can contain multiple patterns separated by newlines.",
  groups:
    "Usage: groups [OPTION]... [USERNAME]...\nPrint group memberships for each USERNAME or, if no USERNAME is specified, for\nthe current process (which may differ if the groups database has changed).\n      --help        display this help and exit\n      --version     output version information and exit",
  head: "Usage: head [OPTION]... [FILE]...\nPrint the first 10 lines of each FILE to standard output.\nWith more than one FILE, precede each with a header giving the file name.",
  id: "Usage: id [OPTION]... [USER]...\nPrint user and group information for each specified USER,\nor (when USER omitted) for the current process.",
  install:
    "Usage: install [OPTION]... [-T] SOURCE DEST\n  or:  install [OPTION]... SOURCE... DIRECTORY\n  or:  install [OPTION]... -t DIRECTORY SOURCE...\n  or:  install [OPTION]... -d DIRECTORY...",
  join: "Usage: join [OPTION]... FILE1 FILE2\nFor each pair of input lines with identical join fields, write a line to\nstandard output.  The default join field is the first, delimited by blanks.",
  ln: "Usage: ln [OPTION]... [-T] TARGET LINK_NAME\n  or:  ln [OPTION]... TARGET\n  or:  ln [OPTION]... TARGET... DIRECTORY\n  or:  ln [OPTION]... -t DIRECTORY TARGET...\nIn the 1st form, create a link to TARGET with the name LINK_NAME.\nIn the 2nd form, create a link to TARGET in the current directory.\nIn the 3rd and 4th forms, create links to each TARGET in DIRECTORY.\nCreate hard links by default, symbolic links with --symbolic.\nBy default, each destination (name of new link) should not already exist.\nWhen creating hard links, each TARGET must exist.  Symbolic links\ncan hold arbitrary text; if later resolved, a relative link is\ninterpreted in relation to its parent directory.",
  logname: "Usage: logname [OPTION]\nPrint the user's login name.",
  ls: "Usage: ls [OPTION]... [FILE]...\nList information about the FILEs (the current directory by default).\nSort entries alphabetically if none of -cftuvSUX nor --sort is specified.",
  md5sum: "Usage: md5sum [OPTION]... [FILE]...\nPrint or check MD5 (128-bit) checksums.",
  mkdir: "Usage: mkdir [OPTION]... DIRECTORY...\nCreate the DIRECTORY(ies), if they do not already exist.",
  mkfifo: "Usage: mkfifo [OPTION]... NAME...\nCreate named pipes (FIFOs) with the given NAMEs.",
  mktemp:
    "Usage: mktemp [OPTION]... [TEMPLATE]\nCreate a temporary file or directory, safely, and print its name.\nTEMPLATE must contain at least 3 consecutive 'X's in last component.\nIf TEMPLATE is not specified, use tmp.XXXXXXXXXX, and --tmpdir is implied.\nFiles are created u+rw, and directories u+rwx, minus umask restrictions.",
  mv: "Usage: mv [OPTION]... [-T] SOURCE DEST\n  or:  mv [OPTION]... SOURCE... DIRECTORY\n  or:  mv [OPTION]... -t DIRECTORY SOURCE...\nRename SOURCE to DEST, or move SOURCE(s) to DIRECTORY.",
  nice: "Usage: nice [OPTION] [COMMAND [ARG]...]\nRun COMMAND with an adjusted niceness, which affects process scheduling.\nWith no COMMAND, print the current niceness.  Niceness values range from\n-20 (most favorable to the process) to 19 (least favorable to the process).",
  nl: "Usage: nl [OPTION]... [FILE]...\nWrite each FILE to standard output, with line numbers added.",
  nohup: "Usage: nohup COMMAND [ARG]...\n  or:  nohup OPTION\nRun COMMAND, ignoring hangup signals.",
  nproc:
    "Usage: nproc [OPTION]...\nPrint the number of processing units available to the current process,\nwhich may be less than the number of online processors",
  numfmt:
    "Usage: numfmt [OPTION]... [NUMBER]...\nReformat NUMBER(s), or the numbers from standard input if none are specified.",
  od: "Usage: od [OPTION]... [FILE]...\n  or:  od [-abcdfilosx]... [FILE] [[+]OFFSET[.][b]]\n  or:  od --traditional [OPTION]... [FILE] [[+]OFFSET[.][b] [+][LABEL][.][b]]",
  paste:
    "Usage: paste [OPTION]... [FILE]...\nWrite lines consisting of the sequentially corresponding lines from\neach FILE, separated by TABs, to standard output.",
  pr: "Usage: pr [OPTION]... [FILE]...\nPaginate or columnate FILE(s) for printing.",
  printenv:
    "Usage: printenv [OPTION]... [VARIABLE]...\nPrint the values of the specified environment VARIABLE(s).\nIf no VARIABLE is specified, print name and value pairs for them all.",
  printf:
    "Usage: printf FORMAT [ARGUMENT]...\n  or:  printf OPTION\nPrint ARGUMENT(s) according to FORMAT, or execute according to OPTION:",
  pwd: "Usage: pwd [OPTION]...\nPrint the full filename of the current working directory.",
  readlink: "Usage: readlink [OPTION]... FILE...\nPrint value of a symbolic link or canonical file name",
  realpath:
    "Usage: realpath [OPTION]... FILE...\nPrint the resolved absolute file name;\nall but the last component must exist",
  rm: "Usage: rm [OPTION]... [FILE]...\nRemove (unlink) the FILE(s).",
  rmdir: "Usage: rmdir [OPTION]... DIRECTORY...\nRemove the DIRECTORY(ies), if they are empty.",
  sdiff: "Usage: sdiff [OPTION]... FILE1 FILE2\nSide-by-side merge of differences between FILE1 and FILE2.",
  sed: "Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...",
  seq: "Usage: seq [OPTION]... LAST\n  or:  seq [OPTION]... FIRST LAST\n  or:  seq [OPTION]... FIRST INCREMENT LAST\nPrint numbers from FIRST to LAST, in steps of INCREMENT.",
  sha1sum: "Usage: sha1sum [OPTION]... [FILE]...\nPrint or check SHA1 (160-bit) checksums.",
  sha224sum: "Usage: sha224sum [OPTION]... [FILE]...\nPrint or check SHA224 (224-bit) checksums.",
  sha256sum: "Usage: sha256sum [OPTION]... [FILE]...\nPrint or check SHA256 (256-bit) checksums.",
  sha384sum: "Usage: sha384sum [OPTION]... [FILE]...\nPrint or check SHA384 (384-bit) checksums.",
  sha512sum: "Usage: sha512sum [OPTION]... [FILE]...\nPrint or check SHA512 (512-bit) checksums.",
  shuf: "Usage: shuf [OPTION]... [FILE]\n  or:  shuf -e [OPTION]... [ARG]...\n  or:  shuf -i LO-HI [OPTION]...\nWrite a random permutation of the input lines to standard output.",
  sleep:
    "Usage: sleep NUMBER[SUFFIX]...\n  or:  sleep OPTION\nPause for NUMBER seconds.  SUFFIX may be 's' for seconds (the default),\n'm' for minutes, 'h' for hours or 'd' for days.  NUMBER need not be an\ninteger.  Given two or more arguments, pause for the amount of time\nspecified by the sum of their values.",
  sort: "Usage: sort [OPTION]... [FILE]...\n  or:  sort [OPTION]... --files0-from=F\nWrite sorted concatenation of all FILE(s) to standard output.",
  split:
    "Usage: split [OPTION]... [FILE [PREFIX]]\nOutput pieces of FILE to PREFIXaa, PREFIXab, ...;\ndefault size is 1000 lines, and default PREFIX is 'x'.",
  stat: "Usage: stat [OPTION]... FILE...\nDisplay file or file system status.",
  stdbuf: "Usage: stdbuf OPTION... COMMAND\nRun COMMAND, with modified buffering operations for its standard streams.",
  sync: "Usage: sync [OPTION] [FILE]...\nSynchronize cached writes to persistent storage",
  tac: "Usage: tac [OPTION]... [FILE]...\nWrite each FILE to standard output, last line first.",
  tail: "Usage: tail [OPTION]... [FILE]...\nPrint the last 10 lines of each FILE to standard output.\nWith more than one FILE, precede each with a header giving the file name.",
  tar: "Usage: tar [OPTION...] [FILE]...\nGNU 'tar' saves many files together into a single tape or disk archive, and can\nrestore individual files from the archive.",
  tee: "Usage: tee [OPTION]... [FILE]...\nCopy standard input to each FILE, and also to standard output.",
  timeout:
    "Usage: timeout [OPTION] DURATION COMMAND [ARG]...\n  or:  timeout [OPTION]\nStart COMMAND, and kill it if still running after DURATION.",
  touch: "Usage: touch [OPTION]... FILE...\nUpdate the access and modification times of each FILE to the current time.",
  tr: "Usage: tr [OPTION]... STRING1 [STRING2]\nTranslate, squeeze, and/or delete characters from standard input,\nwriting to standard output.  STRING1 and STRING2 specify arrays of\ncharacters ARRAY1 and ARRAY2 that control the action.",
  true: "Usage: true [ignored command line arguments]\n  or:  true OPTION\nExit with a status code indicating success.",
  truncate: "Usage: truncate OPTION... FILE...\nShrink or extend the size of each FILE to the specified size",
  tsort: "Usage: tsort [OPTION] [FILE]\nWrite totally ordered list consistent with the partial ordering in FILE.",
  tty: "Usage: tty [OPTION]...\nPrint the file name of the terminal connected to standard input.",
  uname: "Usage: uname [OPTION]...\nPrint certain system information.  With no OPTION, same as -s.",
  unexpand: "Usage: unexpand [OPTION]... [FILE]...\nConvert blanks in each FILE to tabs, writing to standard output.",
  uniq: "Usage: uniq [OPTION]... [INPUT [OUTPUT]]\nFilter adjacent matching lines from INPUT (or standard input),\nwriting to OUTPUT (or standard output).",
  wc: "Usage: wc [OPTION]... [FILE]...\n  or:  wc [OPTION]... --files0-from=F\nPrint newline, word, and byte counts for each FILE, and a total line if\nmore than one FILE is specified.  A word is a non-zero-length sequence of\nprintable characters delimited by white space.",
  whoami:
    "Usage: whoami [OPTION]...\nPrint the user name associated with the current effective user ID.\nSame as id -un.",
  xargs:
    "Usage: xargs [OPTION]... COMMAND [INITIAL-ARGS]...\nRun COMMAND with arguments INITIAL-ARGS and more arguments read from input.",
  yes: "Usage: yes [STRING]...\n  or:  yes OPTION\nRepeatedly output a line with all specified STRING(s), or 'y'.",
};

/** The first paragraph of the help page; undefined for a program that is none of GNU's. */
export function gnuSynopsis(name: string): string | undefined {
  return Object.hasOwn(SYNOPSES, name) ? SYNOPSES[name] : undefined;
}
