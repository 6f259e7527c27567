import { Effect } from "effect"
import { isLocal, type KnownHosts, NoKeys } from "../domain/Reach.ts"
import { isOpen } from "./identify.ts"

/** Fails for a server that others can reach while nobody has to say who they are. */
export const refuseStrangers = (hosts: KnownHosts) =>
  Effect.gen(function* () {
    if (isLocal(hosts) || !(yield* isOpen)) return
    yield* NoKeys.at(hosts)
  })
