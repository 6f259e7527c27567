/** Two scripts of the command line as job types: CALLBOARD_CONFIG=examples/callboard.config.ts bun run start */
import { defineCommandJobType, Secret } from "callboard"
import { Schema } from "effect"

const exportMenu = defineCommandJobType({
  name: "export-menu",
  title: "Export a menu",
  description: "Reads all dishes of a restaurant and counts them.",
  input: Schema.Struct({
    restaurant: Schema.String.check(Schema.isNonEmpty()),
    dishes: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))),
    verbose: Schema.optionalKey(Schema.Boolean),
    token: Secret
  }),
  result: Schema.Struct({ restaurant: Schema.String, dishes: Schema.Int }),
  steps: [
    { name: "read", title: "Read the dishes" },
    { name: "write", title: "Write the export" }
  ],
  example: { restaurant: "trattoria-roma", dishes: 40, token: "menu-practice-token" },
  timeout: "5 minutes",
  command: {
    program: "node",
    directory: import.meta.dirname,
    arguments: [
      "scripts/export-menu.mjs",
      { flag: "--restaurant=", input: "restaurant" },
      { flag: "--dishes", input: "dishes" },
      { flag: "--verbose", input: "verbose" }
    ],
    environment: { MENU_TOKEN: { input: "token" } }
  },
  output: { lines: [/^== (?<step>\w+)$/u, /^(?<done>\d+)\/(?<of>\d+) (?<message>.+)$/u] },
  failures: {
    exits: { 75: { code: "RATE_LIMITED", message: "The portal asks for a break." } },
    errors: [{ pattern: /^login refused/u, code: "INVALID_CREDENTIALS", message: "The portal refused the token." }]
  }
})

/** It hangs, and its children do too: cancel it, or stop Callboard, and see that nothing is left. */
const stuckImport = defineCommandJobType({
  name: "stuck-import",
  title: "Stuck import",
  description: "Never ends by itself, so that you can see how Callboard ends it.",
  input: Schema.Struct({}),
  result: Schema.Null,
  example: {},
  timeout: "1 minute",
  retry: { maxRetries: 0 },
  command: { program: "node", directory: import.meta.dirname, arguments: ["scripts/stuck-import.mjs"] },
  output: { lines: [/^(?<done>\d+)\/(?<of>\d+) (?<message>.+)$/u], result: "none" }
})

export default [exportMenu, stuckImport]
