/**
 * /proc and /sys, generated as they are read. What `ps`, `free`, `uptime`, `netstat` and
 * scripts look at is there; the rest is left out. Source: proc(5).
 */
import { Errno } from "../errno.ts";
import type { Machine, Process } from "../types.ts";
import { type FsImage, FsImageBuilder, generatedDirectory, generatedFile, type ImageNode } from "./image.ts";
import { procNetFiles } from "./proc-net.ts";

/** What /proc asks of a machine beyond its contract. */
export interface ProcSource extends Machine {
  isStopped(pid: number): boolean;
  readonly memoryBytes: number;
  readonly cpus: number;
}

const PID_MAX = 4_194_304;
/** Inode numbers of process directories begin here, 64 a process. */
const FIRST_PROCESS_INODE = 4_026_532_000;

type TextFiles = Readonly<Record<string, () => string>>;

export function createProcImage(machine: ProcSource): FsImage {
  const files: TextFiles = {
    version: () => `Linux version ${machine.kernelVersion} (root@build) (gcc 13.2.0) #1 SMP PREEMPT_DYNAMIC\n`,
    uptime: () => {
      const seconds = (machine.clock.now() - machine.bootedMs) / 1000;
      return `${seconds.toFixed(2)} ${(seconds * machine.cpus * 0.93).toFixed(2)}\n`;
    },
    loadavg: () => `0.08 0.12 0.09 1/${machine.processes.size} ${Math.max(0, ...machine.processes.keys())}\n`,
    meminfo: () => meminfo(machine.memoryBytes),
    cpuinfo: () => cpuinfo(machine.cpus),
    mounts: () => mounts(machine),
    filesystems: () => "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tdevpts\n\text4\nnodev\toverlay\n",
    cmdline: () => "BOOT_IMAGE=/boot/vmlinuz root=/dev/vda1 ro console=ttyS0\n",
    stat: () =>
      `cpu  1000 0 800 90000 20 0 5 0 0 0\nbtime ${Math.floor(machine.bootedMs / 1000)}\nprocesses ${machine.processes.size}\n`,
  };
  const builder = new FsImageBuilder();
  const fixed = new Map<string, ImageNode>();
  for (const [name, text] of Object.entries(files)) fixed.set(name, generatedFile(4_026_531_000 + fixed.size, text));
  const builtTree = builder
    .node("/net", procNetDirectory(machine))
    .node(
      "/sys/kernel/hostname",
      generatedFile(4_026_531_101, () => `${machine.hostname}\n`),
    )
    .node(
      "/sys/kernel/osrelease",
      generatedFile(4_026_531_102, () => `${machine.kernelVersion}\n`),
    )
    .node(
      "/sys/kernel/pid_max",
      generatedFile(4_026_531_103, () => `${PID_MAX}\n`),
    )
    .node(
      "/sys/kernel/random/uuid",
      generatedFile(4_026_531_104, () => `${machine.random.uuid()}\n`),
    )
    .node(
      "/sys/kernel/random/boot_id",
      generatedFile(4_026_531_105, () => `${bootId(machine)}\n`),
    );
  for (const [index, [path, value]] of NET_SYSCTLS.entries()) {
    builtTree.node(`/sys/net/${path}`, sysctl(4_026_531_200 + index, value));
  }
  const built = builtTree.build();
  const root = generatedDirectory(
    1,
    () => [...fixed.keys(), "net", "sys", "self", ...[...machine.processes.keys()].map(String)],
    (name) => {
      const known = fixed.get(name) ?? built.root.lookup(name);
      if (known) return known;
      // Reached only when a path was not passed through `Process.resolve`.
      if (name === "self") return { ...linkAttributes(4_026_531_110), target: "1" };
      const process = /^[1-9]\d*$/.test(name) ? machine.processes.get(Number(name)) : undefined;
      return process ? processDirectory(machine, process) : undefined;
    },
  );
  return { root, lastInode: 4_026_530_000 };
}

/** The settings that network courses look at; they can be read and written and change nothing else. */
const NET_SYSCTLS: readonly (readonly [path: string, value: string])[] = [
  ["ipv4/ip_forward", "1"],
  ["ipv4/tcp_syn_retries", "6"],
  ["ipv4/ip_unprivileged_port_start", "1024"],
  ["ipv4/ip_local_port_range", "32768\t60999"],
  ["ipv4/conf/all/rp_filter", "0"],
  ["ipv4/conf/all/forwarding", "1"],
  ["ipv6/conf/all/forwarding", "0"],
  ["ipv6/conf/all/disable_ipv6", "0"],
  ["bridge/bridge-nf-call-iptables", "1"],
  ["core/somaxconn", "4096"],
];

