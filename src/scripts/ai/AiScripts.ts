/** The job types that ask an AI model. */
import { type JobType, unavailableJobType } from "../../domain/JobType.ts"
import type { LaterServices } from "./AiServices.ts"
import { makeAnswerConcierge } from "./AnswerConcierge.ts"
import { makeGenerateTrip } from "./GenerateTrip.ts"
import { makeOptimizeItinerary } from "./OptimizeItinerary.ts"
import { makeResearch } from "./Research.ts"

export interface AiScriptsOptions {
  readonly services: LaterServices
  /** Why no model can be asked. */
  readonly missing?: string | undefined
}

export const aiScripts = ({ missing, services }: AiScriptsOptions): ReadonlyArray<JobType> => {
  const types = [
    makeGenerateTrip(services),
    makeResearch(services),
    makeOptimizeItinerary(services),
    makeAnswerConcierge(services)
  ]
  return missing === undefined ? types : types.map((type) => unavailableJobType(type, missing))
}
