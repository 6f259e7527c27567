/**
 * The language model of AI jobs. Before a call it takes a turn and sets the money aside, after it writes down what came
 * of it. Whoever cannot pay does not ask.
 */
import { Duration, Effect, type Exit, Layer, Option, Schedule, Semaphore, Stream } from "effect"
import { AiError, LanguageModel, type Response } from "effect/ai"
import { AiCalls, type EndedAiCall } from "../../domain/AiCalls.ts"
import { AiModel } from "../../domain/AiModel.ts"
import { CurrentJob, CurrentStep, type RunningJob } from "../../domain/CurrentJob.ts"
import { monotonicMs } from "../../domain/monotonicMs.ts"
import { makeRedactor } from "../../domain/personal/redactPersonal.ts"
import { redactCredentials } from "../../domain/redact.ts"
import { Untimed } from "../../domain/Untimed.ts"
import { aiCalls, aiTokens } from "../metrics/outsideMeters.ts"
import { newId } from "../newId.ts"
import { AiTurns, LONGEST_PAUSE } from "./AiTurns.ts"
import { messagesOf, requestOf } from "./chatWire.ts"
import { BUDGET, SERVER_BUDGET } from "./classifyAi.ts"
import { keptText } from "./keptText.ts"
import type { Provider } from "./OpenAiCompatible.ts"
import { microsOf, mostMicrosOf, type Prices } from "./Prices.ts"
import { cutOff, mayCost, TOO_SLOW } from "./providerFailure.ts"
import { makeSetAside } from "./SetAside.ts"

export interface MeteringOptions {
  readonly provider: Provider
  readonly model: string
  readonly prices: Prices
  readonly maxOutputTokens: number
  /** US dollars, where a job names no budget of its own. */
  readonly standardBudget: number
}

/** The database may be away for a moment: a turn that was waited for is not lost, and a call that was paid is written down. */
const untilBack = Schedule.exponential("100 millis").pipe(Schedule.upTo({ times: 6 }))

const MICROS = 1_000_000

const failed = (module: string, reason: AiError.AiErrorReason) => AiError.make({ module, method: "ask", reason })

interface Answer {
  text: string
  inputTokens?: number | undefined
  outputTokens?: number | undefined
}

const noAnswer = (): Answer => ({ text: "" })

type Close = (exit: Exit.Exit<unknown, AiError.AiError>) => Effect.Effect<void>

/** Outside of a job there is nobody to write it down for. */
const unrecorded: Close = () => Effect.void

/** Reads along. */
const listen = (answer: Answer, part: Response.PartEncoded | Response.StreamPartEncoded) => {
  if (part.type === "text") answer.text += part.text
  if (part.type === "text-delta") answer.text += part.delta
  if (part.type === "tool-call") answer.text += `\n[tool ${part.name} ${JSON.stringify(part.params)}]`
  if (part.type === "finish") {
    answer.inputTokens = part.usage.inputTokens.total ?? undefined
    answer.outputTokens = part.usage.outputTokens.total ?? undefined
  }
}

/** Half an answer reads like a whole one: it is counted, and then refused. */
const isWhole = (method: string) => (part: Response.PartEncoded | Response.StreamPartEncoded) =>
  part.type === "finish" && part.reason === "length" ? Effect.fail(cutOff(method)) : Effect.void

const transcriptOf = (options: LanguageModel.ProviderOptions): string =>
  messagesOf(options.prompt)
    .map(({ content, role, tool_calls: calls }) =>
      [`${role}:`, content, calls && JSON.stringify(calls)].filter(Boolean).join(" ")
    )
    .join("\n\n")

const STOPPED = "stopped"

const WAITS =
  "Waits for its turn to ask the AI model (CALLBOARD_AI_REQUESTS_PER_MINUTE, or a short pause of the provider)."

const problemOf = ({ reason }: AiError.AiError): string =>
  reason._tag === "NetworkError" && reason.description === TOO_SLOW ? TOO_SLOW : reason._tag

/** What came of a call. Work that a provider had begun is paid, whoever stopped it and whatever came of it. */
interface Problem {
  readonly name: string
  readonly mayCost: boolean
}

const problemIn = (exit: Exit.Exit<unknown, AiError.AiError>): Problem | undefined => {
  if (exit._tag === "Success") return undefined
  const fail = exit.cause.reasons.find((reason) => reason._tag === "Fail")
  return fail === undefined
    ? { name: STOPPED, mayCost: true }
    : { name: problemOf(fail.error), mayCost: mayCost(fail.error.reason) }
}