function sysctl(inode: number, initial: string): ImageNode {
  let value = initial;
  return generatedFile(inode, () => `${value}\n`, {
    mode: 0o644,
    store: (bytes) => {
      if (bytes.length < 256) value = String.fromCharCode(...bytes).trim();
    },
  });
}

function bootId(machine: Machine): string {
  const hex = Math.floor(machine.bootedMs).toString(16).padStart(12, "0");
  return `5f0c2a1e-9d34-4b7a-8c21-${hex}`;
}

function procNetDirectory(machine: Machine): ImageNode {
  const nodes = new Map<string, ImageNode>();
  for (const [name, text] of Object.entries(procNetFiles(machine))) {
    nodes.set(name, generatedFile(4_026_531_300 + nodes.size, text));
  }
  return generatedDirectory(
    4_026_531_299,
    () => nodes.keys(),
    (name) => nodes.get(name),
  );
}

function linkAttributes(inode: number) {
  return { kind: "symlink", inode, mode: 0o777, uid: 0, gid: 0, modifiedMs: 0 } as const;
}

function processDirectory(machine: ProcSource, process: Process): ImageNode {
  const first = FIRST_PROCESS_INODE + process.pid * 64;
  const owner = { uid: process.credentials.uid, gid: process.credentials.gid, modifiedMs: process.startedMs };
  const files: TextFiles = {
    cmdline: () => process.argv.map((word) => `${word}\0`).join(""),
    comm: () => `${process.name.slice(0, 15)}\n`,
    environ: () => [...process.env].map(([name, value]) => `${name}=${value}\0`).join(""),
    status: () => status(machine, process),
    stat: () => statLine(machine, process),
    mounts: () => mounts(machine),
    cgroup: () => "0::/\n",
    limits: () =>
      `Limit                     Soft Limit           Hard Limit           Units     \nMax processes             ${String(machine.limits.maxProcesses).padEnd(21)}${String(machine.limits.maxProcesses).padEnd(21)}processes \nMax open files            ${String(machine.limits.maxOpenFiles).padEnd(21)}${String(machine.limits.maxOpenFiles).padEnd(21)}files     \n`,
  };
  const names = [...Object.keys(files), "cwd", "exe", "root", "fd", "net"];
  return generatedDirectory(
    first,
    () => names,
    (name) => {
      const text = files[name];
      if (text) return generatedFile(first + 1 + names.indexOf(name), text, owner);
      switch (name) {
        case "cwd":
          return { ...linkAttributes(first + 20), target: process.cwd };
        case "root":
          return { ...linkAttributes(first + 21), target: "/" };
        case "exe":
          return {
            ...linkAttributes(first + 22),
            target: process.findExecutable(process.argv[0] ?? "") ?? process.name,
          };
        case "net":
          return { ...linkAttributes(first + 23), target: "/proc/net" };
        case "fd":
          return descriptorDirectory(process, first + 24);
        case "tty":
          return terminalDevice(process, first + 25);
        default:
          return undefined;
      }
    },
    owner,
  );
}

/** Opening an entry gives the very file that is open, as Linux does for pipes and terminals. */
function descriptorDirectory(process: Process, inode: number): ImageNode {
  return generatedDirectory(
    inode,
    () => [...process.fds.keys()].map(String),
    (name) => {
      const file = process.fds.get(Number(name));
      if (!file) return undefined;
      return {
        kind: "device",
        inode: inode + 2,
        mode: 0o666,
        uid: process.credentials.uid,
        gid: process.credentials.gid,
        modifiedMs: process.startedMs,
        device: file.kind,
        open: () => file.retain(),
      };
    },
  );
}

function terminalDevice(process: Process, inode: number): ImageNode {
  return {
    kind: "device",
    inode,
    mode: 0o666,
    uid: 0,
    gid: 5,
    modifiedMs: process.startedMs,
    device: "tty",
    open: () => {
      if (!process.tty) throw new Errno("ENXIO", "/dev/tty");
      return process.tty.file.retain();
    },
  };
}

function stateLetter(machine: ProcSource, process: Process): string {
  return machine.isStopped(process.pid) ? "T" : "S";
}

const STATE_NAMES: Readonly<Record<string, string>> = { S: "sleeping", T: "stopped" };

