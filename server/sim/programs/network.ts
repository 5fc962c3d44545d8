/** Programs that talk over the network, and servers; one line each. */
import type { Program } from "../machine/types.ts";
import { apacheHttpd } from "./apache-httpd/apache-httpd.ts";
import { curl } from "./curl/curl.ts";
import { dig } from "./dns/dig.ts";
import { host } from "./dns/host.ts";
import { nslookup } from "./dns/nslookup.ts";
import { agnhost } from "./agnhost/agnhost.ts";
import { httpEcho } from "./http-echo/http-echo.ts";
import { busyboxHttpd } from "./httpd/busybox-httpd.ts";
import { busyboxNc } from "./nc/busybox-nc.ts";
import { openbsdNc } from "./nc/openbsd-nc.ts";
import { ncat } from "./ncat/ncat.ts";
import { ip } from "./net-tools/ip.ts";
import { arp, ifconfig, route } from "./net-tools/routes.ts";
import { netstat, ss } from "./net-tools/sockets.ts";
import { nginx } from "./nginx/nginx.ts";
import { ping, ping6 } from "./ping/ping.ts";
import { python3 } from "./python/python.ts";
import { redisCli, redisServer } from "./redis/redis.ts";
import { tcpdump } from "./tcpdump/tcpdump.ts";
import { telnet } from "./telnet/telnet.ts";
import { traceroute } from "./traceroute/traceroute.ts";
import { wget } from "./wget/wget.ts";

export const networkPrograms: readonly Program[] = [
  agnhost,
  apacheHttpd,
  arp,
  busyboxHttpd,
  busyboxNc,
  curl,
  dig,
  host,
  httpEcho,
  ifconfig,
  ip,
  ncat,
  netstat,
  nginx,
  nslookup,
  openbsdNc,
  ping,
  ping6,
  python3,
  redisCli,
  redisServer,
  route,
  ss,
  tcpdump,
  telnet,
  traceroute,
  wget,
];
