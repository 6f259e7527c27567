/** What one run of a program said so far: its log, its result, and what it blamed. */
import { Effect, Schema } from "effect"
import { type CommandFailures, failureOfEnd, makeErrorFinder } from "./CommandFailure.ts"
import {
  type CommandOutput,
  type LineError,
  type LineNews,
  type LineWords,
  makeLineReader,
  parseJson
} from "./CommandOutput.ts"
import type { CommandEnd, CommandLine } from "./Commands.ts"
import { FatalError, type JobError } from "./JobError.ts"
import { issuesOf } from "./JobType.ts"

/** Characters of an output that is kept as the result: twice what a result may take. */
const LONGEST_OUTPUT = 2 * 1024 * 1024

const noResult = (message: string, hint?: string) =>
  new FatalError({ code: "SCRIPT_DEFECT", message, ...(hint !== undefined && { hint }) })

const CHECK = "Compare what the command printed with the result of the job type."

/** Lines of a held back output that are logged: its last ones, which say most about what went wrong. */
const MOST_HELD_BACK = 1_000

/**
 * Results may hold what nobody else should read, so a line that is or may be the result is not logged. A result that was
 * cut off is told by its beginning, which `[12:30] started` has not.
 */
const mayBeResult = (text: string, isCutOff: boolean) =>
  isCutOff ? /^\s*(?:\{|\[\s*["{[])/u.test(text) : /^\s*[[{]/u.test(text) && parseJson(text) !== undefined

const log = ({ cut, from, text }: CommandLine) => {
  const shown = cut ? `${text} (and more)` : text
  return from === "stderr" ? Effect.logWarning(shown) : Effect.logInfo(shown)
}

export const makeCommandReport = <Result, ResultJson>(
  output: CommandOutput,
  failures: CommandFailures,
  result: Schema.Codec<Result, ResultJson>
) => {
  const place = output.result ?? "last-line"
  const readLine = makeLineReader(output)
  const findError = makeErrorFinder(failures)
  const decode = Schema.decodeUnknownEffect(result, { errors: "all" })
  /** The last line and the whole output are logged when they turn out not to be the result. */
  let last: CommandLine | undefined
  let found: { readonly value: unknown } | undefined
  let blamed: LineError | undefined
  let words: LineWords | undefined
  const whole: Array<string> = []
  let length = 0

  const keepWhole = ({ text }: CommandLine) => {
    length += text.length + 1
    if (length <= LONGEST_OUTPUT) whole.push(text)
    return Effect.void
  }

  const keepLast = (line: CommandLine) => {
    const former = last
    last = line
    return former === undefined ? Effect.void : log(former)
  }

  const readOutput = (line: CommandLine): LineNews => {
    const news = readLine(line.text)
    if (news.error !== undefined) {
      if ("code" in news.error) blamed ??= news.error
      else words ??= news.error
    }
    if (news.result !== undefined) found = news.result
    return news
  }

  const logLine = (line: CommandLine, news: LineNews) => {
    if (line.from === "stdout" && (place === "json" || place === "text")) return keepWhole(line)
    if (line.text.trim() === "" || news.result !== undefined) return Effect.void
    return line.from === "stdout" && place === "last-line" ? keepLast(line) : log(line)
  }

  /** Logs the line, and gives what has to be shown of it. */
  const read = (line: CommandLine) =>
    Effect.suspend(() => {
      blamed ??= findError(line)
      const news = line.from === "stdout" ? readOutput(line) : {}
      const isShown = "step" in news || "message" in news || "within" in news
      return Effect.as(logLine(line, news), isShown ? news : undefined)
    })

  const resultText = (): { readonly value: unknown } | undefined => {
    switch (place) {
      case "none":
        return { value: null }
      case "lines":
        return found
      case "last-line":
        return found ?? (last && parseJson(last.text))
      case "text":
        return length > LONGEST_OUTPUT ? undefined : { value: whole.join("\n") }
      case "json":
        return length > LONGEST_OUTPUT ? undefined : parseJson(whole.join("\n"))
    }
  }

  /** Logs what was held back because it might have been the result, and was not. Once. Gives whether it stays hidden. */
  const logHeldBack = (isCutOff: boolean) =>
    Effect.suspend(() => {
      const all = whole.splice(0).map((text): CommandLine => ({ from: "stdout", text, cut: false }))
      const held = last === undefined ? all : [last]
      const isPart = isCutOff || length > LONGEST_OUTPUT || last?.cut === true
      last = undefined
      if (mayBeResult(held.map(({ text }) => text).join("\n"), isPart)) return Effect.succeed(true)
      const said = held.filter(({ text }) => text.trim() !== "")
      const lines = said.slice(-MOST_HELD_BACK)
      const left = said.length - lines.length
      return Effect.as(
        Effect.andThen(
          left > 0 ? Effect.logInfo(`${left} lines are left out here.`) : Effect.void,
          Effect.forEach(lines, log, { discard: true })
        ),
        false
      )
    })

  /** A line that says the result makes the last line an ordinary one. */
  const logLast = Effect.suspend(() => {
    const line = last
    last = undefined
    return line === undefined ? Effect.void : log(line)
  })

  const decodeResult = (value: unknown) =>
    decode(value).pipe(
      Effect.mapError((error) => {
        const issues = issuesOf(error).map(({ message, path }) => (path === "" ? message : `${path}: ${message}`))
        return noResult(`The command gave a result of another form (${issues.join("; ")}).`, CHECK)
      })
    )

  const resultOf = Effect.gen(function* () {
    const given = resultText()
    if (given === undefined) {
      // What is too long is a result all the same.
      if (length <= LONGEST_OUTPUT) yield* logHeldBack(false)
      return yield* noResult("The command ended well, but gave no result.", CHECK)
    }
    if (place === "last-line" && found !== undefined) yield* logLast
    return yield* decodeResult(given.value)
  })

  let isConcluded = false

  /** The result, or why there is none. */
  const conclude = (end: CommandEnd): Effect.Effect<Result, JobError> =>
    Effect.suspend(() => {
      isConcluded = true
      if (failureOfEnd(end, failures, { blamed, words, isHidden: false }) === undefined) return resultOf
      return Effect.flatMap(logHeldBack(false), (isHidden) =>
        Effect.fail(failureOfEnd(end, failures, { blamed, words, isHidden })!)
      )
    })

  /** For a command whose end nobody concludes, because it ran out of time or was cancelled: logs what was held back. */
  const close = Effect.suspend(() => (isConcluded ? Effect.void : Effect.asVoid(logHeldBack(true))))

  return { read, conclude, close }
}
