/** Why a job does not run right now, one sentence per reason. */
import type { Lane } from "../domain/Lane.ts"
import type { WaitingReason } from "../domain/Waiting.ts"
import { due, type Sentence } from "./Sentence.ts"

const places: Readonly<Record<Lane, string>> = { browser: "browser sessions", default: "places" }

const inUse = (lane: Lane, limit: number | undefined): string => {
  if (limit === undefined) return `All ${places[lane]} are in use`
  if (limit === 2) return `Both ${places[lane]} are in use`
  return limit === 1
    ? `The only ${places[lane].replace(/s$/u, "")} is in use`
    : `All ${limit} ${places[lane]} are in use`
}

export const waitingSentence = (reason: WaitingReason, lane: Lane, attempts: number): Sentence => {
  const until = reason.until?.epochMilliseconds
  switch (reason.code) {
    case "scheduled":
      return until === undefined ? ["Starts by itself later."] : ["Starts by itself ", due(until), "."]
    case "backoff":
      return [
        attempts > 0 ? `Try ${attempts} failed; ` : "",
        ...(until === undefined ? ["the next one starts by itself."] : ["the next one starts ", due(until), "."])
      ]
    case "pool_full":
      return [`${inUse(lane, reason.limit)}. It starts when one is free.`]
    case "no_worker":
      return [`No worker is taking “${lane}” jobs. It starts when one does.`]
    case "lease_lost":
      return [
        "Its worker stopped answering. ",
        ...(until === undefined ? ["Another one takes it over."] : ["Another one takes it over ", due(until), "."])
      ]
  }
}
