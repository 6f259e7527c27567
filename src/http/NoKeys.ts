import { Effect, Schema } from "effect"
import { isOpen } from "./identify.ts"
import { isLoopback, type KnownHosts, nameOf } from "./sameOrigin.ts"

/** Others could reach a server that lets everybody do everything. */
export class NoKeys extends Schema.TaggedError<NoKeys>()("NoKeys", { reach: Schema.String }) {
  override get message() {
    return `${this.reach} lets others reach this server, and there is no key yet. Make the first one with: bun run keys create --name "your name" --role admin`
  }
}

/** Nobody but this computer can reach the server. */
export const isLocal = ({ bound, publicUrl }: KnownHosts): boolean =>
  isLoopback(nameOf(bound)) && (publicUrl === undefined || isLoopback(publicUrl.hostname))

/** Fails for a server that others can reach while nobody has to say who they are. */
export const refuseStrangers = (hosts: KnownHosts) =>
  Effect.gen(function* () {
    if (isLocal(hosts) || !(yield* isOpen)) return
    const reach = isLoopback(nameOf(hosts.bound)) ? `CALLBOARD_PUBLIC_URL=${hosts.publicUrl}` : `HOST=${hosts.bound}`
    yield* new NoKeys({ reach })
  })
