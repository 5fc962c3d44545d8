/** The base images of Debian and Ubuntu: a shell, coreutils and nothing of the network. */
import { FsImageBuilder } from "../../machine/fs/image.ts";
import { DEFAULT_PATH, type RepositoryDefinition } from "../repository.ts";
import { type DebianRelease, DEBIAN_12, installDebian } from "../userland/debian.ts";

function debianRelease(version: string, point: string, codename: string): DebianRelease {
  const name = `Debian GNU/Linux ${version} (${codename})`;
  return {
    osRelease: {
      ...DEBIAN_12.osRelease,
      PRETTY_NAME: name,
      VERSION_ID: version,
      VERSION: `${version} (${codename})`,
      VERSION_CODENAME: codename,
    },
    debianVersion: point,
  };
}

function ubuntuRelease(
  version: string,
  point: string,
  codename: string,
  title: string,
  debianVersion: string,
): DebianRelease {
  return {
    osRelease: {
      PRETTY_NAME: `Ubuntu ${point} LTS`,
      NAME: "Ubuntu",
      VERSION_ID: version,
      VERSION: `${point} LTS (${title})`,
      VERSION_CODENAME: codename,
      ID: "ubuntu",
      ID_LIKE: "debian",
      HOME_URL: "https://www.ubuntu.com/",
      SUPPORT_URL: "https://help.ubuntu.com/",
      BUG_REPORT_URL: "https://bugs.launchpad.net/ubuntu/",
      UBUNTU_CODENAME: codename,
    },
    debianVersion,
  };
}

const BULLSEYE = debianRelease("11", "11.11", "bullseye");
const TRIXIE = debianRelease("13", "13.1", "trixie");
const NOBLE = ubuntuRelease("24.04", "24.04.3", "noble", "Noble Numbat", "trixie/sid");
const JAMMY = ubuntuRelease("22.04", "22.04.5", "jammy", "Jammy Jellyfish", "bookworm/sid");
const FOCAL = ubuntuRelease("20.04", "20.04.6", "focal", "Focal Fossa", "bullseye/sid");

/** Tag → release; the programs inside are those of Debian 12 in all of them. */
const DEBIAN_TAGS: Readonly<Record<string, DebianRelease>> = {
  latest: DEBIAN_12,
  stable: DEBIAN_12,
  bookworm: DEBIAN_12,
  "12": DEBIAN_12,
  bullseye: BULLSEYE,
  "11": BULLSEYE,
  trixie: TRIXIE,
  "13": TRIXIE,
};

const UBUNTU_TAGS: Readonly<Record<string, DebianRelease>> = {
  latest: NOBLE,
  noble: NOBLE,
  "24.04": NOBLE,
  jammy: JAMMY,
  "22.04": JAMMY,
  focal: FOCAL,
  "20.04": FOCAL,
};

function defineBase(
  names: readonly string[],
  tags: Readonly<Record<string, DebianRelease>>,
  sizeBytes: number,
): RepositoryDefinition {
  return {
    names,
    build(tag) {
      // `12.11-slim` and `noble-20250910` are builds of `12` and `noble`.
      const known = tag
        .replace(/-slim$/, "")
        .replace(/-\d{8}$/, "")
        .replace(/^(1[1-3])\.\d+$/, "$1");
      const release = Object.hasOwn(tags, known) ? tags[known] : undefined;
      if (!release) return undefined;
      return {
        tree: installDebian(new FsImageBuilder(), { release }).build(),
        libc: "glibc",
        command: ["bash"],
        env: [DEFAULT_PATH],
        sizeBytes,
      };
    },
  };
}

export const debian = defineBase(
  ["docker.io/library/debian", "public.ecr.aws/docker/library/debian"],
  DEBIAN_TAGS,
  48_500_000,
);

export const ubuntu = defineBase(
  ["docker.io/library/ubuntu", "public.ecr.aws/docker/library/ubuntu"],
  UBUNTU_TAGS,
  29_700_000,
);
