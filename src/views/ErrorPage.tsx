export interface ErrorPageProps {
  readonly heading: string
  /** What happened and what the reader can do, in one or two sentences. */
  readonly text: string
  /** Stands in the log of the server beside the cause. */
  readonly reference?: string
  /** Where the reader can go on. Default: all jobs. */
  readonly onward?: { readonly href: string; readonly label: string }
}

const allJobs = { href: "/jobs", label: "All jobs" }

export const ErrorPage = ({ heading, text, reference, onward = allJobs }: ErrorPageProps) => (
  <div class="empty">
    <h1>{heading}</h1>
    {text !== "" && <p>{text}</p>}
    {reference !== undefined && (
      <p class="muted">
        Reference <code>{reference}</code>
      </p>
    )}
    <div class="buttons">
      <a class="button" href={onward.href}>
        {onward.label}
      </a>
    </div>
  </div>
)