export const layer = ({ maxOutputTokens, model, prices, provider, standardBudget }: MeteringOptions) =>
  Layer.effect(
    AiModel,
    Effect.gen(function* () {
      const calls = yield* AiCalls
      const turns = yield* AiTurns

      for (const kind of ["input", "output"]) yield* aiTokens({ model, kind }, 0)

      const take = turns.take.pipe(
        Effect.retry(untilBack),
        Effect.mapError(() => failed("AiTurns", new AiError.InternalProviderError({ description: "no turn" })))
      )

      /** Only who is first asks for a turn, so that nobody waits for ever. */
      const line = Semaphore.makeUnsafe(1)

      const sayThatItWaits = Effect.logInfo(WAITS)

      const nextTurn = (whenLater: Effect.Effect<void>) =>
        Effect.gen(function* () {
          let turn = yield* take
          if (turn._tag === "Later") yield* whenLater
          while (turn._tag === "Later") {
            yield* Effect.sleep(turn.wait)
            turn = yield* take
          }
          return turn
        })

      const turnInLine = Effect.gen(function* () {
        const atOnce = yield* line.withPermitsIfAvailable(1)(nextTurn(sayThatItWaits))
        if (Option.isSome(atOnce)) return atOnce.value
        yield* sayThatItWaits
        return yield* line.withPermit(nextTurn(Effect.void))
      })

      /** Our own pace is no failure of the job, and none of its time. */
      const takeTurn = Effect.gen(function* () {
        const turn = yield* turnInLine
        if (turn._tag === "Paused") {
          return yield* failed("AiTurns", new AiError.RateLimitError({ retryAfter: turn.wait }))
        }
        yield* Effect.sleep(turn.wait)
      }).pipe((wait) => Effect.flatMap(Untimed, (untimed) => untimed(wait)))

      /** Those who share the key are spared the same refusal. */
      const passOn = (error: AiError.AiError) =>
        error.reason._tag === "RateLimitError" && error.module !== "AiTurns" && error.reason.retryAfter !== undefined
          ? Effect.ignore(turns.pause(Duration.min(error.reason.retryAfter, LONGEST_PAUSE)))
          : Effect.void

      const forJob: typeof AiModel.Service.forJob = ({ budgetUsd = standardBudget, personal = [] }) => {
        // A job may ask for less than the server allows each of them, and not for more.
        const budgetMicros = Math.floor(Math.min(budgetUsd, standardBudget) * MICROS)
        // Whoever has not got all that the server allows can be given more.
        const spent = budgetUsd < standardBudget ? BUDGET : SERVER_BUDGET
        const setAside = makeSetAside()
        const redact = makeRedactor(personal)
        const kept = keptText((text) => redact(redactCredentials(text)))

        const begin = Effect.fnUntraced(function* (job: RunningJob, options: LanguageModel.ProviderOptions) {
          const id = newId()
          const call = {
            id,
            jobId: job.id,
            attempt: job.attempt,
            step: yield* CurrentStep,
            model,
            mostMicros: mostMicrosOf(prices, JSON.stringify(requestOf(options)), maxOutputTokens),
            budgetMicros,
            prompt: kept(transcriptOf(options))
          }
          const begun = yield* Effect.mapError(setAside.take(calls.begin(call)), () =>
            failed("AiCalls", new AiError.InternalProviderError({ description: "no record" }))
          )
          if (!begun) return yield* failed(spent, new AiError.QuotaExhaustedError({}))
          return id
        })

        const count = ({ inputTokens = 0, outcome, outputTokens = 0 }: EndedAiCall) =>
          Effect.andThen(
            aiCalls({ model, outcome }),
            Effect.andThen(
              aiTokens({ model, kind: "input" }, inputTokens),
              aiTokens({ model, kind: "output" }, outputTokens)
            )
          )

        const write = (id: string, end: EndedAiCall) =>
          calls.end(id, end).pipe(
            Effect.retry(untilBack),
            Effect.catch((error) => Effect.logWarning("a call to an AI model could not be written down", error)),
            Effect.andThen(count(end))
          )

        const endOf = (answer: Answer, durationMs: number, problem: Problem | undefined): EndedAiCall => {
          const { inputTokens, outputTokens, text } = answer
          const counted = inputTokens !== undefined && outputTokens !== undefined
          return {
            outcome: problem === undefined ? "answered" : "failed",
            durationMs,
            ...(counted && { inputTokens, outputTokens, costMicros: microsOf(prices, inputTokens, outputTokens) }),
            ...(problem !== undefined && {
              problem: problem.name,
              ...(!counted && text === "" && !problem.mayCost && { costMicros: 0 })
            }),
            ...(text !== "" && { answer: kept(text) })
          }
        }

        /** Gives what has to be done when the call has ended. */
        const opened = (
          options: LanguageModel.ProviderOptions,
          answer: Answer
        ): Effect.Effect<Close, AiError.AiError> =>
          Effect.gen(function* () {
            yield* takeTurn
            const job = yield* CurrentJob
            if (Option.isNone(job)) return unrecorded
            const id = yield* begin(job.value, options)
            const startedMs = yield* monotonicMs
            const close: Close = (exit) =>
              Effect.flatMap(monotonicMs, (nowMs) =>
                Effect.andThen(write(id, endOf(answer, nowMs - startedMs, problemIn(exit))), setAside.ended)
              )
            return close
          })

        const generateText: Provider["generateText"] = (options) =>
          Effect.gen(function* () {
            const answer = noAnswer()
            const close = yield* opened(options, answer)
            return yield* provider.generateText(options).pipe(
              Effect.tap((parts) =>
                Effect.sync(() => {
                  for (const part of parts) listen(answer, part)
                })
              ),
              Effect.tap((parts) => Effect.forEach(parts, isWhole("generateText"), { discard: true })),
              Effect.tapError(passOn),
              Effect.onExit((exit) => close(exit))
            )
          })

        const streamText: Provider["streamText"] = (options) =>
          Stream.unwrap(
            Effect.map(Effect.sync(noAnswer), (answer) =>
              Stream.unwrap(
                Effect.map(opened(options, answer), (close) =>
                  provider.streamText(options).pipe(
                    Stream.tap((part) => Effect.sync(() => listen(answer, part))),
                    Stream.tap(isWhole("streamText")),
                    Stream.tapError(passOn),
                    Stream.onExit((exit) => close(exit))
                  )
                )
              )
            )
          )

        return LanguageModel.make({ ...provider, generateText, streamText })
      }

      return AiModel.of({ forJob })
    })
  )
