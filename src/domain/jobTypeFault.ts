/** What is wrong with the definition of a job type, as a sentence for its author. */
import { Duration, Schema } from "effect"
import type { RetryPolicy } from "./Backoff.ts"
import { FatalError } from "./JobError.ts"
import type { JobType } from "./JobType.ts"
import { lanes, OWN_LANE } from "./Lane.ts"

const LONGEST_TIMEOUT = Duration.hours(24)

const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== ""

const isStep = (step: unknown): boolean =>
  typeof step === "object" &&
  step !== null &&
  "name" in step &&
  isText(step.name) &&
  "title" in step &&
  isText(step.title)

/** What all schemas of our copy of `effect` are made of. */
const OUR_NODES: unknown = Object.getPrototypeOf(Object.getPrototypeOf(Schema.String.ast))

/** Those of another copy pass for ours, and then refuse whole numbers and lists that are right. */
const isOfOurEffect = ({ ast }: Schema.Top): boolean => {
  for (let node: unknown = ast; node !== null; node = Object.getPrototypeOf(node)) if (node === OUR_NODES) return true
  return false
}

const OTHER_EFFECT =
  "its schemas are made with another copy of effect than Callboard's own. Install effect and callboard once, in one node_modules."

/** What types cannot say, or a file that nobody type-checked gets wrong. */
export const faultOf = (
  definition: Pick<JobType, "name" | "title" | "description" | "lane" | "steps"> &
    Readonly<Record<"input" | "result" | "run", unknown>>,
  timeout: Duration.Duration,
  retry: RetryPolicy
) => {
  const { description, input, lane, name, result, run, steps, title } = definition
  if (typeof name !== "string" || !/^[a-z][a-z0-9_-]{0,63}$/u.test(name)) {
    return "a name is up to 64 lower-case letters, digits, dashes and underscores."
  }
  if (!isText(title) || typeof description !== "string") return "its title and its description must each be a text."
  if (!lanes.includes(lane)) return `its lane must be one of: ${lanes.filter((each) => each !== OWN_LANE).join(", ")}.`
  if (!Schema.isSchema(input) || !Schema.isSchema(result)) return "its input and its result must each be a schema."
  if (!isOfOurEffect(input) || !isOfOurEffect(result)) return OTHER_EFFECT
  if (typeof run !== "function") return "its run must be a function."
  if (!Array.isArray(steps) || !steps.every(isStep)) return "its steps must be a list of { name, title }, each a text."
  if (new Set(steps.map((step) => step.name)).size !== steps.length) return "two steps have the same name."
  if (!Number.isInteger(retry.maxRetries) || retry.maxRetries < 0 || retry.maxRetries > 50) {
    return "its retry.maxRetries must be a whole number from 0 to 50."
  }
  const isSane =
    Duration.isGreaterThan(timeout, Duration.zero) && Duration.isLessThanOrEqualTo(timeout, LONGEST_TIMEOUT)
  return isSane ? undefined : 'its timeout must be a time such as "2 minutes", at most 24 hours.'
}

export const faultOfLane =
  ({ lane }: Pick<JobType, "lane">) =>
  () =>
    lane === OWN_LANE ? `the lane ${OWN_LANE} is Callboard's own.` : undefined

/** Of files that nobody type-checked: it shows only when the script is to run. */
export const gaveNoEffect = (given: unknown) =>
  new FatalError({
    code: "SCRIPT_DEFECT",
    message: `The run of the job type gave ${given instanceof Promise ? "a Promise" : "something else"} and no Effect.`,
    hint: "Write run as Effect.gen(function* () { … }), and put what gives a Promise into Effect.tryPromise(() => …)."
  })
