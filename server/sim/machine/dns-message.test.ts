import { describe, expect, it } from "vitest";
import { decodeDnsMessage, dnsQuery, dnsResponse, encodeDnsMessage } from "./dns-message.ts";

describe("DNS messages", () => {
  it("have the bytes of RFC 1035", () => {
    const bytes = encodeDnsMessage(dnsQuery(0x1234, "web.default", "AAAA"));
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    expect(hex).toBe("123401000001000000000000037765620764656661756c7400001c0001");
  });

  it("keep every kind of record, with names compressed", () => {
    const query = dnsQuery(7, "a.example", "ANY", { udpSizeBytes: 1232, version: 0, dnssecOk: false, options: [] });
    const head = { name: "a.example", ttl: 30 };
    const response = dnsResponse(query, {
      recursionAvailable: true,
      answers: [
        { ...head, type: "A", address: "10.0.0.1" },
        { ...head, type: "AAAA", address: "fd00::1:0:2" },
        { ...head, type: "CNAME", target: "b.example" },
        { ...head, type: "SRV", priority: 0, weight: 50, port: 80, target: "b.a.example" },
        { ...head, type: "TXT", texts: ["one", "two"] },
        { ...head, type: "MX", preference: 10, target: "mail.example" },
        { ...head, type: 99, bytes: Uint8Array.of(1, 2) },
      ],
      authorities: [
        {
          name: "example",
          ttl: 30,
          type: "SOA",
          primary: "ns.dns.example",
          mailbox: "hostmaster.example",
          serial: 1_763_704_800,
          refresh: 7200,
          retry: 1800,
          expire: 86_400,
          minimum: 30,
        },
      ],
      edns: { udpSizeBytes: 4096, version: 0, dnssecOk: true, options: [{ code: 10, bytes: Uint8Array.of(9) }] },
    });
    const bytes = encodeDnsMessage(response);
    expect(decodeDnsMessage(bytes)).toEqual(response);
    expect(new TextDecoder("latin1").decode(bytes).split("example").length - 1).toBe(1);
  });

  it("that are cut short or point in circles are none", () => {
    const bytes = encodeDnsMessage(dnsQuery(1, "web", "A"));
    expect(decodeDnsMessage(bytes.subarray(0, 15))).toBeUndefined();
    expect(decodeDnsMessage(Uint8Array.of(0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12))).toBeUndefined();
  });
});
