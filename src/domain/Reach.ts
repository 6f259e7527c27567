/** Who can reach a server, by the address that it listens on and the one under which people know it. */
import { Schema } from "effect"

export interface KnownHosts {
  /** The address that the server listens on. */
  readonly bound: string
  /** Where people reach it. */
  readonly publicUrl?: URL
}

/** The computer's names for itself: RFC 6761 section 6.3 gives it everything under `localhost`. */
export const isLoopback = (name: string) =>
  name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127(?:\.\d{1,3}){3}$/u.test(name)

/** As URLs write it. */
export const nameOf = (host: string) => (host.includes(":") ? `[${host}]` : host.toLowerCase())

/** Nobody but this computer can reach the server. */
export const isLocal = ({ bound, publicUrl }: KnownHosts): boolean =>
  isLoopback(nameOf(bound)) && (publicUrl === undefined || isLoopback(publicUrl.hostname))

/** Others could reach a server that lets everybody do everything. */
export class NoKeys extends Schema.TaggedError<NoKeys>()("NoKeys", { reach: Schema.String }) {
  static readonly at = ({ bound, publicUrl }: KnownHosts) =>
    new NoKeys({ reach: isLoopback(nameOf(bound)) ? `CALLBOARD_PUBLIC_URL=${publicUrl}` : `HOST=${bound}` })

  override get message() {
    return `${this.reach} lets others reach this server, and there is no key yet. Make the first one with: bun run keys create --name "your name" --role admin`
  }
}
