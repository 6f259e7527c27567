import { LargeLive, type LargeLiveProps } from "./JobLive.tsx"

export const JobLivePage = (props: LargeLiveProps) => {
  const { job, title } = props.shown
  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/jobs">Jobs</a>
        <span aria-hidden="true">/</span>
        <a class="job-id" href={`/jobs/${job.jobId}`}>
          {job.jobId}
        </a>
        <span aria-hidden="true">/</span>
        <span>Live</span>
      </nav>
      <div class="card-head">
        <h1>
          {title}
          {job.restaurantId !== undefined && <span class="job-restaurant"> · {job.restaurantId}</span>}
        </h1>
        <a class="button" href={`/jobs/${job.jobId}`}>
          Stop watching
        </a>
      </div>
      <LargeLive {...props} />
      <p class="note">
        Pictures are made while somebody watches, up to five a second. Fields for passwords show dots, and no picture is
        made while a secret of the job stands on the page.
      </p>
    </>
  )
}
