/** The one-file program: the command line, with what job types of a team import. Nothing imports it. */
import * as effect from "effect"
import * as callboard from "./callboard.ts"
import { giveModules, partsOf } from "./runtime/builtInModules.ts"

giveModules({
  callboard: async () => callboard,
  "callboard/client": () => import("./client.ts"),
  "callboard/testing": () => import("./testing.ts"),
  effect: async () => effect,
  "effect/encoding": () => import("effect/encoding"),
  "effect/http": () => import("effect/http"),
  "effect/process": () => import("effect/process"),
  "effect/sql": () => import("effect/sql"),
  ...partsOf("effect", effect)
})

await import("./cli.ts")
