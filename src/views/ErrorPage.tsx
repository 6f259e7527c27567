export interface ErrorPageProps {
  readonly heading: string
  /** What happened and what the reader can do, in one or two sentences. */
  readonly text: string
  /** Stands in the log of the server beside the cause. */
  readonly reference?: string
  /** Where the reader can go on. Default: all jobs. */
  readonly onward?: { readonly href: string; readonly label: string }
  /** What the reader looked for, to be looked for in another way. */
  readonly searched?: string | undefined
  /** The page that could not be shown, to be tried again. */
  readonly again?: string | undefined
}

const allJobs = { href: "/jobs", label: "All jobs" }

const Search = ({ text }: { readonly text: string }) => (
  <form class="empty-search" action="/search">
    <label for="search-again">Search for it</label>
    <div class="buttons">
      <input type="search" id="search-again" name="q" value={text} />
      <button type="submit" class="button button-primary">
        Search
      </button>
    </div>
  </form>
)

export const ErrorPage = ({ again, heading, onward = allJobs, reference, searched, text }: ErrorPageProps) => (
  <div class="empty">
    <h1>{heading}</h1>
    {text !== "" && <p>{text}</p>}
    {reference !== undefined && (
      <p class="muted">
        Reference <code>{reference}</code>
      </p>
    )}
    {searched !== undefined && <Search text={searched} />}
    <div class="buttons">
      {again !== undefined && (
        <a class="button button-primary" href={again}>
          Try again
        </a>
      )}
      <a class="button" href={onward.href}>
        {onward.label}
      </a>
    </div>
  </div>
)
