/** The webhooks of the organisation, for its admins. */
import { Clock, Effect, Result, Schema } from "effect"
import { type Context, Hono } from "hono"
import type { JobsUnavailable } from "../../domain/Jobs.ts"
import { type InputIssue, issuesOf, JobTypes } from "../../domain/JobType.ts"
import { CreateWebhook, EventFilter, type WebhookId, type WebhookWithSecret } from "../../domain/Webhook.ts"
import { type WebhookNotFound, Webhooks, webhookIdOf, webhookUrlIssue } from "../../domain/Webhooks.ts"
import { WebhookPage, type WebhookPageProps } from "../../views/WebhookPage.tsx"
import { type WebhookDraft, WebhooksPage, type WebhooksPageProps } from "../../views/WebhooksPage.tsx"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { formOf } from "./formOf.ts"
import { needs } from "./needs.ts"
import { pageResponse } from "./page.tsx"

/** Deliveries on one page. */
const PAGE_SIZE = 20

const decodeRequest = Schema.decodeUnknownResult(CreateWebhook, { errors: "all" })

const loadList = (form: Pick<WebhooksPageProps, "draft" | "issues"> = {}) =>
  Effect.gen(function* () {
    const webhooks = yield* (yield* Webhooks).list
    const types = (yield* JobTypes).all
    return { webhooks, types, nowMs: yield* Clock.currentTimeMillis, ...form } satisfies WebhooksPageProps
  })

const loadOne = (id: WebhookId, after?: string) =>
  Effect.gen(function* () {
    const { deliveries, get } = yield* Webhooks
    const webhook = yield* get(id)
    const page = yield* deliveries(id, { limit: PAGE_SIZE, ...(after !== undefined && { cursor: after }) })
    return { webhook, ...page, nowMs: yield* Clock.currentTimeMillis } satisfies WebhookPageProps
  })

const draftOf = (form: ReadonlyMap<string, string>): WebhookDraft => {
  const text = (name: string) => form.get(name)?.trim() ?? ""
  return {
    url: text("url"),
    description: text("description"),
    events: EventFilter.literals.filter((event) => form.get(`event.${event}`) === "on"),
    jobType: text("jobType"),
    restaurantId: text("restaurantId"),
    label: text("label")
  }
}

/** What was left empty was not meant. */
const requestOf = ({ description, events, jobType, label, restaurantId, url }: WebhookDraft) => ({
  url,
  events,
  ...(description !== "" && { description }),
  filter: {
    ...(jobType !== "" && { jobType }),
    ...(restaurantId !== "" && { restaurantId }),
    ...(label !== "" && { label })
  }
})

const MISSING: Readonly<Record<string, InputIssue>> = {
  url: { path: "url", message: "Expected the address of the receiver" },
  events: { path: "events", message: "Expected at least one of these" }
}

type Created = { readonly made: WebhookWithSecret } | { readonly page: WebhooksPageProps }

const create = (draft: WebhookDraft) =>
  Effect.gen(function* () {
    const request = decodeRequest(requestOf(draft))
    if (Result.isFailure(request)) {
      const issues = issuesOf(request.failure).map((issue) =>
        (issue.path === "url" && draft.url === "") || (issue.path === "events" && draft.events.length === 0)
          ? (MISSING[issue.path] ?? issue)
          : issue
      )
      return { page: yield* loadList({ draft, issues }) } satisfies Created
    }
    return yield* (yield* Webhooks).create(request.success).pipe(
      Effect.map((made): Created => ({ made })),
      Effect.catchTag("WebhookUrlRefused", (refused) =>
        Effect.map(loadList({ draft, issues: [webhookUrlIssue(refused)] }), (page): Created => ({ page }))
      )
    )
  })

const turned = (enabled: boolean) => (webhooks: typeof Webhooks.Service, id: WebhookId) =>
  // Its address is not changed.
  Effect.catchTag(webhooks.update(id, { enabled }), "WebhookUrlRefused", Effect.die)

/** The page may hold a secret: nobody finds it in the browser's store or by going back. */
const withoutStore = (response: Response): Response => {
  response.headers.set("cache-control", "no-store")
  return response
}

export const webhookRoutes = (board: Board) => {
  const showList = (c: Context, props: WebhooksPageProps) =>
    pageResponse(c, board.info, {
      title: "Webhooks",
      here: "/webhooks",
      status: props.issues === undefined ? 200 : 422,
      content: <WebhooksPage {...props} />
    })
  const showOne = (c: Context, props: WebhookPageProps) =>
    pageResponse(c, board.info, {
      title: new URL(props.webhook.url).host,
      here: `/webhooks/${props.webhook.id}`,
      content: <WebhookPage {...props} />
    })

  /** Something that is done to a webhook, and then its page. */
  const act = (
    c: Context,
    work: (
      webhooks: typeof Webhooks.Service,
      id: WebhookId
    ) => Effect.Effect<unknown, WebhookNotFound | JobsUnavailable>,
    to: (id: WebhookId) => string = (id) => `/webhooks/${id}`
  ) => {
    const load = Effect.gen(function* () {
      const id = yield* webhookIdOf(c.req.param("id") ?? "")
      yield* work(yield* Webhooks, id)
      return to(id)
    })
    return answer(c, board, { load, show: (path) => c.redirect(path, 303) })
  }

  return new Hono()
    .get("/webhooks", needs("administer"), (c) =>
      answer(c, board, { load: loadList(), show: (props) => showList(c, props) })
    )
    .post("/webhooks", needs("administer"), async (c) => {
      const draft = draftOf(await formOf(c))
      const load = Effect.gen(function* () {
        const created: Created = yield* create(draft)
        if ("page" in created) return created
        const { secret, ...webhook } = created.made
        return { one: { ...(yield* loadOne(webhook.id)), secret } }
      })
      return answer(c, board, {
        load,
        show: (shown) => ("page" in shown ? showList(c, shown.page) : withoutStore(showOne(c, shown.one)))
      })
    })
    .get("/webhooks/:id", needs("administer"), (c) => {
      const after = c.req.query("after")
      const load = Effect.flatMap(webhookIdOf(c.req.param("id")), (id) => loadOne(id, after))
      return answer(c, board, { load, show: (props) => showOne(c, props) })
    })
    .post("/webhooks/:id/secret", needs("administer"), (c) => {
      const load = Effect.gen(function* () {
        const id = yield* webhookIdOf(c.req.param("id"))
        const { secret } = yield* (yield* Webhooks).rotateSecret(id)
        return { ...(yield* loadOne(id)), secret }
      })
      return answer(c, board, { load, show: (props) => withoutStore(showOne(c, props)) })
    })
    .post("/webhooks/:id/test", needs("administer"), (c) => act(c, (webhooks, id) => webhooks.test(id)))
    .post("/webhooks/:id/deliveries/:deliveryId/retry", needs("administer"), (c) =>
      act(c, (webhooks, id) => webhooks.sendAgain(id, c.req.param("deliveryId")))
    )
    .post("/webhooks/:id/on", needs("administer"), (c) => act(c, turned(true)))
    .post("/webhooks/:id/off", needs("administer"), (c) => act(c, turned(false)))
    .post("/webhooks/:id/remove", needs("administer"), (c) =>
      act(
        c,
        (webhooks, id) => webhooks.remove(id),
        () => "/webhooks"
      )
    )
}
