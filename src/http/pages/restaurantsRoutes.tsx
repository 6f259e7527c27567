/** `/restaurants`: all of them, and the page of one. */
import { Clock, Effect, Option } from "effect"
import { type Context, Hono } from "hono"
import { JobReports } from "../../domain/JobReports.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { Questions } from "../../domain/Questions.ts"
import { type RestaurantHealth, Restaurants } from "../../domain/Restaurants.ts"
import { storableName } from "../../domain/Storable.ts"
import { TeamNotes } from "../../domain/TeamNotes.ts"
import { ErrorPage } from "../../views/ErrorPage.tsx"
import { JobRow } from "../../views/JobRow.tsx"
import { Checklist, NewJobs, RestaurantPage, type RestaurantPageProps } from "../../views/RestaurantPage.tsx"
import {
  parseRestaurantsQuery,
  RestaurantRow,
  RestaurantsPage,
  type RestaurantsQuery,
  restaurantRowId,
  restaurantUrl
} from "../../views/RestaurantsPage.tsx"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { questionParts } from "./inboxRoutes.tsx"
import { needs } from "./needs.ts"
import { saveNote } from "./noteForm.ts"
import { jobIdsIn, type Parts, promptIdsIn } from "./PartsFeed.ts"
import { pageResponse } from "./page.tsx"
import { showJobs } from "./showJobs.ts"
import { inOrderOf, showQuestions } from "./shownParts.ts"

/** Jobs that the page of a restaurant shows. */
const LAST_JOBS = 20

export const showRestaurants = (restaurants: ReadonlyArray<RestaurantHealth>) =>
  Effect.gen(function* () {
    const types = yield* JobTypes
    const nowMs = yield* Clock.currentTimeMillis
    const titleOf = (name: string) => Option.getOrUndefined(types.find(name))?.title ?? name
    return restaurants.map((health) => ({ health, nowMs, title: titleOf(health.latest.jobType) }))
  })

const loadList = (query: RestaurantsQuery) =>
  Effect.gen(function* () {
    const { next, restaurants } = yield* (yield* Restaurants).list(query)
    return { query, restaurants: yield* showRestaurants(restaurants), next }
  })

export const restaurantsChanges = (params: URLSearchParams): Parts =>
  Effect.map(loadList(parseRestaurantsQuery(params)), ({ restaurants }) =>
    restaurants.map((shown) => ({
      id: restaurantRowId(shown.health.restaurantId),
      node: <RestaurantRow shown={shown} />
    }))
  )

/** Job types that are for a restaurant: their input names one. */
const isForRestaurants = ({ inputSchema }: (typeof JobTypes.Service)["all"][number]): boolean =>
  JSON.stringify(inputSchema).includes('"restaurantId"')

const loadRestaurant = (restaurantId: string) =>
  Effect.gen(function* () {
    const found = Option.getOrUndefined(yield* (yield* Restaurants).get(restaurantId))
    if (found === undefined) return undefined
    const [questions, page, notes] = yield* Effect.all(
      [
        (yield* Questions).open({ restaurantId }),
        (yield* JobReports).list({ restaurantId }, { limit: LAST_JOBS, glance: true }),
        (yield* TeamNotes).history({ about: "restaurant", subject: restaurantId })
      ],
      { concurrency: 3 }
    ).pipe(Effect.catchTag("InvalidCursor", Effect.die))
    const { all } = yield* JobTypes
    return {
      detail: found,
      questions: yield* showQuestions(questions),
      jobs: yield* showJobs(page.jobs),
      moreJobs: page.nextCursor !== undefined,
      notes,
      types: all.filter(isForRestaurants),
      nowMs: yield* Clock.currentTimeMillis
    } satisfies RestaurantPageProps
  })

export const restaurantChanges = (params: URLSearchParams): Parts => {
  const restaurantId = storableName(params.get("restaurant") ?? "")
  const [ids, prompts] = [jobIdsIn(params), promptIdsIn(params)]
  const newest = ids.toSorted().at(-1) ?? ""
  return Effect.gen(function* () {
    const reports = yield* JobReports
    const [jobs, page, questions, detail] = yield* Effect.all(
      [
        reports.byIds(ids),
        reports.list({ restaurantId }, { limit: LAST_JOBS, glance: true }),
        (yield* Questions).byIds(prompts),
        (yield* Restaurants).get(restaurantId)
      ],
      { concurrency: 4 }
    ).pipe(Effect.catchTag("InvalidCursor", Effect.die))
    const types = (yield* JobTypes).all.filter(isForRestaurants)
    // Ids rise with the time of creation (UUID v7).
    const count = page.jobs.filter(({ id }) => id > newest).length
    return [
      ...(yield* showJobs(jobs)).map((shown) => ({ id: `job-${shown.job.id}`, node: <JobRow shown={shown} /> })),
      ...questionParts(yield* showQuestions(inOrderOf(prompts, ({ prompt }) => prompt.id, questions))),
      { id: "new-jobs", node: <NewJobs count={count} restaurantId={restaurantId} /> },
      ...(Option.isSome(detail) ? [{ id: "checklist", node: <Checklist detail={detail.value} types={types} /> }] : [])
    ]
  })
}

const isUnknown = (c: Context, { info }: Board, restaurantId: string): Response =>
  pageResponse(c, info, {
    title: "Unknown restaurant",
    status: 404,
    here: "/restaurants",
    content: (
      <ErrorPage
        heading={`No job is for “${restaurantId}”.`}
        text="A restaurant is known by its jobs. Its last ones may have been removed after their time."
        onward={{ href: "/restaurants", label: "All restaurants" }}
      />
    )
  })

const showRestaurant = (c: Context, { info }: Board, props: RestaurantPageProps): Response =>
  pageResponse(c, info, {
    title: props.detail.restaurantId,
    live: true,
    here: restaurantUrl(props.detail.restaurantId),
    status: props.unsaved === undefined ? 200 : 409,
    content: <RestaurantPage {...props} />
  })

const writeNote = async (c: Context, board: Board): Promise<Response> => {
  const subject = storableName(c.req.param("id") ?? "")
  const save = await saveNote(c, { about: "restaurant", subject })
  return answer(c, board, {
    load: Effect.gen(function* () {
      if ((yield* loadRestaurant(subject)) === undefined) return () => isUnknown(c, board, subject)
      const unsaved = yield* save
      if (unsaved === undefined) return () => c.redirect(restaurantUrl(subject), 303)
      const props = yield* loadRestaurant(subject)
      return () => (props ? showRestaurant(c, board, { ...props, unsaved }) : isUnknown(c, board, subject))
    }),
    show: (respond) => respond()
  })
}

export const restaurantsRoutes = (board: Board) =>
  new Hono()
    .get("/restaurants", needs("read"), (c) =>
      answer(c, board, {
        load: loadList(parseRestaurantsQuery(new URL(c.req.url).searchParams)),
        show: (props) =>
          pageResponse(c, board.info, { title: "Restaurants", live: true, content: <RestaurantsPage {...props} /> })
      })
    )
    .get("/restaurants/:id", needs("read"), (c) => {
      const id = storableName(c.req.param("id"))
      return answer(c, board, {
        load: loadRestaurant(id),
        show: (props) => (props === undefined ? isUnknown(c, board, id) : showRestaurant(c, board, props))
      })
    })
    .post("/restaurants/:id/note", needs("operate"), (c) => writeNote(c, board))