function status(machine: ProcSource, process: Process): string {
  const { uid, gid, groups } = process.credentials;
  const letter = stateLetter(machine, process);
  return [
    `Name:\t${process.name.slice(0, 15)}`,
    `Umask:\t${process.umask.toString(8).padStart(4, "0")}`,
    `State:\t${letter} (${STATE_NAMES[letter] ?? "sleeping"})`,
    `Tgid:\t${process.pid}`,
    `Pid:\t${process.pid}`,
    `PPid:\t${process.ppid}`,
    `Uid:\t${uid}\t${uid}\t${uid}\t${uid}`,
    `Gid:\t${gid}\t${gid}\t${gid}\t${gid}`,
    `FDSize:\t64`,
    `Groups:\t${groups.join(" ")} `,
    `VmSize:\t    4480 kB`,
    `VmRSS:\t    1792 kB`,
    `Threads:\t1`,
    "",
  ].join("\n");
}

function statLine(machine: ProcSource, process: Process): string {
  const startTicks = Math.floor((process.startedMs - machine.bootedMs) / 10);
  const terminal = process.tty ? 34816 : 0;
  const foreground = process.tty ? process.tty.foregroundProcessGroup : -1;
  return `${process.pid} (${process.name.slice(0, 15)}) ${stateLetter(machine, process)} ${process.ppid} ${process.processGroup} ${process.sessionId} ${terminal} ${foreground} 4194304 200 0 0 0 0 0 0 0 20 0 1 0 ${startTicks} 4587520 448 18446744073709551615\n`;
}

function mounts(machine: Machine): string {
  const lines = ["overlay / overlay rw,relatime 0 0"];
  for (const mount of machine.fs.mounts()) {
    lines.push(`${mount.source} ${mount.path} ${mount.type} ${mount.isReadOnly ? "ro" : "rw"},relatime 0 0`);
  }
  return `${lines.join("\n")}\n`;
}

function meminfo(totalBytes: number): string {
  const totalKb = Math.floor(totalBytes / 1024);
  const line = (name: string, kb: number): string =>
    `${`${name}:`.padEnd(15)} ${String(Math.floor(kb)).padStart(8)} kB`;
  return `${[
    line("MemTotal", totalKb),
    line("MemFree", totalKb * 0.42),
    line("MemAvailable", totalKb * 0.68),
    line("Buffers", totalKb * 0.02),
    line("Cached", totalKb * 0.25),
    line("SwapCached", 0),
    line("Active", totalKb * 0.2),
    line("Inactive", totalKb * 0.22),
    line("SwapTotal", 0),
    line("SwapFree", 0),
    line("Shmem", totalKb * 0.01),
    line("Slab", totalKb * 0.04),
  ].join("\n")}\n`;
}

function cpuinfo(cpus: number): string {
  const blocks: string[] = [];
  for (let i = 0; i < cpus; i++) {
    blocks.push(
      `processor\t: ${i}\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) CPU @ 2.20GHz\ncpu MHz\t\t: 2200.000\ncache size\t: 56320 KB\ncpu cores\t: ${cpus}\n`,
    );
  }
  return `${blocks.join("\n")}\n`;
}

/** /sys: the network interfaces, and the little that scripts ask for. */
export function createSysImage(machine: Machine): FsImage {
  const interfaces = generatedDirectory(
    40,
    () => machine.network.interfaces.map((one) => one.name),
    (name) => {
      const index = machine.network.interfaces.findIndex((one) => one.name === name);
      const found = machine.network.interfaces[index];
      if (!found) return undefined;
      const texts: TextFiles = {
        address: () => `${found.mac}\n`,
        mtu: () => `${found.mtu}\n`,
        operstate: () => (name === "lo" ? "unknown\n" : "up\n"),
        ifindex: () => `${index + 1}\n`,
      };
      return generatedDirectory(
        100 + index * 16,
        () => Object.keys(texts),
        (file) => {
          const text = texts[file];
          return text ? generatedFile(101 + index * 16 + Object.keys(texts).indexOf(file), text) : undefined;
        },
      );
    },
  );
  const cgroup = new FsImageBuilder()
    .file("/fs/cgroup/cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma misc\n")
    .build();
  return {
    root: generatedDirectory(
      1,
      () => ["class", "fs"],
      (name) => {
        if (name !== "class") return cgroup.root.lookup(name);
        return generatedDirectory(
          38,
          () => ["net"],
          (inner) => (inner === "net" ? interfaces : undefined),
        );
      },
    ),
    lastInode: 10_000,
  };
}
