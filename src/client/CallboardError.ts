/** A refused request, as the server's problem document (RFC 9457) says it. */

export interface WrongValue {
  /** `input.tags[0].name` */
  readonly path: string
  readonly message: string
}

interface Problem {
  readonly title?: string
  readonly detail?: string
  readonly code?: string
  readonly errors?: ReadonlyArray<WrongValue>
}

/** The first wrong places are named: pages show the message alone. */
const textOf = ({ detail, errors = [], title }: Problem): string => {
  const said = [title, detail].filter(Boolean).join(". ")
  const wrong = errors.slice(0, 2).map(({ message, path }) => (path ? `${path}: ${message}` : message))
  return wrong.length === 0 ? said : `${said.replace(/\.$/, "")}. ${wrong.join("; ")}`
}

export class CallboardError extends Error {
  override readonly name = "CallboardError"
  /** HTTP status; 0 when no answer came. */
  readonly status: number
  /** What programs compare: `JOB_NOT_FOUND`, `VALIDATION_FAILED`; `NETWORK` when no answer came. */
  readonly code: string
  /** The places of a request that are wrong. */
  readonly errors: ReadonlyArray<WrongValue>
  /** The whole document, for what only some problems say. */
  readonly problem: Readonly<Record<string, unknown>>
  /** How long the server asks to wait. */
  readonly retryAfterMs: number | undefined

  constructor(
    status: number,
    problem: Problem,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number } = {}
  ) {
    super(textOf(problem) || `HTTP ${status}`, { cause: options.cause })
    this.status = status
    this.code = problem.code ?? (status === 0 ? "NETWORK" : `HTTP_${status}`)
    this.errors = problem.errors ?? []
    this.problem = { ...problem }
    this.retryAfterMs = options.retryAfterMs
  }

  /** The same request, with the same key, is being worked on: its answer comes to whoever sends it again. */
  get isInFlight(): boolean {
    return this.code === "IDEMPOTENCY_IN_FLIGHT"
  }

  /**
   * The same request may work later: no answer came, too many came at once, the first of its kind is being worked on, or
   * the server is in trouble for a moment.
   */
  get isPassing(): boolean {
    const { isInFlight, status } = this
    return isInFlight || status === 0 || status === 408 || status === 429 || (status >= 500 && status !== 501)
  }
}
