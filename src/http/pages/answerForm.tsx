/** Answers from the form of a job type that an address names, or says that there is no such type. */
import { Effect } from "effect"
import type { Context } from "hono"
import { type JobType, UnknownJobType } from "../../domain/JobType.ts"
import { messageOf } from "../../domain/messageOf.ts"
import { Toast } from "../../views/components/Partial.tsx"
import { ErrorPage } from "../../views/ErrorPage.tsx"
import type { DomainError } from "../errorResponse.ts"
import type { HttpServices } from "../Run.ts"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { findStartable, type JobForm, jobFormOf } from "./JobForm.ts"
import { fragmentResponse, pageResponse, wantsFragment } from "./page.tsx"

/** The example of a type is made by code of its author, which may be wrong. */
const unusable = (type: JobType, cause: unknown) =>
  new UnknownJobType({
    jobType: type.name,
    known: [],
    reason: `Its example cannot be made: ${messageOf(cause)}`
  })

export const findForm = Effect.fnUntraced(function* (name: string) {
  const type = yield* findStartable(name)
  return yield* Effect.try({ try: () => jobFormOf(type), catch: (cause) => unusable(type, cause) })
})

const showUnknownType = (c: Context, { info }: Board, { jobType, reason }: UnknownJobType): Response => {
  const heading =
    reason === undefined ? `There is no job type named “${jobType}”.` : `The job type “${jobType}” is not available.`
  if (wantsFragment(c)) return fragmentResponse(c, <Toast tone="alert">{heading}</Toast>, 404)
  const onward = { href: "/jobs/new", label: "All job types" }
  const content = <ErrorPage heading={heading} text={reason ?? "Choose one that this server knows."} onward={onward} />
  return pageResponse(c, info, { title: "Unknown job type", status: 404, here: "/jobs/new", content })
}

interface FormAnswer<A, E> {
  readonly load: (form: JobForm) => Effect.Effect<A, E, HttpServices>
  readonly show: (value: A) => Response
}

/** As `answer`, for the form of the type that the address names. */
export const answerForm = <A, E extends DomainError>(c: Context, board: Board, { load, show }: FormAnswer<A, E>) =>
  answer(c, board, {
    load: Effect.flatMap(findForm(c.req.param("type") ?? ""), load).pipe(
      Effect.map((value) => () => show(value)),
      Effect.catchTag("UnknownJobType", (error) => Effect.succeed(() => showUnknownType(c, board, error)))
    ),
    show: (respond) => respond()
  })
