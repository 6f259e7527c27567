/** @jsxImportSource react */
/** Every component in every state, on made-up jobs. */
import { QueryClient } from "@tanstack/react-query"
import {
  CompactProgressTracker,
  createClient,
  JobProgressBar,
  JobStatusCard,
  JobsProvider,
  jobKeys,
  ProgressTracker
} from "./callboard.ts"
import { answers } from "./galleryJobs.ts"

const fetch = (async (url: string) => {
  const id = url.split("/")[3]!
  const answer = answers[id]
  if (answer === undefined)
    return Response.json({ code: "JOB_NOT_FOUND", title: "There is no such job" }, { status: 404 })
  if (answer === "lost") throw new TypeError("fetch failed")
  return answer === "never" ? new Promise<Response>(() => undefined) : Response.json({ data: answer })
}) as typeof globalThis.fetch

/** As a server hands it over that has asked for the jobs before. */
export const knownJobs = (): QueryClient => {
  const queryClient = new QueryClient()
  for (const [id, job] of Object.entries(answers)) {
    if (typeof job !== "string") queryClient.setQueryData(jobKeys.job(id), { ...job, readAt: 0 })
  }
  return queryClient
}

const client = createClient({ fetch })
const ids = [...Object.keys(answers), "unknown"]

export const Gallery = ({ queryClient }: { readonly queryClient: QueryClient }) => (
  <JobsProvider client={client} queryClient={queryClient}>
    <h1>Jobs</h1>
    <h2>ProgressTracker</h2>
    <div className="grid">
      {ids.map((id) => (
        <ProgressTracker
          key={id}
          jobId={id}
          title={id === "long" ? undefined : "Trip to Rome"}
          showDetails={id === "completed" || id === "failed"}
          successText="Your trip is ready."
        />
      ))}
    </div>
    <h2>JobStatusCard</h2>
    <div className="grid small">
      {ids.map((id) => (
        <JobStatusCard key={id} jobId={id} title="Trip to Rome" {...(id === "running" && { href: "#trip" })} />
      ))}
    </div>
    <h2>CompactProgressTracker</h2>
    <div className="list">
      {ids.map((id) => (
        <CompactProgressTracker key={id} jobId={id} title="Trip to Rome" showActions={id !== "pending"} />
      ))}
    </div>
    <h2>JobProgressBar</h2>
    <div className="list">
      <JobProgressBar label="Upload" value={64} />
      <JobProgressBar label="Preparing" />
      <JobProgressBar label="Done" value={100} status="completed" />
      <JobProgressBar label="Too much" value={140.4} />
    </div>
  </JobsProvider>
)
