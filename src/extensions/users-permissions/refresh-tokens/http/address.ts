import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An address in brackets, with or without a port, as in `[2001:db8::1]:443`. */
const BRACKETED = /^\[([^\]]*)\](?::\d+)?$/;

const IPV4_WITH_PORT = /^([\d.]+):\d+$/;

/**
 * Returns an address of a header or a socket in its one canonical spelling: without port, brackets and
 * zone, IPv6 as in RFC 5952, and an IPv4 address that is mapped to IPv6 (`::ffff:192.0.2.1`) as IPv4. At
 * most 39 characters. Returns null for any other text.
 */
export const canonicalAddress = (text: string): string | null => {
  const trimmed = text.trim();
  const host = BRACKETED.exec(trimmed)?.[1] ?? IPV4_WITH_PORT.exec(trimmed)?.[1] ?? trimmed;
  const [address = ''] = host.split('%', 1);
  // ipaddr.js also accepts octal, hexadecimal and short IPv4 addresses; `isIP` does not.
  return isIP(address) === 0 ? null : ipaddr.process(address).toString();
};

/**
 * Returns what rate limits count as one caller: an IPv4 address itself, or the /64 network of an IPv6
 * address, since one host can use any address of its network (RFC 8981).
 *
 * @param address a canonical address
 */
export const networkOf = (address: string): string => {
  if (ipaddr.IPv4.isValid(address)) return address;
  const network = `${address}/64`;
  return `${ipaddr.IPv6.networkAddressFromCIDR(network).toString()}/64`;
};
