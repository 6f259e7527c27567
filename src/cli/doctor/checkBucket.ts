/** The bucket for the files of jobs: whether it can be reached, and takes our key. */
import { Duration, Effect, Redacted } from "effect"
import { askBucket } from "../../runtime/artifacts/S3Bytes.ts"
import type { Settings } from "../../runtime/Settings.ts"
import { type Finding, fault, fine, warning } from "./Finding.ts"

const ABOUT = "bucket"

const LONGEST_LOOK = Duration.seconds(15)

const WITHOUT = "Without it no job can keep a file. Is CALLBOARD_ARTIFACTS_URL right, and the way to it open?"

/** What stores say of a file that is not there to who may not list: no fault by itself. */
const MAY_BE_WELL = new Set(["AccessDenied"])

const findingOf = (code: string): Finding =>
  MAY_BE_WELL.has(code)
    ? warning(ABOUT, `may not be listed, or not be read (${code}).`, "Jobs need to read, write and delete in it.")
    : fault(ABOUT, `cannot be used (${code}).`, WITHOUT)

export const checkBucket = ({ artifactsUrl }: Settings): Effect.Effect<ReadonlyArray<Finding>> =>
  artifactsUrl === undefined
    ? Effect.succeed([])
    : askBucket(Redacted.value(artifactsUrl)).pipe(
        Effect.map(({ code, place }) => [code === undefined ? fine(ABOUT, `${place} can be read`) : findingOf(code)]),
        Effect.timeoutOrElse({
          duration: LONGEST_LOOK,
          orElse: () =>
            Effect.succeed([fault(ABOUT, `did not answer within ${Duration.format(LONGEST_LOOK)}.`, WITHOUT)])
        })
      )
