/** Questions and failures with the titles of their types and steps: what views take. */
import { Clock, Effect, Option } from "effect"
import type { FailureKind } from "../../domain/FailureKinds.ts"
import { JobTypes } from "../../domain/JobType.ts"
import type { Question } from "../../domain/Questions.ts"
import type { ShownKind } from "../../views/components/KindRow.tsx"
import type { ShownQuestion } from "../../views/components/QuestionCard.tsx"
import { stepTitle } from "../../views/ShownJob.ts"

const named = (types: typeof JobTypes.Service, jobType: string, step: string | undefined) => {
  const type = Option.getOrUndefined(types.find(jobType))
  return {
    title: type?.title ?? jobType,
    ...(step !== undefined && { stepTitle: stepTitle(type?.steps ?? [], step) })
  }
}

export const showQuestions = (questions: ReadonlyArray<Question>) =>
  Effect.gen(function* () {
    const types = yield* JobTypes
    const nowMs = yield* Clock.currentTimeMillis
    return questions.map(
      (question): ShownQuestion => ({ question, nowMs, ...named(types, question.job.jobType, question.prompt.step) })
    )
  })

export const showKinds = (kinds: ReadonlyArray<FailureKind>) =>
  Effect.gen(function* () {
    const types = yield* JobTypes
    const nowMs = yield* Clock.currentTimeMillis
    return kinds.map((kind): ShownKind => ({ kind, nowMs, ...named(types, kind.jobType, kind.step) }))
  })

/** In the order of the list; what is not in it is left out. */
export const inOrderOf = <K extends string, A>(
  order: ReadonlyArray<K>,
  keyOf: (value: A) => K,
  values: ReadonlyArray<A>
): ReadonlyArray<A> => {
  const byKey = new Map(values.map((value) => [keyOf(value), value]))
  return order.flatMap((key) => {
    const value = byKey.get(key)
    return value === undefined ? [] : [value]
  })
}
