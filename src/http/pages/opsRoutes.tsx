/** Fleet and job types: how they are, and pausing them. */
import { Clock, Duration, Effect } from "effect"
import { type Context, Hono } from "hono"
import { mayRule } from "../../domain/Caller.ts"
import { JobEstimates } from "../../domain/JobEstimates.ts"
import type { JobsUnavailable } from "../../domain/Jobs.ts"
import { type JobType, JobTypes, type UnknownJobType } from "../../domain/JobType.ts"
import { isLane } from "../../domain/Lane.ts"
import { Lanes, type PauseRequest } from "../../domain/Lanes.ts"
import type { NotAllowed } from "../../domain/NotAllowed.ts"
import { Workers } from "../../domain/Workers.ts"
import { FleetPage, type FleetPageProps, FleetParts } from "../../views/FleetPage.tsx"
import { LONGEST_REASON } from "../../views/PauseForm.tsx"
import { type KnownJobType, TypePage, TypesPage } from "../../views/TypesPage.tsx"
import { callerOf } from "../callerOf.ts"
import type { HttpServices } from "../Run.ts"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { formOf } from "./formOf.ts"
import { needs } from "./needs.ts"
import { fragmentResponse, pageResponse, wantsFragment } from "./page.tsx"
import { safePath } from "./safePath.ts"

const NO_REASON = "Say why, so that others know when to resume."

/** Lanes and types are paused for all organisations. */
const mayAdminister = (c: Context): boolean => mayRule(callerOf(c))

const loadFleet = Effect.gen(function* () {
  const { list, pausedTypes } = yield* Lanes
  const { all } = yield* JobTypes
  const workers = yield* Workers
  const found = yield* Effect.all({ lanes: list, pausedTypes, workers: workers.list }, { concurrency: 3 })
  const titles = new Map(all.map(({ name, title }) => [name, title]))
  return {
    ...found,
    titles,
    nowMs: yield* Clock.currentTimeMillis,
    pausedTypes: [...found.pausedTypes].map(([name, paused]) => ({ name, paused, title: titles.get(name) ?? name }))
  }
})

const showFleet = (c: Context, board: Board, refused?: string) =>
  answer(c, board, {
    load: loadFleet,
    show: (fleet) => {
      const props: FleetPageProps = { ...fleet, mayAdminister: mayAdminister(c), refused }
      if (wantsFragment(c)) return fragmentResponse(c, <FleetParts {...props} />)
      const content = <FleetPage {...props} />
      return pageResponse(c, board.info, {
        title: "Fleet",
        here: "/fleet",
        live: true,
        status: refused === undefined ? 200 : 422,
        content
      })
    }
  })

const knownOf = ({ retry, timeout, ...type }: JobType): KnownJobType => ({
  ...type,
  timeoutMs: Duration.toMillis(timeout),
  retries: retry.maxRetries
})

const loadType = (name: string) =>
  Effect.gen(function* () {
    const type = yield* (yield* JobTypes).named(name)
    const { ended, types } = yield* JobEstimates
    const { pausedTypes } = yield* Lanes
    const found = yield* Effect.all({ ended: ended(name), estimates: types, paused: pausedTypes }, { concurrency: 3 })
    return {
      type: knownOf(type),
      estimate: found.estimates.get(name),
      ended: found.ended,
      paused: found.paused.get(name),
      nowMs: yield* Clock.currentTimeMillis
    }
  })

type Change = Effect.Effect<unknown, JobsUnavailable | NotAllowed | UnknownJobType, HttpServices>

/** Goes back to the page with the form; a pause without a reason is told why it was refused. */
const changed = (c: Context, board: Board, back: string, change: Change) =>
  answer(c, board, { load: change, show: () => c.redirect(back, 303) })

const onPause = async (c: Context, board: Board, pause: (request: PauseRequest) => Change) => {
  const form = await formOf(c)
  const reason = form.get("reason")?.trim().slice(0, LONGEST_REASON) ?? ""
  if (reason === "") return showFleet(c, board, NO_REASON)
  return changed(c, board, safePath(form.get("back"), "/fleet"), pause({ by: callerOf(c).name, reason }))
}

const onResume = async (c: Context, board: Board, change: Change) =>
  changed(c, board, safePath((await formOf(c)).get("back"), "/fleet"), change)

const withLanes = (act: (lanes: typeof Lanes.Service) => Change): Change => Effect.flatMap(Lanes, act)

export const opsRoutes = (board: Board) =>
  new Hono()
    .get("/fleet", needs("read"), (c) => showFleet(c, board))
    .post("/fleet/lanes/:lane/pause", needs("administer"), (c) => {
      const lane = c.req.param("lane")
      if (!isLane(lane)) return c.notFound()
      return onPause(c, board, (request) => withLanes((all) => all.pause(lane, request)))
    })
    .post("/fleet/lanes/:lane/resume", needs("administer"), (c) => {
      const lane = c.req.param("lane")
      if (!isLane(lane)) return c.notFound()
      return onResume(
        c,
        board,
        withLanes((all) => all.resume(lane))
      )
    })
    .get("/types", needs("read"), (c) => {
      const load = Effect.gen(function* () {
        const estimates = yield* JobEstimates
        const { pausedTypes } = yield* Lanes
        const { all } = yield* JobTypes
        const found = yield* Effect.all({ estimates: estimates.types, paused: pausedTypes }, { concurrency: 2 })
        return { ...found, types: all.map(knownOf) }
      })
      return answer(c, board, {
        load,
        show: (props) => pageResponse(c, board.info, { title: "Job types", content: <TypesPage {...props} /> })
      })
    })
    .get("/types/:type", needs("read"), (c) => {
      const load = loadType(c.req.param("type"))
      return answer(c, board, {
        load,
        show: (props) =>
          pageResponse(c, board.info, {
            title: props.type.title,
            content: <TypePage {...props} mayAdminister={mayAdminister(c)} />
          })
      })
    })
    .post("/types/:type/pause", needs("administer"), (c) =>
      onPause(c, board, (request) => withLanes((all) => all.pauseType(c.req.param("type"), request)))
    )
    .post("/types/:type/resume", needs("administer"), (c) =>
      onResume(
        c,
        board,
        withLanes((all) => all.resumeType(c.req.param("type")))
      )
    )
