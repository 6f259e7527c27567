/** The browser on the portal's site: what the page objects are written in, and where every answer is checked. */
import { Clock, Effect } from "effect"
import type { Locator, Page, Response } from "playwright"
import { BrowserSession, type BrowserSessionApi } from "../../../domain/BrowserSession.ts"
import { FatalError, type JobError, RetryableError } from "../../../domain/JobError.ts"
import { failureOf, type PortalAnswer, sessionExpired } from "./PortalAnswer.ts"

/** A thing on a page, with the words a person would use for it: `the button “Save item”`. */
export interface Control {
  readonly name: string
  readonly locate: (page: Page) => Locator
}

export interface Portal {
  readonly use: BrowserSessionApi["use"]
  /** Opens a page, by its path below the portal's URL or its absolute path, that may be shown without a session. */
  readonly visit: (path: string) => Effect.Effect<PortalAnswer, JobError>
  /** Presses a button that sends a form, on a page that may be shown without a session. */
  readonly press: (control: Control) => Effect.Effect<PortalAnswer, JobError>
  /** `visit`, for pages that need a session. */
  readonly open: (path: string) => Effect.Effect<PortalAnswer, JobError>
  /** `press`, for pages that need a session. */
  readonly submit: (control: Control) => Effect.Effect<PortalAnswer, JobError>
  /** Whether it can be seen now. Does not wait, so ask about pages that have loaded. */
  readonly has: (control: Control) => Effect.Effect<boolean, JobError>
  /** Waits until it can be seen. */
  readonly find: (control: Control) => Effect.Effect<void, JobError>
  readonly fill: (control: Control, text: string) => Effect.Effect<void, JobError>
  /** Chooses an option of a list by its label. */
  readonly choose: (control: Control, label: string) => Effect.Effect<void, JobError>
  /** Ticks a box or a round button, or takes the tick away. */
  readonly tick: (control: Control, isTicked: boolean) => Effect.Effect<void, JobError>
}

const captcha = (page: Page) => page.getByRole("heading", { name: "Are you a person?", exact: true })

const answerOf = (page: Page) => (response: Response | null) =>
  captcha(page)
    .isVisible()
    .then((isCaptcha) => ({
      status: response?.status() ?? 200,
      path: new URL(page.url()).pathname,
      retryAfter: response?.headers()["retry-after"],
      isRedirected: response !== null && response.request().redirectedFrom() !== null,
      isCaptcha
    }))

const notThere = (control: Control, path: string, cause: unknown) =>
  new FatalError({
    code: "ELEMENT_NOT_FOUND",
    message: `The portal has changed: ${control.name} is not on its page ${path} any more.`,
    hint: "Trying again does not help. The script has to learn the new page; what is done so far is kept.",
    cause
  })

/**
 * In the browser: the label of the first field for which it would not send the form of this button. Without what stands
 * inside the label, because that may be the field itself and its value.
 */
const unsendable = (button: Element): string | undefined => {
  if (!(button instanceof HTMLButtonElement || button instanceof HTMLInputElement)) return undefined
  const { form } = button
  if (form === null || form.noValidate || button.formNoValidate) return undefined
  const field = [...form.elements].find((element) => element.matches(":invalid") && !element.matches("fieldset"))
  if (field === undefined) return undefined
  const labels = "labels" in field ? (field.labels as ArrayLike<Element> | null) : null
  const label = labels?.[0]?.cloneNode(true)
  if (!(label instanceof Element)) return field.getAttribute("aria-label") ?? field.getAttribute("name") ?? ""
  for (const inner of label.querySelectorAll("input, select, textarea, output")) inner.remove()
  return (label.textContent ?? "").trim().replace(/\s+/gu, " ").slice(0, 100)
}

const refusedByBrowser = (label: string, path: string) =>
  new FatalError({
    code: "VALIDATION_ERROR",
    message: `The field “${label}” on ${path} cannot be sent: it is empty, or its value has not the form that the page asks for.`,
    hint: "Correct it in the job's input. Nothing of this page was sent."
  })

