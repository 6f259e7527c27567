/** The one-file program: the command line, with what job types of a team import. Nothing imports it. */
import * as effect from "effect"
import * as callboard from "./callboard.ts"
import { giveModules, partsOf, withParts } from "./runtime/builtInModules.ts"
import { namesIn } from "./runtime/namesIn.ts" with { type: "macro" }

giveModules({
  callboard: async () => callboard,
  "callboard/client": () => import("./client.ts"),
  "callboard/testing": () => import("./testing.ts"),
  effect: async () => effect,
  ...partsOf("effect", effect),
  ...withParts("effect/encoding", await namesIn("effect/encoding"), () => import("effect/encoding")),
  ...withParts("effect/http", await namesIn("effect/http"), () => import("effect/http")),
  ...withParts("effect/process", await namesIn("effect/process"), () => import("effect/process")),
  ...withParts("effect/sql", await namesIn("effect/sql"), () => import("effect/sql"))
})

await import("./cli.ts")
