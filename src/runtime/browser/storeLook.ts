/** Stores what a page looked like at the end of a step: two files, and a row that names them. */
import { Effect } from "effect"
import { type ArtifactKind, ArtifactName, type Artifacts } from "../../domain/Artifacts.ts"
import type { Claim } from "../../domain/JobQueue.ts"
import type { NewStepEvidence, StepEvidences } from "../../domain/StepEvidence.ts"
import type { PageLook } from "./PageLook.ts"

/** Steps may be named by anybody; names of files may not. */
const slug = (text: string): string => text.replace(/[^A-Za-z0-9_-]+/gu, "-").slice(0, 40)

export const artifactName = ({ lease }: Claim, what: string): ArtifactName =>
  ArtifactName.make(`try-${lease.attempt}-${what}`)

export interface EndedStep {
  readonly name: string
  readonly number: number
  readonly outcome: "completed" | "failed"
}

interface Stores {
  readonly artifacts: typeof Artifacts.Service
  readonly evidences: typeof StepEvidences.Service
}

export const makeStoreLook = ({ artifacts, evidences }: Stores, claim: Claim) => {
  const put = (kind: ArtifactKind, step: EndedStep, extension: string, contentType: string, content: Uint8Array) =>
    artifacts
      .put(
        {
          jobId: claim.id,
          name: artifactName(claim, `${step.number}-${slug(step.name)}.${extension}`),
          kind,
          contentType,
          attempt: claim.lease.attempt,
          step: step.name
        },
        content
      )
      .pipe(Effect.map(({ name }) => name))

  return (step: EndedStep, look: PageLook | undefined, news: Pick<NewStepEvidence, "console" | "requests">) =>
    Effect.gen(function* () {
      const { picture, title, url, words } = look ?? {}
      const pictureName = picture && (yield* put("picture", step, "jpg", "image/jpeg", picture))
      const pageName = words && (yield* put("page", step, "yaml", "text/yaml; charset=utf-8", Buffer.from(words)))
      yield* evidences.keep(claim.id, {
        attempt: claim.lease.attempt,
        step: step.name,
        outcome: step.outcome,
        ...news,
        ...(url !== undefined && { url }),
        ...(title !== undefined && { title }),
        ...(pictureName !== undefined && { picture: pictureName }),
        ...(pageName && { page: pageName })
      })
    })
}