/** In the browser: the most that a field takes, when it cut this text off. Browsers do that without a word. */
const cutAt = (field: Element, text: string): number | undefined => {
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return undefined
  const typed = field instanceof HTMLInputElement ? text.replace(/[\r\n]/gu, "") : text.replaceAll("\r\n", "\n")
  const most = field.maxLength
  return most >= 0 && typed.length > most && field.value.length <= most ? most : undefined
}

const tooLong = (control: Control, length: number, most: number) =>
  new FatalError({
    code: "VALIDATION_ERROR",
    message: `The portal takes at most ${most} characters in ${control.name}, and the job has ${length} for it.`,
    hint: "Shorten it in the job's input. Nothing of this page was sent."
  })

/** Playwright's own words about a field quote what was typed into it, which may be a password. */
const withoutWords = (control: Control) => (error: JobError) => {
  const details = { message: `It was not possible to fill in ${control.name}.` }
  return error._tag === "FatalError"
    ? new FatalError({ ...details, code: error.code })
    : new RetryableError({ ...details, code: error.code })
}

export const openPortal = Effect.fn("openPortal")(function* (baseUrl: URL) {
  const { use } = yield* BrowserSession
  const signInPath = new URL("sign-in", baseUrl).pathname

  const check = Effect.fnUntraced(function* (answer: PortalAnswer) {
    const failure = failureOf(answer, yield* Clock.currentTimeMillis)
    return failure === undefined ? answer : yield* Effect.fail(failure)
  })
  const checkSession = (answer: PortalAnswer) =>
    answer.status === 401 || answer.path === signInPath ? Effect.fail(sessionExpired()) : Effect.succeed(answer)

  const find = (control: Control) =>
    use((page) => control.locate(page).waitFor()).pipe(
      Effect.catchIf(
        (error) => error.code === "ELEMENT_NOT_FOUND",
        (error) =>
          use((page) => Promise.resolve(new URL(page.url()).pathname)).pipe(
            Effect.flatMap((path) => Effect.fail(notThere(control, path, error)))
          )
      )
    )

  const visit = (path: string) =>
    use((page) => page.goto(new URL(path, baseUrl).href, { waitUntil: "domcontentloaded" }).then(answerOf(page))).pipe(
      Effect.flatMap(check)
    )

  // Of all ways to wait for a form's answer only `waitForNavigation` gives it after its redirects and fails at once,
  // instead of by time-out, when the connection breaks. It listens before the click, so it misses nothing. The click
  // itself must not wait for the page: it would give up sooner, and take a slow page for a missing button.
  //
  // A form with a field that the browser itself refuses is not sent at all, so no answer would ever come.
  const press = (control: Control) =>
    find(control).pipe(
      Effect.andThen(
        use((page) =>
          control
            .locate(page)
            .evaluate(unsendable)
            .then((label) => ({ label, path: new URL(page.url()).pathname }))
        )
      ),
      Effect.flatMap(({ label, path }) =>
        label === undefined ? Effect.void : Effect.fail(refusedByBrowser(label, path))
      ),
      Effect.andThen(
        use((page) =>
          Promise.all([
            page.waitForNavigation({ waitUntil: "domcontentloaded" }),
            control.locate(page).click({ noWaitAfter: true })
          ]).then(([response]) => answerOf(page)(response))
        )
      ),
      Effect.flatMap(check)
    )

  const portal: Portal = {
    use,
    visit,
    press,
    find,
    has: (control) => use((page) => control.locate(page).isVisible()),
    open: (path) => Effect.flatMap(visit(path), checkSession),
    submit: (control) => Effect.flatMap(press(control), checkSession),
    choose: (control, label) =>
      find(control).pipe(Effect.andThen(use((page) => control.locate(page).selectOption({ label }))), Effect.asVoid),
    tick: (control, isTicked) =>
      Effect.andThen(
        find(control),
        use((page) => control.locate(page).setChecked(isTicked))
      ),
    fill: (control, text) =>
      find(control).pipe(
        Effect.andThen(
          use((page) => {
            const place = control.locate(page)
            return place.fill(text).then(() => place.evaluate(cutAt, text))
          }).pipe(Effect.mapError(withoutWords(control)))
        ),
        Effect.flatMap((most) => (most === undefined ? Effect.void : Effect.fail(tooLong(control, text.length, most))))
      )
  }
  return portal
})
