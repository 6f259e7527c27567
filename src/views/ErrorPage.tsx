export interface ErrorPageProps {
  readonly heading: string
  /** What happened and what the reader can do, in one or two sentences. */
  readonly text: string
  /** Stands in the log of the server beside the cause. */
  readonly reference?: string
}

export const ErrorPage = ({ heading, text, reference }: ErrorPageProps) => (
  <div class="empty">
    <h1>{heading}</h1>
    <p>{text}</p>
    {reference !== undefined && (
      <p class="muted">
        Reference <code>{reference}</code>
      </p>
    )}
    <div class="buttons">
      <a class="button" href="/jobs">
        All jobs
      </a>
    </div>
  </div>
)
