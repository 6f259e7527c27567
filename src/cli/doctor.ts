/**
 * `callboard doctor`: what is wrong with this machine and these settings, and how to mend it. It changes nothing but to
 * unpack the browser that it tries.
 */
import { Effect, Result } from "effect"
import { Command } from "effect/cli"
import { redact } from "../domain/redact.ts"
import * as ProcessLog from "../runtime/ProcessLog.ts"
import { readSettings } from "../runtime/Settings.ts"
import { checkBrowser } from "./doctor/checkBrowser.ts"
import { checkBucket } from "./doctor/checkBucket.ts"
import { checkDatabase } from "./doctor/checkDatabase.ts"
import { checkFolder } from "./doctor/checkFolder.ts"
import { checkJobTypes } from "./doctor/checkJobTypes.ts"
import { checkReach } from "./doctor/checkReach.ts"
import { type Finding, fault, fine } from "./doctor/Finding.ts"
import { print } from "./printing.ts"
import { Refused } from "./Refused.ts"

/** So long may what is written take to be read. */
const LINGER_MS = 1_000

/** The file of a team may have opened what keeps a process from its end. */
const endSoon = Effect.sync(() => setTimeout(() => process.exit(), LINGER_MS).unref())

const SIGNS: Readonly<Record<Finding["state"], string>> = { fine: "ok  ", warning: "warn", fault: "FAIL" }

const lineOf = ({ about, advice, says, state }: Finding): string =>
  redact(`${SIGNS[state]}  ${about}: ${says}${advice === undefined ? "" : `\n      ${advice}`}`)

const examine = Effect.gen(function* () {
  const read = yield* Effect.result(readSettings(process.env))
  // Without settings nobody knows what else to look at.
  if (Result.isFailure(read))
    return [fault("settings", read.failure.message, "Every setting is listed in docs/settings.md.")]
  const settings = read.success
  const folder = yield* checkFolder(settings.dataDirectory)
  const rest = yield* Effect.all(
    [
      checkJobTypes(settings),
      checkDatabase(settings),
      checkReach(settings),
      checkBucket(settings),
      settings.role === "web" ? Effect.succeed([]) : Effect.map(checkBrowser(settings), (finding) => [finding])
    ],
    { concurrency: 2 }
  )
  return [fine("settings", "can be read"), folder, ...rest.flat()]
})

export const doctor = Command.make("doctor", {}, () =>
  Effect.gen(function* () {
    const findings = yield* examine.pipe(Effect.provide(ProcessLog.layer("error")))
    for (const finding of findings) yield* print(lineOf(finding))
    yield* endSoon
    const faults = findings.filter(({ state }) => state === "fault").length
    if (faults > 0) return yield* new Refused({ message: `${faults} thing(s) have to be mended.` })
  })
).pipe(Command.withDescription("Say what is wrong with this machine and these settings, and how to mend it."))
