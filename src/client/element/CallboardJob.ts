/** <callboard-job job-id="JOB_...">: one job, live, on a page of any kind. */
import type { CallboardClient } from "../createClient.ts"
import { createClient } from "../createClient.ts"
import css from "../react/callboard.css" with { type: "text" }
import { hasEnded, type Job, type JobDetails, type JobStatusView } from "../wire.ts"
import type { JobState } from "./JobState.ts"
import { type JobView, makeJobView } from "./JobView.ts"
import { type Watch, watchJob } from "./watchJob.ts"

/** On a server there is no such class; importing this module there is harmless. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement)

const FRAME = ":host { display: block } :host([hidden]), [hidden] { display: none !important }"

let sheet: CSSStyleSheet | undefined

/** Shared by all elements, and allowed by every content security policy. */
const styles = (): CSSStyleSheet => {
  if (sheet === undefined) {
    sheet = new CSSStyleSheet()
    sheet.replaceSync(css + FRAME)
  }
  return sheet
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const NOTHING: JobState = { isBusy: false }

/**
 * Attributes: `job-id`, either id of the job; `src`, where Callboard is (default: the page's own origin); `compact`, one
 * line instead of a card; `label`, instead of the name of the job type.
 *
 * Events: `callboard-progress` with each status that is news, `callboard-complete` with the job and its result,
 * `callboard-error` with the job that failed, or with the error for which it cannot be followed.
 */
export class CallboardJob extends Base {
  static readonly observedAttributes = ["job-id", "src", "compact", "label"]

  #given: CallboardClient | undefined
  /** Made for `src`, where none was given. */
  #made: CallboardClient | undefined
  #state: JobState = NOTHING
  #view: JobView | undefined
  #watch: Watch | undefined

  /** A client of your own: one that sends a token, for example. */
  get client(): CallboardClient {
    if (this.#given !== undefined) return this.#given
    this.#made ??= createClient({ baseUrl: this.getAttribute("src") ?? "" })
    return this.#made
  }

  set client(client: CallboardClient) {
    this.#given = client
    this.#restart()
  }

  get jobId(): string | null {
    return this.getAttribute("job-id")
  }

  set jobId(id: string | null) {
    if (id === null) this.removeAttribute("job-id")
    else this.setAttribute("job-id", id)
  }

  connectedCallback(): void {
    this.#adopt("client")
    this.#adopt("jobId")
    if (this.shadowRoot === null) this.attachShadow({ mode: "open" }).adoptedStyleSheets = [styles()]
    this.#build()
    this.#restart()
  }

  disconnectedCallback(): void {
    this.#unwatch()
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return
    if (name === "src") this.#made = undefined
    if (!this.isConnected) return
    if (name === "label") this.#show(this.#state)
    else if (name === "compact") this.#build()
    else this.#restart()
  }

  /** What was set before this class was known stands in the way of its own property. */
  #adopt(name: "client" | "jobId"): void {
    const before = Object.getOwnPropertyDescriptor(this, name)
    if (before === undefined) return
    delete (this as { client?: unknown; jobId?: unknown })[name]
    Object.assign(this, { [name]: before.value })
  }

  #build(): void {
    this.#view = makeJobView({
      isCompact: this.hasAttribute("compact"),
      onCancel: () => void this.#ask((id) => this.client.cancel(id), false),
      onRetry: () => void this.#ask((id) => this.client.retry(id), true),
      onTryAgain: () => this.#tryAgain()
    })
    this.shadowRoot?.replaceChildren(this.#view.root)
    this.#show(this.#state)
  }

  #show(state: JobState): void {
    this.#state = state
    this.#view?.show(state, this.getAttribute("label") ?? undefined)
  }

  #unwatch(): void {
    this.#watch?.stop()
    this.#watch = undefined
  }

  #restart(): void {
    this.#unwatch()
    if (!this.isConnected) return
    this.#show(NOTHING)
    const id = this.jobId
    if (id !== null && id !== "") this.#follow(id)
  }

  #follow(id: string): void {
    this.#unwatch()
    this.#watch = watchJob(this.client, id, {
      onStatus: (status) => {
        // What it was unavailable for is over.
        this.#show({ ...(this.#state.isUnavailable ? NOTHING : this.#state), status })
        this.#tell("callboard-progress", status)
      },
      onEnd: (job) => {
        if (job.status === "completed") this.#tell("callboard-complete", job)
        if (job.status === "failed") this.#tell("callboard-error", job)
      },
      onFailure: (error) => {
        this.#show({ ...this.#state, isBusy: false, isUnavailable: true, trouble: textOf(error) })
        this.#tell("callboard-error", error)
      }
    })
  }

  /** Follows the job again that could not be followed. */
  #tryAgain(): void {
    const id = this.jobId
    if (id === null) return
    this.#show({ ...this.#state, isBusy: true })
    this.#follow(id)
  }

  /** Does what a button says, and follows the job again where it goes on. */
  async #ask(action: (id: string) => Promise<Job>, goesOn: boolean): Promise<void> {
    const id = this.jobId
    if (id === null) return
    const { trouble: _, ...state } = this.#state
    this.#show({ ...state, isBusy: true })
    const trouble = await action(id).then(() => undefined, textOf)
    // The element shows another job by now, or none.
    if (id !== this.jobId || !this.isConnected) return
    this.#show({ ...this.#state, isBusy: false, ...(trouble !== undefined && { trouble }) })
    if (trouble !== undefined) return
    const { status } = this.#state
    if (goesOn) this.#follow(id)
    // What came of it, and not at the next turn; an end that is known is being told already.
    else if (status === undefined || !hasEnded(status.status)) this.#watch?.look()
  }

  #tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "callboard-job": CallboardJob
  }
  interface HTMLElementEventMap {
    "callboard-progress": CustomEvent<JobStatusView>
    "callboard-complete": CustomEvent<JobDetails>
    "callboard-error": CustomEvent<unknown>
  }
}
