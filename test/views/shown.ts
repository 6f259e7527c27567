import type { Job } from "../../src/domain/Job.ts"
import { type ShownJob, showJob } from "../../src/views/ShownJob.ts"
import { FakeJobs, NOW_MS } from "../support/FakeJobs.ts"
import { tagDishes } from "../support/tagDishes.ts"

/** A job of the tag type, created a minute ago, as pages see it at `NOW_MS`. */
export const shown = (fields: Partial<Job> = {}): ShownJob =>
  showJob(new FakeJobs([tagDishes], () => NOW_MS).seed(fields), tagDishes, NOW_MS)
